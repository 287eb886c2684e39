"""The bilingual lexicon: what the sentence pairs and the dictionary say about each word."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from ingest.models.build.alignment import Alignment, align
from ingest.models.build.corpus import Pair
from ingest.models.build.dictionary import Dictionary
from ingest.models.build.words import Cutter
from ingest.models.vocabulary import is_han

_ENGLISH_STOPWORDS = frozenset(
    "a an and are as at be by for from has he in is it its of on that the to was were will with "
    "what which who whom when where why how did do does this these those or but not can could "
    "would should their there they them his her had have been i you we our your".split()  # noqa: SIM905 - reads better as words
)
_CHINESE_STOPWORDS = frozenset(
    "的 了 是 在 和 与 吗 呢 也 而 及 其 之 着 地 得 们 个 就 都 被 把".split()  # noqa: SIM905 - the same
)
_SENSES = 4
_WEIGHTS = {"tatoeba": 2.0}
_WORD_WEIGHT, _CHARACTER_WEIGHT = 3.0, 1.0
_LATER_SENSES = 0.5


def make_lexicon(
    pairs: Iterable[Pair], dictionary: Dictionary, cutter: Cutter, form: Callable[[str], str]
) -> Alignment:
    """Alignment of all pairs and glosses; `form` makes of an English word what is aligned."""

    def both() -> Iterator[tuple[list[str], list[str], float]]:
        for pair in pairs:
            chinese = [word for word in cutter.words(pair.chinese) if _is_chinese_content(word)]
            weight = _WEIGHTS.get(pair.source, 1.0)
            yield chinese, _english(pair.english, cutter, form), weight
        for word, glosses in dictionary.glosses.items():
            weight = _WORD_WEIGHT if len(word) > 1 else _CHARACTER_WEIGHT
            for sense, gloss in enumerate(glosses[:_SENSES]):
                for phrase in gloss.split(";")[:2]:
                    shared = weight if sense == 0 else weight * _LATER_SENSES
                    yield [word], _english(phrase, cutter, form), shared

    return align(both())


def _is_chinese_content(word: str) -> bool:
    return is_han(word) and word not in _CHINESE_STOPWORDS


def _english(text: str, cutter: Cutter, form: Callable[[str], str]) -> list[str]:
    return [
        form(word)
        for word in cutter.words(text)
        if len(word) > 1 and not is_han(word) and word not in _ENGLISH_STOPWORDS
    ]
