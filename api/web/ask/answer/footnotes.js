// The numbers in the text of an answer, and the notes under it.

/**
 * @import { Answer, Citation, Cited } from "../../shared/contract.js"
 * @import { Popover } from "./popover.js"
 */

import { button, h, languageOf } from "../../shared/dom.js";
import { address, readable, whereabouts } from "../../shared/places.js";
import { t } from "../../shared/strings.js";

/**
 * @typedef {(cited: Cited, opener: HTMLElement) => void} Open
 *   shows a passage in its document; the opener gets the focus back
 */

/**
 * What the popover says of a citation: title, place, exact words.
 * @param {Citation} citation
 */
function summary(citation) {
  return [
    h("p", { class: "pop-title", text: citation.title }),
    h("p", { class: "pop-where", text: whereabouts(citation).join(" · ") }),
    h("blockquote", { class: "pop-quote", lang: languageOf(citation.quote), text: citation.quote }),
    h("p", { class: "pop-hint", text: t("footnote.hint") }),
  ];
}

/**
 * One superscript number; without a citation (while the answer streams) it cannot be opened.
 * @param {number} number
 * @param {Citation | undefined} citation
 * @param {{ popover: Popover, open: Open }} tools
 */
export function footnote(number, citation, { popover, open }) {
  if (!citation) {
    const label = t("footnote.pending", number);
    return h("sup", { class: "mark pending", "aria-label": label, text: number });
  }
  /** @param {HTMLElement} opener */
  const press = (opener) => {
    popover.hide();
    open(citation, opener);
  };
  const label = t("footnote.label", number, citation.title);
  const properties = { class: "footnote", text: number, data: { number }, "aria-label": label };
  const mark = button(press, properties);
  mark.addEventListener("keydown", (event) => walk(event, mark));
  popover.attach(mark, () => summary(citation));
  return h("sup", { class: "mark" }, mark);
}

/** @type {Record<string, number>} */
const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
/** @type {Record<string, number>} */
const EDGES = { Home: 0, End: -1 };

/**
 * Arrow keys go from footnote to footnote of the same answer.
 * @param {KeyboardEvent} event
 * @param {HTMLButtonElement} mark
 */
function walk(event, mark) {
  const step = STEPS[event.key];
  const edge = EDGES[event.key];
  if (step === undefined && edge === undefined) return;
  /** @type {NodeListOf<HTMLButtonElement> | undefined} */
  const marks = mark.closest(".answer")?.querySelectorAll("button.footnote");
  const all = [...(marks ?? [])];
  const next = edge === undefined ? all[all.indexOf(mark) + (step ?? 0)] : all.at(edge);
  event.preventDefault();
  next?.focus();
}

/**
 * A line that opens what it names: the title, then where.
 * @param {Cited} cited
 * @param {string[]} places
 * @param {Open} open
 * @param {...HTMLElement} more
 */
export function entry(cited, places, open, ...more) {
  return button(
    (opener) => open(cited, opener),
    { class: "entry" },
    h("span", { class: "entry-title", text: cited.title }),
    ...places.map((place) => h("span", { class: "entry-where", text: place })),
    ...more,
  );
}

/**
 * The notes under the rule, as at the foot of a page.
 * @param {Citation[]} citations
 * @param {Open} open
 */
export function notes(citations, open) {
  const items = citations.map((citation) => {
    const { number, quote } = citation;
    const words = h("span", { class: "note-quote", lang: languageOf(quote), text: quote });
    return h(
      "li",
      { class: "note" },
      h("span", { class: "note-number", "aria-hidden": "true", text: number }),
      entry(citation, whereabouts(citation), open, words),
    );
  });
  return h(
    "section",
    { class: "notes", "aria-label": t("answer.notes") },
    h("ol", { role: "list" }, ...items),
  );
}

/**
 * The answer as plain text with its footnotes written out: what "copy" puts on the clipboard.
 * @param {Answer} answer
 */
export function written(answer) {
  const lines = answer.citations.map((citation) => {
    const place = [citation.title, ...whereabouts(citation)].join(", ");
    const { number, uri, quote } = citation;
    return `[${number}] ${place} (${readable(uri)})\n    “${quote}”\n    ${address(citation)}`;
  });
  return [answer.text.trim(), ...lines].join("\n\n") + "\n";
}
