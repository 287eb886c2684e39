"""Conversations as files for people and for programs."""

from __future__ import annotations

import json

from assistant.conversation.export import export
from assistant.conversation.history import Conversation
from tests.api.bots.answers import answer, citation

ENCODED = "company/zh/%E5%B7%AE%E6%97%85%20%3Cb%3E.docx"
KEPT = Conversation("conv_1", "Leave", (answer(citations=(citation(uri=ENCODED),)),))


def test_people_read_paths_as_they_are_written() -> None:
    """In Markdown and in HTML, where a path is still no markup."""
    assert "(company/zh/差旅 <b>.docx, page 2 › Leave)" in export(KEPT, "markdown")[1]
    assert "(company/zh/差旅 &lt;b&gt;.docx, page 2 › Leave)" in export(KEPT, "html")[1]


def test_programs_read_paths_as_they_are_sent() -> None:
    """JSON is that of the HTTP contract."""
    turns = json.loads(export(KEPT, "json")[1])["turns"]
    assert turns[0]["citations"][0]["uri"] == ENCODED
