"""Footnotes and the passages that they open."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.api.web.company import EXPENSES, GLYPHS, LEAVE, LONG
from tests.api.web.contract import ContractServer
from tests.api.web.page import AskPage

pytestmark = pytest.mark.browser

QUESTION = "How many days of annual leave do I have?"


def test_hovering_shows_title_place_and_exact_words(asker: AskPage) -> None:
    """The popover holds what the citation holds, and goes when the pointer goes."""
    asker.ask(QUESTION)
    asker.footnote(2).hover()
    expect(asker.popover()).to_contain_text("Leave policy")
    expect(asker.popover()).to_contain_text("Page 2 · Annual leave")
    expect(asker.popover().locator("blockquote")).to_have_text(
        "Up to five unused days carry over and must be taken by 31 March of the following year."
    )
    asker.popover().hover()
    expect(asker.popover()).to_be_visible()
    asker.page.mouse.move(5, 5)
    expect(asker.popover()).to_be_hidden()


def test_the_keyboard_reaches_every_footnote(asker: AskPage) -> None:
    """Arrow keys walk along, focus explains, Escape puts the explanation away, Enter opens."""
    asker.ask(QUESTION)
    asker.footnote(1).focus()
    asker.page.keyboard.press("End")
    expect(asker.footnote(4)).to_be_focused()
    asker.page.keyboard.press("ArrowLeft")
    expect(asker.footnote(3)).to_be_focused()
    expect(asker.popover()).to_contain_text("Enter the dates in the leave calendar")
    asker.page.keyboard.press("Escape")
    expect(asker.popover()).to_be_hidden()
    asker.page.keyboard.press("Enter")
    assert asker.passage() == "Enter the dates in the leave calendar at least two weeks ahead."
    asker.page.keyboard.press("Escape")
    expect(asker.viewer()).to_be_hidden()
    expect(asker.footnote(3)).to_be_focused()


def test_a_footnote_opens_its_exact_passage(asker: AskPage) -> None:
    """The highlighted words are the quote; page, headings and neighbours are shown."""
    asker.ask(QUESTION)
    viewer = asker.open_footnote(2)
    assert asker.passage() == (
        "Up to five unused days carry over and must be taken by 31 March of the following year."
    )
    assert asker.seen(viewer.locator("mark"))
    expect(viewer).to_contain_text("Page 2 · Annual leave")
    expect(viewer).to_contain_text("Days that have not been taken by then lapse")
    expect(viewer).to_contain_text("Employees are entitled to 25 working days")
    expect(viewer.locator(".viewer-title")).to_be_focused()
    expect(viewer.locator(".notice")).to_have_count(0)


def test_the_viewer_walks_from_footnote_to_footnote(asker: AskPage) -> None:
    """Previous and next show the neighbouring citations, and stop at the ends."""
    asker.ask(QUESTION)
    viewer = asker.open_footnote(1)
    expect(viewer).to_contain_text("Footnote 1 of 4")
    expect(viewer.get_by_role("button", name="Previous footnote")).to_be_disabled()
    viewer.get_by_role("button", name="Next footnote").click()
    expect(viewer).to_contain_text("Footnote 2 of 4")
    assert asker.passage().startswith("Up to five unused days")


def test_highlights_count_code_points(asker: AskPage) -> None:
    """Emoji and rare Chinese characters before and inside a quote move nothing."""
    asker.ask("glyphs")
    asker.open_footnote(1)
    assert asker.passage() == "𠮷野家 delivers at noon 🕛, and 𩸽 is served on Fridays 🐟 only."
    assert GLYPHS.text(1).index("𠮷") != len(GLYPHS.text(1).split("𠮷")[0].encode("utf-16-le")) // 2


def test_a_highlight_may_span_blocks(asker: AskPage) -> None:
    """Every block between start and end is marked, nothing before or after."""
    text = LEAVE.text(3)
    start = text.index("Public holidays")
    end = text.index("must be taken")
    asker.open(f"/d/doc_leave?version=3&start={start}&end={end}")
    assert asker.passage().split("\n") == text[start:end].split("\n\n")


def test_a_long_document_is_drawn_around_the_passage(asker: AskPage) -> None:
    """Only the neighbourhood is drawn at first; earlier and later text come on demand."""
    asker.ask("minutes")
    viewer = asker.open_footnote(1)
    assert asker.passage() == "Item 250: was talked over."
    assert asker.seen(viewer.locator("mark"))
    paragraphs = viewer.locator(".doc-paragraph")
    drawn = paragraphs.count()
    assert 50 < drawn < 350
    while viewer.get_by_role("button", name="Show earlier text").count():
        viewer.get_by_role("button", name="Show earlier text").click()
    expect(paragraphs.first).to_contain_text("Item 0:")
    while viewer.get_by_role("button", name="Show later text").count():
        viewer.get_by_role("button", name="Show later text").click()
    expect(paragraphs).to_have_count(400)
    assert asker.passage() == "Item 250: was talked over."
    shown = "\n\n".join(paragraphs.all_text_contents())
    assert shown == LONG.text(1)


def test_earlier_text_does_not_move_what_is_being_read(asker: AskPage) -> None:
    """Text that is added above leaves the passage where it stood on the screen."""
    asker.ask("minutes")
    viewer = asker.open_footnote(1)
    pane = viewer.locator(".viewer-scroll")
    pane.evaluate("element => (element.scrollTop = 0)")
    first = viewer.locator(".doc-paragraph").first
    words = first.text_content()
    before = first.bounding_box()
    viewer.get_by_role("button", name="Show earlier text").click()
    after = viewer.locator(".doc-paragraph", has_text=words or "").first.bounding_box()
    assert before is not None
    assert after is not None
    assert abs(after["y"] - before["y"]) < 60


def test_a_changed_document_says_so(asker: AskPage) -> None:
    """The cited version is shown with a notice; the current one is a press away, and back."""
    asker.ask("ill on holiday")
    viewer = asker.open_footnote(1)
    notice = viewer.locator(".notice")
    expect(notice).to_contain_text("has changed since: this is version 2, as cited")
    expect(viewer).to_contain_text("Introduced in 2021")
    notice.get_by_role("button", name="Show the current version").click()
    expect(viewer).to_contain_text("The cited words stand elsewhere in the current version.")
    expect(viewer).to_contain_text("This policy applies to everyone")
    assert asker.passage() == "Public holidays are not counted against it."
    viewer.get_by_role("button", name="Back to the cited version").click()
    expect(viewer).to_contain_text("Introduced in 2021")


def test_a_cited_version_that_is_gone_is_never_guessed(asker: AskPage) -> None:
    """If only the current version is left, the words are marked only where they stand exactly."""
    asker.open("/d/doc_leave?version=1&start=0&end=12")
    viewer = asker.viewer()
    expect(viewer).to_contain_text("The cited version is no longer kept")
    expect(viewer).to_contain_text("This policy applies to everyone")
    expect(viewer.locator("mark")).to_have_count(0)


def test_a_document_that_may_not_be_read_is_not_shown(
    asker: AskPage, server: ContractServer
) -> None:
    """A deleted or forbidden document gives the server's reason and nothing else."""
    asker.ask(QUESTION)
    server.state.gone.add("doc_leave")
    asker.footnote(1).click()
    expect(asker.viewer().get_by_role("alert")).to_contain_text("you may not read it")
    expect(asker.viewer().locator(".doc")).to_have_count(0)
    server.state.gone.clear()
    asker.viewer().get_by_role("button", name="Try again").click()
    assert asker.passage().startswith("Employees are entitled")


