// Questions to begin with, made by the server of what the reader may read.

import { button, h } from "../shared/dom.js";
import { language } from "../shared/strings.js";

/** @import { Api } from "../shared/api.js" */
/** @import { Example } from "../shared/contract.js" */

const MOST = 4;

export class Examples {
  #section;
  #list;
  #api;
  #ask;
  #wanted = false;

  /**
   * @param {HTMLElement} section shown while there are any
   * @param {HTMLElement} list
   * @param {Api} api
   * @param {(question: string) => void} ask
   */
  constructor(section, list, api, ask) {
    this.#section = section;
    this.#list = list;
    this.#api = api;
    this.#ask = ask;
    this.#show([]);
  }

  /** Asks for them in the reader's language, and in the other one as far as there are too few. */
  async refresh() {
    this.#wanted = true;
    const own = language();
    try {
      const first = await this.#api.examples(own);
      const more = first.length < MOST ? await this.#api.examples(own === "en" ? "zh" : "en") : [];
      if (own === language()) this.#show([...first, ...more].slice(0, MOST));
    } catch {
      this.#show([]); // the page is then simply without them
    }
  }

  /** The same in the language that is current now, if they were asked for before. */
  render() {
    if (this.#wanted) this.refresh();
  }

  /** @param {Example[]} examples */
  #show(examples) {
    this.#section.hidden = examples.length === 0;
    this.#list.replaceChildren(
      ...examples.map(({ question, language: lang }) =>
        h("li", {}, button(() => this.#ask(question), { class: "example", lang, text: question })),
      ),
    );
  }
}
