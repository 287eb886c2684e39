// Server-sent events read from the body of a fetch: EventSource can neither POST nor send a key.

/** @typedef {{ event: string, data: string }} ServerEvent `event` is "message" if unnamed */

/** Turns pieces of text/event-stream into events, by the rules of the WHATWG HTML standard. */
export class EventParser {
  #rest = "";
  #event = "";
  /** @type {string[]} */
  #data = [];
  #first = true;

  /**
   * The events that this piece completes.
   * @param {string} piece
   */
  push(piece) {
    let text = this.#rest + piece;
    if (this.#first && text !== "") {
      this.#first = false;
      if (text.startsWith("\uFEFF")) text = text.slice(1);
    }
    /** @type {ServerEvent[]} */
    const complete = [];
    let at = 0;
    for (;;) {
      const end = this.#lineEnd(text, at);
      if (end === null) break;
      const event = this.#line(text.slice(at, end.at));
      if (event !== null) complete.push(event);
      at = end.next;
    }
    this.#rest = text.slice(at);
    return complete;
  }

  /**
   * Where the line that begins at `from` ends, and where the next one begins.
   * @param {string} text
   * @param {number} from
   */
  #lineEnd(text, from) {
    for (let at = from; at < text.length; at += 1) {
      if (text[at] === "\n") return { at, next: at + 1 };
      if (text[at] === "\r") {
        // A carriage return at the very end may be half of CRLF: wait for the next piece.
        if (at + 1 === text.length) return null;
        return { at, next: text[at + 1] === "\n" ? at + 2 : at + 1 };
      }
    }
    return null;
  }

  /**
   * Takes one line; an empty one may complete an event.
   * @param {string} line
   */
  #line(line) {
    if (line === "") return this.#complete();
    const colon = line.indexOf(":");
    if (colon === 0) return null;
    const field = colon === -1 ? line : line.slice(0, colon);
    let value = colon === -1 ? "" : line.slice(colon + 1);
    if (value.startsWith(" ")) value = value.slice(1);
    if (field === "event") this.#event = value;
    else if (field === "data") this.#data.push(value);
    return null;
  }

  #complete() {
    const event = { event: this.#event || "message", data: this.#data.join("\n") };
    const complete = this.#data.length > 0;
    this.#event = "";
    this.#data = [];
    return complete ? event : null;
  }
}

/**
 * The events of a response's body as they arrive. Leaving the loop early cancels the request.
 * @param {ReadableStream<Uint8Array<ArrayBuffer>>} body
 * @returns {AsyncGenerator<ServerEvent, void>}
 */
export async function* events(body) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  const parser = new EventParser();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      const piece = done ? decoder.decode() + "\n\n" : decoder.decode(value, { stream: true });
      yield* parser.push(piece);
      if (done) return;
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}