def test_a_pdf_opens_at_the_cited_page(asker: AskPage) -> None:
    """The original is fetched with the key and opened in a tab at its page."""
    asker.ask(QUESTION)
    viewer = asker.open_footnote(2)
    with asker.page.context.expect_page() as opened:
        viewer.get_by_role("button", name="Open original").click()
    opened.value.wait_for_url("blob:**")
    assert opened.value.url.endswith("#page=2")
    expect(viewer.get_by_role("button", name="Open original")).to_be_visible()


def test_other_originals_are_downloaded(asker: AskPage) -> None:
    """A format that could run script in the page's origin is never opened there."""
    asker.ask("报销")
    viewer = asker.open_footnote(1)
    with asker.page.expect_download() as caught:
        viewer.get_by_role("button", name="Open original").click()
    assert caught.value.suggested_filename == "差旅费用报销办法.docx"
    assert caught.value.path().read_bytes() == EXPENSES.original()


def test_the_passage_page_stands_alone(asker: AskPage) -> None:
    """`/d/{id}` shows the passage with a way to ask, to whoever may read the document."""
    start = LEAVE.text(3).index("Tell your line manager")
    asker.open(f"/d/doc_leave?version=3&start={start}&end={start + 22}")
    assert asker.passage() == "Tell your line manager"
    expect(asker.viewer()).to_contain_text("Page 3 · Sick leave")
    expect(asker.page.locator("#composer")).to_be_hidden()
    asker.viewer().get_by_role("link", name="Ask a question").click()
    expect(asker.page.locator("#composer")).to_be_visible()
