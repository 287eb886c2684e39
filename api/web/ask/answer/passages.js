// "Where the answer looked": what was retrieved, how strongly, and why.

/**
 * @import { Passage, Why } from "../../shared/contract.js"
 * @import { Open } from "./footnotes.js"
 */

import { h, languageOf } from "../../shared/dom.js";
import { whereabouts } from "../../shared/places.js";
import { fieldName, t } from "../../shared/strings.js";
import { entry } from "./footnotes.js";

/**
 * Why a passage was found, in words.
 * @param {Why} why
 */
function reason(why) {
  const parts = [];
  if (why.lexical_rank) parts.push(t("why.lexical", why.lexical_rank));
  if (why.dense_rank) parts.push(t("why.dense", why.dense_rank));
  if (why.words.length) parts.push(t("why.words", why.words.join(", ")));
  if (why.fields.length) parts.push(t("why.fields", why.fields.map(fieldName).join(", ")));
  return parts.join(" · ");
}

/**
 * The folded list under an answer. `open` shows a passage in its document.
 * @param {Passage[]} results
 * @param {Open} open
 */
export function looked(results, open) {
  const best = Math.max(...results.map((result) => result.score), Number.EPSILON);
  const items = results.map((result) => {
    const filled = h("span");
    const bar = h("span", { class: "bar", "aria-hidden": "true" }, filled);
    filled.style.width = `${Math.max(0, Math.min(1, result.score / best)) * 100}%`;
    return h(
      "li",
      { class: "passage" },
      entry(result, whereabouts(result), open),
      h("p", { class: "passage-text", lang: languageOf(result.text), text: result.text }),
      h(
        "p",
        { class: "passage-why" },
        bar,
        h("span", { text: t("passages.score", result.score.toFixed(2)) }),
        h("span", { text: reason(result.why) }),
      ),
    );
  });
  return h(
    "details",
    { class: "looked" },
    h("summary", { text: t("passages.summary", results.length) }),
    h("ol", { role: "list" }, ...items),
  );
}
