// One question and its answer, from the first status to the last footnote.

/**
 * @import {
 *   Answer, Citation, Cited, Feedback, Mode, Nearest, Passage, Stage, Statement, Status,
 * } from "../../shared/contract.js"
 * @import { Open } from "./footnotes.js"
 * @import { Popover } from "./popover.js"
 */

import { button, copyText, h, icon, languageOf } from "../../shared/dom.js";
import { readable } from "../../shared/places.js";
import { duration, explain, t } from "../../shared/strings.js";
import { feedback } from "./feedback.js";
import { entry, footnote, notes, written } from "./footnotes.js";
import { blocks, locate } from "./markup.js";
import { Painter } from "./painter.js";
import { looked } from "./passages.js";
import { explained } from "./popover.js";

/**
 * @typedef {object} Tools
 * @property {Popover} popover
 * @property {(cited: Cited, opener: HTMLElement, citations: Citation[]) => void} open
 *   shows a passage in its document, with the neighbours of the footnote
 * @property {(body: Feedback) => Promise<void>} feedback
 * @property {(question: string) => void} again asks once more
 */

export class Turn {
  #tools;
  #planned = false; // in the next frame
  /** @type {Stage} */
  #stage = "retrieving";
  /** @type {Passage[]} */
  #passages = [];
  #text = "";
  /** @type {Answer | null} */
  #answer = null;
  /** @type {{ cause: unknown } | null} */
  #failure = null;
  #stopped = false;

  /**
   * @param {string} question
   * @param {Tools} tools
   */
  constructor(question, tools) {
    this.question = question;
    this.#tools = tools;
    this.element = h("article", { class: "turn" });
    this.render();
  }

  /**
   * A finished turn, from the history.
   * @param {Answer} answer
   * @param {Tools} tools
   */
  static of(answer, tools) {
    const turn = new Turn(answer.question, tools);
    turn.finish(answer);
    return turn;
  }

  get working() {
    return this.#answer === null && this.#failure === null && !this.#stopped;
  }

  get answered() {
    return this.#answer !== null;
  }

  /** @param {Stage} stage */
  status(stage) {
    this.#stage = stage;
    this.render();
  }

  /** @param {Passage[]} passages */
  found(passages) {
    this.#passages = passages;
  }

  /** @param {string} text */
  token(text) {
    this.#text += text;
    // Several tokens may arrive within one frame: draw once.
    if (this.#planned) return;
    this.#planned = true;
    requestAnimationFrame(() => {
      this.#planned = false;
      if (this.working) this.render();
    });
  }

  /** @param {Answer} answer */
  finish(answer) {
    this.#answer = answer;
    this.render();
  }

  /** @param {unknown} cause */
  fail(cause) {
    this.#failure = { cause };
    this.render();
  }

  stop() {
    this.#stopped = true;
    this.render();
  }

  render() {
    const { question } = this;
    const heading = h("h2", { class: "question", lang: languageOf(question), text: question });
    const parts = this.#answer ? this.#finished(this.#answer) : this.#unfinished();
    this.element.setAttribute("aria-busy", String(this.working));
    this.element.replaceChildren(heading, ...parts.filter((part) => part !== null));
  }

  #unfinished() {
    // A mark that has arrived by half ("[1") would flicker as text.
    const text = this.#text.replace(/\[[\d,，、\s]*$/u, "");
    const again = () => this.#tools.again(this.question);
    const dots = h("span", { class: "dots", "aria-hidden": "true" });
    const failure = this.#failure && explain(this.#failure.cause);
    return [
      text ? this.#streaming(text) : null,
      this.working ? h("p", { class: "stage" }, dots, t(`stage.${this.#stage}`)) : null,
      this.#stopped ? notice("stopped", t("answer.stopped"), t("answer.again"), again) : null,
      failure === null ? null : notice("error", failure, t("error.retry"), again),
    ];
  }

