"""A conversation as a file: Markdown, JSON or HTML."""

from __future__ import annotations

import html
import json
from collections.abc import Sequence

from assistant.conversation.answer_json import answer_to_json
from assistant.conversation.history import Conversation
from assistant.conversation.shown_path import shown_path
from assistant.types import Citation

FORMATS = ("markdown", "json", "html")
"""What a conversation can be exported as."""


def export(conversation: Conversation, form: str) -> tuple[str, str]:
    """The conversation as a file: its media type and its text; `form` is one of `FORMATS`."""
    if form == "json":
        body = {
            "id": conversation.id,
            "title": conversation.title,
            "turns": [answer_to_json(one) for one in conversation.turns],
        }
        return "application/json", json.dumps(body, ensure_ascii=False, indent=2)
    if form == "html":
        return "text/html", _as_html(conversation)
    return "text/markdown", _as_markdown(conversation)


def _as_markdown(conversation: Conversation) -> str:
    parts = [f"# {_plain(conversation.title)}"]
    for answer in conversation.turns:
        parts.append(f"## {_plain(answer.question)}")
        parts.append(answer.text)
        if answer.citations:
            parts.append(
                "\n".join(
                    f"[{one.number}] {_plain(one.title)} ({_where(one)}): “{_plain(one.quote)}”"
                    for one in answer.citations
                )
            )
    return "\n\n".join(parts) + "\n"


def _as_html(conversation: Conversation) -> str:
    title = html.escape(conversation.title)
    parts = [f"<!doctype html><html><head><meta charset='utf-8'><title>{title}</title></head>"]
    parts.append(f"<body><h1>{title}</h1>")
    for answer in conversation.turns:
        parts.append(f"<h2>{html.escape(answer.question)}</h2>")
        parts.extend(f"<p>{html.escape(line)}</p>" for line in _lines(answer.text))
        if answer.citations:
            parts.append("<ol>")
            parts.extend(
                f"<li value='{one.number}'>{html.escape(one.title)} ({html.escape(_where(one))})"
                f"<blockquote>{html.escape(one.quote)}</blockquote></li>"
                for one in answer.citations
            )
            parts.append("</ol>")
    parts.append("</body></html>")
    return "\n".join(parts)


def _where(citation: Citation) -> str:
    changed = "changed since" if citation.changed_since else ""
    return ", ".join(
        part for part in (shown_path(citation.uri), citation.location, changed) if part
    )


def _lines(text: str) -> Sequence[str]:
    return [line for line in text.splitlines() if line.strip()]


def _plain(text: str) -> str:
    return " ".join(text.split())
