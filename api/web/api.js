// The HTTP contract, one method a call. Failures are ApiError; nothing returns null for a failure.

import { events } from "./stream.js";

/** A failed call. `status` is 0 if the server was not reached; `detail` says what to do. */
export class ApiError extends Error {
  constructor(status, title, detail) {
    super(detail || title);
    this.name = "ApiError";
    this.status = status;
    this.title = title;
    this.detail = detail;
  }

  /** From problem details (RFC 9457), or from whatever else a proxy may have sent. */
  static from(status, problem) {
    const detail = typeof problem?.detail === "string" ? problem.detail : "";
    return new ApiError(problem?.status ?? status, problem?.title ?? `HTTP ${status}`, detail);
  }
}

const path = (...parts) => "/v1/" + parts.map(encodeURIComponent).join("/");

export class Api {
  #session;
  #onUnauthorized;

  /** `onUnauthorized` is called once for each refused call, before the error is thrown. */
  constructor(session, onUnauthorized = () => {}) {
    this.#session = session;
    this.#onUnauthorized = onUnauthorized;
  }

  async #send(url, { method = "GET", body, accept = "application/json", signal, quiet } = {}) {
    const headers = { Accept: accept };
    if (this.#session.key) headers.Authorization = `Bearer ${this.#session.key}`;
    if (body !== undefined) headers["Content-Type"] = "application/json";
    let response;
    try {
      response = await fetch(url, {
        method,
        headers,
        signal,
        body: body === undefined ? undefined : JSON.stringify(body),
        credentials: "same-origin",
        cache: "no-store",
      });
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new ApiError(0, "unreachable", "");
    }
    if (response.ok) return response;
    const problem = await response.json().catch(() => null);
    if (response.status === 401 && !quiet) this.#onUnauthorized();
    throw ApiError.from(response.status, problem);
  }

  async #json(url, options) {
    const response = await this.#send(url, options);
    return response.json();
  }

  /** Who the key belongs to. A refusal is thrown without asking the person to sign in. */
  me() {
    return this.#json(path("me"), { quiet: true });
  }

  async sources() {
    return (await this.#json(path("sources"))).sources;
  }

  async conversations() {
    return (await this.#json(path("conversations"))).conversations;
  }

  conversation(id) {
    return this.#json(path("conversations", id));
  }

  async deleteConversation(id) {
    await this.#send(path("conversations", id), { method: "DELETE" });
  }

  /** The conversation as a blob in "markdown", "json" or "html". */
  async exportConversation(id, format) {
    const url = `${path("conversations", id, "export")}?format=${encodeURIComponent(format)}`;
    return (await this.#send(url, { accept: "*/*" })).blob();
  }

  document(id) {
    return this.#json(path("documents", id));
  }

  /** The canonical text; of the live version if `version` is null. */
  text(id, version = null) {
    const query = version === null ? "" : `?version=${encodeURIComponent(version)}`;
    return this.#json(path("documents", id, "text") + query);
  }

  async file(id) {
    return (await this.#send(path("documents", id, "file"), { accept: "*/*" })).blob();
  }

  async feedback(body) {
    await this.#send(path("feedback"), { method: "POST", body });
  }

  /**
   * Asks, and yields `{event, data}` with data parsed: status, passages, token, answer. An `error`
   * event, or a stream that ends before the answer, is thrown as ApiError.
   */
  async *ask(body, signal) {
    const accept = "text/event-stream";
    const response = await this.#send(path("ask"), { method: "POST", body, accept, signal });
    if (!response.headers.get("Content-Type")?.startsWith(accept)) {
      yield { event: "answer", data: await response.json() };
      return;
    }
    try {
      for await (const { event, data } of events(response.body)) {
        const parsed = JSON.parse(data);
        if (event === "error") throw ApiError.from(parsed.status ?? 500, parsed);
        yield { event, data: parsed };
        if (event === "answer") return;
      }
    } catch (error) {
      if (error instanceof ApiError || error.name === "AbortError") throw error;
      throw new ApiError(0, "interrupted", "");
    }
    throw new ApiError(0, "interrupted", "");
  }
}
