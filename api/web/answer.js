// One question and its answer, from the first status to the last footnote.

import { button, copyText, h, icon, languageOf } from "./dom.js";
import { feedback } from "./feedback.js";
import { entry, footnote, notes, written } from "./footnotes.js";
import { blocks, locate } from "./markup.js";
import { looked } from "./passages.js";
import { duration, explain, t } from "./strings.js";

export class Turn {
  #tools;
  #frame = 0;

  /**
   * `tools`: `popover`; `open(cited, opener, citations)` shows a passage; `feedback(body)`;
   * `again(question)` asks once more.
   */
  constructor(question, tools) {
    this.question = question;
    this.stage = "retrieving";
    this.passages = [];
    this.text = "";
    this.answer = null;
    this.error = null;
    this.stopped = false;
    this.#tools = tools;
    this.element = h("article", { class: "turn" });
    this.render();
  }

  /** A finished turn, from the history. */
  static of(answer, tools) {
    const turn = new Turn(answer.question, tools);
    turn.finish(answer);
    return turn;
  }

  get working() {
    return this.answer === null && this.error === null && !this.stopped;
  }

  status(stage) {
    this.stage = stage;
    this.render();
  }

  found(passages) {
    this.passages = passages;
  }

  token(text) {
    this.text += text;
    // Several tokens may arrive within one frame: draw once.
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      if (this.working) this.render();
    });
  }

  finish(answer) {
    this.answer = answer;
    this.render();
  }

  fail(error) {
    this.error = error;
    this.render();
  }

  stop() {
    this.stopped = true;
    this.render();
  }

  render() {
    const { question } = this;
    const heading = h("h2", { class: "question", lang: languageOf(question), text: question });
    const parts = this.answer ? this.#finished() : this.#unfinished();
    this.element.setAttribute("aria-busy", String(this.working));
    this.element.replaceChildren(heading, ...parts.filter((part) => part !== null));
  }

  #unfinished() {
    // A mark that has arrived by half ("[1") would flicker as text.
    const text = this.text.replace(/\[[\d,，、\s]*$/u, "");
    const again = () => this.#tools.again(this.question);
    const dots = h("span", { class: "dots", "aria-hidden": "true" });
    return [
      text ? this.#body(text, [], new Map(), null) : null,
      this.working ? h("p", { class: "stage" }, dots, t(`stage.${this.stage}`)) : null,
      this.stopped ? notice("stopped", t("answer.stopped"), t("answer.again"), again) : null,
      this.error ? notice("error", explain(this.error), t("error.retry"), again) : null,
    ];
  }

  #finished() {
    const { id, question, standalone_question: full, status, text, note } = this.answer;
    const { statements, citations } = this.answer;
    const numbered = new Map(citations.map((citation) => [citation.number, citation]));
    const open = (cited, opener) => this.#tools.open(cited, opener, citations);
    const weak = statements.filter(({ verdict }) => verdict !== "supported");
    const missing = status === "not_found";
    const understood = full && full.trim() !== question.trim() ? t("answer.understood", full) : "";
    const reply = text.trim() ? this.#body(text, statements, numbered, open) : null;
    const { thumbs, panel } = feedback(id, this.#tools.feedback);
    const times = h("span", { class: "timings", text: timings(this.answer) });
    return [
      aside(understood),
      missing ? banner(status, "search", t("answer.notFound")) : null,
      status === "partial" ? banner(status, "theme-auto", t("answer.partial")) : null,
      reply,
      weak.length > 0 ? this.#weak(weak) : null,
      citations.length > 0 ? notes(citations, open) : null,
      missing ? this.#nearest(open) : null,
      h(
        "footer",
        { class: "turn-foot" },
        ...(reply ? [this.#badge(), this.#copy()] : []),
        thumbs,
        times,
      ),
      panel,
      aside(note),
      this.passages.length > 0 ? looked(this.passages, open) : null,
    ];
  }

  #body(text, statements, citations, open) {
    const rich = this.answer?.mode !== "extractive";
    const known = this.answer ? new Set(citations.keys()) : null;
    const { popover } = this.#tools;
    const mark = (number) => footnote(number, citations.get(number), { popover, open });
    const painter = new Painter(text, statements, mark, popover);
    const content = blocks(text, known, rich).map((block) => painter.block(block));
    return h("div", { class: "answer", lang: languageOf(text) }, ...content);
  }

  #nearest(open) {
    const from = this.answer.nearest?.length ? this.answer.nearest : this.passages;
    const documents = [...new Map(from.map((each) => [each.document_id, each])).values()];
    if (documents.length === 0) return null;
    const items = documents
      .slice(0, 5)
      .map((each) => h("li", { class: "note" }, entry(each, [each.uri], open)));
    return h(
      "section",
      { class: "nearest" },
      h("h3", { text: t("answer.nearest") }),
      h("ul", { role: "list" }, ...items),
    );
  }

  /** How many statements are weak; those that could not be marked in the text are written out. */
  #weak(weak) {
    const { statements, text } = this.answer;
    const ranges = locate(weak, text);
    const unmarked = weak.filter((_, index) => ranges[index] === null);
    return h(
      "div",
      { class: "weak" },
      icon("alert"),
      h("p", { text: t("answer.weak", weak.length, statements.length) }),
      ...unmarked.map((each) =>
        h("p", { class: "weak-text", text: `${t(`verdict.${each.verdict}`)}: ${each.text}` }),
      ),
    );
  }

  #badge() {
    const { mode } = this.answer;
    return explained(
      this.#tools.popover,
      t(`mode.${mode}.why`),
      { class: "badge", data: { mode } },
      icon(mode),
      t(`mode.${mode}`),
    );
  }

  #copy() {
    const label = h("span", { text: t("copy.answer") });
    const copy = async () => {
      const outcome = copyText(written(this.answer));
      label.textContent = t(await outcome.then(() => "copy.done", () => "copy.failed"));
      setTimeout(() => (label.textContent = t("copy.answer")), 2000);
    };
    const properties = { class: "quiet", data: { action: "copy" }, title: t("copy.label") };
    return button(copy, properties, icon("copy"), label);
  }
}

