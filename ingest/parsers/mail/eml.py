"""E-mail: who wrote to whom and when, the body, quoted replies, and what is attached."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from email.utils import parsedate_to_datetime
from itertools import groupby
from pathlib import PurePosixPath

from ingest.errors import ParseError, UnsupportedFormat
from ingest.parsers.canonical.assemble import Assembler
from ingest.parsers.formats import parse as parse_any
from ingest.parsers.plain.decode import decode
from ingest.parsers.plain.text import add_text
from ingest.parsers.web.html import add_fragment
from ingest.text.characters import mend
from ingest.types import BlockKind, ParsedDocument

_DEEPEST = 3
"""Mails within mails that are opened; what lies deeper is named only."""

_MOST_ATTACHMENTS = 100
_HEADER_LINE = re.compile(rb"[!-9;-~]+:|From ")
_HEADERS = ("From", "To", "Cc", "Date")
_CHINESE_HEADERS = {"From": "发件人", "To": "收件人", "Cc": "抄送", "Date": "日期"}
_QUOTE = re.compile(r"\s*>[\s>]*")
_FORWARDED = re.compile(
    r"^(?:-{3,} ?(?:original message|forwarded message|原始邮件|转发邮件|转发的邮件)\b.{0,40}"
    r"|_{10,}\s*\n(?=(?:from|发件人)\s?[:：]))",
    re.I | re.M,
)
"""What mail programs that do not mark quoted lines put above an older mail."""


def parse(data: bytes, name: str) -> ParsedDocument:
    """The mail as a document: its subject is the title.

    Sender, recipients and date are the first paragraph, quoted replies are quotations, each
    attachment stands under a heading with its name. An attachment that cannot be read does not
    fail the mail; `metadata["attachments_not_read"]` says why.

    Raises:
        ParseError: the bytes are no e-mail.
    """
    return _parse(data, name, depth=1)


def _parse(data: bytes, name: str, depth: int) -> ParsedDocument:
    data = data.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
    if not _HEADER_LINE.match(data):
        raise ParseError("the file is no e-mail: it does not begin with header lines")
    message = message_from_bytes(data, policy=policy.default)
    mail = _Mail(Assembler(), depth)
    subject = _header(message, "Subject")
    mail.out.heading(subject, 1)
    mail.add_headers(message)
    mail.add_parts(message)
    return mail.out.document(
        subject or PurePosixPath(name).stem, metadata=_metadata(message) | mail.notes()
    )


@dataclass
class _Mail:
    """One mail while its parts are added to `out`."""

    out: Assembler
    depth: int
    failed: list[str] = field(default_factory=list)
    attachments: int = 0

    def notes(self) -> dict[str, str]:
        return {"attachments_not_read": "; ".join(self.failed)} if self.failed else {}

    def add_headers(self, message: Message) -> None:
        stated = {name: _header(message, name) for name in _HEADERS}
        chinese = any("\u4e00" <= c <= "\u9fff" for c in _header(message, "Subject"))
        names = _CHINESE_HEADERS if chinese else dict(zip(_HEADERS, _HEADERS, strict=True))
        lines = [f"{names[name]}: {value}" for name, value in stated.items() if value]
        self.out.block(BlockKind.PARAGRAPH, "\n".join(lines))

    def add_parts(self, message: EmailMessage) -> None:
        body = _body(message)
        if body is not None:
            self._add_body(body)
        for part in _attachments(message, body):
            self.attachments += 1
            if self.attachments > _MOST_ATTACHMENTS:
                self.failed.append(f"more than {_MOST_ATTACHMENTS} attachments")
                return
            self._add_attachment(part)

    def _add_body(self, part: Message) -> None:
        text = _text_of(part)
        if part.get_content_type() == "text/html":
            add_fragment(self.out, text)
            return
        _add_with_quotes(self.out, mend(text))

    def _add_attachment(self, part: Message) -> None:
        name = _name_of(part)
        self.out.heading(name, 2)
        try:
            document = self._parsed(part, name)
        except UnsupportedFormat:
            return
        except MemoryError:
            raise
        except Exception as exc:  # the border: one broken attachment does not cost the mail
            known = isinstance(exc, ParseError)
            self.failed.append(f"{name}: {exc}" if known else f"{name}: {type(exc).__name__}")
            return
        _add_document(self.out, document)

    def _parsed(self, part: Message, name: str) -> ParsedDocument:
        if part.get_content_maintype() == "message":
            if self.depth >= _DEEPEST:
                raise ParseError(f"mails are opened {_DEEPEST} deep, this one lies deeper")
            inner = part.get_payload(0) if part.is_multipart() else None
            data = inner.as_bytes() if isinstance(inner, Message) else _bytes_of(part)
            return _parse(data, name, self.depth + 1)
        if PurePosixPath(name).suffix.lower() == ".eml":
            if self.depth >= _DEEPEST:
                raise ParseError(f"mails are opened {_DEEPEST} deep, this one lies deeper")
            return _parse(_bytes_of(part), name, self.depth + 1)
        return parse_any(_bytes_of(part), name)


def _add_with_quotes(out: Assembler, text: str) -> None:
    """A plain body; lines that begin with ">", and an older mail below, are quotations."""
    older = _FORWARDED.search(text)
    own = text[: older.start()] if older else text
    for quoted, lines in groupby(own.split("\n"), key=lambda line: bool(_QUOTE.match(line))):
        if quoted:
            _add_quotation(out, "\n".join(_QUOTE.sub("", line, count=1) for line in lines))
        else:
            add_text(out, "\n".join(lines))
    if older:
        _add_quotation(out, re.sub(r"(?m)^\s*>[\s>]*", "", text[older.start() :]))


def _add_quotation(out: Assembler, text: str) -> None:
    for paragraph in re.split(r"\n\s*\n", text):
        out.block(BlockKind.QUOTE, paragraph)


def _add_document(out: Assembler, document: ParsedDocument) -> None:
    """The blocks of an attachment below the heading that names it."""
    for block in document.blocks:
        text = document.text[block.start : block.end]
        if block.kind is BlockKind.HEADING:
            out.heading(text, block.level + 2, page=block.page)
        elif block.kind is BlockKind.ROW:
            out.row(text, block.row, header=block.table_header, sheet=block.sheet, page=block.page)
        else:
            out.block(block.kind, text, page=block.page)


def _body(message: EmailMessage) -> Message | None:
    """The plain text of the mail; the web page beside it only where there is none."""
    with suppress(LookupError, ValueError, TypeError, AttributeError):  # malformed structure
        plain = message.get_body(preferencelist=("plain",))
        if plain is not None and _bytes_of(plain).strip():
            return plain
        return message.get_body(preferencelist=("html",)) or plain
    return None


def _attachments(message: Message, body: Message | None) -> Iterator[Message]:
    """The leaves that are neither the body nor another form of it nor pictures inside it."""
    if message is body:
        return
    kind = message.get_content_type()
    if kind == "multipart/alternative" and body is not None:
        for part in _children(message):
            if part.get_content_maintype() == "multipart":
                yield from _attachments(part, body)
    elif kind.startswith("multipart/"):
        for part in _children(message):
            yield from _attachments(part, body)
    elif _is_attached(message):
        yield message


def _children(message: Message) -> list[Message]:
    payload = message.get_payload()
    return [part for part in payload if isinstance(part, Message)] if message.is_multipart() else []


def _is_attached(part: Message) -> bool:
    inline_picture = part.get_content_maintype() == "image" and part["Content-ID"] is not None
    named = bool(part.get_filename()) or part.get_content_maintype() == "message"
    return named and not inline_picture


def _name_of(part: Message) -> str:
    name = mend(part.get_filename() or "").replace("\\", "/").rsplit("/", 1)[-1].strip()
    if name:
        return name
    inner = part.get_payload(0) if part.is_multipart() else None
    subject = _header(inner, "Subject") if isinstance(inner, Message) else ""
    return f"{subject or 'message'}.eml"


def _bytes_of(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _text_of(part: Message) -> str:
    """The text of a part in the encoding that it states, if that is true, else as it looks."""
    data = _bytes_of(part)
    stated = part.get_content_charset()
    if stated:
        try:
            return data.decode(_WIDER.get(stated, stated))
        except (LookupError, UnicodeDecodeError, ValueError):
            pass
    return decode(data)


_WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "big5": "big5hkscs", "us-ascii": "utf-8"}
"""Encodings that mails state while they use the larger one that contains it."""


def _header(message: Message, name: str) -> str:
    try:
        value = str(message[name] or "")
    except Exception:  # the header parser of the standard library fails on some malformed ones
        value = next((str(v) for k, v in message.raw_items() if k.lower() == name.lower()), "")
    return " ".join(mend(value).split())


def _metadata(message: Message) -> dict[str, str]:
    sent = ""
    with suppress(ValueError, TypeError, IndexError, OverflowError):
        sent = parsedate_to_datetime(_header(message, "Date")).isoformat()
    found = {
        "author": _header(message, "From"),
        "to": _header(message, "To"),
        "cc": _header(message, "Cc"),
        "created": sent,
        "subject": _header(message, "Subject"),
        "message_id": _header(message, "Message-ID"),
    }
    return {key: value for key, value in found.items() if value}
