// Asks for the API key, and does not go away until one was accepted.

import { explain, t } from "./strings.js";

export class SignIn {
  #dialog;
  #waiting = null;

  /** `attempt(key, remember)` keeps the key if the server accepts it, and throws if not. */
  constructor(dialog, attempt) {
    this.#dialog = dialog;
    const form = dialog.querySelector("form");
    const failure = dialog.querySelector("[role=alert]");
    dialog.addEventListener("cancel", (event) => event.preventDefault());
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const data = new FormData(form);
      failure.textContent = "";
      try {
        await attempt(String(data.get("key")).trim(), data.get("remember") !== null);
      } catch (error) {
        failure.textContent = error.status === 401 ? t("sign.refused") : explain(error);
        return;
      }
      form.reset();
      dialog.close();
      this.#waiting?.();
      this.#waiting = null;
    });
  }

  /** Opens the dialog; settled once a key was accepted. */
  ask(message = "") {
    if (!this.#dialog.open) {
      this.#dialog.showModal();
      this.#dialog.querySelector("[role=alert]").textContent = message;
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
