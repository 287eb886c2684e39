/**
 * The shapes of the HTTP contract under /v1, as far as the page uses them. Types only: no browser
 * ever asks for this file. Offsets are code points of a document version's text, end-exclusive;
 * times are RFC 3339.
 */

export type Mode = "verified" | "generated" | "extractive";
export type Status = "answered" | "partial" | "not_found";
export type Verdict = "supported" | "partly" | "unsupported";
export type Stage = "retrieving" | "composing" | "checking";
export type ExportFormat = "markdown" | "json" | "html";

/** Where something stands in its document; `location` is the server's own words for it. */
export interface Place {
  title?: string;
  page?: number | null;
  page_end?: number | null;
  location?: string;
  headings?: string[];
}

/** What the viewer can open: a citation, a passage, a whole document, or what a link names. */
export interface Cited extends Place {
  document_id: string;
  version?: number | null;
  start?: number | null;
  end?: number | null;
  number?: number;
  quote?: string;
  text?: string;
  source?: string;
  /** `source/path`, percent-encoded. */
  uri?: string;
  modified_at?: string | null;
  owner?: string | null;
}

/** A footnote: `quote` is the version's `text[start:end]`. */
export interface Citation extends Cited {
  number: number;
  version: number;
  title: string;
  uri: string;
  source: string;
  start: number;
  end: number;
  quote: string;
}

/** Why a passage was found: its rank in each way of searching (from 1) and what matched. */
export interface Why {
  lexical_rank: number | null;
  dense_rank: number | null;
  words: string[];
  fields: string[];
}

export interface Passage extends Cited {
  title: string;
  uri: string;
  source: string;
  text: string;
  score: number;
  why: Why;
}

/** A document that came close where nothing answered. */
export interface Nearest extends Cited {
  title: string;
  uri: string;
  source: string;
}

export interface Statement {
  text: string;
  citations: number[];
  verdict: Verdict;
}

export interface Timings {
  retrieve_ms: number;
  first_token_ms: number | null;
  total_ms: number;
}

export interface Usage {
  model: string;
  prompt_tokens: number;
  completion_tokens: number;
  cached: boolean;
}

export interface Answer {
  id: string;
  conversation_id: string;
  question: string;
  standalone_question: string;
  status: Status;
  mode: Mode;
  text: string;
  statements: Statement[];
  citations: Citation[];
  nearest: Nearest[];
  note: string;
  timings: Timings;
  usage: Usage;
}

/** An event of the answer's stream, its data parsed; `error` is thrown instead. */
export type AskEvent =
  | { event: "status"; data: { stage: Stage } }
  | { event: "passages"; data: { results: Passage[] } }
  | { event: "token"; data: { text: string } }
  | { event: "answer"; data: Answer };

export interface Filters {
  sources?: string[];
  languages?: string[];
  modified_after?: string;
}

export interface Question {
  question: string;
  conversation_id?: string;
  filters?: Filters;
}

export interface Feedback {
  answer_id: string;
  rating: "up" | "down";
  reason?: string;
  comment?: string;
}

export interface Me {
  id: string;
  name?: string;
}

export interface Source {
  name: string;
}

/** A question that the documents answer. */
export interface Example {
  question: string;
  language: "en" | "zh";
}

export interface ConversationEntry {
  id: string;
  title: string;
  updated_at: string;
}

export interface Conversation {
  id: string;
  title: string;
  turns: Answer[];
}

/** A document's metadata; `path` is as people write it, below its source. */
export interface DocumentFacts {
  id: string;
  title: string;
  source: string;
  path?: string;
  uri: string;
  version?: number;
  modified_at: string | null;
  owner: string | null;
}

/** One structural stretch of a text. */
export interface Block {
  kind: string;
  start: number;
  end: number;
  page?: number | null;
  headings?: string[];
  level?: number;
}

/** The canonical text of one version. */
export interface VersionText {
  text: string;
  version: number;
  blocks?: Block[];
}

/** Problem details (RFC 9457), or whatever of them a proxy left. */
export interface Problem {
  status?: number;
  title?: string;
  detail?: unknown;
}
