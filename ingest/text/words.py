"""Words of a text, as the lexical index knows them: the same for passages and questions.

English words become Snowball stems, and an identifier (`ERR-4042`, `v2.1`, `camelCase`) is kept
whole and in parts. Chinese becomes simplified words (jieba's search segmentation) and character
bigrams (marked `#`), and a counted numeral also its digits (十年: `10`);
other scripts without spaces become bigrams. Everything is NFKC-folded and lower case. Numbers
lose their thousands separators.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from threading import local

import rjieba
import Stemmer

from ingest.text.simplified import simplify

ANALYSER = 1
"""Raised when the same text gives other terms than before: a new generation is then built."""

_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_BIGRAMMED = "\u3040-\u30ff\uac00-\ud7af\u0e00-\u0e7f"
_WORD = re.compile(
    rf"(?P<han>[{_HAN}\U00020000-\U0003134f]+)"
    rf"|(?P<run>[{_BIGRAMMED}]+)"
    rf"|(?P<word>[^\W_{_HAN}{_BIGRAMMED}]+(?:[._'’/@:+&-][^\W_{_HAN}{_BIGRAMMED}]+)*)"
)
_THOUSANDS = re.compile(r"(?<![\d.,])(\d{1,3}(?:,\d{3})+)(?![\d,])")
_INNER = re.compile(r"[._'’/@:+&-]")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_MIXED = re.compile(r"[a-z]+|\d+")

_ENGLISH = """
a an and are as at be been by for from has have he her his him i if in into is it its of on or
our she so than that the their them then there these they this those to was we were will with
would you your do does did can could should may might what which who whom whose when where
why how am not no but about s t
"""
_CHINESE = """
的 了 是 在 和 与 有 为 于 之 哪 什么 谁 何 怎么 怎样 如何 多少 哪个 哪些 哪里 几 吗 呢 吧 啊 被 由
从 对 也 而 及 其 这 那 个 不 我 你 他 她 它 我们 你们 他们 就 都 要 会 能 可以 把 给 上 下 到 说
一个 请问 是否 需要 应该 以及 或 或者 并 等 着 过 地 得 向 与否 为什么
"""

STOP_WORDS = frozenset(_ENGLISH.split())
"""English words that say nothing about a topic; they are neither indexed nor searched."""

STOP_WORDS_ZH = frozenset(_CHINESE.split())
"""Chinese words that say nothing about a topic."""

_UNITS = {"十": 10, "百": 100, "千": 1000}
# A numeral before a unit of counting, so that 三 in 三星 stays a name.
_COUNTED = re.compile(
    r"[零一二两三四五六七八九十百千]+(?=[年天日个月次周元岁小分倍人名%％万亿家台项级])"
)

_thread = local()


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """The Snowball stem of one lower-case English word."""
    stemmer = getattr(_thread, "stemmer", None)
    if stemmer is None:
        stemmer = _thread.stemmer = Stemmer.Stemmer("english", 0)
    return str(stemmer.stemWord(word))


def terms(text: str) -> list[str]:
    """The index terms of `text`, in order, with repetitions."""
    folded = _fold(text)
    out: list[str] = []
    for match in _WORD.finditer(folded):
        if match.lastgroup == "han":
            out.extend(_han_words(match.group()))
            out.extend(_han_parts(match.group()))
        elif match.lastgroup == "run":
            out.extend(_bigrams(match.group()))
        else:
            out.extend(_word_terms(match.group()))
    return out


def analysed(text: str) -> str:
    """The terms of `text` between blanks."""
    return " ".join(terms(text))


@dataclass(frozen=True, slots=True)
class Analysis:
    """A text's words, in order and with repetitions.

    `terms` are its index terms, `words` its content words only (stems and Chinese words; no
    bigrams, no parts), which are what can be translated.
    """

    terms: tuple[str, ...]
    words: tuple[str, ...]


def analyse(text: str) -> Analysis:
    """Index terms and content words of `text` in one reading."""
    own: list[str] = []
    content: list[str] = []
    for match in _WORD.finditer(_fold(text)):
        piece = match.group()
        if match.lastgroup == "han":
            cut = _han_words(piece)
            own.extend(cut)
            own.extend(_han_parts(piece))
            content.extend(cut)
        elif match.lastgroup == "run":
            own.extend(_bigrams(piece))
        else:
            own.extend(_word_terms(piece))
            parts = _INNER.split(piece.lower())
            content.extend(stem(part) for part in parts if part and part not in STOP_WORDS)
    return Analysis(tuple(own), tuple(content))


def _fold(text: str) -> str:
    folded = simplify(unicodedata.normalize("NFKC", text))
    return _THOUSANDS.sub(lambda match: match.group().replace(",", ""), folded)


def _han_words(run: str) -> list[str]:
    return [word for word in rjieba.cut_for_search(run) if word not in STOP_WORDS_ZH]


def _han_parts(run: str) -> list[str]:
    """The bigrams of a run, and the values of counted numerals in it."""
    found = _bigrams(run)
    found.extend(str(_number(match.group())) for match in _COUNTED.finditer(run))
    return found


def _number(numeral: str) -> int:
    """The value of a Chinese numeral below ten thousand (十五 is 15, 三百零六 is 306)."""
    total = digit = 0
    for character in numeral:
        if character in _UNITS:
            total += (digit or 1) * _UNITS[character]
            digit = 0
        else:
            digit = 2 if character == "两" else "零一二三四五六七八九".index(character)
    return total + digit


def _bigrams(run: str) -> list[str]:
    if len(run) == 1:
        return ["#" + run]
    return ["#" + run[i : i + 2] for i in range(len(run) - 1)]


def _word_terms(word: str) -> list[str]:
    lower = word.lower()
    if lower in STOP_WORDS:
        return []
    if lower.isalpha() and (word == lower or word[1:] == lower[1:]):
        return [stem(lower)]
    return list(_identifier_terms(word))


@lru_cache(maxsize=50_000)
def _identifier_terms(word: str) -> tuple[str, ...]:
    """An identifier whole (if it has parts) and its parts, each once."""
    lower = word.lower()
    if lower.endswith(("'s", "’s")):
        word, lower = word[:-2], lower[:-2]
    parts: list[str] = []
    for piece in _INNER.split(word):
        for camel in _CAMEL.split(piece):
            part = camel.lower()
            if part and part not in STOP_WORDS:
                parts.append(stem(part))
            if len(part) > 3:
                mixed = _MIXED.findall(part)
                if len(mixed) > 1:
                    parts.extend(stem(one) for one in mixed if len(one) > 1)
    if len(parts) != 1 or parts[0] != stem(lower):
        parts.append(lower)
    return tuple(dict.fromkeys(parts))
