// Every word of the interface in English; zh.js holds the same keys.

/**
 * What the entries with values are given.
 * @typedef {{
 *   "filters.count": (n: number) => string;
 *   "answer.ready": (n: number) => string;
 *   "answer.understood": (question: string) => string;
 *   "answer.weak": (n: number, all: number) => string;
 *   "footnote.label": (n: number, title: string) => string;
 *   "footnote.pending": (n: number) => string;
 *   "where.page": (n: number) => string;
 *   "where.pages": (a: number, b: number) => string;
 *   "passages.summary": (n: number) => string;
 *   "passages.score": (score: string) => string;
 *   "why.words": (words: string) => string;
 *   "why.lexical": (rank: number) => string;
 *   "why.dense": (rank: number) => string;
 *   "why.fields": (fields: string) => string;
 *   "timings.retrieve": (ms: string) => string;
 *   "timings.first": (ms: string) => string;
 *   "timings.total": (ms: string) => string;
 *   "feedback.failed": (why: string) => string;
 *   "viewer.of": (n: number, all: number) => string;
 *   "viewer.modified": (date: string) => string;
 *   "viewer.owner": (owner: string) => string;
 *   "viewer.version": (n: number) => string;
 *   "viewer.changed": (cited: number, live: number) => string;
 *   "conversations.actions": (title: string) => string;
 *   "error.other": (status: number) => string;
 * }} Valued
 */

/** @type {Partial<Record<Intl.LDMLPluralRule, string>>} */
const ENDINGS = { one: "st", two: "nd", few: "rd" };

