// The server counts Unicode code points (positions of a Python string); JavaScript strings count
// UTF-16 code units, two for an emoji or a rare Chinese character. This is the one place where
// the two meet.

const STRIDE = 1024;

/** A text whose stretches are addressed by code points. */
export class CodePoints {
  #marks = null;

  constructor(text) {
    this.text = text;
    this.length = text.length;
    if (!/[\u{10000}-\u{10FFFF}]/u.test(text)) return;
    // Every STRIDE code points, the unit at which that code point begins.
    this.#marks = [];
    let point = 0;
    for (let unit = 0; unit < text.length; point += 1) {
      if (point % STRIDE === 0) this.#marks.push(unit);
      unit += text.codePointAt(unit) > 0xffff ? 2 : 1;
    }
    this.length = point;
  }

  /** The UTF-16 position of a code point; positions outside the text are clamped to its ends. */
  unit(point) {
    const wanted = Math.min(Math.max(Math.trunc(point), 0), this.length);
    if (this.#marks === null) return wanted;
    if (wanted === this.length) return this.text.length;
    const mark = Math.floor(wanted / STRIDE);
    let unit = this.#marks[mark];
    for (let left = wanted - mark * STRIDE; left > 0; left -= 1) {
      unit += this.text.codePointAt(unit) > 0xffff ? 2 : 1;
    }
    return unit;
  }

  /** The code point that begins at (or holds) a UTF-16 position. */
  point(unit) {
    const wanted = Math.min(Math.max(Math.trunc(unit), 0), this.text.length);
    if (this.#marks === null) return wanted;
    let mark = 0;
    while (mark + 1 < this.#marks.length && this.#marks[mark + 1] <= wanted) mark += 1;
    let point = mark * STRIDE;
    for (let at = this.#marks[mark]; at < wanted; point += 1) {
      const next = at + (this.text.codePointAt(at) > 0xffff ? 2 : 1);
      if (next > wanted) break;
      at = next;
    }
    return point;
  }

  /** The same as Python's `text[start:end]` for 0 <= start <= end. */
  slice(start, end) {
    return this.text.slice(this.unit(start), this.unit(end));
  }
}
