// Asks for the API key, and does not go away until one was accepted.

import { refused } from "./api.js";
import { one } from "./dom.js";
import { explain, t } from "./strings.js";

export class SignIn {
  #dialog;
  #failure;
  /** @type {(() => void) | null} */
  #waiting = null;

  /**
   * `attempt` keeps the key if the server accepts it, and throws if not.
   * @param {HTMLDialogElement} dialog
   * @param {(key: string, remember: boolean) => Promise<void>} attempt
   */
  constructor(dialog, attempt) {
    this.#dialog = dialog;
    this.#failure = one(dialog, "[role=alert]", HTMLElement);
    const form = one(dialog, "form", HTMLFormElement);
    dialog.addEventListener("cancel", (event) => event.preventDefault());
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const data = new FormData(form);
      this.#failure.textContent = "";
      try {
        await attempt(String(data.get("key")).trim(), data.get("remember") !== null);
      } catch (error) {
        this.#failure.textContent = refused(error, 401) ? t("sign.refused") : explain(error);
        return;
      }
      form.reset();
      dialog.close();
      this.#waiting?.();
      this.#waiting = null;
    });
  }

  get open() {
    return this.#dialog.open;
  }

  /**
   * Opens the dialog; settled once a key was accepted.
   * @returns {Promise<void>}
   */
  ask(message = "") {
    if (!this.#dialog.open) {
      this.#dialog.showModal();
      this.#failure.textContent = message;
    }
    return new Promise((accepted) => {
      const before = this.#waiting;
      this.#waiting = () => {
        before?.();
        accepted();
      };
    });
  }
}
