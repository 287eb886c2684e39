"""An answer as a Slack message: Block Kit with footnotes that link to the exact passage.

Everything that comes from a document, a language model or a person is escaped, so that it can
neither ping anybody (`<!channel>`, `<@U1>`) nor make a link of its own; blocks are `verbatim`,
so Slack makes none of bare addresses either. Slack's limits: 50 blocks, 3,000 characters a
section, 2,000 a button's value (docs.slack.dev, "Block Kit reference").
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from api.asking import footnotes
from api.asking.footnotes import document_url, passage_url
from api.bots.slack.phrases import Phrases
from assistant.conversation.shown_path import shown_path
from assistant.types import Answer, Citation, Mode, Nearest, Status, Verdict

MAX_CITATIONS = 5
"""Quotes that are listed below an answer; the others are still linked in its text."""

_SECTION = 2900
_TEXT_SECTIONS = 12
_QUOTE = 1000
_NOTE = 300
_BUTTON_VALUE = 2000

# Marks travel through the conversion of markup between two characters of private use.
_MARK = "\ue000{}\ue001"
_MARKED = re.compile("\ue000(\\d+)\ue001")
_PIECES = re.compile("(\\s+|\ue000\\d+\ue001)")
_BOLD = re.compile(r"\*\*(?=\S)(.+?)(?<=\S)\*\*")
_HEADING = re.compile(r"^#{1,6}[ \t]+(.+?)[ \t]*#*$", re.MULTILINE)
_BULLET = re.compile(r"^([ \t]*)[-*+][ \t]+", re.MULTILINE)

Block = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Button:
    """A button and the value that Slack sends back when it is pressed."""

    action: str
    label: str
    value: str


@dataclass(frozen=True, slots=True)
class SlackMessage:
    """What is posted: the blocks, and the text that notifications and screen readers show."""

    text: str
    blocks: tuple[Block, ...]


def escape(text: str) -> str:
    """Text that Slack shows as it is: `&`, `<` and `>` are its only control characters."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def link(url: str, label: str) -> str:
    """A link; without a web address only its label. A long label is cut."""
    shown = _fitted(" ".join(label.split()), _NOTE)
    if not url.startswith(("http://", "https://")):
        return shown
    return f"<{escape(quote(url, safe=':/?#[]@!$&()*+,;=%~-._'))}|{shown.replace('|', '¦')}>"


def plain_message(text: str) -> SlackMessage:
    """One of the bot's own sentences."""
    return SlackMessage(text, (_section(text),))


def answer_message(
    answer: Answer,
    public_url: str,
    says: Phrases,
    *,
    heading: str = "",
    buttons: tuple[Button, ...] = (),
) -> SlackMessage:
    """The whole answer. `heading` is markup that stands above it (already escaped)."""
    blocks: list[Block] = [_section(heading)] if heading else []
    if answer.status is Status.NOT_FOUND:
        blocks += _not_found(answer, public_url, says)
    else:
        blocks += [_section(piece) for piece in _text_sections(answer, public_url)]
        blocks += [_context(note) for note in _notes(answer, says)]
        blocks += [_quote(one, public_url) for one in answer.citations[:MAX_CITATIONS]]
        hidden = len(answer.citations) - MAX_CITATIONS
        if hidden > 0:
            blocks.append(_context(escape(says.more.format(count=hidden))))
    shown = [_button(one) for one in buttons if len(one.value) <= _BUTTON_VALUE]
    if shown:
        blocks.append({"type": "actions", "elements": shown})
    return SlackMessage(_fallback(answer, says), tuple(blocks))


def _not_found(answer: Answer, public_url: str, says: Phrases) -> list[Block]:
    lines = [_fitted(answer.text or says.not_found, _QUOTE)]
    if answer.nearest:
        lines.append(says.nearest)
        lines += [f"• {_nearest(one, public_url)}" for one in answer.nearest[:MAX_CITATIONS]]
    return [_section("\n".join(lines))]


def _nearest(one: Nearest, public_url: str) -> str:
    return link(document_url(public_url, one.document_id), one.title or shown_path(one.uri))


def _text_sections(answer: Answer, public_url: str) -> list[str]:
    """The text with linked footnotes, in pieces that fit into sections."""
    urls = {one.number: passage_url(public_url, one) for one in answer.citations}
    marked = "".join(
        _MARK.format(one.citation.number) if one.citation else _MARKED.sub("", one.text)
        for one in footnotes.pieces(answer)
    )
    pieces: list[str] = []
    room = ""
    for token in _tokens(_mrkdwn(marked)):
        mark = _MARKED.fullmatch(token)
        shown = link(urls[int(mark[1])], f"[{mark[1]}]") if mark else escape(token)
        if len(room) + len(shown) > _SECTION:
            pieces.append(room)
            room = ""
        room += shown
    pieces.append(room)
    kept = [piece.strip("\n") for piece in pieces if piece.strip()]
    if len(kept) > _TEXT_SECTIONS:
        kept = [*kept[:_TEXT_SECTIONS], "…"]
    return kept


def _tokens(text: str) -> Iterator[str]:
    """Words, white space and footnote marks; words without end (Chinese has no spaces) in parts."""
    for token in _PIECES.split(text):
        for start in range(0, len(token), 500):
            yield token[start : start + 500]


def _mrkdwn(text: str) -> str:
    """Markdown's bold, headings and bullets as Slack writes them."""
    text = _HEADING.sub(r"**\1**", text)
    text = _BULLET.sub(r"\1• ", text)
    return _BOLD.sub(r"*\1*", text)


def _notes(answer: Answer, says: Phrases) -> list[str]:
    notes = []
    if answer.status is Status.PARTIAL:
        notes.append(escape(says.partial))
    if answer.mode is Mode.VERIFIED:
        notes.append(escape(says.verified))
    if answer.mode is Mode.EXTRACTIVE:
        notes.append(escape(says.extractive))
    if answer.note:
        notes.append(_fitted(answer.note, _NOTE))
    unsupported = [one for one in answer.statements if one.verdict is Verdict.UNSUPPORTED]
    for one in unsupported[:MAX_CITATIONS]:
        notes.append(f"⚠️ {escape(says.unsupported)} “{_fitted(one.text, _NOTE)}”")
    return notes


def _quote(citation: Citation, public_url: str) -> Block:
    about = [link(passage_url(public_url, citation), f"[{citation.number}] {citation.title}")]
    if citation.location:
        about.append(_fitted(citation.location, _NOTE))
    if citation.modified_at is not None:
        about.append(citation.modified_at.date().isoformat())
    quoted = "\n".join(f">{line}" for line in _fitted(citation.quote, _QUOTE).splitlines())
    return _section(f"{' · '.join(about)}\n{quoted}")


def _fallback(answer: Answer, says: Phrases) -> str:
    return _fitted(answer.text or says.not_found, _SECTION)


def _fitted(text: str, length: int) -> str:
    """The text escaped, cut so that what is sent has at most `length` characters."""
    if len(escape(text)) <= length:
        return escape(text)
    kept = text[: length - 1]
    while len(escape(kept)) > length - 1:
        kept = kept[: len(kept) * (length - 1) // len(escape(kept))]
    return escape(kept.rstrip()) + "…"


def _section(text: str) -> Block:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}


def _context(text: str) -> Block:
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": text, "verbatim": True}]}


def _button(button: Button) -> Block:
    return {
        "type": "button",
        "action_id": button.action,
        "text": {"type": "plain_text", "text": button.label, "emoji": True},
        "value": button.value,
    }
