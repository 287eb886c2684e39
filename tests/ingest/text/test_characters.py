import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.text.characters import mend
from ingest.text.joining import join_lines
from ingest.text.running_lines import repeated_lines


@pytest.mark.parametrize(
    ("given_text", "mended"),
    [
        ("o\ufb03ce \ufb01ne", "office fine"),
        ("co\u00adoperate", "cooperate"),
        ("a\u200bb\ufeffc\u2060d", "abcd"),
        ("10\u00a0km\u202f2\u3000x", "10 km 2 x"),
        ("one\r\ntwo\rthree\u2028four\x0cfive", "one\ntwo\nthree\nfour\nfive"),
        ("bad\ud800\udfff end\x00\x1b\x9f", "bad end"),
        ("cafe\u0301", "café"),
        ("x² １２，全角 ①", "x² １２，全角 ①"),
        ("⼀⽉ ⻓期", "一月 长期"),
        ("\uf0b7 item", "• item"),
        ("👩\u200d💻 नि\u200dष", "👩\u200d💻 नि\u200dष"),
        ("tab\tstays", "tab\tstays"),
    ],
)
def test_mend_repairs_what_cannot_be_seen_and_keeps_what_can(given_text: str, mended: str) -> None:
    """Ligatures, spaces, controls and radicals are set right; NFKC changes are not made."""
    assert mend(given_text) == mended


@given(st.text(st.characters(exclude_categories=())))
def test_mending_twice_is_mending_once(text: str) -> None:
    """`mend` is idempotent, gives NFC, and its result can be written as UTF-8."""
    mended = mend(text)
    assert mend(mended) == mended
    assert unicodedata.is_normalized("NFC", mended)
    mended.encode("utf-8")


@given(st.text(st.characters(exclude_categories=("Cs", "Mn", "Mc"))))
def test_mending_keeps_visible_ascii(text: str) -> None:
    """Every visible ASCII character survives, in its order, where no accent composes with it."""
    rest = iter(mend(text))
    assert all(c in rest for c in text if "!" <= c <= "~")


@pytest.mark.parametrize(
    ("lines", "joined"),
    [
        (["This is an exam-", "ple of it"], "This is an example of it"),
        (["a long-", "term plan"], "a long-term plan"),
        (["state-of-the-", "art"], "state-of-the-art"),
        (["COVID-", "19 rules"], "COVID-19 rules"),
        (["Non-", "Paid-in"], "Non-Paid-in"),
        (["pages 3 –", "5"], "pages 3 – 5"),
        (["员工每年享有", "25天年假。", "以上"], "员工每年享有25天年假。以上"),
        (["使用 GitHub", "账号登录"], "使用 GitHub账号登录"),
        (["He said “yes”", "and left"], "He said “yes” and left"),
        (["  one ", "", " two  "], "one two"),
        (["see https://a.b/", "c"], "see https://a.b/c"),
        ([], ""),
    ],
)
def test_lines_are_joined_as_their_script_asks(lines: list[str], joined: str) -> None:
    """Broken words are mended, compounds keep their hyphen, Chinese takes no space."""
    assert join_lines(lines) == joined


def test_words_known_elsewhere_settle_a_hyphen() -> None:
    """A compound that the document knows keeps its hyphen, a whole word that it knows loses it."""
    assert join_lines(["the cutting-", "edge"], {"cutting-edge"}) == "the cutting-edge"
    assert join_lines(["a long-", "term"], {"longterm"}) == "a longterm"


def test_document_that_breaks_no_words_keeps_its_hyphens() -> None:
    """Without hyphenation only a whole word known elsewhere makes a hyphen go."""
    assert join_lines(["cutting-", "edge"], hyphenated=False) == "cutting-edge"
    assert join_lines(["exam-", "ple"], {"example"}, hyphenated=False) == "example"


@given(st.lists(st.text(st.characters(exclude_categories=("Cs",)), max_size=20), max_size=8))
def test_joining_loses_nothing_but_spaces_and_hyphens(lines: list[str]) -> None:
    """All other characters are there in their order."""

    def solid(text: str) -> str:
        return "".join(text.replace("-", "").replace("\u2010", "").split())

    assert solid(join_lines(lines)) == solid("".join(lines))


def _pages(count: int) -> list[list[str]]:
    return [
        ["Staff handbook", f"Text of page {n * 7}", *["more"] * 4, f"Total {n * n}", f"Page {n}"]
        for n in range(1, count + 1)
    ]


def test_running_heads_and_page_numbers_are_found() -> None:
    """The same line on every page and a counting one repeat; look-alikes with data do not."""
    for found in repeated_lines(_pages(6)):
        assert {0, 7} <= found
        assert not found & {1, 6}


def test_heads_of_left_and_right_pages_are_found() -> None:
    """A head that stands on every second page repeats too."""
    pages = [["Left" if n % 2 else "Right", f"a{'x' * n}", f"b{'y' * n}"] for n in range(8)]
    assert all(found == {0} for found in repeated_lines(pages))


def test_on_two_pages_only_a_rising_page_number_is_repeated() -> None:
    """Two equal lines may be headings of two sections; "Page 1 of 2" and "Page 2 of 2" are not."""
    pages = _pages(2)
    found = repeated_lines(pages)
    said = [pages[page][at] for page, indices in enumerate(found) for at in indices]
    assert said
    assert all(any(character.isdigit() for character in line) for line in said)


@given(st.lists(st.lists(st.text(max_size=8), max_size=9), max_size=9))
def test_only_lines_at_the_edges_are_ever_repeated(pages: list[list[str]]) -> None:
    """There is a set for each page, and it names only lines among the first or last three."""
    found = repeated_lines(pages)
    assert len(found) == len(pages)
    for lines, indices in zip(pages, found, strict=True):
        assert all(i < 3 or i >= len(lines) - 3 for i in indices)
