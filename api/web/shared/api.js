// The HTTP contract, one method a call. Failures are ApiError; nothing returns null for a failure.

/**
 * @import {
 *   Answer, AskEvent, Conversation, ConversationEntry, DocumentFacts, Example, ExportFormat,
 *   Feedback, Me, Problem, Question, Source, VersionText,
 * } from "./contract.js"
 * @import { Session } from "./session.js"
 */

import { events } from "./stream.js";

/** A failed call. `status` is 0 if the server was not reached; `detail` says what to do. */
export class ApiError extends Error {
  /**
   * @param {number} status
   * @param {string} title
   * @param {string} detail
   */
  constructor(status, title, detail) {
    super(detail || title);
    this.name = "ApiError";
    this.status = status;
    this.title = title;
    this.detail = detail;
  }

  /**
   * From problem details (RFC 9457), or from whatever else a proxy may have sent.
   * @param {number} status
   * @param {Problem | null} problem
   */
  static from(status, problem) {
    const detail = typeof problem?.detail === "string" ? problem.detail : "";
    return new ApiError(problem?.status ?? status, problem?.title ?? `HTTP ${status}`, detail);
  }
}

/**
 * Whether a failure is the server's refusal with this status.
 * @param {unknown} error
 * @param {...number} statuses
 */
export function refused(error, ...statuses) {
  return error instanceof ApiError && statuses.includes(error.status);
}

/**
 * Whether a call failed because it was called off.
 * @param {unknown} error
 */
export function calledOff(error) {
  return error instanceof Error && error.name === "AbortError";
}

/** @param {...string} parts */
const path = (...parts) => "/v1/" + parts.map(encodeURIComponent).join("/");

/**
 * @typedef {object} Options
 * @property {string} [method]
 * @property {Question | Feedback} [body]
 * @property {string} [accept]
 * @property {AbortSignal} [signal]
 * @property {boolean} [quiet] a refused key is thrown without `onUnauthorized`
 */

/**
 * @param {string | null} key
 * @param {Options} options
 */
function request(key, { method = "GET", body, accept = "application/json", signal }) {
  /** @type {Record<string, string>} */
  const headers = { Accept: accept };
  if (key) headers.Authorization = `Bearer ${key}`;
  /** @type {RequestInit} */
  const init = { method, headers, credentials: "same-origin", cache: "no-store" };
  if (signal) init.signal = signal;
  if (body !== undefined) {
    headers["Content-Type"] = "application/json";
    init.body = JSON.stringify(body);
  }
  return init;
}

export class Api {
  #session;
  #onUnauthorized;

  /**
   * `onUnauthorized` is called once for each refused call, before the error is thrown.
   * @param {Session} session
   * @param {() => void} onUnauthorized
   */
  constructor(session, onUnauthorized = () => {}) {
    this.#session = session;
    this.#onUnauthorized = onUnauthorized;
  }

  /**
   * @param {string} url
   * @param {Options} options
   */
  async #send(url, options = {}) {
    let response;
    try {
      response = await fetch(url, request(this.#session.key, options));
    } catch (error) {
      if (calledOff(error)) throw error;
      throw new ApiError(0, "unreachable", "");
    }
    if (response.ok) return response;
    const problem = await response.json().catch(() => null);
    if (response.status === 401 && !options.quiet) this.#onUnauthorized();
    throw ApiError.from(response.status, problem);
  }

  /**
   * The body of an answer, trusted to be what the contract says of this call.
   * @template T
   * @param {string} url
   * @param {Options} [options]
   * @returns {Promise<T>}
   */
  async #json(url, options) {
    const response = await this.#send(url, options);
    return response.json();
  }

  /**
   * Who the key belongs to. A refusal is thrown without asking the person to sign in.
   * @returns {Promise<Me>}
   */
  me() {
    return this.#json(path("me"), { quiet: true });
  }

  /** @returns {Promise<Source[]>} */
  async sources() {
    /** @type {{ sources: Source[] }} */
    const { sources } = await this.#json(path("sources"));
    return sources;
  }

  /**
   * Questions to begin with, that the documents answer.
   *
   * @param {"en" | "zh"} language
   * @returns {Promise<Example[]>}
   */
  async examples(language) {
    /** @type {{ examples: Example[] }} */
    const { examples } = await this.#json(`${path("examples")}?language=${language}`, {
      quiet: true,
    });
    return examples;
  }

  /** @returns {Promise<ConversationEntry[]>} */
  async conversations() {
    /** @type {{ conversations: ConversationEntry[] }} */
    const { conversations } = await this.#json(path("conversations"));
    return conversations;
  }

  /**
   * @param {string} id
   * @returns {Promise<Conversation>}
   */
  conversation(id) {
    return this.#json(path("conversations", id));
  }

  /** @param {string} id */
  async deleteConversation(id) {
    await this.#send(path("conversations", id), { method: "DELETE" });
  }

  /**
   * @param {string} id
   * @param {ExportFormat} format
   */
  async exportConversation(id, format) {
    const url = `${path("conversations", id, "export")}?format=${encodeURIComponent(format)}`;
    return (await this.#send(url, { accept: "*/*" })).blob();
  }

  /**
   * @param {string} id
   * @returns {Promise<DocumentFacts>}
   */
  document(id) {
    return this.#json(path("documents", id));
  }

  /**
   * The canonical text; of the live version if `version` is null.
   * @param {string} id
   * @param {number | null} version
   * @returns {Promise<VersionText>}
   */
  text(id, version = null) {
    const query = version === null ? "" : `?version=${encodeURIComponent(version)}`;
    return this.#json(path("documents", id, "text") + query);
  }

  /** @param {string} id */
  async file(id) {
    return (await this.#send(path("documents", id, "file"), { accept: "*/*" })).blob();
  }

  /** @param {Feedback} body */
  async feedback(body) {
    await this.#send(path("feedback"), { method: "POST", body });
  }

  /**
   * Asks, and yields events with their data parsed. An `error` event, or a stream that ends before
   * the answer, is thrown as ApiError.
   * @param {Question} body
   * @param {AbortSignal} signal
   * @returns {AsyncGenerator<AskEvent, void>}
   */
  async *ask(body, signal) {
    const accept = "text/event-stream";
    const response = await this.#send(path("ask"), { method: "POST", body, accept, signal });
    if (!response.body || !response.headers.get("Content-Type")?.startsWith(accept)) {
      yield { event: "answer", data: /** @type {Answer} */ (await response.json()) };
      return;
    }
    try {
      for await (const { event, data } of events(response.body)) {
        const parsed = JSON.parse(data);
        if (event === "error") throw ApiError.from(parsed.status ?? 500, parsed);
        yield /** @type {AskEvent} */ ({ event, data: parsed });
        if (event === "answer") return;
      }
    } catch (error) {
      if (error instanceof ApiError || calledOff(error)) throw error;
      throw new ApiError(0, "interrupted", "");
    }
    throw new ApiError(0, "interrupted", "");
  }
}
