// Draws the text of an answer, and marks the statements that the documents do not fully bear out.

/**
 * @import { Statement, Verdict } from "../../shared/contract.js"
 * @import { Block, Token, Words } from "./markup.js"
 * @import { Popover } from "./popover.js"
 */

import { h } from "../../shared/dom.js";
import { t } from "../../shared/strings.js";
import { locate } from "./markup.js";
import { explained } from "./popover.js";

/**
 * @typedef {object} Doubt about a stretch of the text
 * @property {Exclude<Verdict, "supported">} verdict
 * @property {[start: number, end: number]} range in UTF-16
 */

export class Painter {
  /** @type {Doubt[]} */
  #doubts;
  #mark;
  #popover;

  /**
   * @param {string} text
   * @param {Statement[]} statements
   * @param {(number: number) => HTMLElement} mark draws one footnote
   * @param {Popover} popover
   */
  constructor(text, statements, mark, popover) {
    const ranges = locate(statements, text);
    this.#doubts = statements.flatMap((statement, index) => {
      const { verdict } = statement;
      const range = ranges[index];
      return verdict !== "supported" && range ? [{ verdict, range }] : [];
    });
    this.#mark = mark;
    this.#popover = popover;
  }

  /** @param {Block} block */
  block(block) {
    if (block.kind === "code") return h("pre", {}, h("code", { text: block.text }));
    if (block.kind === "table") {
      const rows = block.rows.map((row, index) =>
        h("tr", {}, ...row.map((cell) => h(index === 0 ? "th" : "td", {}, ...this.#line(cell)))),
      );
      return h("div", { class: "scroll" }, h("table", {}, ...rows));
    }
    if (block.kind === "list") {
      const items = block.items.map((lines) => h("li", {}, ...this.#lines(lines)));
      return h(block.start === null ? "ul" : "ol", { start: block.start }, ...items);
    }
    return h(block.kind === "heading" ? "h3" : "p", {}, ...this.#lines(block.lines));
  }

  /** @param {Token[][]} lines */
  #lines(lines) {
    return lines.flatMap((line, index) => [index ? h("br") : "", ...this.#line(line)]);
  }

  /** @param {Token[]} tokens */
  #line(tokens) {
    /** @type {(HTMLElement | string)[]} */
    const nodes = [];
    /** @type {HTMLElement | null} */
    let tag = null; // the verdict to be written once the statement's own footnotes are past
    const flush = () => {
      if (tag) nodes.push(tag);
      tag = null;
    };
    for (const token of tokens) {
      if (token.kind === "mark") {
        nodes.push(...token.numbers.map(this.#mark));
        continue;
      }
      for (const { text, doubt, last } of this.#pieces(token)) {
        // A full stop after the footnotes still belongs to the sentence before.
        const stop = tag ? (text.match(/^[.,;:!?。，；：！？、]+/u)?.[0] ?? "") : "";
        if (stop) nodes.push(stop);
        flush();
        const rest = text.slice(stop.length);
        if (rest) nodes.push(piece(token.kind, rest, doubt));
        if (doubt && last) tag = this.#verdict(doubt);
      }
    }
    flush();
    return nodes;
  }

  /**
   * A token cut where statements begin and end; `last` says that its statement ends there.
   * @param {Words} token
   */
  #pieces(token) {
    const end = token.at + token.text.length;
    const cuts = this.#doubts.flatMap(({ range }) => range);
    const edges = new Set([token.at, end, ...cuts.filter((cut) => cut > token.at && cut < end)]);
    const [first = token.at, ...others] = [...edges].sort((a, b) => a - b);
    let next = first;
    return others.map((to) => {
      const from = next;
      next = to;
      const doubt = this.#doubts.find(({ range }) => range[0] <= from && to <= range[1]) ?? null;
      const text = token.text.slice(from - token.at, to - token.at);
      // The rest of a link (its address) is not drawn, but may be where the statement ends.
      const reach = to === end ? (token.until ?? end) : to;
      return { text, doubt, last: doubt !== null && reach >= doubt.range[1] };
    });
  }

  /** @param {Doubt} doubt */
  #verdict({ verdict }) {
    const why = t(`verdict.${verdict}.why`);
    const properties = { class: "verdict", data: { verdict } };
    return explained(this.#popover, why, properties, t(`verdict.${verdict}`));
  }
}

/**
 * @param {Words["kind"]} kind
 * @param {string} text
 * @param {Doubt | null} doubt
 */
function piece(kind, text, doubt) {
  const node = kind === "text" ? text : h(kind === "code" ? "code" : "strong", { text });
  if (doubt === null) return node;
  return h("span", { class: "doubt", data: { verdict: doubt.verdict } }, node);
}
