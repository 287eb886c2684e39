// Where a passage stands: in words, as a path that people can read, as an address to open.

/** @import { Cited, Place } from "./contract.js" */

import { t } from "./strings.js";

/**
 * Where a citation or passage stands, as parts: page (or the server's words) and headings.
 * @param {Place} place
 */
export function whereabouts({ page, page_end: last, location = "", headings = [], title }) {
  // The server's words end with the headings; the page shows them apart, and without a first
  // one that only repeats the title.
  const trail = headings.join(" › ");
  const place = location.slice(0, location.length - (location.endsWith(trail) ? trail.length : 0));
  const path = headings[0] === title ? headings.slice(1) : headings;
  let where = place.replace(/ · $/u, "");
  if (page) where = last && last > page ? t("where.pages", page, last) : t("where.page", page);
  return [where, path.join(" › ")].filter(Boolean);
}

/**
 * A percent-encoded path as people write it, to be shown and never to be followed. What is no
 * UTF-8, or would become a control or direction character, stays encoded.
 * @param {string} uri
 */
export function readable(uri) {
  return uri.replace(/(?:%[\da-f]{2})+/giu, (encoded) => {
    try {
      const plain = decodeURIComponent(encoded);
      return /[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u.test(plain) ? encoded : plain;
    } catch {
      return encoded;
    }
  });
}

/**
 * A document's path below its source as people write it: the server's own where it sent one.
 * @param {{ source?: string, path?: string, uri?: string }} document
 */
export function shownPath({ source, path, uri = "" }) {
  return path === undefined || source === undefined ? readable(uri) : `${source}/${path}`;
}

/**
 * The address of a passage, which opens for whoever may read the document.
 * @param {Cited} cited
 */
export function address({ document_id: id, version, start, end }) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({ version, start, end })) {
    query.set(name, String(value));
  }
  return `${location.origin}/d/${encodeURIComponent(id)}?${query}`;
}

/**
 * What such an address names; null if it is another one.
 * @param {URL | Location} url
 * @returns {Cited | null}
 */
export function addressed(url) {
  if (!url.pathname.startsWith("/d/")) return null;
  const query = new URLSearchParams(url.search);
  /** @param {string} name */
  const whole = (name) => (/^\d+$/u.test(query.get(name) ?? "") ? Number(query.get(name)) : null);
  const id = decodeURIComponent(url.pathname.slice("/d/".length));
  return { document_id: id, version: whole("version"), start: whole("start"), end: whole("end") };
}
