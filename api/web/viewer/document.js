// A document's text as elements, with one stretch highlighted strictly by its offsets.

/**
 * @import { Block } from "../shared/contract.js"
 * @import { CodePoints } from "./offsets.js"
 * @import { Range } from "./placed.js"
 */

import { button, h } from "../shared/dom.js";
import { t } from "../shared/strings.js";

/** How much text (code points) is drawn at first on each side of the passage, and per extension. */
export const REACH = 12_000;

/**
 * Blocks in reading order that cover the whole text: what lies between two blocks becomes a
 * block of kind "gap". Offsets are code points.
 * @param {Block[]} blocks
 * @param {number} length of the text
 */
export function covering(blocks, length) {
  /** @type {Block[]} */
  const covered = [];
  let at = 0;
  for (const block of blocks) {
    if (block.start > at) covered.push({ kind: "gap", start: at, end: block.start });
    if (block.end > Math.max(at, block.start)) {
      covered.push({ ...block, start: Math.max(at, block.start) });
      at = block.end;
    }
  }
  if (at < length) covered.push({ kind: "gap", start: at, end: length });
  return covered;
}

/** @type {Record<string, "p" | "pre" | "blockquote">} */
const TAGS = { paragraph: "p", gap: "p", list: "p", code: "pre", quote: "blockquote", row: "p" };

const HEADINGS = /** @type {const} */ (["h3", "h4", "h5", "h6"]);

export class DocumentText {
  #points;
  #blocks;
  #highlight;
  #first;
  #last;
  #body = h("div", { class: "doc-text" });

  /**
   * @param {CodePoints} points
   * @param {Block[]} blocks
   * @param {Range | null} highlight
   */
  constructor(points, blocks, highlight) {
    this.#points = points;
    this.#blocks = covering(blocks, points.length);
    this.#highlight = highlight;
    const [start, end] = highlight ?? [0, 0];
    this.#first = this.#before(start - REACH);
    this.#last = this.#after(end + REACH);
    this.element = h("div", { class: "doc" });
    this.#draw();
  }

  /** The highlighted elements, in order. */
  get marks() {
    return [...this.#body.querySelectorAll("mark")];
  }

  /**
   * The first block to be drawn if text from this code point on is.
   * @param {number} point
   */
  #before(point) {
    const index = this.#blocks.findIndex(({ end }) => end > point);
    return Math.max(0, index);
  }

  /**
   * The first block that need not be drawn if text up to this code point is.
   * @param {number} point
   */
  #after(point) {
    const index = this.#blocks.findIndex(({ end }) => end >= point);
    return index === -1 ? this.#blocks.length : index + 1;
  }

  #draw() {
    const shown = [];
    let page = this.#blocks[this.#first - 1]?.page ?? null;
    for (const block of this.#blocks.slice(this.#first, this.#last)) {
      const element = this.#block(block);
      if (element === null) continue;
      if (block.page && block.page !== page) {
        page = block.page;
        shown.push(h("p", { class: "doc-page", text: t("where.page", page) }));
      }
      shown.push(element);
    }
    this.#body.replaceChildren(...shown);
    this.element.replaceChildren(
      this.#first > 0 ? extend(t("viewer.earlier"), () => this.#earlier()) : "",
      this.#body,
      this.#last < this.#blocks.length ? extend(t("viewer.later"), () => this.#later()) : "",
    );
  }

  #earlier() {
    // What is on the screen stays where it is while text grows above it.
    const pane = this.element.closest(".viewer-scroll");
    const below = pane ? pane.scrollHeight - pane.scrollTop : 0;
    this.#first = this.#before((this.#blocks[this.#first]?.start ?? 0) - REACH);
    this.#draw();
    if (pane) pane.scrollTop = pane.scrollHeight - below;
  }

  #later() {
    this.#last = this.#after((this.#blocks[this.#last - 1]?.end ?? 0) + REACH);
    this.#draw();
  }

  /** @param {Block} block */
  #block(block) {
    const text = this.#points.slice(block.start, block.end);
    if (text.trim() === "") return null;
    if (block.kind === "heading") {
      const level = block.level || (block.headings?.length ?? 0) + 1;
      return h(HEADINGS[level - 1] ?? "h6", { class: "doc-heading" }, ...this.#marked(block));
    }
    return h(TAGS[block.kind] ?? "p", { class: `doc-${block.kind}` }, ...this.#marked(block));
  }

  /**
   * The block's text, the part inside the highlight in <mark>.
   * @param {Block} block
   */
  #marked({ start, end }) {
    const [from, to] = this.#highlight ?? [0, 0];
    const a = Math.min(Math.max(from, start), end);
    const b = Math.min(Math.max(to, a), end);
    if (a === b) return [this.#points.slice(start, end)];
    return [
      this.#points.slice(start, a),
      h("mark", { text: this.#points.slice(a, b) }),
      this.#points.slice(b, end),
    ].filter((part) => part !== "");
  }
}

/**
 * @param {string} words
 * @param {() => void} act
 */
function extend(words, act) {
  return button(act, { class: "link extend", text: words });
}
