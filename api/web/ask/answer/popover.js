// The one small box that explains what the pointer or the focus is on. It can be pointed at
// itself, and Escape puts it away (WCAG 1.4.13).

/** @import { Child, Properties } from "../../shared/dom.js" */

import { button, h } from "../../shared/dom.js";

const DELAY_MS = 120;
const GRACE_MS = 220;
const GAP = 8;

export class Popover {
  #box;
  /** @type {HTMLElement | null} */
  #anchor = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {HTMLElement} box */
  constructor(box) {
    this.#box = box;
    box.addEventListener("pointerenter", () => clearTimeout(this.#timer));
    box.addEventListener("pointerleave", () => this.#later(() => this.hide(), GRACE_MS));
    addEventListener("resize", () => this.hide());
    // Focusing scrolls: the box stays with what it explains, and goes when that is out of sight.
    addEventListener("scroll", ({ target }) => target !== box && this.#place(), true);
  }

  get open() {
    return this.#anchor !== null;
  }

  /**
   * Shows what `content()` builds while the anchor is pointed at or has the focus.
   * @param {HTMLElement} anchor
   * @param {() => Node[]} content
   */
  attach(anchor, content) {
    anchor.addEventListener("pointerenter", (event) => {
      if (event.pointerType !== "touch") this.#later(() => this.show(anchor, content()), DELAY_MS);
    });
    anchor.addEventListener("pointerleave", () => this.#later(() => this.hide(), GRACE_MS));
    anchor.addEventListener("focus", () => {
      if (anchor.matches(":focus-visible")) this.show(anchor, content());
    });
    anchor.addEventListener("blur", () => this.hide());
  }

  /**
   * @param {HTMLElement} anchor
   * @param {Node[]} content
   */
  show(anchor, content) {
    clearTimeout(this.#timer);
    if (!anchor.isConnected) return;
    this.#anchor?.removeAttribute("aria-describedby");
    this.#anchor = anchor;
    this.#box.replaceChildren(...content);
    this.#box.hidden = false;
    anchor.setAttribute("aria-describedby", this.#box.id);
    this.#place();
  }

  hide() {
    clearTimeout(this.#timer);
    this.#anchor?.removeAttribute("aria-describedby");
    this.#anchor = null;
    this.#box.hidden = true;
  }

  /**
   * @param {() => void} action
   * @param {number} delayMs
   */
  #later(action, delayMs) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(action, delayMs);
  }

  #place() {
    if (this.#anchor === null) return;
    const anchor = this.#anchor.getClientRects()[0] ?? this.#anchor.getBoundingClientRect();
    if (anchor.bottom < 0 || anchor.top > innerHeight) {
      this.hide();
      return;
    }
    const box = this.#box.getBoundingClientRect();
    const room = document.documentElement.clientWidth - box.width - GAP;
    const left = Math.min(Math.max(GAP, anchor.left + anchor.width / 2 - box.width / 2), room);
    const above = anchor.top - box.height - GAP;
    const below = anchor.bottom + GAP;
    const top = below + box.height <= innerHeight || above < GAP ? below : above;
    this.#box.style.left = `${Math.max(GAP, left)}px`;
    this.#box.style.top = `${top}px`;
  }
}

/**
 * A button whose explanation shows on hover, focus and press (a finger cannot hover).
 * @param {Popover} popover
 * @param {string} words
 * @param {Properties} properties
 * @param {...Child} children
 */
export function explained(popover, words, properties, ...children) {
  const content = () => [h("p", { class: "pop-text", text: words })];
  const element = button(() => popover.show(element, content()), properties, ...children);
  popover.attach(element, content);
  return element;
}
