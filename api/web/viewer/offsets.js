// The server counts Unicode code points (positions of a Python string); JavaScript strings count
// UTF-16 code units, two for an emoji or a rare Chinese character. This is the one place where
// the two meet.

const STRIDE = 1024;

/** A text whose stretches are addressed by code points. */
export class CodePoints {
  /**
   * Every STRIDE code points, the unit at which that one begins; null if each is one unit.
   * @type {number[] | null}
   */
  #marks = null;

  /** @param {string} text */
  constructor(text) {
    this.text = text;
    this.length = text.length;
    if (!/[\u{10000}-\u{10FFFF}]/u.test(text)) return;
    this.#marks = [];
    let point = 0;
    for (let unit = 0; unit < text.length; point += 1) {
      if (point % STRIDE === 0) this.#marks.push(unit);
      unit += this.#width(unit);
    }
    this.length = point;
  }

  /**
   * How many units the code point that begins here takes.
   * @param {number} unit
   */
  #width(unit) {
    return (this.text.codePointAt(unit) ?? 0) > 0xffff ? 2 : 1;
  }

  /**
   * The UTF-16 position of a code point; positions outside the text are clamped to its ends.
   * @param {number} point
   */
  unit(point) {
    const wanted = Math.min(Math.max(Math.trunc(point), 0), this.length);
    if (this.#marks === null) return wanted;
    if (wanted === this.length) return this.text.length;
    const mark = Math.floor(wanted / STRIDE);
    let unit = this.#marks[mark] ?? 0;
    for (let left = wanted - mark * STRIDE; left > 0; left -= 1) unit += this.#width(unit);
    return unit;
  }

  /**
   * The code point that begins at (or holds) a UTF-16 position.
   * @param {number} unit
   */
  point(unit) {
    const wanted = Math.min(Math.max(Math.trunc(unit), 0), this.text.length);
    if (this.#marks === null) return wanted;
    let mark = 0;
    while ((this.#marks[mark + 1] ?? Infinity) <= wanted) mark += 1;
    let point = mark * STRIDE;
    for (let at = this.#marks[mark] ?? 0; at < wanted; point += 1) {
      const next = at + this.#width(at);
      if (next > wanted) break;
      at = next;
    }
    return point;
  }

  /**
   * The same as Python's `text[start:end]` for 0 <= start <= end.
   * @param {number} start
   * @param {number} end
   */
  slice(start, end) {
    return this.text.slice(this.unit(start), this.unit(end));
  }
}
