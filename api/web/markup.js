// The text of an answer as blocks and inline tokens. Each token knows where it stands in the raw
// text (`at`, UTF-16), so that verdicts, which are about stretches of that text, can be drawn.

const MARK = /\[(\d{1,3}(?:\s*[,，、]\s*\d{1,3})*)\]/;
const INLINE = new RegExp(
  `\\s*${MARK.source}|\\*\\*(.+?)\\*\\*|\`([^\`\\n]+)\`|\\[([^\\]\\n]+)\\]\\((?:[^()\\s]+)\\)`,
  "gu",
);
const BULLET = /^\s*[-*•·]\s+/;
const NUMBER = /^\s*(\d{1,3})(?:[.)]\s+|、\s*)/;
const HEADING = /^\s*#{1,6}\s+/;
const TABLE = /^\s*\|.*\|\s*$/;
const RULE = /^\s*\|[\s:|-]+\|\s*$/;

/** The numbers in the inside of a mark such as "1" or "1, 2". */
const numbers = (inside) => inside.split(/[,，、]/u).map((part) => Number(part.trim()));

/**
 * Tokens of one line: `{kind: "text" | "strong" | "code", text, at}` or `{kind: "mark", numbers}`.
 * `until`, where there is one, is the end of what the token stands for (a link with its address).
 * `known` (a Set) says which numbers are footnotes, null takes all; `rich` reads Markdown.
 */
export function inline(text, at, known, rich) {
  const tokens = [];
  let done = 0;
  const plain = (end) => {
    if (end > done) tokens.push({ kind: "text", text: text.slice(done, end), at: at + done });
  };
  for (const match of text.matchAll(INLINE)) {
    const [whole, mark, strong, code, label] = match;
    if (mark !== undefined) {
      const cited = numbers(mark).filter((number) => known === null || known.has(number));
      if (cited.length === 0) continue;
      plain(match.index);
      tokens.push({ kind: "mark", numbers: cited });
    } else if (!rich) {
      continue;
    } else if (strong !== undefined) {
      plain(match.index);
      for (const token of inline(strong, at + match.index + 2, known, rich)) {
        tokens.push(token.kind === "text" ? { ...token, kind: "strong" } : token);
      }
    } else {
      plain(match.index);
      const kind = code === undefined ? "text" : "code";
      const first = at + match.index + whole.indexOf(code ?? label);
      tokens.push({ kind, text: code ?? label, at: first, until: at + match.index + whole.length });
    }
    done = match.index + whole.length;
  }
  plain(text.length);
  return tokens;
}

/**
 * Blocks of an answer: `{kind: "paragraph" | "heading" | "list" | "table" | "code", …}`.
 * Paragraphs and headings hold `lines` (token arrays), lists `items` and `start` (null for bullets), tables
 * `rows` of cells, code `text` and `at`.
 */
export function blocks(text, known = null, rich = true) {
  const found = [];
  let open = null;
  let at = 0;
  let code = null;
  for (const line of text.split("\n")) {
    const start = at;
    at += line.length + 1;
    const tokens = (skip = 0) => inline(line.slice(skip), start + skip, known, rich);
    if (rich && /^\s*```/u.test(line)) {
      if (code === null) found.push((code = { kind: "code", text: "", at }));
      else code = null;
      open = null;
      continue;
    }
    if (code !== null) {
      code.text += line + "\n";
      continue;
    }
    const bullet = line.match(BULLET);
    const number = line.match(NUMBER);
    if (line.trim() === "") {
      open = null;
    } else if (rich && HEADING.test(line)) {
      found.push({ kind: "heading", lines: [tokens(line.match(HEADING)[0].length)] });
      open = null;
    } else if (rich && TABLE.test(line)) {
      if (open?.kind !== "table") found.push((open = { kind: "table", rows: [] }));
      if (!RULE.test(line)) open.rows.push(cells(line, start, known, rich));
    } else if (bullet || number) {
      const ordered = !bullet;
      if (open?.kind !== "list" || (open.start !== null) !== ordered) {
        open = { kind: "list", start: ordered ? Number(number[1]) : null, items: [] };
        found.push(open);
      }
      open.items.push([tokens((bullet ?? number)[0].length)]);
    } else if (open?.kind === "list" && /^\s/u.test(line)) {
      open.items.at(-1).push(tokens());
    } else {
      if (open?.kind !== "paragraph") found.push((open = { kind: "paragraph", lines: [] }));
      open.lines.push(tokens());
    }
  }
  return found;
}

function cells(line, start, known, rich) {
  const row = [];
  let from = line.indexOf("|") + 1;
  for (let to = line.indexOf("|", from); to !== -1; to = line.indexOf("|", from)) {
    row.push(inline(line.slice(from, to), start + from, known, rich));
    from = to + 1;
  }
  return row;
}

/** What two spellings of a sentence have in common: no marks, white space or Markdown signs. */
function essence(text) {
  const kept = [];
  let plain = "";
  const marks = new RegExp(MARK.source, "gu");
  let mark = marks.exec(text);
  for (let at = 0; at < text.length; at += 1) {
    if (mark && at === mark.index) {
      at += mark[0].length - 1;
      mark = marks.exec(text);
    } else if (!/[\s*`#|]/u.test(text[at])) {
      plain += text[at];
      kept.push(at);
    }
  }
  return { plain, kept };
}

/** Where each statement stands in the answer's text: `[start, end]` in UTF-16, or null. */
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
    return [kept[index], kept[cursor - 1] + 1];
  });
}