  /** @param {Answer} answer */
  #finished(answer) {
    const { question, standalone_question: full, status, text, note, citations } = answer;
    /** @type {Open} */
    const open = (cited, opener) => this.#tools.open(cited, opener, citations);
    const missing = status === "not_found";
    const understood = full && full.trim() !== question.trim() ? t("answer.understood", full) : "";
    const reply = text.trim() ? this.#body(answer, open) : null;
    const { thumbs, panel } = feedback(answer.id, this.#tools.feedback);
    const times = h("span", { class: "timings", text: timings(answer) });
    const about = reply ? [this.#badge(answer.mode), copy(answer)] : [];
    return [
      aside(understood),
      missing ? banner(status, "search", t("answer.notFound")) : null,
      status === "partial" ? banner(status, "theme-auto", t("answer.partial")) : null,
      reply,
      weakness(answer),
      citations.length > 0 ? notes(citations, open) : null,
      missing ? nearest([answer.nearest, this.#passages], open) : null,
      h("footer", { class: "turn-foot" }, ...about, thumbs, times),
      panel,
      aside(note),
      this.#passages.length > 0 ? looked(this.#passages, open) : null,
    ];
  }

  /**
   * The words so far: every number may become a footnote, and none can be opened yet.
   * @param {string} text
   */
  #streaming(text) {
    const tools = { popover: this.#tools.popover, open: () => {} };
    return this.#paint(text, [], null, true, (number) => footnote(number, undefined, tools));
  }

  /**
   * @param {Answer} answer
   * @param {Open} open
   */
  #body({ text, statements, citations, mode }, open) {
    const { popover } = this.#tools;
    const numbered = new Map(citations.map((citation) => [citation.number, citation]));
    const known = new Set(numbered.keys());
    /** @param {number} number */
    const mark = (number) => footnote(number, numbered.get(number), { popover, open });
    return this.#paint(text, statements, known, mode !== "extractive", mark);
  }

  /**
   * @param {string} text
   * @param {Statement[]} statements
   * @param {ReadonlySet<number> | null} known
   * @param {boolean} rich
   * @param {(number: number) => HTMLElement} mark
   */
  #paint(text, statements, known, rich, mark) {
    const painter = new Painter(text, statements, mark, this.#tools.popover);
    const content = blocks(text, known, rich).map((block) => painter.block(block));
    return h("div", { class: "answer", lang: languageOf(text) }, ...content);
  }

  /** @param {Mode} mode */
  #badge(mode) {
    const properties = { class: "badge", data: { mode } };
    const why = t(`mode.${mode}.why`);
    return explained(this.#tools.popover, why, properties, icon(mode), t(`mode.${mode}`));
  }
}

/**
 * How many statements are weak; those that could not be marked in the text are written out.
 * @param {Answer} answer
 */
function weakness({ statements, text }) {
  const weak = statements.filter(({ verdict }) => verdict !== "supported");
  if (weak.length === 0) return null;
  const ranges = locate(weak, text);
  const unmarked = weak.filter((_, index) => ranges[index] === null);
  return h(
    "div",
    { class: "weak" },
    icon("alert"),
    h("p", { text: t("answer.weak", weak.length, statements.length) }),
    ...unmarked.map((each) => {
      const verdict = each.verdict === "supported" ? "" : t(`verdict.${each.verdict}`);
      return h("p", { class: "weak-text", text: `${verdict}: ${each.text}` });
    }),
  );
}

/**
 * The documents that came closest, from the first of the lists that has any.
 * @param {(Nearest | Passage)[][]} lists
 * @param {Open} open
 */
function nearest(lists, open) {
  const from = lists.find((list) => list.length > 0) ?? [];
  const documents = [...new Map(from.map((each) => [each.document_id, each])).values()];
  if (documents.length === 0) return null;
  const items = documents
    .slice(0, 5)
    .map((each) => h("li", { class: "note" }, entry(each, [readable(each.uri)], open)));
  return h(
    "section",
    { class: "nearest" },
    h("h3", { text: t("answer.nearest") }),
    h("ul", { role: "list" }, ...items),
  );
}

/** @param {Answer} answer */
function copy(answer) {
  const label = h("span", { text: t("copy.answer") });
  const act = async () => {
    const outcome = copyText(written(answer));
    label.textContent = t(await outcome.then(() => "copy.done", () => "copy.failed"));
    setTimeout(() => (label.textContent = t("copy.answer")), 2000);
  };
  const properties = { class: "quiet", data: { action: "copy" }, title: t("copy.label") };
  return button(act, properties, icon("copy"), label);
}

/** @param {string} words */
const aside = (words) => (words ? h("p", { class: "understood", text: words }) : null);

/**
 * @param {Status} status
 * @param {string} sign
 * @param {string} words
 */
const banner = (status, sign, words) =>
  h("p", { class: "banner", data: { status } }, icon(sign), words);

/**
 * @param {"error" | "stopped"} kind
 * @param {string} words
 * @param {string} action
 * @param {() => void} act
 */
function notice(kind, words, action, act) {
  return h(
    "p",
    { class: "notice", data: { kind }, role: kind === "error" ? "alert" : null },
    h("span", { text: words }),
    button(act, { class: "link", text: action }),
  );
}

/** @param {Answer} answer */
function timings({ timings: times, usage }) {
  const parts = [];
  if (times.retrieve_ms) parts.push(t("timings.retrieve", duration(times.retrieve_ms)));
  if (times.first_token_ms) parts.push(t("timings.first", duration(times.first_token_ms)));
  if (times.total_ms) parts.push(t("timings.total", duration(times.total_ms)));
  if (usage.cached) parts.push(t("timings.cached"));
  else if (usage.model) parts.push(usage.model);
  return parts.join(" · ");
}
