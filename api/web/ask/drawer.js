// The list of conversations at the side: folded on a wide screen, a drawer on a narrow one.

const WIDE = matchMedia("(min-width: 70rem)");
const { classList } = document.body;

export class Drawer {
  #toggle;
  #first;

  /**
   * @param {HTMLElement} toggle
   * @param {HTMLElement} veil
   * @param {HTMLElement} first gets the focus when the drawer opens
   */
  constructor(toggle, veil, first) {
    this.#toggle = toggle;
    this.#first = first;
    toggle.addEventListener("click", () => this.#press());
    veil.addEventListener("click", () => this.show(false));
    this.show(false);
  }

  get open() {
    return classList.contains("drawer");
  }

  /** @param {boolean} open */
  show(open) {
    classList.toggle("drawer", open);
    const seen = open || (WIDE.matches && !classList.contains("folded"));
    this.#toggle.setAttribute("aria-expanded", String(seen));
  }

  #press() {
    if (WIDE.matches) {
      classList.toggle("folded");
      this.show(false);
    } else {
      this.show(!this.open);
      if (this.open) this.#first.focus();
    }
  }
}
