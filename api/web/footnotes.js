// The numbers in the text of an answer, and the notes under it.

import { button, h, languageOf } from "./dom.js";
import { t, whereabouts } from "./strings.js";

/** The address of a passage, which opens for whoever may read the document. */
export function address({ document_id: id, version, start, end }) {
  const query = new URLSearchParams({ version, start, end });
  return `${location.origin}/d/${encodeURIComponent(id)}?${query}`;
}

/** What the popover says of a citation: title, place, exact words. */
export function summary(citation) {
  return [
    h("p", { class: "pop-title", text: citation.title }),
    h("p", { class: "pop-where", text: whereabouts(citation).join(" · ") }),
    h("blockquote", { class: "pop-quote", lang: languageOf(citation.quote), text: citation.quote }),
    h("p", { class: "pop-hint", text: t("footnote.hint") }),
  ];
}

/** One superscript number; without a citation (while the answer streams) it cannot be opened. */
export function footnote(number, citation, { popover, open }) {
  if (!citation) {
    const label = t("footnote.pending", number);
    return h("sup", { class: "mark pending", "aria-label": label, text: number });
  }
  const press = (event) => {
    popover.hide();
    open(citation, event.currentTarget);
  };
  const label = t("footnote.label", number, citation.title);
  const properties = { class: "footnote", text: number, data: { number }, "aria-label": label };
  const opener = button(press, properties);
  opener.addEventListener("keydown", walk);
  popover.attach(opener, () => summary(citation));
  return h("sup", { class: "mark" }, opener);
}

/** Arrow keys go from footnote to footnote of the same answer. */
function walk(event) {
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  const edge = { Home: 0, End: -1 }[event.key];
  if (step === undefined && edge === undefined) return;
  const all = [...event.currentTarget.closest(".answer").querySelectorAll("button.footnote")];
  const next = edge === undefined ? all[all.indexOf(event.currentTarget) + step] : all.at(edge);
  event.preventDefault();
  next?.focus();
}

/** A line that opens what it names: the title, then where. */
export function entry(cited, places, open, ...more) {
  return button(
    (event) => open(cited, event.currentTarget),
    { class: "entry" },
    h("span", { class: "entry-title", text: cited.title }),
    ...places.map((place) => h("span", { class: "entry-where", text: place })),
    ...more,
  );
}

/** The notes under the rule, as at the foot of a page. */
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

/** The answer as plain text with its footnotes written out: what "copy" puts on the clipboard. */
export function written(answer) {
  const lines = answer.citations.map((citation) => {
    const place = [citation.title, ...whereabouts(citation)].join(", ");
    const { number, uri, quote } = citation;
    return `[${number}] ${place} (${uri})\n    “${quote}”\n    ${address(citation)}`;
  });
  return [answer.text.trim(), ...lines].join("\n\n") + "\n";
}
