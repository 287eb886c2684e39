// What the interface says, in the language that is current: words, days, durations, errors.

import { ApiError } from "./api.js";
import { storage } from "./storage.js";
import { en } from "./words/en.js";
import { zh } from "./words/zh.js";

export const LANGUAGES = { en, zh };

const NAME = "footnote.language";

/** @typedef {keyof typeof LANGUAGES} Language */

/** @type {Language} */
let current = "en";

/**
 * @param {string | null | undefined} name
 * @returns {name is Language}
 */
const isLanguage = (name) => typeof name === "string" && Object.hasOwn(LANGUAGES, name);

/** Chooses the language that was chosen before, or the browser's. */
export function startLanguage() {
  const kept = storage()?.getItem(NAME);
  current = navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
  if (isLanguage(kept)) current = kept;
  document.documentElement.lang = current === "zh" ? "zh-CN" : "en";
}

/** @param {Language} language */
export function setLanguage(language) {
  current = language;
  document.documentElement.lang = current === "zh" ? "zh-CN" : "en";
  storage()?.setItem(NAME, language);
}

export const language = () => current;

/**
 * @typedef {keyof typeof en} Key of an entry
 * @typedef {string | ((...values: never[]) => string)} Entry words, or how to make them of values
 */

/**
 * @template {Key} K
 * @typedef {(typeof en)[K] extends (...values: infer V) => string ? V : []} Values of an entry
 */

/**
 * The words for a key in the current language.
 * @template {Key} K
 * @param {K} key
 * @param {Values<K>} values
 * @returns {string}
 */
export function t(key, ...values) {
  /** @type {Entry | undefined} */
  const entry = LANGUAGES[current][key];
  if (entry === undefined) throw new Error(`there are no words for ${key}`);
  if (typeof entry === "string") return entry;
  return /** @type {(...values: Values<K>) => string} */ (entry)(...values);
}

/**
 * The words for a key that may be unknown, of entries without values; null if there are none.
 * @param {string} key
 */
function known(key) {
  /** @type {Record<string, Entry>} */
  const words = LANGUAGES[current];
  const entry = words[key];
  return typeof entry === "string" ? entry : null;
}

/**
 * The words that an attribute of index.html asks for.
 * @param {string | undefined} key
 */
function asked(key = "") {
  const words = known(key);
  if (words === null) throw new Error(`there are no words for ${key}`);
  return words;
}

/**
 * Fills elements that carry `data-t` (text) or `data-t-label` (aria-label, and a button's title).
 * @param {ParentNode} root
 */
export function translate(root = document) {
  for (const element of root.querySelectorAll("[data-t]")) {
    if (element instanceof HTMLElement) element.textContent = asked(element.dataset.t);
  }
  for (const element of root.querySelectorAll("[data-t-label]")) {
    if (!(element instanceof HTMLElement)) continue;
    const label = asked(element.dataset.tLabel);
    element.setAttribute("aria-label", label);
    if (element.localName === "button") element.title = label;
  }
}

/**
 * A day, such as "1 March 2026", from an ISO date; "" if there is none.
 * @param {string | null | undefined} iso
 */
export function day(iso) {
  const date = iso ? new Date(iso) : null;
  if (date === null || Number.isNaN(date.getTime())) return "";
  const locale = current === "zh" ? "zh-CN" : "en-GB";
  return new Intl.DateTimeFormat(locale, { dateStyle: "long" }).format(date);
}

/**
 * A duration, such as "9 ms" or "1.2 s".
 * @param {number} ms
 */
export function duration(ms) {
  if (ms < 1000) return `${Math.max(1, Math.round(ms))} ms`;
  return `${(ms / 1000).toFixed(1)} s`;
}

/**
 * The name of a field of the index; as it is if it is a new one.
 * @param {string} field
 */
export const fieldName = (field) => known(`field.${field}`) ?? field;

/**
 * What an error means and what to do, in words for the person.
 * @param {unknown} error
 */
export function explain(error) {
  if (!(error instanceof ApiError)) return error instanceof Error ? error.message : String(error);
  if (error.detail) return error.detail;
  return known(`error.${error.status || error.title}`) ?? t("error.other", error.status);
}
