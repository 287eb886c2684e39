// Finds and builds elements. Text always becomes text nodes: nothing here, or anywhere in the
// page, parses a string as HTML.

const SVG = "http://www.w3.org/2000/svg";

/**
 * @typedef {string | number | boolean | null | undefined} Attribute
 *   true sets it empty; null, undefined and false leave it out
 * @typedef {object} OwnProperties
 * @property {string | undefined} [class]
 * @property {string | number} [text]
 * @property {Record<string, string | number>} [data] becomes `data-…`
 * @typedef {"aria-label" | "aria-hidden" | "aria-pressed" | "aria-expanded" | "aria-current"
 *   | "checked" | "disabled" | "download" | "hidden" | "href" | "lang" | "name" | "placeholder"
 *   | "readonly" | "role" | "rows" | "start" | "tabindex" | "title" | "type" | "value"} Name
 *   of an attribute
 * @typedef {OwnProperties & Partial<Record<Name, Attribute>>} Properties
 * @typedef {Node | string | null} Child
 */

/**
 * The element of index.html with this id.
 * @template {Element} E
 * @param {string} id
 * @param {new () => E} kind
 * @returns {E}
 */
export function byId(id, kind) {
  return one(document, `#${id}`, kind);
}

/**
 * The first element for a selector, which must be there and be of this kind.
 * @template {Element} E
 * @param {ParentNode} root
 * @param {string} selector
 * @param {new () => E} kind
 * @returns {E}
 */
export function one(root, selector, kind) {
  const found = root.querySelector(selector);
  if (found instanceof kind) return found;
  throw new Error(`the page has no ${kind.name} ${selector}`);
}

/**
 * An element with its properties and children; null as a child stands for nothing.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Properties} properties
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  const { class: names, text, data, ...attributes } = properties;
  if (names !== undefined) element.className = names;
  if (text !== undefined) element.textContent = String(text);
  for (const [name, value] of Object.entries(data ?? {})) element.dataset[name] = String(value);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

/**
 * A button that does `act` when pressed.
 * @param {(pressed: HTMLButtonElement) => unknown} act
 * @param {Properties} properties
 * @param {...Child} children
 */
export function button(act, properties, ...children) {
  const element = h("button", { type: "button", ...properties }, ...children);
  element.addEventListener("click", () => act(element));
  return element;
}

/**
 * A choice that looks like a label: a checkbox or radio button with its words.
 * @param {Properties} properties
 * @param {string} words
 */
export function chip(properties, words) {
  return h("label", { class: "chip" }, h("input", properties), h("span", { text: words }));
}

/**
 * One of the symbols at the end of index.html, hidden from screen readers.
 * @param {string} name
 */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

/**
 * "zh" where Han characters are a good part of the text, otherwise "en": chooses the typeface.
 * @param {string} text
 */
export function languageOf(text) {
  const han = text.match(/\p{Script=Han}/gu)?.length ?? 0;
  const letters = text.match(/\p{Script=Latin}+/gu)?.length ?? 0;
  return han > letters ? "zh" : "en";
}

/**
 * Hands a blob to the browser's downloads under this name.
 * @param {Blob} blob
 * @param {string} name
 */
export function download(blob, name) {
  const url = URL.createObjectURL(blob);
  const link = h("a", { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/**
 * Puts text on the clipboard, also on plain-http intranets where the modern API is missing.
 * @param {string} text
 */
export async function copyText(text) {
  if (window.isSecureContext && navigator.clipboard) {
    try {
      await navigator.clipboard.writeText(text);
      return;
    } catch {
      // Permission may be refused by policy; the older way below often still works.
    }
  }
  const area = h("textarea", { class: "offscreen", readonly: true });
  area.value = text;
  document.body.append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  if (!copied) throw new Error("the browser refused the clipboard");
}
