// The panel that shows a passage where it stands in its document.

/**
 * @import { Api } from "../shared/api.js"
 * @import { Block, Cited, DocumentFacts, VersionText } from "../shared/contract.js"
 * @import { Notice } from "./placed.js"
 */

import { refused } from "../shared/api.js";
import { button, copyText, h, icon, languageOf, one } from "../shared/dom.js";
import { address, shownPath, whereabouts } from "../shared/places.js";
import { day, explain, t } from "../shared/strings.js";
import { DocumentText } from "./document.js";
import { CodePoints } from "./offsets.js";
import { openOriginal } from "./original.js";
import { placed } from "./placed.js";

/**
 * @typedef {{ meta: DocumentFacts, text: VersionText }} Loaded
 * @typedef {Omit<Partial<DocumentFacts>, keyof Cited> & Cited} Known
 *   what is known of the document and the passage together
 * @typedef {object} View what is shown, or being loaded to be
 * @property {Cited} cited
 * @property {Cited[]} citations its neighbours
 * @property {boolean} standalone
 * @property {boolean} live the live version was wished for, whatever was cited
 * @property {boolean} lost the cited version is no longer kept
 * @property {Loaded | null} loaded
 */

export class Viewer {
  #api;
  #panel;
  /** @type {View | null} */
  #shown = null;
  /** @type {HTMLElement | null} */
  #opener = null;

  /**
   * @param {HTMLElement} panel
   * @param {Api} api
   */
  constructor(panel, api) {
    this.#panel = panel;
    this.#api = api;
  }

  get open() {
    return !this.#panel.hidden;
  }

