"""Footnote marks in the reply of a language model, read while it streams in.

Models write what they were asked to, `[1]`, and much else: `[1, 2]`, `[1-3]`, `[^1]`, `［1］`,
`【1†source】`, `[Passage 1]`, `(1)`. All become marks; numbers never given out are dropped.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

SENTINEL = "NOT_FOUND"
"""What the model writes, at the beginning of a line, if the passages hold no answer."""

_LABEL = (
    r"(?:(?:passages?|sources?|doc(?:ument)?s?|refs?|footnotes?|citations?|notes?"
    r"|来源|段落|文档|引用|资料|脚注|参考)\s*[:：]?\s*)?"
)
_NUMBERS = r"[\^#]?\d{1,3}(?:\s*(?:[,，、;；&+]|and|和|及|[-–—~至])\s*[\^#]?\d{1,3})*"
_INSIDE = r"[^\[\]【】［］〔〕\n]"
_MARK = re.compile(
    rf"[\[【［〔](?={_INSIDE}{{1,60}}[\]】］〕])\s*{_LABEL}(?P<numbers>{_NUMBERS})\s*"
    rf"(?:[†‡:：]{_INSIDE}*)?[\]】］〕]",
    re.IGNORECASE,
)
_MAYBE_MARK = re.compile(rf"[\[【［〔]{_INSIDE}{{0,60}}")
_ROUND_MARK = re.compile(
    r"(?<=[\s\u3400-\u9fff])[(（](?=[\d\s,，、]{1,12}[)）])"
    r"\s*(?P<numbers>\d{1,2}(?:\s*[,，、]\s*\d{1,2})*)\s*[)）]"
)
_MAYBE_ROUND = re.compile(r"[(（][\d\s,，、]{0,12}(?:[)）][ \t]*)?")
_CLOSES_SENTENCE = re.compile(r"[ \t]*(?:[.。!！?？\n]|\Z)")
_PLAIN = re.compile(r"[^\[【［〔(（\n]+")
_SENTINEL = re.compile(rf"[\s*_`\"']*{SENTINEL}[*_`\"']*")
_MAYBE_SENTINEL = re.compile(
    r"[\s*_`\"']*(?:" + "|".join(SENTINEL[:n] for n in range(len(SENTINEL) - 1, 0, -1)) + ")?"
)
_RANGE = re.compile(r"\d+|[-–—~至]")
_WORD = re.compile(r"[A-Za-z0-9]")
_NO_SPACE_AFTER = re.compile(r"[\s\u2e80-\u9fff\uff00-\uffef(\[\]]")


class MarkedReply:
    """Collects a streamed reply about `count` numbered passages.

    What is certain to be text can be shown at once, with marks renumbered from 1 by first use;
    anything that may yet turn out to be a mark or the sentinel is held back. When finished,
    `text` is the reply without marks, `marks` are (offset in `text`, passage indexes from 0),
    and `missing` is what the model wrote behind the sentinel (None: it wrote no sentinel).
    However the reply is cut into pieces, the outcome is the same.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._ready: list[str] = []
        self._held = ""
        self._space = ""
        self._last = "\n"
        self._shown: dict[int, int] = {}
        self._square = self._after_mark = False
        self._missing: list[str] | None = None
        self.text = ""
        self.marks: list[tuple[int, tuple[int, ...]]] = []

    @property
    def missing(self) -> str | None:
        """What the model says that the passages lack; None if it did not say so."""
        if self._missing is None:
            return None
        return _MARK.sub("", "".join(self._missing)).strip(" \t\r\n:：-–—.*_`\"'")

    def feed(self, piece: str) -> str:
        """What can be shown now that `piece` of the reply has come."""
        self._held += piece
        return self._drained(final=False)

    def finish(self) -> str:
        """The rest of what can be shown, when the reply has ended."""
        return self._drained(final=True)

    def _drained(self, *, final: bool) -> str:
        held, at = self._held, 0
        while at < len(held) and self._missing is None:
            step = self._step(held, at, final=final)
            if step is None:
                break
            at = step
        if self._missing is not None:
            self._missing.append(held[at:])
            at = len(held)
        self._held = held[at:]
        ready, self._ready = "".join(self._ready), []
        return ready

    def _step(self, held: str, at: int, *, final: bool) -> int | None:
        """Where reading goes on, or None if more of the reply is needed to decide."""
        if self._line_begins():
            sentinel = _SENTINEL.match(held, at)
            if sentinel:
                self._missing = []
                return sentinel.end()
            if not final and _MAYBE_SENTINEL.fullmatch(held, at):
                return None
        sign = held[at]
        if sign in "[【［〔":
            mark = _MARK.match(held, at)
            if mark:
                self._square = True
                self._mark(self._indexes(mark["numbers"]))
                return mark.end()
            if not final and _MAYBE_MARK.fullmatch(held, at):
                return None
        elif sign in "(（":
            if not final and _MAYBE_ROUND.fullmatch(held, at):
                return None
            end = self._round_mark(held, at)
            if end is not None:
                return end
        plain = _PLAIN.match(held, at)
        end = plain.end() if plain else at + 1
        self._plain(held[at:end])
        return end

    def _line_begins(self) -> bool:
        return not self.text or "\n" in self._space

    def _round_mark(self, held: str, at: int) -> int | None:
        """The end of a mark in round brackets.

        "(2)" is mostly just that, so it counts as a mark only where the model has used no other
        form, the number was given out, and the sentence closes behind it.
        """
        before = self._space[-1:] or self.text[-1:]
        mark = _ROUND_MARK.match(before + held[at:], len(before))
        if mark is None or self._square:
            return None
        indexes = self._indexes(mark["numbers"])
        end = at + mark.end() - len(before)
        if not indexes or not _CLOSES_SENTENCE.match(held, end):
            return None
        self._mark(indexes)
        return end

    def _indexes(self, numbers: str) -> tuple[int, ...]:
        """Indexes of the passages that were given out; "2-4" means all three."""
        found: list[int] = []
        ranging = False
        for part in _RANGE.findall(numbers):
            if not part.isdigit():
                ranging = bool(found)
                continue
            number = int(part)
            first = found[-1] + 2 if ranging else number
            found.extend(
                n - 1
                for n in range(first, number + 1)
                if 1 <= n <= self._count and n - 1 not in found
            )
            ranging = False
        return tuple(found)

    def _plain(self, text: str) -> None:
        if (
            self._after_mark
            and not self._space
            and _WORD.match(self.text[-1:])
            and _WORD.match(text)
        ):
            text = f" {text}"
        self._after_mark = False
        text = self._space + text
        solid = text.rstrip()
        self._space = text[len(solid) :]
        if not self.text:
            solid = solid.lstrip()
        if solid:
            self.text += solid
            self._emit(solid)

    def _mark(self, indexes: Sequence[int]) -> None:
        """Notes a mark; white space before it is dropped, unless it begins a line."""
        self._after_mark = True
        if "\n" not in self._space:
            self._space = ""
        if not indexes:
            return
        if self._space and self.text:
            self.text += self._space
            self._emit(self._space)
        self._space = ""
        self.marks.append((len(self.text), tuple(indexes)))
        for index in indexes:
            self._shown.setdefault(index, len(self._shown) + 1)
        shown = "".join(f"[{self._shown[index]}]" for index in indexes)
        self._emit(shown if _NO_SPACE_AFTER.match(self._last) else f" {shown}")

    def _emit(self, text: str) -> None:
        self._last = text[-1]
        self._ready.append(text)
