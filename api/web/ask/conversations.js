// The list of earlier conversations: open, export, delete.

/**
 * @import { Api } from "../shared/api.js"
 * @import { ConversationEntry, ExportFormat } from "../shared/contract.js"
 */

import { button, download, h, icon } from "../shared/dom.js";
import { day, explain, t } from "../shared/strings.js";

/** @type {[format: ExportFormat, label: string, ending: string][]} */
const FORMATS = [
  ["markdown", "Markdown", "md"],
  ["json", "JSON", "json"],
  ["html", "HTML", "html"],
];

export class Conversations {
  #list;
  #api;
  #open;
  #deleted;
  /** @type {ConversationEntry[]} */
  #known = [];
  /** @type {string | null} */
  #current = null;
  /** @type {{ cause: unknown } | null} */
  #failure = null;

  /**
   * `open(id)` shows a conversation; `deleted(id)` is called once it is gone.
   * @param {HTMLElement} list
   * @param {Api} api
   * @param {{ open: (id: string) => unknown, deleted: (id: string) => unknown }} acts
   */
  constructor(list, api, { open, deleted }) {
    this.#list = list;
    this.#api = api;
    this.#open = open;
    this.#deleted = deleted;
  }

  async refresh() {
    try {
      this.#known = await this.#api.conversations();
      this.#failure = null;
    } catch (cause) {
      this.#failure = { cause };
    }
    this.render();
  }

  /** @param {string | null} id */
  select(id) {
    this.#current = id;
    this.render();
  }

  clear() {
    this.#known = [];
    this.#current = null;
    this.#failure = null;
    this.render();
  }

  render() {
    /** @param {string} text */
    const note = (text) => this.#list.replaceChildren(h("li", { class: "list-note", text }));
    if (this.#failure) note(explain(this.#failure.cause));
    else if (this.#known.length === 0) note(t("conversations.empty"));
    else this.#list.replaceChildren(...this.#known.map((each) => this.#item(each)));
  }

  /** @param {ConversationEntry} conversation */
  #item({ id, title, updated_at: updated }) {
    const name = title || t("conversations.untitled");
    const actions = h("div", { class: "conversation-actions", hidden: true });
    const unfold = () => {
      actions.hidden = !actions.hidden;
      toggle.setAttribute("aria-expanded", String(!actions.hidden));
      if (!actions.hidden) actions.replaceChildren(...this.#actions(id, name));
    };
    const label = t("conversations.actions", name);
    const properties = { class: "quiet more", "aria-label": label, title: label };
    const toggle = button(unfold, { ...properties, "aria-expanded": "false" }, icon("more"));
    const open = button(
      () => this.#open(id),
      { class: "conversation-open" },
      h("span", { class: "conversation-title", text: name }),
      h("span", { class: "conversation-date", text: day(updated) }),
    );
    const current = id === this.#current ? "true" : null;
    return h(
      "li",
      { class: "conversation", "aria-current": current, data: { id } },
      h("div", { class: "conversation-row" }, open, toggle),
      actions,
    );
  }

  /**
   * @param {string} id
   * @param {string} name
   */
  #actions(id, name) {
    const failed = h("span", { class: "list-note", role: "status" });
    /** @param {() => Promise<void>} act */
    const attempt = (act) => () => act().catch((error) => (failed.textContent = explain(error)));
    const exports = FORMATS.map(([format, label, ending]) => {
      const save = async () => {
        const file = name.replace(/[\\/:*?"<>|\p{Cc}]+/gu, " ").trim().slice(0, 60) || id;
        download(await this.#api.exportConversation(id, format), `${file}.${ending}`);
      };
      const spoken = `${t("conversations.export")} ${label}`;
      return button(attempt(save), { class: "quiet small", text: label, "aria-label": spoken });
    });
    // Deleting takes two presses of the same button; looking elsewhere takes the first one back.
    const erase = async () => {
      if (remove.dataset.sure === undefined) {
        remove.dataset.sure = "";
        remove.textContent = t("conversations.sure");
        return;
      }
      await this.#api.deleteConversation(id);
      this.#known = this.#known.filter((each) => each.id !== id);
      this.render();
      this.#deleted(id);
    };
    const words = t("conversations.delete");
    const remove = button(attempt(erase), { class: "quiet small danger", text: words });
    remove.addEventListener("blur", () => {
      delete remove.dataset.sure;
      remove.textContent = words;
    });
    const label = h("span", { class: "small muted", text: t("conversations.export") });
    return [label, ...exports, remove, failed];
  }
}
