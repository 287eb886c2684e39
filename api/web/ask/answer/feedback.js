// Thumbs up, thumbs down with a reason.

/** @import { Feedback } from "../../shared/contract.js" */

import { button, chip, h, icon, one } from "../../shared/dom.js";
import { explain, t } from "../../shared/strings.js";

const RATINGS = /** @type {const} */ (["up", "down"]);
const REASONS = /** @type {const} */ (["wrong", "incomplete", "outdated", "footnote", "other"]);

/**
 * The two thumbs and, after a thumb down, the form.
 * @param {string} answerId
 * @param {(body: Feedback) => Promise<void>} send
 */
export function feedback(answerId, send) {
  const state = h("span", { class: "feedback-state", role: "status" });
  const panel = h("div", { class: "feedback-panel" });
  const thumbs = RATINGS.map((rating) => {
    const label = t(`feedback.${rating}`);
    const properties = { class: "quiet", "aria-label": label, title: label, data: { rating } };
    const act = () => (rating === "up" ? submit({ answer_id: answerId, rating }) : ask());
    return button(act, { ...properties, "aria-pressed": "false" }, icon(rating));
  });
  /** @param {string} rating */
  const press = (rating) => {
    for (const thumb of thumbs) {
      thumb.setAttribute("aria-pressed", String(thumb.dataset.rating === rating));
    }
  };

  /** @param {Feedback} body */
  async function submit(body) {
    try {
      await send(body);
    } catch (error) {
      state.textContent = t("feedback.failed", explain(error));
      return;
    }
    press(body.rating);
    panel.replaceChildren();
    state.textContent = t("feedback.thanks");
  }

  function ask() {
    if (panel.childElementCount > 0) {
      panel.replaceChildren();
      return;
    }
    const group = `reason-${answerId}`;
    const reasons = REASONS.map((reason) =>
      chip({ type: "radio", name: group, value: reason }, t(`feedback.${reason}`)),
    );
    const comment = h("textarea", {
      rows: 2,
      placeholder: t("feedback.comment"),
      "aria-label": t("feedback.comment"),
    });
    const form = h(
      "form",
      { class: "feedback-form" },
      h("fieldset", {}, h("legend", { text: t("feedback.question") }), ...reasons),
      comment,
      h("button", { class: "primary small", type: "submit", text: t("feedback.send") }),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const reason = new FormData(form).get(group);
      /** @type {Feedback} */
      const body = { answer_id: answerId, rating: "down" };
      if (typeof reason === "string") body.reason = reason;
      if (comment.value.trim()) body.comment = comment.value.trim();
      submit(body);
    });
    state.textContent = "";
    panel.replaceChildren(form);
    one(form, "input", HTMLInputElement).focus();
  }

  return { thumbs: h("span", { class: "thumbs" }, ...thumbs, state), panel };
}
