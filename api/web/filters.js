// Narrowing the search: sources, languages, modified after.

import { button, chip, h } from "./dom.js";
import { t } from "./strings.js";

const LANGUAGES = ["en", "zh"];

export class Filters {
  #form;
  #toggle;
  #sources = [];
  #clear = null;

  constructor(form, toggle) {
    this.#form = form;
    this.#toggle = toggle;
    toggle.addEventListener("click", () => this.show(form.hidden));
    form.addEventListener("change", () => this.#count());
    this.render();
  }

  get open() {
    return !this.#form.hidden;
  }

  show(open) {
    this.#form.hidden = !open;
    this.#toggle.setAttribute("aria-expanded", String(open));
    if (open) this.#form.querySelector("input")?.focus();
  }

  offer(sources) {
    this.#sources = sources.map(({ name }) => name);
    this.render();
  }

  /** What to send: only what is narrowed; null if nothing is. */
  get value() {
    const data = new FormData(this.#form);
    const value = {};
    const sources = data.getAll("source");
    const languages = data.getAll("language");
    const after = data.get("after");
    if (sources.length) value.sources = sources;
    if (languages.length) value.languages = languages;
    if (after) value.modified_after = `${after}T00:00:00Z`;
    return Object.keys(value).length ? value : null;
  }

  render() {
    const kept = this.value;
    const box = (name, value, words, chosen) =>
      chip({ type: "checkbox", name, value, checked: chosen?.includes(value) }, words);
    const group = (key, chips) => h("fieldset", {}, h("legend", { text: t(key) }), ...chips);
    const sources = this.#sources.map((name) =>
      box("source", name, name, kept?.sources),
    );
    const languages = LANGUAGES.map((name) =>
      box("language", name, t(`filters.${name}`), kept?.languages),
    );
    const day = kept?.modified_after?.slice(0, 10);
    const after = h("input", { type: "date", name: "after", value: day });
    const clear = () => {
      for (const input of this.#form.querySelectorAll("input")) {
        if (input.type === "checkbox") input.checked = false;
        else input.value = "";
      }
      this.#count();
    };
    this.#clear = button(clear, { class: "link", text: t("filters.clear") });
    this.#form.replaceChildren(
      sources.length ? group("filters.sources", sources) : "",
      group("filters.languages", languages),
      h("label", { class: "date" }, h("span", { text: t("filters.after") }), after),
      this.#clear,
    );
    this.#count();
  }

  #count() {
    const value = this.value ?? {};
    const count = Object.keys(value).length;
    this.#clear.hidden = count === 0;
    this.#toggle.classList.toggle("active", count > 0);
    this.#toggle.querySelector("span").textContent =
      count > 0 ? t("filters.count", count) : t("filters.open");
  }
}