/** Draws blocks, and marks the statements that the documents do not fully bear out. */
class Painter {
  #statements;
  #note;
  #popover;

  constructor(text, statements, note, popover) {
    const ranges = locate(statements, text);
    this.#statements = statements
      .map((statement, index) => ({ ...statement, range: ranges[index] }))
      .filter(({ verdict, range }) => verdict !== "supported" && range !== null);
    this.#note = note;
    this.#popover = popover;
  }

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

  #lines(lines) {
    return lines.flatMap((line, index) => [index ? h("br") : "", ...this.#line(line)]);
  }

  #line(tokens) {
    const nodes = [];
    let tag = null; // the verdict to be written once the statement's own footnotes are past
    const flush = () => {
      if (tag) nodes.push(tag);
      tag = null;
    };
    for (const token of tokens) {
      if (token.kind === "mark") {
        nodes.push(...token.numbers.map(this.#note));
        continue;
      }
      for (const { text, statement, last } of this.#pieces(token)) {
        // A full stop after the footnotes still belongs to the sentence before.
        const stop = tag ? text.match(/^[.,;:!?。，；：！？、]+/u)?.[0] ?? "" : "";
        if (stop) nodes.push(stop);
        flush();
        const rest = text.slice(stop.length);
        if (rest) nodes.push(this.#piece(token.kind, rest, statement));
        if (last) tag = this.#verdict(statement);
      }
    }
    flush();
    return nodes;
  }

  /** A token cut where statements begin and end. */
  #pieces(token) {
    const end = token.at + token.text.length;
    const cuts = new Set([token.at, end]);
    for (const { range } of this.#statements) {
      for (const cut of range) if (cut > token.at && cut < end) cuts.add(cut);
    }
    const edges = [...cuts].sort((a, b) => a - b);
    return edges.slice(0, -1).map((from, index) => {
      const to = edges[index + 1];
      const inside = ({ range }) => range[0] <= from && to <= range[1];
      const statement = this.#statements.find(inside) ?? null;
      const text = token.text.slice(from - token.at, to - token.at);
      // The rest of a link (its address) is not drawn, but may be where the statement ends.
      const reach = to === end ? (token.until ?? end) : to;
      return { text, statement, last: statement !== null && reach >= statement.range[1] };
    });
  }

  #piece(kind, text, statement) {
    const node = kind === "text" ? text : h(kind === "code" ? "code" : "strong", { text });
    if (!statement) return node;
    return h("span", { class: "doubt", data: { verdict: statement.verdict } }, node);
  }

  #verdict({ verdict }) {
    const name = `verdict.${verdict}`;
    const properties = { class: "verdict", data: { verdict } };
    return explained(this.#popover, t(`${name}.why`), properties, t(name));
  }
}

/** A button whose explanation shows on hover, focus and press (a finger cannot hover). */
function explained(popover, words, properties, ...children) {
  const content = () => [h("p", { class: "pop-text", text: words })];
  const explain = (event) => popover.show(event.currentTarget, content());
  const element = button(explain, properties, ...children);
  popover.attach(element, content);
  return element;
}

const aside = (words) => (words ? h("p", { class: "understood", text: words }) : null);

const banner = (status, sign, words) =>
  h("p", { class: "banner", data: { status } }, icon(sign), words);

function notice(kind, words, action, act) {
  return h(
    "p",
    { class: "notice", data: { kind }, role: kind === "error" ? "alert" : null },
    h("span", { text: words }),
    button(act, { class: "link", text: action }),
  );
}

function timings({ timings: times, usage }) {
  const parts = [];
  if (times?.retrieve_ms) parts.push(t("timings.retrieve", duration(times.retrieve_ms)));
  if (times?.first_token_ms) parts.push(t("timings.first", duration(times.first_token_ms)));
  if (times?.total_ms) parts.push(t("timings.total", duration(times.total_ms)));
  if (usage?.cached) parts.push(t("timings.cached"));
  else if (usage?.model) parts.push(usage.model);
  return parts.join(" · ");
}
