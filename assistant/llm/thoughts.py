"""Leaving out what a reasoning model thinks aloud before it answers."""

from __future__ import annotations

_OPEN, _CLOSE = "<think>", "</think>"


class ThoughtFilter:
    """Passes on a streamed reply without a `<think>…</think>` block at its beginning.

    Local endpoints (llama.cpp, Ollama, vLLM without a reasoning parser) send the thoughts of
    reasoning models as part of the reply.
    """

    def __init__(self) -> None:
        self._held = ""
        self._state = "start"

    def feed(self, piece: str) -> str:
        """What of the reply is known to be answer, now that `piece` has come."""
        if self._state == "answer":
            return piece
        self._held += piece
        if self._state == "start":
            begun = self._held.lstrip()
            if begun.startswith(_OPEN):
                self._state = "thought"
            elif not _OPEN.startswith(begun):
                return self._answer(self._held)
        if self._state == "thought" and _CLOSE in self._held:
            self._held = self._held.split(_CLOSE, 1)[1]
            self._state = "gap"
        if self._state == "gap" and self._held.strip():
            return self._answer(self._held.lstrip())
        return ""

    def flush(self) -> str:
        """The rest, when the reply has ended; an unfinished thought is no answer."""
        return self._held if self._state == "start" else ""

    def _answer(self, text: str) -> str:
        self._state, self._held = "answer", ""
        return text
