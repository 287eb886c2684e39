"""One file a format: bytes in, a `ParsedDocument` out."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import PurePosixPath

from ingest.errors import ParseError, UnsupportedFormat
from ingest.types import ParsedDocument

Parser = Callable[[bytes, str], ParsedDocument]
"""`parse(data, name)`: the file's bytes and its name; raises only `ParseError`."""

_MODULES = {
    ".pdf": "pdf.document",
    ".docx": "word.docx",
    ".pptx": "slides.pptx",
    ".xlsx": "sheets.xlsx",
    ".xlsm": "sheets.xlsx",
    ".csv": "sheets.csv",
    ".tsv": "sheets.csv",
    ".html": "web.html",
    ".htm": "web.html",
    ".xhtml": "web.html",
    ".md": "plain.markdown",
    ".markdown": "plain.markdown",
    ".mdx": "plain.markdown",
    ".txt": "plain.text",
    ".text": "plain.text",
    ".log": "plain.text",
    ".rst": "plain.text",
    ".eml": "mail.eml",
    ".json": "plain.json",
    ".jsonl": "plain.json",
    ".ndjson": "plain.json",
}


SUFFIXES = frozenset(_MODULES)
"""File name endings (lower case, with the dot) that some parser knows."""


def parse(data: bytes, name: str) -> ParsedDocument:
    """The document in `data`, by the ending of `name`.

    Raises:
        UnsupportedFormat: no parser knows this ending.
        ParseError: the file is broken, encrypted, a trap, or not what its name says.
    """
    suffix = PurePosixPath(name).suffix.lower()
    module = _MODULES.get(suffix)
    if module is None:
        raise UnsupportedFormat(
            f"files ending in {suffix!r} are not supported"
            if suffix
            else "the file's name has no ending that says its format"
        )
    parser: Parser = import_module(f"ingest.parsers.{module}").parse
    try:
        return parser(data, name)
    except ParseError:
        raise
    except MemoryError:
        raise
    except Exception as exc:  # the border: a parser library met bytes that it did not expect
        raise ParseError(f"the file cannot be read ({type(exc).__name__}: {exc})") from exc
