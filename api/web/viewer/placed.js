// Which stretch of the text at hand is the cited one, and what to say where that is not plain.

/**
 * @import { Cited, DocumentFacts, VersionText } from "../shared/contract.js"
 * @import { CodePoints } from "./offsets.js"
 */

import { t } from "../shared/strings.js";

/**
 * @typedef {[start: number, end: number]} Range in code points
 * @typedef {{ words?: string, action?: string, live?: boolean }} Notice
 *   words, and an action that changes to the live version or back
 * @typedef {{ range: Range | null, notices: Notice[] }} Placed
 * @typedef {object} AtHand
 * @property {Cited} cited
 * @property {DocumentFacts} meta
 * @property {VersionText} text
 * @property {boolean} live the live version was wished for, whatever was cited
 * @property {boolean} lost the cited version is no longer kept
 */

/**
 * The stretch to highlight; null rather than a guess.
 * @param {AtHand} atHand
 * @param {CodePoints} points of `atHand.text`
 * @returns {Placed}
 */
export function placed(atHand, points) {
  const { cited, live, lost } = atHand;
  const notices = ofVersion(atHand);
  const range = stretch(cited);
  if (range === null) return { range: exact(cited.text, points), notices };
  const { quote = null } = cited;
  const same = quote !== null && points.slice(...range) === quote;
  if (!live && !lost) {
    if (quote === null || same) return { range, notices };
    return { range: null, notices: [...notices, { words: t("viewer.mismatch") }] };
  }
  // Another version than the cited one: its own words decide, not the old offsets.
  if (same) return { range, notices: [...notices, { words: t("viewer.same") }] };
  const elsewhere = exact(quote, points);
  const words = t(elsewhere ? "viewer.moved" : "viewer.rewritten");
  return { range: elsewhere, notices: [...notices, { words }] };
}

/**
 * What the citation's offsets say, if it has any.
 * @param {Cited} cited
 * @returns {Range | null}
 */
function stretch({ start = null, end = null }) {
  return start === null || end === null || end <= start ? null : [start, end];
}

/**
 * What to say of the version that is shown.
 * @param {AtHand} atHand
 * @returns {Notice[]}
 */
function ofVersion({ cited, live, lost, text, meta }) {
  if (lost) return [{ words: t("viewer.lost") }];
  const version = cited.version ?? null;
  const current = meta.version ?? text.version;
  if (version === null || version === current) return [];
  if (live) return [{ action: t("viewer.cited"), live: false }];
  const words = t("viewer.changed", version, current);
  return [{ words, action: t("viewer.current"), live: true }];
}

/**
 * Where these very words stand, if they do.
 * @param {string | null | undefined} words
 * @param {CodePoints} points
 * @returns {Range | null}
 */
function exact(words, points) {
  const unit = words ? points.text.indexOf(words) : -1;
  if (!words || unit === -1) return null;
  return [points.point(unit), points.point(unit + words.length)];
}
