"""Answers written by a language model from numbered passages."""

from __future__ import annotations

import secrets
from collections.abc import Generator, Sequence
from contextlib import closing

from assistant.compose.marks import MarkedReply
from assistant.compose.prompt import prompt_for
from assistant.errors import LlmError
from assistant.types import (
    Completion,
    Draft,
    DraftSentence,
    Llm,
    Mode,
    Passage,
    Question,
    Status,
    Usage,
)
from ingest.text.sentences import split_sentences


def compose_generated(
    question: Question, passages: Sequence[Passage], llm: Llm, *, context_tokens: int
) -> Generator[str, None, Draft]:
    """A draft in the model's words, each sentence with the passages that it says it rests on.

    `passages` come best first; those that fit into `context_tokens` are shown. The text is
    yielded as it arrives, with marks [n] numbered by first use; marks that name no passage, and
    the model's "not found", are never part of it. The draft's `note` is what the model says is
    missing. Closing the generator ends the request to the model.

    Raises:
        LlmError: the model failed, or wrote nothing.
    """
    messages, shown = prompt_for(
        question, passages, context_tokens=context_tokens, boundary=secrets.token_hex(8)
    )
    reply = MarkedReply(len(shown))
    usage = yield from _read(llm.stream(messages), reply)
    if not reply.text.strip() and reply.missing is None:
        raise LlmError(f"The language model {llm.model} wrote an empty reply.", retryable=True)
    sentences = _sentences(reply, shown)
    status = Status.ANSWERED
    if reply.missing is not None:
        status = Status.PARTIAL if sentences else Status.NOT_FOUND
    return Draft(status, Mode.GENERATED, sentences, usage, reply.missing or "")


def _read(
    pieces: Generator[str, None, Completion], reply: MarkedReply
) -> Generator[str, None, Usage]:
    """Feeds the model's pieces into `reply`; yields what can be shown, returns what it cost."""
    with closing(pieces):
        while True:
            try:
                text = reply.feed(next(pieces))
            except StopIteration as end:
                completion: Completion = end.value
                break
            if text:
                yield text
    if text := reply.finish():
        yield text
    return completion.usage


def _sentences(reply: MarkedReply, shown: Sequence[int]) -> tuple[DraftSentence, ...]:
    spans = split_sentences(reply.text)
    rests_on: list[list[int]] = [[] for _ in spans]
    for offset, indexes in reply.marks:
        if spans:
            sentence = rests_on[_sentence_at(offset, spans, reply.text)]
            sentence.extend(shown[i] for i in indexes if shown[i] not in sentence)
    sentences: list[DraftSentence] = []
    at = 0
    for number, (start, end) in enumerate(spans):
        text = reply.text[start:end]
        passages = rests_on[number]
        if not passages and text.endswith((":", "：")):
            # "The rules are:" rests on what the rules rest on.
            passages = next((later for later in rests_on[number + 1 :] if later), [])
        sentences.append(DraftSentence(text, tuple(passages), gap=reply.text[at:start]))
        at = end
    return tuple(sentences)


def _sentence_at(offset: int, spans: Sequence[tuple[int, int]], text: str) -> int:
    """The sentence that a mark stands in or behind; at the beginning of a line, the next."""
    if text[:offset].endswith("\n"):
        return next((n for n, (start, _) in enumerate(spans) if start >= offset), len(spans) - 1)
    return max((n for n, (start, _) in enumerate(spans) if start < offset), default=0)
