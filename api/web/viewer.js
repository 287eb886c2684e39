// The panel that shows a passage where it stands in its document.

import { DocumentText } from "./document.js";
import { button, copyText, download, h, icon, languageOf } from "./dom.js";
import { address } from "./footnotes.js";
import { CodePoints } from "./offsets.js";
import { day, explain, t, whereabouts } from "./strings.js";

// Only kinds that cannot run script are opened in a tab, under a type of our choosing: a blob has
// the page's own origin. Everything else is downloaded.
const SAFE = {
  pdf: "application/pdf",
  png: "image/png",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  gif: "image/gif",
  webp: "image/webp",
  txt: "text/plain;charset=utf-8",
  md: "text/plain;charset=utf-8",
  csv: "text/plain;charset=utf-8",
  log: "text/plain;charset=utf-8",
};

export class Viewer {
  #api;
  #panel;
  #shown = null;
  #closed;
  #opener = null;

  /** `closed()` is called after the panel was put away. */
  constructor(panel, api, closed = () => {}) {
    this.#panel = panel;
    this.#api = api;
    this.#closed = closed;
  }

  get open() {
    return !this.#panel.hidden;
  }

  /**
   * Shows `cited`: at least `document_id`; with `version`, `start`, `end` (code points) the
   * stretch is highlighted, with `quote` it is compared. `citations` are its neighbours.
   */
  async show(cited, { opener = null, citations = [], standalone = false } = {}) {
    this.#opener = opener ?? this.#opener;
    const view = { cited, citations, standalone, live: false, meta: null, text: null };
    this.#shown = view;
    this.#panel.hidden = false;
    document.body.classList.add("viewing");
    this.#frame(view, h("p", { class: "viewer-wait", role: "status", text: t("viewer.loading") }));
    if (!this.#panel.contains(document.activeElement)) this.#focus();
    await this.#load(view);
  }

  /** Draws again, in the language that is current now. */
  redraw() {
    if (this.open && this.#shown?.text) this.#draw(this.#shown);
  }

  close() {
    if (!this.open) return;
    this.#shown = null;
    this.#panel.hidden = true;
    this.#panel.replaceChildren();
    document.body.classList.remove("viewing");
    if (this.#opener?.isConnected) this.#opener.focus({ preventScroll: true });
    this.#opener = null;
    this.#closed();
  }

  async #load(view) {
    const { document_id: id, version = null } = view.cited;
    try {
      const loads = [this.#api.document(id), this.#text(view, id, version)];
      [view.meta, view.text] = await Promise.all(loads);
    } catch (error) {
      if (this.#shown !== view) return;
      const words = h("span", { text: explain(error) });
      const retry = button(() => this.show(view.cited, view), { class: "link" }, t("error.retry"));
      const properties = { class: "notice", data: { kind: "error" }, role: "alert" };
      this.#frame(view, h("p", properties, words, retry));
      return;
    }
    if (this.#shown === view) this.#draw(view);
  }

  async #text(view, id, version) {
    const wanted = view.live ? null : version;
    try {
      return await this.#api.text(id, wanted);
    } catch (error) {
      // An old version may have been cleared away; whether the document exists at all is told
      // by the request for the live one.
      if (wanted === null || (error.status !== 404 && error.status !== 410)) throw error;
      view.lost = true;
      return this.#api.text(id);
    }
  }

  #draw(view) {
    const points = new CodePoints(view.text.text);
    const { range, notices } = this.#placed(view, points);
    const text = new DocumentText(points, view.text.blocks ?? [], range);
    text.element.setAttribute("lang", languageOf(view.text.text.slice(0, 4000)));
    const block = (view.text.blocks ?? []).find(({ end }) => range && end > range[0]);
    this.#frame(view, text.element, notices, block);
    const [mark] = text.marks;
    const pane = this.#panel.querySelector(".viewer-scroll");
    if (mark) {
      const top = mark.getBoundingClientRect().top - pane.getBoundingClientRect().top;
      pane.scrollTop += top - pane.clientHeight * 0.3;
    } else pane.scrollTop = 0;
  }

  /** Which stretch to highlight in the text at hand, and what to say about it. */
  #placed({ cited, live, lost, text, meta }, points) {
    const { version = null, quote = null, start = null, end = null } = cited;
    const current = meta.version ?? text.version;
    const notices = [];
    const stale = version !== null && current !== undefined && version !== current;
    if (lost) notices.push({ words: t("viewer.lost") });
    else if (stale && live) notices.push({ action: t("viewer.cited"), live: false });
    else if (stale) {
      const words = t("viewer.changed", version, current);
      notices.push({ words, action: t("viewer.current"), live: true });
    }
    if (start === null || end === null || end <= start) {
      return { range: this.#exact(cited.text, points), notices };
    }
    const there = points.slice(start, end);
    if (!live && !lost) {
      if (quote === null || there === quote) return { range: [start, end], notices };
      notices.push({ words: t("viewer.mismatch") });
      return { range: null, notices };
    }
    // Another version than the cited one: its own words decide, not the old offsets.
    if (quote !== null && there === quote) {
      notices.push({ words: t("viewer.same") });
      return { range: [start, end], notices };
    }
    const range = this.#exact(quote, points);
    notices.push({ words: t(range ? "viewer.moved" : "viewer.rewritten") });
    return { range, notices };
  }

  /** Where these very words stand, if they do. */
  #exact(words, points) {
    const unit = words ? points.text.indexOf(words) : -1;
    return unit === -1 ? null : [points.point(unit), points.point(unit + words.length)];
  }

  #frame(view, content, notices = [], block = null) {
    const { cited, meta } = view;
    const known = { ...meta, ...cited };
    const page = cited.page ?? block?.page ?? null;
    const headings = cited.headings ?? block?.headings;
    const place = whereabouts({ ...known, page, headings });
    const title = known.title ?? t("viewer.label");
    const original = (own) => this.#original(own, known, page);
    const actions = [this.#action("file", "viewer.original", original)];
    if (cited.version && cited.end) {
      actions.push(this.#action("link", "viewer.link", (own) => this.#copyLink(own, cited)));
    }
    const focused = this.#panel.contains(document.activeElement) && document.activeElement;
    this.#panel.replaceChildren(
      h(
        "header",
        { class: "viewer-head" },
        this.#bar(view),
        h("h2", { class: "viewer-title", tabindex: "-1", text: title }),
        h("p", { class: "viewer-where", text: place.join(" · ") }),
        h("p", { class: "viewer-facts", text: this.#facts(view, known).join(" · ") }),
        h("div", { class: "viewer-actions" }, ...actions),
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

  /** Puts the focus on a button of the panel by its action, or else on the title. */
  #focus(action) {
    const same = action && this.#panel.querySelector(`button[data-action=${action}]:enabled`);
    (same || this.#panel.querySelector("h2")).focus({ preventScroll: true });
  }

  /** The uppermost line: which footnote of how many, and the way out. */
  #bar(view) {
    const { cited, citations, standalone } = view;
    const index = citations.indexOf(cited);
    const step = (by) => () => this.show(citations[index + by], { citations });
    const count = (words) => h("span", { class: "viewer-count", text: words });
    const left =
      index < 0
        ? [count(t("viewer.label"))]
        : [
            sign("left", "viewer.previous", step(-1), index === 0),
            count(t("viewer.of", cited.number, citations.length)),
            sign("right", "viewer.next", step(1), index === citations.length - 1),
          ];
    const out = standalone
      ? h("a", { class: "link", href: "/", text: t("viewer.home") })
      : sign("close", "nav.close", () => this.close());
    return h("div", { class: "viewer-bar" }, h("div", { class: "viewer-steps" }, ...left), out);
  }

  #facts(view, { source, uri, modified_at: modified, owner, version }) {
    const shown = view.text?.version ?? version;
    return [
      source,
      uri,
      modified && t("viewer.modified", day(modified)),
      owner && t("viewer.owner", owner),
      shown && t("viewer.version", shown),
    ].filter(Boolean);
  }

  #notice(view, { words, action, live }) {
    const change = async () => {
      view.live = live;
      await this.#load(view);
    };
    return h(
      "p",
      { class: "notice", role: "status" },
      words ? h("span", { text: words }) : null,
      action ? button(change, { class: "link", text: action }) : null,
    );
  }

  /** A button with a sign and words; `act` gets the element of the words, to report in. */
  #action(name, key, act) {
    const words = h("span", { text: t(key) });
    return button(() => act(words), { class: "quiet", data: { action: name } }, icon(name), words);
  }

  async #copyLink(words, cited) {
    const outcome = copyText(address(cited));
    words.textContent = t(await outcome.then(() => "copy.done", () => "copy.failed"));
  }

  async #original(words, { document_id: id, uri = "" }, page) {
    const name = uri.split("/").at(-1) || id;
    const type = SAFE[name.split(".").at(-1).toLowerCase()];
    // The tab is opened now, while the click still counts, and filled once the file is here.
    const tab = type ? window.open("", "_blank") : null;
    words.textContent = t("viewer.opening");
    try {
      const file = await this.#api.file(id);
      if (tab) {
        tab.opener = null;
        const url = URL.createObjectURL(new Blob([file], { type }));
        tab.location.replace(type === SAFE.pdf && page ? `${url}#page=${page}` : url);
        setTimeout(() => URL.revokeObjectURL(url), 120_000);
      } else download(file, name);
      words.textContent = t("viewer.original");
    } catch (error) {
      tab?.close();
      words.textContent = explain(error);
    }
  }
}

/** A button that is only a sign. */
function sign(name, key, act, disabled = false) {
  const label = { "aria-label": t(key), title: t(key) };
  const properties = { class: "quiet", disabled, data: { action: name }, ...label };
  return button(act, properties, icon(name));
}
