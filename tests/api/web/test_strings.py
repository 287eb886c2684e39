"""The words of the interface: both languages complete, nothing said that nobody shows."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page

from tests.api.web.contract import WEB

pytestmark = pytest.mark.browser

SOURCES = [WEB / "index.html", *(path for path in WEB.rglob("*.js") if path.parent.name != "words")]

KEYS = """async () => {
  const { LANGUAGES } = await import("/web/shared/strings.js");
  const kind = (entry) => (typeof entry === "function" ? entry.length : "text");
  return Object.fromEntries(
    Object.entries(LANGUAGES).map(([name, entries]) => [
      name,
      Object.fromEntries(Object.entries(entries).map(([key, entry]) => [key, kind(entry)])),
    ]),
  );
}"""


def test_both_languages_say_the_same_things(modules: Page) -> None:
    """Each key is there in English and Chinese and takes the same number of values."""
    languages = modules.evaluate(KEYS)
    assert languages["en"].keys() == languages["zh"].keys()
    assert languages["en"] == languages["zh"]


def test_every_word_is_used(modules: Page) -> None:
    """Each key stands in the page's source, whole or as the beginning of a built name."""
    source = "".join(path.read_text(encoding="utf-8") for path in SOURCES)
    built = set(re.findall(r"`(\w+(?:\.\w+)*\.)\$\{", source))
    for key in modules.evaluate(KEYS)["en"]:
        assert f'"{key}"' in source or any(key.startswith(start) for start in built), key


def test_every_word_asked_for_exists(modules: Page) -> None:
    """Each `t("…")` and `data-t` of the source has an entry."""
    known = modules.evaluate(KEYS)["en"]
    for path in SOURCES:
        text = path.read_text(encoding="utf-8")
        asked = re.findall(r'\bt\("([^"]+)"|data-t(?:-label)?="([^"]+)"', text)
        assert [one or other for one, other in asked if (one or other) not in known] == []


@pytest.mark.parametrize(
    ("cited", "parts"),
    [
        ({"page": 2, "location": "page 2 · A › B", "headings": ["A", "B"]}, ["Page 2", "A › B"]),
        ({"page": 2, "page_end": 4}, ["Pages 2 to 4"]),
        ({"page": None, "location": "sheet Prices, row 5"}, ["sheet Prices, row 5"]),
        ({"location": "row 5 · A", "headings": ["A"]}, ["row 5", "A"]),
        ({"location": "T › A", "headings": ["T", "A"], "title": "T"}, ["A"]),
        ({"location": "T", "headings": ["T"], "title": "T"}, []),
        ({}, []),
    ],
)
def test_places_are_said_once(modules: Page, cited: dict[str, object], parts: list[str]) -> None:
    """Page in the reader's language, headings apart, nothing that repeats the title."""
    found = modules.evaluate(
        "async (cited) => (await import('/web/shared/places.js')).whereabouts(cited)", cited
    )
    assert found == parts


def test_a_missing_word_is_an_error(modules: Page) -> None:
    """An unknown key is thrown, not shown."""
    words = modules.evaluate(
        """async () => {
          const { t } = await import("/web/shared/strings.js");
          try { return t("no.such.key"); } catch (error) { return error.message; }
        }"""
    )
    assert words == "there are no words for no.such.key"
