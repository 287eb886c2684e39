// Who is signed in on this device: an API key, kept for the tab or, if asked, for good.

import { storage } from "./storage.js";

const NAME = "footnote.key";

export class Session {
  /** @type {string | null} */
  #key = storage("sessionStorage")?.getItem(NAME) ?? storage("localStorage")?.getItem(NAME) ?? null;

  get key() {
    return this.#key;
  }

  /**
   * @param {string} key
   * @param {boolean} remember for good, not only as long as the tab is open
   */
  keep(key, remember = false) {
    this.forget();
    this.#key = key;
    storage(remember ? "localStorage" : "sessionStorage")?.setItem(NAME, key);
  }

  forget() {
    this.#key = null;
    storage("sessionStorage")?.removeItem(NAME);
    storage("localStorage")?.removeItem(NAME);
  }

  /** Takes `#key=…` out of the address bar and keeps it; true if there was one. */
  takeFromAddress() {
    const fragment = new URLSearchParams(location.hash.slice(1));
    const key = fragment.get("key");
    if (!key) return false;
    fragment.delete("key");
    const rest = fragment.toString();
    history.replaceState(null, "", location.pathname + location.search + (rest && `#${rest}`));
    this.keep(key);
    return true;
  }
}
