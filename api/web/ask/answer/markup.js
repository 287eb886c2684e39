// The text of an answer as blocks and inline tokens. Each token knows where it stands in the raw
// text (`at`, UTF-16), so that verdicts, which are about stretches of that text, can be drawn.

const MARK = /\[(\d{1,3}(?:\s*[,，、]\s*\d{1,3})*)\]/;
const INLINE = new RegExp(
  `\\s*${MARK.source}|\\*\\*(.+?)\\*\\*|\`([^\`\\n]+)\`|\\[([^\\]\\n]+)\\]\\((?:[^()\\s]+)\\)`,
  "gu",
);
const FENCE = /^\s*```/u;
const BULLET = /^\s*[-*•·]\s+/;
const NUMBER = /^\s*(\d{1,3})(?:[.)]\s+|、\s*)/;
const HEADING = /^\s*#{1,6}\s+/;
const TABLE = /^\s*\|.*\|\s*$/;
const RULE = /^\s*\|[\s:|-]+\|\s*$/;

/**
 * @typedef {object} Words
 * @property {"text" | "strong" | "code"} kind
 * @property {string} text
 * @property {number} at
 * @property {number} [until] the end of what it stands for (a link with its address), if further
 * @typedef {{ kind: "mark", numbers: number[] }} Mark
 * @typedef {Words | Mark} Token
 * @typedef {{ kind: "paragraph" | "heading", lines: Token[][] }} Lines
 * @typedef {{ kind: "list", start: number | null, items: Token[][][] }} List
 *   `start` is the first number, null for bullets
 * @typedef {{ kind: "table", rows: Token[][][] }} Table
 * @typedef {{ kind: "code", text: string, at: number }} Code
 * @typedef {Lines | List | Table | Code} Block
 * @typedef {object} Reading
 * @property {ReadonlySet<number> | null} known which numbers are footnotes; null takes all
 * @property {boolean} rich whether Markdown is read
 */

/**
 * The numbers in the inside of a mark such as "1" or "1, 2".
 * @param {string} inside
 */
const numbers = (inside) => inside.split(/[,，、]/u).map((part) => Number(part.trim()));

/**
 * Tokens of one line, which stands at `at` in the text.
 * @param {string} text
 * @param {number} at
 * @param {Reading} reading
 */
function inline(text, at, reading) {
  /** @type {Token[]} */
  const tokens = [];
  let done = 0;
  /** @param {number} end */
  const plain = (end) => {
    if (end > done) tokens.push({ kind: "text", text: text.slice(done, end), at: at + done });
  };
  for (const match of text.matchAll(INLINE)) {
    const found = tokensOf(match, at + match.index, reading);
    if (found.length === 0) continue;
    plain(match.index);
    tokens.push(...found);
    done = match.index + match[0].length;
  }
  plain(text.length);
  return tokens;
}

/**
 * What one match of INLINE at `at` stands for; nothing if it is to be read as plain text.
 * @param {RegExpMatchArray} match
 * @param {number} at
 * @param {Reading} reading
 * @returns {Token[]}
 */
function tokensOf([whole, mark, strong, code, label = ""], at, reading) {
  if (mark !== undefined) {
    const { known } = reading;
    const cited = numbers(mark).filter((number) => known === null || known.has(number));
    return cited.length > 0 ? [{ kind: "mark", numbers: cited }] : [];
  }
  if (!reading.rich) return [];
  if (strong !== undefined) {
    return inline(strong, at + 2, reading).map((token) =>
      token.kind === "text" ? { ...token, kind: "strong" } : token,
    );
  }
  const until = at + whole.length;
  const text = code ?? label;
  const kind = code === undefined ? "text" : "code";
  return [{ kind, text, at: at + whole.indexOf(text), until }];
}

/**
 * Blocks of an answer.
 * @param {string} text
 * @param {ReadonlySet<number> | null} known which numbers are footnotes; null takes all
 * @param {boolean} rich whether Markdown is read
 */
export function blocks(text, known = null, rich = true) {
  const reader = new Reader({ known, rich });
  let at = 0;
  for (const line of text.split("\n")) {
    reader.read(line, at);
    at += line.length + 1;
  }
  return reader.found;
}

/** Takes one line after the other. */
class Reader {
  /** @type {Block[]} */
  found = [];
  /** @type {Lines | List | Table | null} */
  #open = null;
  /** @type {Code | null} */
  #code = null;
  #reading;

  /** @param {Reading} reading */
  constructor(reading) {
    this.#reading = reading;
  }

  /**
   * @param {string} line
   * @param {number} at
   */
  read(line, at) {
    if (this.#reading.rich && FENCE.test(line)) this.#fence(at + line.length + 1);
    else if (this.#code !== null) this.#code.text += line + "\n";
    else if (line.trim() === "") this.#open = null;
    else if (!this.#markdown(line, at) && !this.#item(line, at)) this.#paragraph(line, at);
  }

  /**
   * @param {string} line
   * @param {number} at
   */
  #tokens(line, at, skip = 0) {
    return inline(line.slice(skip), at + skip, this.#reading);
  }

  /**
   * @template {Lines | List | Table} B
   * @param {B} block
   */
  #begin(block) {
    this.found.push(block);
    this.#open = block;
    return block;
  }

  /** @param {number} at */
  #fence(at) {
    this.#open = null;
    if (this.#code === null) this.found.push((this.#code = { kind: "code", text: "", at }));
    else this.#code = null;
  }

  /**
   * A heading or a row of a table; false if the line is neither.
   * @param {string} line
   * @param {number} at
   */
  #markdown(line, at) {
    if (!this.#reading.rich) return false;
    const heading = line.match(HEADING);
    if (heading) {
      this.found.push({ kind: "heading", lines: [this.#tokens(line, at, heading[0].length)] });
      this.#open = null;
    } else if (TABLE.test(line)) {
      const table = this.#open?.kind === "table" ? this.#open : null;
      const { rows } = table ?? this.#begin({ kind: "table", rows: [] });
      if (!RULE.test(line)) rows.push(this.#cells(line, at));
    } else return false;
    return true;
  }

  /**
   * An item of a list or a further line of one; false if the line is neither.
   * @param {string} line
   * @param {number} at
   */
  #item(line, at) {
    const sign = itemSign(line);
    const list = this.#open?.kind === "list" ? this.#open : null;
    if (sign !== null) {
      const { start, width } = sign;
      const goesOn = list !== null && (list.start === null) === (start === null);
      const { items } = goesOn ? list : this.#begin({ kind: "list", start, items: [] });
      items.push([this.#tokens(line, at, width)]);
    } else if (list !== null && /^\s/u.test(line)) {
      list.items.at(-1)?.push(this.#tokens(line, at));
    } else return false;
    return true;
  }

  /**
   * @param {string} line
   * @param {number} at
   */
  #paragraph(line, at) {
    const paragraph = this.#open?.kind === "paragraph" ? this.#open : null;
    const { lines } = paragraph ?? this.#begin({ kind: "paragraph", lines: [] });
    lines.push(this.#tokens(line, at));
  }

  /**
   * @param {string} line
   * @param {number} at
   */
  #cells(line, at) {
    const row = [];
    let from = line.indexOf("|") + 1;
    for (let to = line.indexOf("|", from); to !== -1; to = line.indexOf("|", from)) {
      row.push(this.#tokens(line.slice(from, to), at + from));
      from = to + 1;
    }
    return row;
  }
}

/**
 * The bullet or number that begins an item of a list, if the line does.
 * @param {string} line
 */
function itemSign(line) {
  const bullet = line.match(BULLET);
  if (bullet) return { start: null, width: bullet[0].length };
  const number = line.match(NUMBER);
  return number && { start: Number(number[1]), width: number[0].length };
}

/**
 * What two spellings of a sentence have in common: no marks, white space or Markdown signs.
 * `kept` says where each of its characters stands in the text.
 * @param {string} text
 */
function essence(text) {
  /** @type {number[]} */
  const kept = [];
  let plain = "";
  const marks = new RegExp(MARK.source, "gu");
  let mark = marks.exec(text);
  for (let at = 0; at < text.length; at += 1) {
    const sign = text.charAt(at);
    if (mark && at === mark.index) {
      at += mark[0].length - 1;
      mark = marks.exec(text);
    } else if (!/[\s*`#|]/u.test(sign)) {
      plain += sign;
      kept.push(at);
    }
  }
  return { plain, kept };
}

/**
 * Where each statement stands in the answer's text, in UTF-16; null where it does not.
 * @param {{ text: string }[]} statements
 * @param {string} text
 */
export function locate(statements, text) {
  const { plain, kept } = essence(text);
  let cursor = 0;
  return statements.map((statement) => {
    const wanted = essence(statement.text).plain;
    if (wanted === "") return null;
    let index = plain.indexOf(wanted, cursor);
    if (index === -1) index = plain.indexOf(wanted);
    if (index === -1) return null;
    cursor = index + wanted.length;
    /** @type {[start: number, end: number]} */
    const range = [kept[index] ?? 0, (kept[cursor - 1] ?? 0) + 1];
    return range;
  });
}
