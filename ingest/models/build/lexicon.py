"""The bilingual lexicon: what the sentence pairs and the dictionary say about each word."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from ingest.models.build.alignment import Alignment, align
from ingest.models.build.corpus import Pair
from ingest.models.build.dictionary import Dictionary
from ingest.models.build.words import Cutter
from ingest.models.vocabulary import is_han

_ENGLISH_STOPWORDS = """
a an and are as at be by for from has he in is it its of on that the to was were will with what
which who whom when where why how did do does this these those or but not can could would should
their there they them his her had have been i you we our your
"""
_CHINESE_STOPWORDS = "的 了 是 在 和 与 吗 呢 也 而 及 其 之 着 地 得 们 个 就 都 被 把"
_SENSES = 4
_WEIGHTS = {"tatoeba": 2.0}
_WORD_WEIGHT, _CHARACTER_WEIGHT = 3.0, 1.0
_LATER_SENSES = 0.5
_COMMON = 3000
_RARE_WEIGHT = 0.01


def make_lexicon(
    pairs: Iterable[Pair],
    dictionary: Dictionary,
    cutter: Cutter,
    frequencies: Mapping[str, int],
    form: Callable[[str], str],
) -> Alignment:
    """Alignment of all pairs and glosses; `form` makes of an English word what is aligned.

    A gloss counts by the frequency of its Chinese word, so that "employee" is first of all 员工
    and not one of the many rare words in whose gloss it stands, and less the longer it is.
    """

    stopwords = frozenset((_ENGLISH_STOPWORDS + _CHINESE_STOPWORDS).split())

    def english(text: str) -> list[str]:
        words = (word for word in cutter.words(text) if len(word) > 1 and not is_han(word))
        return [form(word) for word in words if word not in stopwords]

    def chinese(text: str) -> list[str]:
        return [word for word in cutter.words(text) if is_han(word) and word not in stopwords]

    def both() -> Iterator[tuple[list[str], list[str], float]]:
        for pair in pairs:
            yield chinese(pair.chinese), english(pair.english), _WEIGHTS.get(pair.source, 1.0)
        for word, glosses in dictionary.glosses.items():
            weight = _WORD_WEIGHT if len(word) > 1 else _CHARACTER_WEIGHT
            weight *= min(1.0, frequencies.get(word, 0) / _COMMON) ** 0.5
            for sense, gloss in enumerate(glosses[:_SENSES]):
                for phrase in gloss.split(";")[:2]:
                    words = english(phrase)
                    share = weight if sense == 0 else weight * _LATER_SENSES
                    yield [word], words, (share + _RARE_WEIGHT) / max(1, len(words))

    return align(both())
