// Narrowing the search: sources, languages, modified after.

/** @import { Filters as Value, Source } from "../shared/contract.js" */

import { button, chip, h, one } from "../shared/dom.js";
import { t } from "../shared/strings.js";

const LANGUAGES = /** @type {const} */ (["en", "zh"]);

export class Filters {
  #form;
  #toggle;
  /** @type {string[]} */
  #sources = [];
  #clear = button(() => this.#empty(), { class: "link" });

  /**
   * @param {HTMLFormElement} form
   * @param {HTMLElement} toggle
   */
  constructor(form, toggle) {
    this.#form = form;
    this.#toggle = toggle;
    toggle.addEventListener("click", () => this.show(!this.open));
    form.addEventListener("change", () => this.#count());
    this.render();
  }

  get open() {
    return !this.#form.hidden;
  }

  /** @param {boolean} open */
  show(open) {
    this.#form.hidden = !open;
    this.#toggle.setAttribute("aria-expanded", String(open));
    if (open) one(this.#form, "input", HTMLInputElement).focus();
  }

  /** @param {Source[]} sources */
  offer(sources) {
    this.#sources = sources.map(({ name }) => name);
    this.render();
  }

  /** What to send: only what is narrowed; null if nothing is. */
  get value() {
    const data = new FormData(this.#form);
    /** @type {Value} */
    const value = {};
    const sources = data.getAll("source").map(String);
    const languages = data.getAll("language").map(String);
    const after = data.get("after");
    if (sources.length) value.sources = sources;
    if (languages.length) value.languages = languages;
    if (typeof after === "string" && after) value.modified_after = `${after}T00:00:00Z`;
    return Object.keys(value).length ? value : null;
  }

  render() {
    const kept = this.value;
    const sources = this.#sources.map((value) =>
      choice("source", value, value, kept?.sources),
    );
    const languages = LANGUAGES.map((value) =>
      choice("language", value, t(`filters.${value}`), kept?.languages),
    );
    const day = kept?.modified_after?.slice(0, 10);
    const after = h("input", { type: "date", name: "after", value: day });
    this.#clear.textContent = t("filters.clear");
    this.#form.replaceChildren(
      sources.length ? group(t("filters.sources"), sources) : "",
      group(t("filters.languages"), languages),
      h("label", { class: "date" }, h("span", { text: t("filters.after") }), after),
      this.#clear,
    );
    this.#count();
  }

  #empty() {
    for (const input of this.#form.querySelectorAll("input")) {
      if (input.type === "checkbox") input.checked = false;
      else input.value = "";
    }
    this.#count();
  }

  #count() {
    const value = this.value ?? {};
    const count = Object.keys(value).length;
    this.#clear.hidden = count === 0;
    this.#toggle.classList.toggle("active", count > 0);
    one(this.#toggle, "span", HTMLElement).textContent =
      count > 0 ? t("filters.count", count) : t("filters.open");
  }
}

/**
 * @param {string} name
 * @param {string} value
 * @param {string} words
 * @param {string[] | undefined} chosen
 */
function choice(name, value, words, chosen) {
  return chip({ type: "checkbox", name, value, checked: chosen?.includes(value) }, words);
}

/**
 * @param {string} legend
 * @param {HTMLElement[]} choices
 */
function group(legend, choices) {
  return h("fieldset", {}, h("legend", { text: legend }), ...choices);
}