/** @satisfies {Valued & Record<string, unknown>} */
export const en = {
  "app.skip": "Skip to the question",
  "intro.heading": "What would you like to know?",
  "intro.lead": "Every statement of the answer carries a footnote that opens the exact passage.",
  "intro.examples": "For example",
  "ask.label": "Your question",
  "ask.placeholder": "Ask about your documents…",
  "ask.followUp": "Ask a follow-up question…",
  "ask.send": "Ask",
  "ask.stop": "Stop",
  "ask.hint": "Enter asks, Shift + Enter breaks the line, / comes back here",
  "nav.conversations": "Conversations",
  "nav.new": "New conversation",
  "nav.language": "中文",
  "nav.language.label": "用中文显示",
  "nav.theme.auto": "Appearance: as the system",
  "nav.theme.light": "Appearance: light",
  "nav.theme.dark": "Appearance: dark",
  "nav.close": "Close",
  "filters.open": "Filters",
  "filters.count": (n) => (n === 1 ? "1 filter" : `${n} filters`),
  "filters.sources": "Sources",
  "filters.languages": "Language of the documents",
  "filters.after": "Modified after",
  "filters.clear": "Clear all",
  "filters.en": "English",
  "filters.zh": "Chinese",
  "stage.retrieving": "Searching the documents…",
  "stage.composing": "Writing the answer…",
  "stage.checking": "Checking every statement…",
  "answer.ready": (n) =>
    `The answer is ready, with ${n === 1 ? "1 footnote" : `${n} footnotes`}.`,
  "answer.stopped": "Stopped. What you see is unfinished and unchecked.",
  "answer.again": "Ask again",
  "answer.understood": (question) => `Understood as: ${question}`,
  "answer.partial": "The documents answer only part of this question.",
  "answer.notFound": "The documents you may read do not hold an answer to this.",
  "answer.nearest": "Closest documents",
  "answer.weak": (n, all) =>
    `${n} of ${all} ${all === 1 ? "statement is" : "statements are"} not fully borne out` +
    " by the documents.",
  "answer.notes": "Footnotes",
  "mode.verified": "Verified",
  "mode.verified.why": "A person in charge wrote or approved this answer.",
  "mode.generated": "Generated",
  "mode.generated.why":
    "A language model wrote this from the passages found; each statement was checked.",
  "mode.extractive": "Extract",
  "mode.extractive.why": "The documents’ own words, put together without a language model.",
  "verdict.partly": "partly supported",
  "verdict.partly.why":
    "The cited passage bears out only a part of this statement. " +
    "Read the passage before relying on it.",
  "verdict.unsupported": "not supported",
  "verdict.unsupported.why":
    "No passage was found that bears this statement out. Do not rely on it without checking.",
  "footnote.label": (n, title) => `Footnote ${n}: ${title}`,
  "footnote.pending": (n) => `Footnote ${n}, not yet checked`,
  "footnote.hint": "Click to open the passage",
  "where.page": (n) => `Page ${n}`,
  "where.pages": (a, b) => `Pages ${a} to ${b}`,
  "copy.answer": "Copy",
  "copy.label": "Copy the answer with its footnotes",
  "copy.done": "Copied",
  "copy.failed": "The browser refused to copy",
  "passages.summary": (n) =>
    `Where the answer looked (${n === 1 ? "1 passage" : `${n} passages`})`,
  "passages.score": (score) => `Score ${score}`,
  "why.words": (words) => `words: ${words}`,
  "why.lexical": (rank) => `${ordinal(rank)} by words`,
  "why.dense": (rank) => `${ordinal(rank)} by meaning`,
  "why.fields": (fields) => `in ${fields}`,
  "field.title": "the title",
  "field.headings": "headings",
  "field.path": "the path",
  "field.body": "the text",
  "field.identifiers": "identifiers",
  "timings.retrieve": (ms) => `search ${ms}`,
  "timings.first": (ms) => `first word ${ms}`,
  "timings.total": (ms) => `total ${ms}`,
  "timings.cached": "from an earlier answer",
  "feedback.up": "Helpful",
  "feedback.down": "Not helpful",
  "feedback.question": "What was wrong?",
  "feedback.wrong": "Wrong",
  "feedback.incomplete": "Incomplete",
  "feedback.outdated": "Out of date",
  "feedback.footnote": "Footnotes don’t fit",
  "feedback.other": "Something else",
  "feedback.comment": "What should it have said? (optional)",
  "feedback.send": "Send",
  "feedback.thanks": "Thank you",
  "feedback.failed": (why) => `Not sent. ${why}`,
  "viewer.label": "Passage",
  "viewer.loading": "Opening the document…",
  "viewer.of": (n, all) => `Footnote ${n} of ${all}`,
  "viewer.previous": "Previous footnote",
  "viewer.next": "Next footnote",
  "viewer.original": "Open original",
  "viewer.opening": "Opening…",
  "viewer.link": "Copy link",
  "viewer.modified": (date) => `modified ${date}`,
  "viewer.owner": (owner) => `owner ${owner}`,
  "viewer.version": (n) => `version ${n}`,
  "viewer.earlier": "Show earlier text",
  "viewer.later": "Show later text",
  "viewer.changed": (cited, live) =>
    `This document has changed since: this is version ${cited}, as cited; ` +
    `the current one is ${live}.`,
  "viewer.current": "Show the current version",
  "viewer.cited": "Back to the cited version",
  "viewer.same": "The cited words are unchanged in the current version.",
  "viewer.moved": "The cited words stand elsewhere in the current version.",
  "viewer.rewritten": "The cited words are no longer in the current version.",
  "viewer.lost": "The cited version is no longer kept, so you see the current one.",
  "viewer.mismatch":
    "The passage could not be marked: the stored text is not what the footnote quotes.",
  "viewer.home": "Ask a question",
  "conversations.empty": "Your conversations will be listed here.",
  "conversations.untitled": "Untitled",
  "conversations.actions": (title) => `Export or delete “${title}”`,
  "conversations.export": "Export",
  "conversations.delete": "Delete",
  "conversations.sure": "Delete for good?",
  "sign.heading": "Sign in",
  "sign.lead": "Enter your API key. Whoever runs Footnote here can give you one.",
  "sign.key": "API key",
  "sign.remember": "Remember on this device",
  "sign.in": "Sign in",
  "sign.out": "Sign out",
  "sign.refused": "This key is not valid, or it has expired.",
  "error.unreachable": "The server cannot be reached. Check your connection, then try again.",
  "error.interrupted": "The connection broke off before the answer was complete. Ask again.",
  "error.401": "You are not signed in.",
  "error.403": "You may not do this.",
  "error.404": "This does not exist, or you may not read it.",
  "error.429": "Too many questions at once. Wait a moment, then ask again.",
  "error.other": (status) => `The server answered with an error (${status}).`,
  "error.retry": "Try again",
};

/**
 * 1st, 2nd, 3rd, 4th, …
 * @param {number} n
 */
function ordinal(n) {
  const rule = new Intl.PluralRules("en", { type: "ordinal" }).select(n);
  return n + (ENDINGS[rule] ?? "th");
}
