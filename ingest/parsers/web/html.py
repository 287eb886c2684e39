"""Web pages: the visible article, with its headings, lists, tables and code."""

from __future__ import annotations

from pathlib import PurePosixPath

from ingest.parsers.canonical.assemble import Assembler
from ingest.parsers.office.packages import reading
from ingest.parsers.plain.front_matter import split_front_matter
from ingest.parsers.web.article import article
from ingest.parsers.web.head import metadata_of, shown_title, stated_title
from ingest.parsers.web.markup import text_of, tree_of
from ingest.parsers.web.sinks import Document, Lines
from ingest.parsers.web.visible import drop_hidden
from ingest.parsers.web.walker import Walker
from ingest.text.characters import mend
from ingest.types import ParsedDocument


def parse(data: bytes, name: str) -> ParsedDocument:
    """The text that a reader of the page sees, without navigation and other furniture.

    Hidden elements are dropped whatever they hold (see `visible`). `metadata` has
    author, created, modified, subject and lang where the page says so.

    Raises:
        ParseLimit: elements are nested thousands deep.
        ParseError: the bytes are no text.
    """
    out = Assembler()
    stem = PurePosixPath(name).stem
    with reading("web page"):
        facts, markup = split_front_matter(text_of(data))
        root = tree_of(markup)
        if root is None:
            return out.document(stem)
        named = facts.pop("title", "") or stated_title(root)
        metadata = facts | metadata_of(root)
        drop_hidden(root)
        title = mend(shown_title(root, named))
        body = root.find("body")
        Walker(Document(out)).run(article(root if body is None else body))
    return out.document(title or out.first_heading or stem, metadata=metadata)


def add_fragment(out: Assembler, markup: str) -> None:
    """Add the visible text of a piece of HTML, such as Markdown may hold, as blocks to `out`."""
    root = tree_of(markup)
    if root is not None:
        drop_hidden(root)
        Walker(Document(out)).run(root)


def markup_text(markup: str) -> str:
    """The visible text of a piece of HTML, a line for each line or block of it."""
    root = tree_of(markup)
    if root is None:
        return ""
    drop_hidden(root)
    sink = Lines()
    Walker(sink).run(root)
    return "\n".join(sink.lines)
