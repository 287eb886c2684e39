"""What is to be read of a paragraph: its visible text, and the notes and boxes that hang on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ingest.parsers.word.elements import ALTERNATIVES, chosen, outermost
from ingest.parsers.word.styles import Style, Styles, integer, is_on, value

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_SYMBOLS = {"F0FE": "☒", "F0A8": "☐", "F0FC": "✓", "F0FB": "✗", "F0E0": "→", "F0B7": "•"}
_SMALLEST_FONT = 4
"""Half-points: text of less than two points is not there to be read."""


@dataclass(slots=True)
class Shown:
    """A paragraph's text in parts, references to notes, and text boxes, each in their order."""

    parts: list[str] = field(default_factory=list)
    notes: list[Element] = field(default_factory=list)
    boxes: list[Element] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The text as one."""
        return "".join(self.parts)


class RunReader:
    """Reads paragraphs of one document; what was deleted or is hidden is left out."""

    def __init__(self, w: str, styles: Styles, *, has_background: bool) -> None:
        """`w` is the namespace in braces; on a background white text is there to be read."""
        self._w = w
        self._styles = styles
        self._has_background = has_background
        self._left_out = {f"{w}{name}" for name in ("del", "moveFrom", "pPr", "rPr", "rt", "sdtPr")}
        self._notes = {f"{w}footnoteReference", f"{w}endnoteReference"}

    def read(self, paragraph: Element, style: Style) -> Shown:
        """What is shown of a paragraph that has this style."""
        shown = Shown()
        if not style.hidden:
            self._collect(paragraph, style, shown)
        return shown

    def _collect(self, element: Element, style: Style, shown: Shown) -> None:
        w = self._w
        for child in element:
            tag = child.tag
            if tag == f"{w}r":
                if not self._is_hidden(child, style):
                    self._collect_run(child, shown)
            elif tag == ALTERNATIVES:
                self._collect(chosen(child), style, shown)
            elif not isinstance(tag, str) or tag in self._left_out:
                continue
            elif tag.endswith("}oMath") or tag.endswith("}oMathPara"):
                shown.parts.append(_formula(child))
            else:
                self._collect(child, style, shown)

    def _collect_run(self, run: Element, shown: Shown) -> None:
        w, parts = self._w, shown.parts
        for child in run:
            tag = child.tag
            if tag == f"{w}t":
                parts.append(child.text or "")
            elif tag in (f"{w}tab", f"{w}ptab"):
                parts.append("\t")
            elif tag in (f"{w}br", f"{w}cr"):
                parts.append("\n")
            elif tag == f"{w}noBreakHyphen":
                parts.append("-")
            elif tag == f"{w}sym":
                parts.append(_SYMBOLS.get(child.get(f"{w}char", "").upper(), ""))
            elif tag == f"{w}ruby":
                for base in child.iterchildren(f"{w}rubyBase"):
                    self._collect(base, Style(), shown)
            elif tag in self._notes:
                shown.notes.append(child)
            elif tag in (f"{w}drawing", f"{w}pict", f"{w}object", ALTERNATIVES):
                drawn = chosen(child) if tag == ALTERNATIVES else child
                shown.boxes.extend(outermost(drawn, f"{w}txbxContent"))

    def _is_hidden(self, run: Element, style: Style) -> bool:
        """Whether the run's own properties hide it: hidden, struck out, white or tiny."""
        w = self._w
        properties = run.find(f"{w}rPr")
        if properties is None:
            return False
        for tag in (f"{w}vanish", f"{w}strike", f"{w}dstrike"):
            if is_on(properties, tag, w):
                return True
        run_style = value(properties.find(f"{w}rStyle"), w)
        if run_style and self._styles.style(run_style).hidden:
            return True
        if 0 < integer(value(properties.find(f"{w}sz"), w), 24) < _SMALLEST_FONT:
            return True
        white = value(properties.find(f"{w}color"), w).upper() == "FFFFFF"
        return white and not self._has_ground(run, properties, style)

    def _has_ground(self, run: Element, properties: Element, style: Style) -> bool:
        """Whether white text stands on something: a shade, a highlight, a cell, a box."""
        w = self._w
        if style.shaded or self._has_background:
            return True
        if any(properties.find(f"{w}{tag}") is not None for tag in ("shd", "highlight")):
            return True
        for holder in run.iterancestors(f"{w}p", f"{w}tc", f"{w}txbxContent"):
            if holder.tag != f"{w}p" or holder.find(f"{w}pPr/{w}shd") is not None:
                return True
        return False


def _formula(element: Element) -> str:
    texts = (node.text or "" for node in element.iter() if str(node.tag).endswith("}t"))
    return "".join(texts)
