"""The reference at /docs, in a real Chromium: every call can be read, and be tried out."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.conftest import Server, running_server

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def footnote(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A real server, which describes itself."""
    with running_server(tmp_path_factory.mktemp("footnote")) as running:
        yield running


@pytest.fixture
def docs(page: Page, footnote: Server) -> Page:
    """The reference, open, with an admin's key typed in."""
    page.goto(f"{footnote.url}/docs")
    page.get_by_label("Your key").fill(footnote.admin_key)
    return page


def opened(docs: Page, call: str) -> None:
    """Opens the form of a call."""
    docs.locator(f"#{call} .try > summary").click()


def test_every_call_stands_there_with_its_bodies(docs: Page, footnote: Server) -> None:
    """And with a form; every link inside the page leads somewhere."""
    spec = footnote.described.spec
    names = {call["operationId"] for one in spec["paths"].values() for call in one.values()}
    shown = docs.locator("article").evaluate_all("all => all.map(one => one.id)")
    assert sorted(shown) == sorted(names)
    assert docs.locator("article form").count() == len(names)
    lost = docs.evaluate(
        "[...document.querySelectorAll('a[href^=\"#\"]')].map(a => a.getAttribute('href'))"
        ".filter(href => !document.querySelector(href))"
    )
    assert lost == []


def test_a_question_is_asked_from_the_page(docs: Page) -> None:
    """Its example is there already; status and answer are shown."""
    opened(docs, "ask")
    docs.locator("#ask button").first.click()
    expect(docs.locator("#ask .status")).to_contain_text("200 OK")
    expect(docs.locator("#ask output pre")).to_contain_text("25 days of annual leave")


def test_events_appear_as_they_come(docs: Page) -> None:
    """The stream is shown to its end."""
    opened(docs, "ask")
    docs.get_by_label("As events").first.check()
    docs.locator("#ask button").first.click()
    expect(docs.locator("#ask output pre")).to_contain_text("event: answer")


def test_the_keyboard_is_enough(docs: Page) -> None:
    """From the key to an answer without a mouse: path, query and refusal included."""
    docs.locator("#read_document_text .try > summary").focus()
    for press in ("Enter", "Tab"):
        docs.keyboard.press(press)
    docs.keyboard.type("doc/..?x")
    docs.keyboard.press("Tab")
    docs.keyboard.type("1")
    docs.keyboard.press("Enter")
    expect(docs.locator("#read_document_text .status")).to_contain_text("404")
    expect(docs.locator("#read_document_text output pre")).to_contain_text("/docs lists")


def test_files_go_both_ways(docs: Page) -> None:
    """One is uploaded, and its original saved again."""
    opened(docs, "upload_document")
    file = {"name": "tried.md", "mimeType": "text/markdown", "buffer": b"# Tried\n\nOut."}
    docs.locator("#upload_document-file").set_input_files(files=[file])
    docs.locator("#upload_document button").first.click()
    expect(docs.locator("#upload_document .status")).to_contain_text("201")
    made = docs.evaluate(
        "JSON.parse(document.querySelector('#upload_document output pre').textContent).id"
    )
    opened(docs, "read_document_file")
    docs.locator("#read_document_file-document_id").fill(made)
    docs.locator("#read_document_file button").first.click()
    with docs.expect_download() as saved:
        docs.locator("#read_document_file output a").click()
    assert saved.value.path().read_bytes() == b"# Tried\n\nOut."
    opened(docs, "delete_document")
    docs.locator("#delete_document-document_id").fill(made)
    docs.locator("#delete_document button").first.click()
    expect(docs.locator("#delete_document .status")).to_contain_text("204")


def test_markup_in_an_answer_stays_text(docs: Page) -> None:
    """What a server sends is shown, never made into elements."""
    opened(docs, "search")
    docs.locator("#search-body").fill('{"query": "<img src=x onerror=alert(1)> leave", "x": 1}')
    docs.locator("#search button").first.click()
    expect(docs.locator("#search .status")).to_contain_text("422")
    assert docs.locator("output img").count() == 0


def test_a_wrong_key_is_refused_in_words(docs: Page) -> None:
    """As anywhere."""
    docs.get_by_label("Your key").fill("fn_wrong")
    opened(docs, "me")
    docs.locator("#me button").first.click()
    expect(docs.locator("#me .status")).to_contain_text("401")
    expect(docs.locator("#me output pre")).to_contain_text("unknown, expired or revoked")


def test_a_narrow_window_does_not_scroll_sideways(docs: Page) -> None:
    """In the dark as in the light."""
    docs.set_viewport_size({"width": 360, "height": 700})
    for scheme in ("light", "dark"):
        docs.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of the two that it knows
        assert docs.evaluate("document.documentElement.scrollWidth") <= 360
    dark = docs.evaluate("getComputedStyle(document.body).backgroundColor")
    assert dark == "rgb(23, 22, 20)"
    docs.set_viewport_size({"width": 1280, "height": 860})
    docs.emulate_media(color_scheme="light")
