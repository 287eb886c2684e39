"""Just enough of CSS to tell whether text can be seen."""

from __future__ import annotations

import re

Style = dict[str, str]
"""CSS properties by name, lower case."""

_OFF_SCREEN_PX = -500.0
_SAME_COLOUR = 10
Colour = tuple[int, int, int]
"""Red, green, blue, each 0 to 255."""

WHITE: Colour = (255, 255, 255)
_COLOUR_NAMES: dict[str, Colour] = {"white": WHITE, "snow": (255, 250, 250), "black": (0, 0, 0)}
_LENGTH = re.compile(r"(-?\d*\.?\d+)(px|pt|em|rem|ex|vw|vh|%|cm|mm|in)?$")
_UNIT_PX = {"pt": 1.33, "em": 16, "rem": 16, "ex": 8, "vw": 10, "vh": 8, "%": 10}
_UNIT_PX |= {"cm": 38, "mm": 3.8, "in": 96}
_CSS_NOISE = re.compile(r"/\*.*?\*/|@[^{};@]*;", re.S)
_CSS_NESTED = re.compile(r"@[^{};@]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}", re.S)
_SIMPLE_SELECTOR = re.compile(r"[a-z]*([.#][\w-]+)$", re.I)


def read_style(declarations: str) -> Style:
    """The properties of a style attribute or of one rule."""
    style: Style = {}
    for declaration in declarations.split(";"):
        name, colon, value = declaration.partition(":")
        if colon:
            style[name.strip().lower()] = value.lower().replace("!important", "").strip()
    return style


def read_rules(sheet: str) -> dict[str, Style]:
    """Styles of single classes (".name") and ids ("#name") that a style sheet sets.

    Rules inside @media and @supports hold only sometimes and are left out; so is `opacity`,
    which style sheets set to 0 before an element fades in.
    """
    rules: dict[str, Style] = {}
    css = _CSS_NESTED.sub("", _CSS_NOISE.sub("", sheet))
    for rule in css.split("}"):
        selectors, _, declarations = rule.partition("{")
        for selector in selectors.split(","):
            simple = _SIMPLE_SELECTOR.match(selector.strip())
            if simple:
                style = read_style(declarations)
                style.pop("opacity", None)
                rules.setdefault(simple.group(1), {}).update(style)
    return rules


def style_hides(style: Style) -> bool:
    """Whether text in this style cannot be seen, whatever it stands on."""
    if style.get("display") == "none" or style.get("mso-hide") == "all":
        return True
    if style.get("visibility") in ("hidden", "collapse"):
        return True
    if _px(style.get("opacity")) == 0 or style.get("color") == "transparent":
        return True
    size = _px(style.get("font-size"))
    if size is not None and size <= 1:
        return True
    return _is_off_screen(style) or _is_clipped(style)


def _is_off_screen(style: Style) -> bool:
    names = ["text-indent", "margin-left", "margin-top"]
    if style.get("position") in ("absolute", "fixed"):
        names += ["left", "top", "right", "bottom"]
    return any((_px(style.get(name)) or 0.0) <= _OFF_SCREEN_PX for name in names)


def _is_clipped(style: Style) -> bool:
    if style.get("overflow") == "hidden":
        sizes = [_px(style.get(name)) for name in ("width", "height")]
        if any(size is not None and size <= 1 for size in sizes):
            return True
    clip = style.get("clip", "").replace(" ", "").replace("px", "")
    if clip.startswith(("rect(0,0,0,0", "rect(1,1,1,1", "rect(0000")):
        return True
    if re.match(r"inset\((?:50|100)%", style.get("clip-path", "")):
        return True
    return style.get("transform", "").replace(" ", "").startswith(("scale(0)", "scale(0,"))


def same_colour(one: Colour, other: Colour) -> bool:
    """Whether text of one colour cannot be told from a ground of the other."""
    return all(abs(a - b) <= _SAME_COLOUR for a, b in zip(one, other, strict=True))


def read_colour(value: str | None) -> Colour | None:
    """The colour that a CSS value names; None for none, a picture, or a name not known here."""
    if not value:
        return None
    if value in _COLOUR_NAMES:
        return _COLOUR_NAMES[value]
    if value.startswith("#"):
        digits = value[1:]
        if len(digits) in (3, 4):
            digits = "".join(2 * digit for digit in digits[:3])
        try:
            return int(digits[0:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)
        except ValueError:
            return None
    if value.startswith("rgb"):
        numbers = re.findall(r"\d+", value)
        if len(numbers) >= 3:
            return int(numbers[0]), int(numbers[1]), int(numbers[2])
    return None


def _px(value: str | None) -> float | None:
    match = _LENGTH.match(value) if value else None
    if match is None:
        return None
    return float(match.group(1)) * _UNIT_PX.get(match.group(2) or "px", 1.0)
