// The buttons for the theme and the language.

import { one } from "../shared/dom.js";
import { storage } from "../shared/storage.js";
import { language, setLanguage, translate } from "../shared/strings.js";

const THEMES = ["auto", "light", "dark"];
const { dataset } = document.documentElement;

const theme = () => dataset.theme ?? "auto";

export class Appearance {
  #theme;

  /**
   * `spoken` is called when another language was chosen.
   * @param {HTMLElement} themes
   * @param {HTMLElement} languages
   * @param {() => void} spoken
   */
  constructor(themes, languages, spoken) {
    this.#theme = themes;
    themes.addEventListener("click", () => this.#next());
    languages.addEventListener("click", () => {
      setLanguage(language() === "en" ? "zh" : "en");
      spoken();
    });
  }

  /** Shows on the button which theme it is. */
  dress() {
    this.#theme.dataset.tLabel = `nav.theme.${theme()}`;
    one(this.#theme, "use", SVGUseElement).setAttribute("href", `#i-theme-${theme()}`);
    translate(this.#theme.parentElement ?? document);
  }

  #next() {
    const next = THEMES[(THEMES.indexOf(theme()) + 1) % THEMES.length] ?? "auto";
    if (next === "auto") delete dataset.theme;
    else dataset.theme = next;
    storage()?.setItem("footnote.theme", next);
    this.dress();
  }
}