  /**
   * Shows `cited`: with `version`, `start` and `end` the stretch is highlighted, with `quote` it
   * is compared. `citations` are its neighbours; `opener` gets the focus back in the end.
   * @param {Cited} cited
   * @param {{ opener?: HTMLElement | null, citations?: Cited[], standalone?: boolean }} options
   */
  async show(cited, { opener = null, citations = [], standalone = false } = {}) {
    this.#opener = opener ?? this.#opener;
    /** @type {View} */
    const view = { cited, citations, standalone, live: false, lost: false, loaded: null };
    this.#shown = view;
    this.#panel.hidden = false;
    document.body.classList.add("viewing");
    this.#frame(view, h("p", { class: "viewer-wait", role: "status", text: t("viewer.loading") }));
    if (!this.#panel.contains(document.activeElement)) this.#focus();
    await this.#load(view);
  }

  /** Draws again, in the language that is current now. */
  redraw() {
    const view = this.#shown;
    if (this.open && view?.loaded) this.#draw(view, view.loaded);
  }

  close() {
    if (!this.open) return;
    this.#shown = null;
    this.#panel.hidden = true;
    this.#panel.replaceChildren();
    document.body.classList.remove("viewing");
    if (this.#opener?.isConnected) this.#opener.focus({ preventScroll: true });
    this.#opener = null;
  }

  /** @param {View} view */
  async #load(view) {
    const id = view.cited.document_id;
    try {
      const [meta, text] = await Promise.all([this.#api.document(id), this.#text(view)]);
      view.loaded = { meta, text };
    } catch (error) {
      if (this.#shown !== view) return;
      const words = h("span", { text: explain(error) });
      const retry = button(() => this.show(view.cited, view), { class: "link" }, t("error.retry"));
      const properties = { class: "notice", data: { kind: "error" }, role: "alert" };
      this.#frame(view, h("p", properties, words, retry));
      return;
    }
    if (this.#shown === view) this.#draw(view, view.loaded);
  }

  /** @param {View} view */
  async #text(view) {
    const { document_id: id, version = null } = view.cited;
    const wanted = view.live ? null : version;
    try {
      return await this.#api.text(id, wanted);
    } catch (error) {
      // An old version may have been cleared away; whether the document exists at all is told
      // by the request for the live one.
      if (wanted === null || !refused(error, 404, 410)) throw error;
      view.lost = true;
      return this.#api.text(id);
    }
  }

  /**
   * @param {View} view
   * @param {Loaded} loaded
   */
  #draw(view, loaded) {
    const { text, blocks = [] } = loaded.text;
    const points = new CodePoints(text);
    const { range, notices } = placed({ ...view, ...loaded }, points);
    const body = new DocumentText(points, blocks, range);
    body.element.setAttribute("lang", languageOf(text.slice(0, 4000)));
    const block = blocks.find(({ end }) => range && end > range[0]);
    this.#frame(view, body.element, notices, block);
    const [mark] = body.marks;
    const pane = one(this.#panel, ".viewer-scroll", HTMLElement);
    if (mark) {
      const top = mark.getBoundingClientRect().top - pane.getBoundingClientRect().top;
      pane.scrollTop += top - pane.clientHeight * 0.3;
    } else pane.scrollTop = 0;
  }

  /**
   * @param {View} view
   * @param {HTMLElement} content
   * @param {Notice[]} notices
   * @param {Block} [block] in which the passage begins
   */
  #frame(view, content, notices = [], block) {
    const { cited } = view;
    /** @type {Known} */
    const known = { ...view.loaded?.meta, ...cited };
    const page = cited.page ?? block?.page ?? null;
    const headings = cited.headings ?? block?.headings;
    const place = whereabouts({ ...known, page, headings });
    const title = known.title ?? t("viewer.label");
    const focused = this.#focused();
    this.#panel.replaceChildren(
      h(
        "header",
        { class: "viewer-head" },
        this.#bar(view),
        h("h2", { class: "viewer-title", tabindex: "-1", text: title }),
        h("p", { class: "viewer-where", text: place.join(" · ") }),
        h("p", { class: "viewer-facts", text: facts(known, view.loaded?.text).join(" · ") }),
        this.#actions(known, page),
        ...notices.map((each) => this.#notice(view, each)),
      ),
      h(
        "div",
        { class: "viewer-scroll", tabindex: "0", role: "region", "aria-label": title },
        content,
      ),
    );
    if (focused) this.#focus(focused.dataset.action);
  }

  /** The element of the panel that has the focus, if one has. */
  #focused() {
    const { activeElement: active } = document;
    return active instanceof HTMLElement && this.#panel.contains(active) ? active : null;
  }

  /**
   * Puts the focus on a button of the panel by its action, or else on the title.
   * @param {string} [action]
   */
  #focus(action) {
    const same = action && this.#panel.querySelector(`button[data-action=${action}]:enabled`);
    const target = same instanceof HTMLElement ? same : one(this.#panel, "h2", HTMLElement);
    target.focus({ preventScroll: true });
  }

  /**
   * The uppermost line: which footnote of how many, and the way out.
   * @param {View} view
   */
  #bar({ cited, citations, standalone }) {
    const index = citations.indexOf(cited);
    /** @param {number} by */
    const step = (by) => () => {
      const next = citations[index + by];
      if (next) this.show(next, { citations });
    };
    /** @param {string} words */
    const count = (words) => h("span", { class: "viewer-count", text: words });
    const number = cited.number ?? index + 1;
    const left =
      index < 0
        ? [count(t("viewer.label"))]
        : [
            sign("left", t("viewer.previous"), step(-1), index === 0),
            count(t("viewer.of", number, citations.length)),
            sign("right", t("viewer.next"), step(1), index === citations.length - 1),
          ];
    const out = standalone
      ? h("a", { class: "link", href: "/", text: t("viewer.home") })
      : sign("close", t("nav.close"), () => this.close());
    return h("div", { class: "viewer-bar" }, h("div", { class: "viewer-steps" }, ...left), out);
  }

  /**
   * @param {Known} known
   * @param {number | null} page
   */
  #actions(known, page) {
    const original = reporting("file", t("viewer.original"), async (words) => {
      const name = shownPath(known).split("/").at(-1) || known.document_id;
      words.textContent = t("viewer.opening");
      try {
        await openOriginal(this.#api, known.document_id, name, page);
        words.textContent = t("viewer.original");
      } catch (error) {
        words.textContent = explain(error);
      }
    });
    const link = reporting("link", t("viewer.link"), async (words) => {
      const outcome = copyText(address(known));
      words.textContent = t(await outcome.then(() => "copy.done", () => "copy.failed"));
    });
    const passage = known.version && known.end;
    return h("div", { class: "viewer-actions" }, original, passage ? link : null);
  }

  /**
   * @param {View} view
   * @param {Notice} notice
   */
  #notice(view, notice) {
    const { words, action: label, live = false } = notice;
    const change = async () => {
      view.live = live;
      await this.#load(view);
    };
    return h(
      "p",
      { class: "notice", role: "status" },
      words ? h("span", { text: words }) : null,
      label ? button(change, { class: "link", text: label }) : null,
    );
  }
}

/**
 * Where the document lies, whose it is and how old.
 * @param {Known} known
 * @param {VersionText} [text] that is shown
 */
function facts(known, text) {
  const { source, modified_at: modified, owner } = known;
  const shown = text?.version ?? known.version;
  return [
    source,
    shownPath(known),
    modified && t("viewer.modified", day(modified)),
    owner && t("viewer.owner", owner),
    shown && t("viewer.version", shown),
  ].filter(Boolean);
}

/**
 * A button with a sign and words; `act` gets the element of the words, to report in.
 * @param {string} name
 * @param {string} label
 * @param {(words: HTMLElement) => unknown} act
 */
function reporting(name, label, act) {
  const words = h("span", { text: label });
  return button(() => act(words), { class: "quiet", data: { action: name } }, icon(name), words);
}

/**
 * A button that is only a sign.
 * @param {string} name
 * @param {string} label
 * @param {() => unknown} act
 */
function sign(name, label, act, disabled = false) {
  const properties = { class: "quiet", disabled, data: { action: name } };
  return button(act, { ...properties, "aria-label": label, title: label }, icon(name));
}
