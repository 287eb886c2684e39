"""Markdown as its reader sees it: CommonMark with tables, front matter, and what sites add to it.

Only blocks are parsed by the library at first; running text is handed to it where it has any
markup, which makes small files some 1.5 times as fast.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import PurePosixPath

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markdown_it.utils import EnvType

from ingest.parsers.canonical.assemble import Assembler
from ingest.parsers.canonical.flow import BREAK, flow
from ingest.parsers.canonical.table import Row, add_table, row_line
from ingest.parsers.office.packages import reading
from ingest.parsers.plain.decode import decode
from ingest.parsers.plain.front_matter import split_front_matter
from ingest.parsers.web.html import add_fragment, markup_text
from ingest.parsers.web.visible import HiddenRegions
from ingest.text.characters import mend
from ingest.types import BlockKind, ParsedDocument

_MARKUP = re.compile(r"[\\`*_~<\[&{]|  \n|^(?:[!?]{3}|:::)", re.M)
_TEMPLATE_COMMENT = re.compile(r"\{%-?\s*comment\b.*?%\}.*?\{%-?\s*endcomment\s*-?%\}", re.S)
_CODE_OR = r"(`+)(?:(?!\1).)*?\1(?!`)|"
_TEMPLATE = re.compile(
    _CODE_OR + r"\{%-?\s*[\w-]+\s+[\"']([\w-]+|[^\"'\n/][^\"'\n]*\s[^\"'\n]*)[\"']\s*-?%\}|"
    r"\{%(?:(?!\{%).)*?%\}|"
    r"\{\{[<%](?:(?!\{\{).)*?[%>]\}\}|\{/\*(?:(?!\{/).)*?\*/\}|[ \t]*\{[:#][^{}\n]*\}[ \t]*$",
    re.S | re.M,
)
_WIKI_LINK = re.compile(_CODE_OR + r"\[\[(?:[^\[\]|]*\|)?([^\[\]|]+)\]\]", re.S)
_NOTE_MARK = re.compile(_CODE_OR + r"\[\^[^\]\s]+\]:?", re.S)
_JSX_TAG = re.compile(_CODE_OR + r"</?[A-Z][\w.]*(?:\s[^<>]*)?/?>|<>|</>", re.S)
_MODULE_LINE = re.compile(r"(?:import|export)\s+(?:[\w*{\"']).*(?:from\s|[\"'=(;])", re.S)
_FENCE_LINE = re.compile(r"^:{3,}[ \t]*\{?\.?\w*\}?[ \t]*\[?(.*?)\]?[ \t]*$", re.M)
_ADMONITION = re.compile(r"^(?:!!!|\?\?\?\+?)[ \t]+(\w+)(?:[ \t]+\"([^\"\n]*)\")?[ \t]*$", re.M)
_RULER = re.compile(r"\|?[ \t]*:?--[ \t:|-]*$")
_LOOSE_TABLE = re.compile(r"\|[^\n]*\|[ \t]*\n\|?[ \t]*:?--[ \t:|-]*(?:\n\|[^\n]*)*$")
_CELL_BORDER = re.compile(r"(?<!\\)\|")
_ALERT = re.compile(r"\A\[!(\w+)\][ \t]*\n?")
_TASK = {"[ ] ": "☐ ", "[x] ": "☑ ", "[X] ": "☑ "}


def parse(data: bytes, name: str) -> ParsedDocument:
    """The document: links are their text, pictures their description, markup is gone.

    Facts of the front matter (title, author, owner, created, modified, tags, …) are metadata.
    HTML in it is taken as `ingest.parsers.web.html` takes it, hidden elements included; comments,
    template tags and the imports of MDX are dropped.

    Raises:
        ParseError: the bytes are no text.
    """
    path = PurePosixPath(name)
    text = decode(data).replace("\r\n", "\n").replace("\r", "\n")
    facts, text = split_front_matter(text)
    if "endcomment" in text:
        text = _TEMPLATE_COMMENT.sub("", text)
    out = Assembler()
    with reading("Markdown file"):
        _Pages(out, text, mdx=path.suffix.lower() == ".mdx").add()
    title = mend(facts.pop("title", "")) or out.first_heading or path.stem
    return out.document(title, metadata={key: mend(value) for key, value in facts.items()})


class _Reader(MarkdownIt):
    """Takes every link for good as it is: only its text is kept."""

    def normalizeLink(self, url: str) -> str:
        return url

    def validateLink(self, url: str) -> bool:
        return True


@cache
def _reader() -> MarkdownIt:
    reader = _Reader("commonmark").enable(["table", "strikethrough"])
    reader.core.ruler.enableOnly(["normalize", "block"])
    return reader


class _Pages:
    """Walks the tokens of one file once, from the first to the last."""

    def __init__(self, out: Assembler, text: str, *, mdx: bool) -> None:
        self._out = out
        self._mdx = mdx
        self._env: EnvType = {}
        self._tokens = _reader().parse(text, self._env)
        self._at = 0
        self._hidden = HiddenRegions()

    def add(self) -> None:
        """Every block of the file goes to the document."""
        while self._at < len(self._tokens):
            token = self._next()
            kind = token.type
            if kind == "heading_open":
                self._out.heading(self._inline(self._next().content), int(token.tag[1]))
            elif kind == "inline" and _LOOSE_TABLE.match(token.content):
                add_table(self._out, self._loose_table(token.content), headers=1)
            elif kind == "inline":
                self._out.block(BlockKind.PARAGRAPH, self._paragraph(token.content))
            elif kind in ("fence", "code_block"):
                self._code(token)
            elif kind in ("bullet_list_open", "ordered_list_open"):
                self._out.block(BlockKind.LIST, "\n".join(self._list(token)))
            elif kind == "blockquote_open":
                self._out.block(BlockKind.QUOTE, "\n".join(self._lines("blockquote_close")))
            elif kind == "table_open":
                add_table(self._out, self._table(), headers=1)
            elif kind == "html_block":
                add_fragment(self._out, self._hidden.visible(token.content))

    def _next(self) -> Token:
        token = self._tokens[self._at]
        self._at += 1
        return token

    def _code(self, token: Token) -> None:
        if not self._hidden.inside:
            self._out.block(BlockKind.CODE, mend(token.content))

    def _paragraph(self, content: str) -> str:
        if self._mdx and _MODULE_LINE.match(content):
            return ""
        return self._inline(content)

    def _lines(self, end: str) -> list[str]:
        """Everything up to the closing token, as the lines of one block."""
        lines: list[str] = []
        while (token := self._next()).type != end:
            kind = token.type
            if kind == "inline":
                lines.extend(self._paragraph(token.content).split("\n"))
            elif kind in ("fence", "code_block"):
                if not self._hidden.inside:
                    lines.extend(mend(token.content).rstrip("\n").split("\n"))
            elif kind in ("bullet_list_open", "ordered_list_open"):
                lines.extend(self._list(token))
            elif kind == "table_open":
                lines.extend(row_line(cells) for _, cells in self._table())
            elif kind == "blockquote_open":
                lines.extend(self._lines("blockquote_close"))
            elif kind == "html_block":
                lines.extend(markup_text(self._hidden.visible(token.content)).split("\n"))
        return [line for line in lines if line.strip()]

    def _list(self, opening: Token) -> list[str]:
        ordered = opening.type == "ordered_list_open"
        end = opening.type.replace("open", "close")
        lines: list[str] = []
        number = int(opening.attrGet("start") or 1) if ordered else 0
        while self._next().type != end:
            item = self._lines("list_item_close")
            if item:
                lines.append((f"{number}. " if ordered else "- ") + _tasked(item[0]))
                lines.extend(f"  {line}" for line in item[1:])
            number += 1
        return lines

    def _table(self) -> list[Row]:
        rows: list[Row] = []
        cells: list[str] = []
        while (token := self._next()).type != "table_close":
            if token.type == "tr_open":
                cells = []
            elif token.type == "inline":
                cells.append(self._inline(token.content).replace("\n", " "))
            elif token.type == "tr_close":
                rows.append((len(rows) + 1, cells))
        return rows

    def _loose_table(self, content: str) -> list[Row]:
        """Rows of a table whose ruler has another number of cells than its header."""
        lines = [line for line in content.split("\n") if not _RULER.match(line)]
        return [
            (
                number,
                [self._inline(cell.strip()) for cell in _CELL_BORDER.split(line.strip("| \t"))],
            )
            for number, line in enumerate(lines, start=1)
        ]

    def _inline(self, content: str) -> str:
        """Running text without its markup; "" inside a hidden element."""
        if not _MARKUP.search(content):
            return "" if self._hidden.inside else mend(flow(content))
        children: list[Token] = []
        reader = _reader()
        reader.inline.parse(self._plain(content), reader, self._env, children)
        return mend(flow("".join(self._shown(children))))

    def _plain(self, content: str) -> str:
        """`content` without what is no Markdown but often stands in it."""
        if "{" in content:
            content = _TEMPLATE.sub(_kept, content)
        if "[^" in content:
            content = _NOTE_MARK.sub(_kept, content)
        if "[[" in content:
            content = _WIKI_LINK.sub(_kept, content)
        if self._mdx and "<" in content:
            content = _JSX_TAG.sub(_kept, content)
        if ":::" in content:
            content = _FENCE_LINE.sub(rf"\1{BREAK}", content)
        if content.startswith(("!!!", "???")):
            content = _ADMONITION.sub(_admonition, content)
        if content.startswith("[!"):
            content = _ALERT.sub(lambda match: f"{match[1].capitalize()}: ", content)
        return content

    def _shown(self, tokens: Sequence[Token]) -> list[str]:
        parts: list[str] = []
        struck = 0
        for token in tokens:
            kind = token.type
            if kind == "html_inline":
                if token.content[:3].lower() == "<br":
                    parts.append(BREAK)
                else:
                    self._hidden.visible(token.content)
            elif kind == "s_open":
                struck += 1
            elif kind == "s_close":
                struck -= 1
            elif struck or self._hidden.inside:
                continue
            elif kind in ("text", "code_inline", "text_special"):
                parts.append(token.content)
            elif kind == "softbreak":
                parts.append("\n")
            elif kind == "hardbreak":
                parts.append(BREAK)
            elif kind == "image":
                parts.extend(self._shown(token.children or ()))
        return parts


def _kept(match: re.Match[str]) -> str:
    """Code as it is; of anything else the part that a reader sees, if there is one."""
    if match[1]:
        return match[0]
    return match[2] or "" if match.re.groups > 1 else ""


def _admonition(match: re.Match[str]) -> str:
    return (match[2] if match[2] is not None else match[1].capitalize()) + BREAK


def _tasked(line: str) -> str:
    return _TASK[line[:4]] + line[4:] if line[:4] in _TASK else line
