// The ask box: a text area that grows with the question, and the buttons that send and stop it.

import { languageOf, one } from "../shared/dom.js";
import { t } from "../shared/strings.js";

export class Composer {
  #area;
  #send;
  #stop;
  #ask;

  /**
   * @param {HTMLFormElement} form
   * @param {{ ask: (question: string) => void, stop: () => void }} acts
   */
  constructor(form, { ask, stop }) {
    this.#area = one(form, "textarea", HTMLTextAreaElement);
    this.#send = one(form, "#send", HTMLButtonElement);
    this.#stop = one(form, "#stop", HTMLButtonElement);
    this.#ask = ask;
    this.#stop.addEventListener("click", stop);
    this.#area.addEventListener("input", () => {
      this.#fit();
      this.#area.lang = languageOf(this.#area.value);
    });
    this.#area.addEventListener("keydown", (event) => {
      if (!enters(event)) return;
      event.preventDefault();
      this.#submit();
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
  }

  /**
   * Offers to stop instead of to send, or the other way round.
   * @param {boolean} working
   */
  busy(working) {
    this.#send.hidden = working;
    this.#stop.hidden = !working;
  }

  /**
   * Says what may be asked here.
   * @param {boolean} followUp
   */
  invite(followUp) {
    this.#area.placeholder = t(followUp ? "ask.followUp" : "ask.placeholder");
  }

  focus() {
    this.#area.focus();
  }

  #submit() {
    const question = this.#area.value.trim();
    if (!question || this.#send.hidden) return;
    this.#area.value = "";
    this.#fit();
    this.#ask(question);
  }

  #fit() {
    this.#area.style.height = "auto";
    this.#area.style.height = `${this.#area.scrollHeight}px`;
  }
}

/**
 * Whether a key is an Enter that asks. While an input method is composing (Chinese), Enter chooses
 * a word and asks nothing; some browsers tell only by the key code 229.
 * @param {KeyboardEvent} event
 */
function enters(event) {
  return event.key === "Enter" && !event.shiftKey && !event.isComposing && event.keyCode !== 229;
}
