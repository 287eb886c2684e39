"""What type is usual in a document, and which lines stand out from it as headings."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median

from ingest.parsers.pdf.lines import Line, Page, stretch
from ingest.text.joining import join_lines

LONGEST_HEADING = 150
MOST_HEADING_LINES = 3

_ITEM = re.compile(r"[•‣▪●○■□◦➢✓▸►◆❖·∙*–-]|o\s")
_HEADING_END = re.compile(r"[,;，；。、]\Z|[a-z]{3,}\.\Z")
_NO_TITLE = re.compile(
    r"(?:table of )?contents\Z|abstract\Z|summary\Z|[\d.]*\s*introduction\Z|目\s*[录錄次]|摘\s*要",
    re.I,
)
_LETTER = re.compile(r"[^\W\d_]")
_LARGER = 1.12
"""A heading's font is at least so much larger than the body's."""

_BOLDER = 1.15
_DEEPEST = 6


@dataclass(frozen=True, slots=True)
class Typography:
    """What is usual in the document, against which a line stands out.

    `leading` is the distance of baselines and `stretch` the width of a column of characters,
    both in units of the font size. `ranks` gives the heading styles (size, bold) their level.
    """

    size: float
    weight: int
    leading: float
    stretch: float
    ranks: Mapping[tuple[float, bool], int]

    @staticmethod
    def of(pages: Sequence[Page]) -> Typography:
        """Measured over all lines, weighted by their length."""
        sizes: Counter[float] = Counter()
        weights: Counter[int] = Counter()
        for page in pages:
            for line in page.lines:
                sizes[_rounded(line.size)] += len(line.text)
                weights[line.weight] += len(line.text)
        size = sizes.most_common(1)[0][0] if sizes else 1.0
        weight = weights.most_common(1)[0][0] if weights else 0
        body = [line for page in pages for line in page.lines if _rounded(line.size) == size]
        leadings, stretches = [], []
        for above, line in itertools.pairwise(body):
            step = (above.y - line.y) / line.size
            if 0.8 < step < 2.6:
                leadings.append(step)
        for line in body:
            if len(line.text) > 40:
                stretches.append(stretch(line))
        usual = Typography(
            size,
            weight,
            median(leadings) if leadings else 1.2,
            median(stretches) if stretches else 0.5,
            {},
        )
        return replace(usual, ranks=_ranks(pages, usual))

    def style(self, line: Line) -> tuple[float, bool]:
        """The line's font size and whether it is bolder than the body."""
        bold = self.weight > 0 and line.weight >= _BOLDER * self.weight
        return _rounded(line.size), bold

    def stands_out(self, line: Line) -> bool:
        """Whether the line is set larger or bolder than the body."""
        size, bold = self.style(line)
        return size >= _LARGER * self.size or (bold and size >= 0.95 * self.size)


def _rounded(size: float) -> float:
    return round(size * 2) / 2 or 0.5


def _ranks(pages: Sequence[Page], usual: Typography) -> dict[tuple[float, bool], int]:
    styles: Counter[tuple[float, bool]] = Counter()
    total = 0
    for page in pages:
        for line in page.lines:
            total += 1
            if usual.stands_out(line) and may_head(line.text):
                styles[usual.style(line)] += 1
    # Where a third of the lines stand out they are no headings but a way of writing.
    common = [style for style, count in styles.items() if count <= max(3, total / 3)]
    common.sort(reverse=True)
    return {style: min(rank, _DEEPEST) for rank, style in enumerate(common, start=1)}


def may_head(text: str) -> bool:
    """Whether a line could be a heading by its words: short, no end of a sentence, no item."""
    return (
        len(text) <= LONGEST_HEADING
        and len(_LETTER.findall(text)) >= 2
        and not _HEADING_END.search(text)
        and not _ITEM.match(text)
    )


def title_of(pages: Sequence[Page], usual: Typography) -> str:
    """The largest lines of the first page if they stand out from the rest; else ""."""
    lines = pages[0].lines if pages else ()
    heads = [n for n, line in enumerate(lines) if usual.stands_out(line) and may_head(line.text)]
    if not heads:
        return ""
    style = max(usual.style(lines[n]) for n in heads)
    first = next(n for n in heads if usual.style(lines[n]) == style)
    end = first + 1
    while end in heads and usual.style(lines[end]) == style and end - first < MOST_HEADING_LINES:
        end += 1
    title = join_lines([line.text for line in lines[first:end]])
    return "" if _NO_TITLE.match(title) else title
