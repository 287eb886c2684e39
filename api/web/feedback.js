// Thumbs up, thumbs down with a reason.

import { button, chip, h, icon } from "./dom.js";
import { explain, t } from "./strings.js";

const REASONS = ["wrong", "incomplete", "outdated", "footnote", "other"];

/** The two thumbs and, after a thumb down, the form. `send` posts the body and may throw. */
export function feedback(answerId, send) {
  const state = h("span", { class: "feedback-state", role: "status" });
  const panel = h("div", { class: "feedback-panel" });
  const thumbs = ["up", "down"].map((rating) => {
    const label = t(`feedback.${rating}`);
    const properties = { class: "quiet", "aria-label": label, title: label, data: { rating } };
    const act = () => (rating === "up" ? submit({ rating }) : ask());
    return button(act, { ...properties, "aria-pressed": "false" }, icon(rating));
  });
  const press = (rating) => {
    for (const thumb of thumbs) {
      thumb.setAttribute("aria-pressed", String(thumb.dataset.rating === rating));
    }
  };

  async function submit(body) {
    try {
      await send({ answer_id: answerId, ...body });
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
      const body = { rating: "down" };
      if (reason) body.reason = reason;
      if (comment.value.trim()) body.comment = comment.value.trim();
      submit(body);
    });
    state.textContent = "";
    panel.replaceChildren(form);
    form.querySelector("input").focus();
  }

  return { thumbs: h("span", { class: "thumbs" }, ...thumbs, state), panel };
}
