// Every word of the interface, in English and Chinese. An entry is a string or a function of its
// values; both languages hold the same keys (tests/web checks it).

import { storage } from "./storage.js";

const en = {
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
  "answer.ready": (n) => `The answer is ready, with ${n === 1 ? "1 footnote" : `${n} footnotes`}.`,
  "answer.stopped": "Stopped. What you see is unfinished and unchecked.",
  "answer.again": "Ask again",
  "answer.understood": (question) => `Understood as: ${question}`,
  "answer.partial": "The documents answer only part of this question.",
  "answer.notFound": "The documents you may read do not hold an answer to this.",
  "answer.nearest": "Closest documents",
  "answer.weak": (n, all) =>
    `${n} of ${all} ${all === 1 ? "statement is" : "statements are"} not fully borne out by the documents.`,
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
    "The cited passage bears out only a part of this statement. Read the passage before relying on it.",
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
  "passages.summary": (n) => `Where the answer looked (${n === 1 ? "1 passage" : `${n} passages`})`,
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
    `This document has changed since: this is version ${cited}, as cited; the current one is ${live}.`,
  "viewer.current": "Show the current version",
  "viewer.cited": "Back to the cited version",
  "viewer.same": "The cited words are unchanged in the current version.",
  "viewer.moved": "The cited words stand elsewhere in the current version.",
  "viewer.rewritten": "The cited words are no longer in the current version.",
  "viewer.lost":
    "The cited version is no longer kept, so you see the current one.",
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

const zh = {
  "app.skip": "跳到提问框",
  "intro.heading": "想了解什么？",
  "intro.lead": "回答中的每句话都附有脚注，点开即是原文所在的段落。",
  "intro.examples": "例如",
  "ask.label": "您的问题",
  "ask.placeholder": "就公司文档提问…",
  "ask.followUp": "继续追问…",
  "ask.send": "提问",
  "ask.stop": "停止",
  "ask.hint": "Enter 提问，Shift + Enter 换行，按 / 回到此处",
  "nav.conversations": "对话记录",
  "nav.new": "新对话",
  "nav.language": "EN",
  "nav.language.label": "Show in English",
  "nav.theme.auto": "外观：跟随系统",
  "nav.theme.light": "外观：浅色",
  "nav.theme.dark": "外观：深色",
  "nav.close": "关闭",
  "filters.open": "筛选",
  "filters.count": (n) => `${n} 项筛选`,
  "filters.sources": "来源",
  "filters.languages": "文档语言",
  "filters.after": "修改时间晚于",
  "filters.clear": "全部清除",
  "filters.en": "英文",
  "filters.zh": "中文",
  "stage.retrieving": "正在检索文档…",
  "stage.composing": "正在撰写回答…",
  "stage.checking": "正在逐句核对…",
  "answer.ready": (n) => `回答已完成，共 ${n} 条脚注。`,
  "answer.stopped": "已停止。以上内容不完整，也未经核对。",
  "answer.again": "重新提问",
  "answer.understood": (question) => `理解为：${question}`,
  "answer.partial": "文档只能回答这个问题的一部分。",
  "answer.notFound": "在您有权阅读的文档中没有找到答案。",
  "answer.nearest": "最接近的文档",
  "answer.weak": (n, all) => `${all} 句话中有 ${n} 句没有得到文档的充分支持。`,
  "answer.notes": "脚注",
  "mode.verified": "已审定",
  "mode.verified.why": "这个回答由负责人撰写或审定。",
  "mode.generated": "生成",
  "mode.generated.why": "由语言模型根据检索到的段落写成，每句话都与原文核对过。",
  "mode.extractive": "摘录",
  "mode.extractive.why": "直接摘自文档原文，未使用语言模型。",
  "verdict.partly": "部分有据",
  "verdict.partly.why": "所引段落只支持这句话的一部分，采信之前请先阅读原文。",
  "verdict.unsupported": "无据",
  "verdict.unsupported.why": "没有找到支持这句话的段落，未经核实请勿采信。",
  "footnote.label": (n, title) => `脚注 ${n}：${title}`,
  "footnote.pending": (n) => `脚注 ${n}，尚未核对`,
  "footnote.hint": "点击打开原文段落",
  "where.page": (n) => `第 ${n} 页`,
  "where.pages": (a, b) => `第 ${a} 至 ${b} 页`,
  "copy.answer": "复制",
  "copy.label": "复制回答及脚注",
  "copy.done": "已复制",
  "copy.failed": "浏览器拒绝了复制",
  "passages.summary": (n) => `检索到的段落（${n} 段）`,
  "passages.score": (score) => `得分 ${score}`,
  "why.words": (words) => `词语：${words}`,
  "why.lexical": (rank) => `词语匹配第 ${rank}`,
  "why.dense": (rank) => `语义匹配第 ${rank}`,
  "why.fields": (fields) => `位于 ${fields}`,
  "field.title": "标题",
  "field.headings": "小标题",
  "field.path": "路径",
  "field.body": "正文",
  "field.identifiers": "编号",
  "timings.retrieve": (ms) => `检索 ${ms}`,
  "timings.first": (ms) => `首字 ${ms}`,
  "timings.total": (ms) => `共 ${ms}`,
  "timings.cached": "取自先前的回答",
  "feedback.up": "有帮助",
  "feedback.down": "没有帮助",
  "feedback.question": "哪里有问题？",
  "feedback.wrong": "内容有误",
  "feedback.incomplete": "不完整",
  "feedback.outdated": "已过时",
  "feedback.footnote": "脚注不符",
  "feedback.other": "其他",
  "feedback.comment": "正确的回答应当是什么？（选填）",
  "feedback.send": "提交",
  "feedback.thanks": "谢谢",
  "feedback.failed": (why) => `未能提交。${why}`,
  "viewer.label": "原文段落",
  "viewer.loading": "正在打开文档…",
  "viewer.of": (n, all) => `脚注 ${n} / ${all}`,
  "viewer.previous": "上一条脚注",
  "viewer.next": "下一条脚注",
  "viewer.original": "打开原件",
  "viewer.opening": "正在打开…",
  "viewer.link": "复制链接",
  "viewer.modified": (date) => `修改于 ${date}`,
  "viewer.owner": (owner) => `负责人 ${owner}`,
  "viewer.version": (n) => `第 ${n} 版`,
  "viewer.earlier": "显示前文",
  "viewer.later": "显示后文",
  "viewer.changed": (cited, live) =>
    `文档后来有改动：此为所引的第 ${cited} 版，当前为第 ${live} 版。`,
  "viewer.current": "查看当前版本",
  "viewer.cited": "回到所引版本",
  "viewer.same": "所引文字在当前版本中没有变化。",
  "viewer.moved": "所引文字在当前版本中移到了别处。",
  "viewer.rewritten": "当前版本中已没有所引文字。",
  "viewer.lost": "所引版本已不再保存，这里显示当前版本。",
  "viewer.mismatch": "无法标出段落：保存的文本与脚注引文不一致。",
  "viewer.home": "提问",
  "conversations.empty": "您的对话会列在这里。",
  "conversations.untitled": "无标题",
  "conversations.actions": (title) => `导出或删除“${title}”`,
  "conversations.export": "导出",
  "conversations.delete": "删除",
  "conversations.sure": "确定永久删除？",
  "sign.heading": "登录",
  "sign.lead": "请输入 API 密钥，可向本系统的管理员索取。",
  "sign.key": "API 密钥",
  "sign.remember": "在此设备上记住",
  "sign.in": "登录",
  "sign.out": "退出",
  "sign.refused": "密钥无效或已过期。",
  "error.unreachable": "无法连接服务器。请检查网络后重试。",
  "error.interrupted": "回答完成之前连接中断。请重新提问。",
  "error.401": "您尚未登录。",
  "error.403": "您无权进行此操作。",
  "error.404": "内容不存在，或您无权阅读。",
  "error.429": "提问过于频繁，请稍候再试。",
  "error.other": (status) => `服务器返回错误（${status}）。`,
  "error.retry": "重试",
};

/** Example questions of the empty page: both languages, whatever the interface speaks. */
export const EXAMPLES = [
  { lang: "en", text: "How many days of annual leave do I have?" },
  { lang: "zh", text: "出差住宿报销标准是多少？" },
  { lang: "en", text: "How much am I paid for a week on call?" },
  { lang: "zh", text: "试用期有多长？" },
];

export const LANGUAGES = { en, zh };

const NAME = "footnote.language";
let current = "en";

function ordinal(n) {
  const rule = new Intl.PluralRules("en", { type: "ordinal" }).select(n);
  return n + { one: "st", two: "nd", few: "rd", other: "th" }[rule];
}

/** Chooses the language that was chosen before, or the browser's. */
export function startLanguage() {
  const kept = storage()?.getItem(NAME);
  current = navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
  if (kept in LANGUAGES) current = kept;
  document.documentElement.lang = current === "zh" ? "zh-CN" : "en";
}

export function setLanguage(language) {
  current = language;
  document.documentElement.lang = current === "zh" ? "zh-CN" : "en";
  storage()?.setItem(NAME, language);
}

export const language = () => current;

/** The words for a key in the current language. */
export function t(key, ...values) {
  const entry = LANGUAGES[current][key];
  if (entry === undefined) throw new Error(`strings.js has no entry for ${key}`);
  return typeof entry === "function" ? entry(...values) : entry;
}

/** Fills elements that carry `data-t` (text), `data-t-label` (aria-label, title) or the like. */
export function translate(root = document) {
  for (const element of root.querySelectorAll("[data-t]")) {
    element.textContent = t(element.dataset.t);
  }
  for (const element of root.querySelectorAll("[data-t-label]")) {
    const label = t(element.dataset.tLabel);
    element.setAttribute("aria-label", label);
    if (element.localName === "button") element.title = label;
  }
}

/** A day, such as "1 March 2026", from an ISO date; "" if there is none. */
export function day(iso) {
  const date = iso ? new Date(iso) : null;
  if (date === null || Number.isNaN(date.getTime())) return "";
  const locale = current === "zh" ? "zh-CN" : "en-GB";
  return new Intl.DateTimeFormat(locale, { dateStyle: "long" }).format(date);
}

/** A duration, such as "9 ms" or "1.2 s". */
export function duration(ms) {
  if (ms < 1000) return `${Math.max(1, Math.round(ms))} ms`;
  return `${(ms / 1000).toFixed(1)} s`;
}

/** The name of a field of the index; as it is if it is a new one. */
export const fieldName = (field) => LANGUAGES[current][`field.${field}`] ?? field;

/** What an error means and what to do, in words for the person. */
export function explain(error) {
  if (error.status === 0) return t(`error.${error.title}`);
  if (error.detail) return error.detail;
  const known = `error.${error.status}`;
  if (known in LANGUAGES[current]) return t(known);
  return error.status ? t("error.other", error.status) : error.message;
}

/** Where a citation or passage stands, as parts: page (or the server's words) and headings. */
export function whereabouts({ page, page_end: last, location = "", headings = [], title }) {
  // The server's words end with the headings; the page shows them apart, and without a first
  // one that only repeats the title.
  const trail = headings.join(" › ");
  const place = location.slice(0, location.length - (location.endsWith(trail) ? trail.length : 0));
  const path = headings[0] === title ? headings.slice(1) : headings;
  let where = place.replace(/ · $/u, "");
  if (page) where = last > page ? t("where.pages", page, last) : t("where.page", page);
  return [where, path.join(" › ")].filter(Boolean);
}
