"""Where sentences begin and end, in English and Chinese.

Rules, no model: a text is first cut into logical lines (list items, table rows, headings and
paragraphs; a line that merely wraps is joined with the next), then each line at closing
punctuation. A full stop closes nothing inside numbers, addresses and file names (no white space
follows), after abbreviations and initials, nor before a lower-case letter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u3040-\u30ff"
_CLOSERS = r"[\"'”’»」』）】》〉〕\])}*_`]*+(?:\[\^?\d{1,3}\])*+"

_END = re.compile(
    rf"(?P<wide>[。！？｡；][。！？｡；…!?]*+|(?<!…)…{{2,}}+){_CLOSERS}"
    rf"|(?P<latin>(?<![.!?…])[.!?…]++){_CLOSERS}(?=\s|$|[{_HAN}“「『（【《])"
)
_BREAK = re.compile(r"\n\s*+")
_MARKER = re.compile(
    r"(?:[-*+•‣◦▪●·–—□☐✓✔>#|]|\d{1,3}[.)、．]|[(（][0-9a-zA-Z一二三四五六七八九十]{1,3}[)）]"
    r"|[a-zA-Z][.)]\s|[一二三四五六七八九十]{1,3}[、.．]|第[一二三四五六七八九十百零\d]+[条章节款项]"
    r"|[①-⑳]|={3,}|`{3})"
)
_WRAPPED_LATIN, _WRAPPED_HAN = 45, 24
"""A line of prose shorter than this did not wrap: it ended because it was meant to."""
_LONGEST_MARK = 6
"""A longer run of stops is a leader, as in a table of contents: "Leave ........ 12"."""
_BRACKET_REACH = 200
"""How far back an open bracket is looked for; inside one a semicolon closes no sentence."""
_OPENING, _CLOSING = re.compile(r"[（(]"), re.compile(r"[）)]")
_HAN_LETTER = re.compile(f"[{_HAN}]")
_LAST_WORD = re.compile(r"[^\s(\[{\"“‘'（「]*$")


def _words(words: str) -> frozenset[str]:
    return frozenset(words.split())


_NEVER_LAST = _words(
    "mr mrs ms mx dr prof rev hon gen col capt lt sgt rep sen gov st messrs mt vs cf e.g i.e eg ie"
    " viz approx ca fig figs eq eqs al resp ed eds"
)
"""After these a full stop never closes a sentence."""
_BEFORE_NUMBER = _words(
    "no nos nr art arts sec secs vol vols ch chap p pp para paras cl item ref ext tel rev ver v"
    " jan feb mar apr jun jul aug sep sept oct nov dec"
)
"""After these it closes none if a number follows: "No. 5", "Sec. 3", "Jan. 12"."""
_STARTERS = _words(
    "the a an this that these those it its he she they we you i if in on at for from to as when"
    " while where after before during since until there here but and or so however please no not"
    " all any each every our your their his her my see with by employees staff managers"
)
"""Words that begin a sentence when capitalised after initials: "in the U.S. The rule"."""
_INITIALS = re.compile(r"(?:[A-Za-z]\.)*[A-Za-z]")
_NEXT_WORD = re.compile(r"[^\W_]+(?:'[a-z]+)?")


def split_sentences(text: str) -> list[tuple[int, int]]:
    """Spans (start, end) of the sentences of `text`, in order and without outer white space.

    They do not overlap, and together they hold every character that is not white space.
    """
    spans = []
    for line_start, line_end in _logical_lines(text):
        start = line_start
        for end in _ends(text, line_start, line_end):
            spans.append((start, end))
            start = end
            while start < line_end and text[start].isspace():
                start += 1
        if start < line_end:
            spans.append((start, line_end))
    return spans


def _logical_lines(text: str) -> Iterator[tuple[int, int]]:
    """Lines without outer white space; those that only wrap are joined with the next."""
    start = _skip_space(text, 0)
    physical_start = start
    for gap in _BREAK.finditer(text, start):
        line_end = _trim_space(text, physical_start, gap.start())
        if gap.end() == len(text):
            break
        if not _wraps(text, physical_start, line_end, gap.end()):
            yield start, line_end
            start = gap.end()
        physical_start = gap.end()
    end = _trim_space(text, start, len(text))
    if start < end:
        yield start, end


def _wraps(text: str, line_start: int, line_end: int, next_start: int) -> bool:
    """Whether the line break between two lines is one of layout, not of meaning."""
    if text.count("\n", line_end, next_start) > 1 or _MARKER.match(text, next_start):
        return False
    line = text[line_start:line_end]
    if "|" in line or "\t" in line or line[0] == "#":
        return False
    if line[-1] in ".!?。！？：:;；":
        return False
    following = text[next_start]
    if following.islower() or line[-1] in ",，、-":
        return True
    if _HAN_LETTER.match(following) or _HAN_LETTER.match(line[-1]):
        return len(line) >= _WRAPPED_HAN
    return len(line) >= _WRAPPED_LATIN


def _ends(text: str, start: int, end: int) -> Iterator[int]:
    """Where sentences close inside the line `text[start:end]`, its own end left out."""
    sentence_start = start
    for mark in _END.finditer(text, start, end):
        if mark.end() >= end:
            return
        wide = mark["wide"]
        closes = (
            _wide_closes(text, sentence_start, mark)
            if wide
            else _latin_closes(text, sentence_start, mark)
        )
        if closes:
            sentence_start = mark.end()
            yield mark.end()


def _wide_closes(text: str, sentence_start: int, mark: re.Match[str]) -> bool:
    following = text[mark.end()]
    if following in "，、。；：,.;:)）】》”’」』":
        return False
    last = text[mark.end() - 1]
    if last in "）)】》〉〕" and not following.isspace():
        return False
    if mark["wide"] == "；":
        near = text[max(sentence_start, mark.start() - _BRACKET_REACH) : mark.start()]
        opened, closed = len(_OPENING.findall(near)), len(_CLOSING.findall(near))
        return opened <= closed
    return True


def _latin_closes(text: str, sentence_start: int, mark: re.Match[str]) -> bool:
    at = _skip_space(text, mark.end())
    following = text[at] if at < len(text) else ""
    if not text[mark.end()].isspace():
        # Latin punctuation directly before Han letters: only ! and ? close there.
        return mark["latin"][-1] in "!?"
    if following.islower() or following in ",;:，；：":
        return False
    if mark["latin"] != ".":
        return len(mark["latin"]) <= _LONGEST_MARK
    word = _LAST_WORD.search(text, max(sentence_start, mark.start() - 24), mark.start())
    before = word[0] if word else ""
    return _stop_closes(
        text, before, at, at_line_start=mark.start() - len(before) == sentence_start
    )


def _stop_closes(text: str, before: str, following_at: int, *, at_line_start: bool) -> bool:
    """Whether the full stop after the word `before` closes the sentence."""
    lower = before.lower()
    if at_line_start and (before.isdigit() or len(before) <= 1):
        return False
    if lower in _NEVER_LAST:
        return False
    if lower in _BEFORE_NUMBER and text[following_at].isdigit():
        return False
    if _INITIALS.fullmatch(before) and ((len(before) == 1 and before.isupper()) or "." in before):
        following = _NEXT_WORD.match(text, following_at)
        return following is None or following[0].lower() in _STARTERS
    return True


def _skip_space(text: str, at: int) -> int:
    while at < len(text) and text[at].isspace():
        at += 1
    return at


def _trim_space(text: str, start: int, end: int) -> int:
    while end > start and text[end - 1].isspace():
        end -= 1
    return end
