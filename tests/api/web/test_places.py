"""Paths as people write them: decoded to be shown, never to be followed."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Page, expect

from tests.api.web.company import EXPENSES
from tests.api.web.page import AskPage

pytestmark = pytest.mark.browser

READABLE = """async (uris) => {
  const { readable } = await import("/web/shared/places.js");
  return uris.map(readable);
}"""
SHOWN = "async (known) => (await import('/web/shared/places.js')).shownPath(known)"


@pytest.mark.parametrize(
    ("uri", "shown"),
    [
        ("zh/%E6%8A%A5%E9%94%80.md", "zh/报销.md"),
        ("a%20plan/100%25.txt", "a plan/100%.txt"),
        ("财务/报销.docx", "财务/报销.docx"),
        ("", ""),
        # what is no UTF-8, or no encoding at all, stays as it came; its neighbours are decoded
        ("%E6%8A/x", "%E6%8A/x"),
        ("100% of %E6%8A%A5/%zz", "100% of 报/%zz"),
        ("a%2541.md", "a%41.md"),
        # line breaks and signs that turn the direction of reading could make a name look another
        ("a%0Ab.md", "a%0Ab.md"),
        ("invoice%E2%80%AEcod.exe", "invoice%E2%80%AEcod.exe"),
    ],
)
def test_an_encoded_path_is_shown_as_it_is_written(modules: Page, uri: str, shown: str) -> None:
    """Decoded once, piece by piece, and left alone where that cannot be done."""
    assert modules.evaluate(READABLE, [uri]) == [shown]


@given(names=st.lists(st.text(st.sampled_from("aé中𠮷🎉 %/+#?"), max_size=12), min_size=20))
@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_the_server_encodes_is_shown_as_it_was(modules: Page, names: list[str]) -> None:
    """For any name, encoding it as the server does and showing it gives the name again."""
    assert modules.evaluate(READABLE, [quote(name) for name in names]) == names


@pytest.mark.parametrize(
    ("known", "shown"),
    [
        ({"source": "zh", "path": "50%25.md", "uri": "zh/50%25.md"}, "zh/50%25.md"),
        ({"source": "zh", "uri": "zh/%E6%8A%A5.md"}, "zh/报.md"),
        ({}, ""),
    ],
)
def test_the_servers_own_path_is_shown_untouched(
    modules: Page, known: dict[str, str], shown: str
) -> None:
    """A name that happens to look encoded is a name; only a `uri` is decoded."""
    assert modules.evaluate(SHOWN, known) == shown


def test_the_viewer_shows_the_path_and_saves_under_its_name(asker: AskPage) -> None:
    """No percent sign in the facts of a Chinese document, nor in the name of its download."""
    asker.ask("报销")
    viewer = asker.open_footnote(1)
    expect(viewer.locator(".viewer-facts")).to_contain_text(f"finance · {EXPENSES.uri} ·")
    with asker.page.expect_download() as caught:
        viewer.get_by_role("button", name="Open original").click()
    assert caught.value.suggested_filename == EXPENSES.uri.split("/")[-1]


def test_the_closest_documents_are_named_by_their_paths(asker: AskPage) -> None:
    """Where nothing was found, Chinese paths can be read too."""
    turn = asker.ask("What is the meaning of life?")
    expect(turn.locator(".nearest .entry-where")).to_have_text(
        ["people/leave-policy.pdf", "minutes.txt", EXPENSES.uri]
    )
