"""Asking on the page: streaming, stopping, failing, following up, narrowing."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.api.web.contract import ContractServer
from tests.api.web.page import AskPage

pytestmark = pytest.mark.browser

LEAVE = "How many days of annual leave do I have?"


def test_enter_asks_and_shift_enter_does_not(asker: AskPage, server: ContractServer) -> None:
    """Shift + Enter starts a new line; Enter sends both lines."""
    box = asker.page.locator("#question")
    box.fill("How many days of")
    box.press("Shift+Enter")
    box.press_sequentially("annual leave?")
    assert server.state.asked == []
    box.press("Enter")
    expect(asker.turns()).to_have_count(1)
    expect(asker.turns().locator(".turn-foot")).to_be_visible()
    assert server.state.asked == [{"question": "How many days of\nannual leave?"}]
    expect(box).to_have_value("")


def test_enter_of_an_input_method_asks_nothing(asker: AskPage, server: ContractServer) -> None:
    """While Chinese is being composed, Enter chooses a word."""
    asker.page.locator("#question").fill("年假")
    asker.page.locator("#question").dispatch_event("keydown", {"key": "Enter", "isComposing": True})
    expect(asker.turns()).to_have_count(0)
    assert server.state.asked == []


def test_the_answer_grows_and_says_what_it_is_doing(asker: AskPage, server: ContractServer) -> None:
    """Each stage is shown, words appear as they come, marks are pending until checked."""
    server.state.stepwise = True
    turn = asker.send(LEAVE)
    expect(turn.locator(".stage")).to_have_text("Searching the documents…")
    expect(turn).to_have_attribute("aria-busy", "true")
    server.step(2)
    expect(turn.locator(".stage")).to_have_text("Writing the answer…")
    server.step(2)
    expect(turn.locator(".answer")).to_have_text("You have")
    server.step(16)
    expect(turn.locator("sup.pending").first).to_have_text("1")
    expect(turn.locator("button.footnote")).to_have_count(0)
    server.step(60)
    expect(turn.locator("button.footnote")).to_have_count(5)
    expect(turn.locator(".stage")).to_have_count(0)
    expect(turn).to_have_attribute("aria-busy", "false")
    expect(asker.page.locator("#announcer")).to_have_text("The answer is ready, with 4 footnotes.")


def test_stop_hangs_up_and_keeps_what_was_written(asker: AskPage, server: ContractServer) -> None:
    """The server sees the connection end; the page says that the text is unchecked."""
    server.state.stepwise = True
    turn = asker.send(LEAVE)
    server.step(4)
    expect(turn.locator(".answer")).to_have_text("You have")
    asker.stop()
    expect(turn.locator(".notice")).to_contain_text("unfinished and unchecked")
    expect(turn.locator(".answer")).to_have_text("You have")
    assert server.state.hung_up.wait(10)
    expect(asker.page.locator("#send")).to_be_visible()
    server.state.stepwise = False
    turn.get_by_role("button", name="Ask again").click()
    expect(asker.turns()).to_have_count(1)
    expect(asker.answer()).to_contain_text("25 working days")


def test_a_broken_connection_is_told_and_can_be_tried_again(
    asker: AskPage, server: ContractServer
) -> None:
    """A stream that ends before its answer is a failure, not an answer."""
    server.state.breaks = True
    turn = asker.send(LEAVE)
    expect(turn.get_by_role("alert")).to_contain_text("broke off")
    server.state.breaks = False
    turn.get_by_role("button", name="Try again").click()
    expect(asker.turns()).to_have_count(1)
    expect(asker.footnote(1)).to_be_visible()


@pytest.mark.parametrize("inside", [False, True])
def test_the_servers_own_words_explain_a_failure(
    asker: AskPage, server: ContractServer, inside: bool
) -> None:
    """Problem details are shown, whether they come instead of the stream or inside it."""
    detail = "Too many questions: wait 20 seconds, then ask again."
    problem = {"status": 429, "title": "Too many requests", "detail": detail}
    if inside:
        server.state.stream_problem = problem
    else:
        server.state.problem = problem
    turn = asker.send(LEAVE)
    expect(turn.get_by_role("alert")).to_contain_text(detail)
    expect(asker.page.locator("#send")).to_be_visible()


def test_an_unreachable_server_is_told(asker: AskPage) -> None:
    """Without a network the page says so in its own words."""
    asker.page.context.set_offline(True)
    turn = asker.send(LEAVE)
    expect(turn.get_by_role("alert")).to_contain_text("cannot be reached")


def test_a_follow_up_belongs_to_the_conversation(asker: AskPage, server: ContractServer) -> None:
    """The second question carries the conversation's id; how it was understood is shown."""
    asker.ask(LEAVE)
    turn = asker.ask("And if I work part-time?")
    assert server.state.asked[1]["conversation_id"] == "conv_1"
    expect(turn.locator(".understood")).to_have_text(
        "Understood as: How many days of annual leave do part-time staff have?"
    )
    expect(asker.conversations()).to_have_count(1)
    assert asker.page.url.endswith("#c=conv_1")


def test_a_conversation_survives_reloading(asker: AskPage) -> None:
    """The address holds the conversation, with its footnotes."""
    asker.ask(LEAVE)
    asker.page.reload()
    expect(asker.footnote(2)).to_be_visible()
    asker.open_footnote(2)


def test_an_example_is_asked_by_pressing_it(asker: AskPage, server: ContractServer) -> None:
    """The empty page offers what the server proposes, first in the reader's language."""
    examples = asker.page.locator("#examples button")
    expect(examples).to_have_count(2)
    assert [one.inner_text() for one in examples.all()] == [
        "How many days of annual leave do I have?",
        "出差住宿报销标准是多少？",
    ]
    assert {button.get_attribute("lang") for button in examples.all()} == {"en", "zh"}
    examples.filter(has_text="报销").click()
    expect(asker.answer()).to_contain_text("增值税发票原件")
    expect(asker.page.locator("#examples")).to_be_hidden()


def test_without_examples_the_page_has_no_empty_frame_for_them(
    asker: AskPage, server: ContractServer
) -> None:
    """Whoever may read nothing is offered nothing, and no heading stands over it."""
    server.state.examples = {}
    asker.page.reload()
    expect(asker.page.get_by_text("For example")).to_be_hidden()
    expect(asker.page.locator("#examples button")).to_have_count(0)


def test_filters_are_sent_only_when_set(asker: AskPage, server: ContractServer) -> None:
    """Sources, languages and date go with the question, and are cleared together."""
    page = asker.page
    page.get_by_role("button", name="Filters").click()
    page.get_by_role("checkbox", name="handbook").check()
    page.get_by_role("checkbox", name="Chinese").check()
    page.get_by_label("Modified after").fill("2026-01-31")
    expect(page.locator("#filters-toggle")).to_have_text("3 filters")
    asker.ask(LEAVE)
    expect(page.locator("#filters")).to_be_hidden()
    page.locator("#language").click()
    expect(page.locator("#filters-toggle")).to_have_text("3 项筛选")
    page.locator("#language").click()
    page.locator("#filters-toggle").click()
    page.get_by_role("button", name="Clear all").click()
    asker.ask(LEAVE)
    first, second = server.state.asked
    assert first["filters"] == {
        "sources": ["handbook"],
        "languages": ["zh"],
        "modified_after": "2026-01-31T00:00:00Z",
    }
    assert "filters" not in second


def test_nothing_found_names_the_closest_documents(asker: AskPage) -> None:
    """A question without an answer says so and leads to the documents that came closest."""
    turn = asker.ask("What is the meaning of life?")
    expect(turn.locator(".banner")).to_contain_text("do not hold an answer")
    expect(turn.locator(".badge")).to_have_count(0)
    turn.locator(".nearest button").filter(has_text="Leave policy").click()
    expect(asker.viewer()).to_contain_text("This policy applies to everyone")
    expect(asker.viewer().locator("mark")).to_have_count(0)


def test_doubtful_statements_are_marked_and_explained(asker: AskPage) -> None:
    """Partly supported and unsupported sentences are underlined, tagged and counted."""
    turn = asker.ask("What about sick leave?")
    expect(turn.locator(".banner")).to_contain_text("only part")
    partly = turn.locator(".doubt[data-verdict=partly]")
    assert "".join(partly.all_text_contents()).startswith("A certificate is needed from the second")
    expect(turn.locator(".doubt[data-verdict=unsupported]")).to_have_text(
        "The company doctor calls you back within an hour."
    )
    tags = turn.locator(".verdict")
    assert tags.all_text_contents() == ["partly supported", "not supported"]
    tags.last.click()
    expect(asker.popover()).to_contain_text("No passage was found")
    expect(turn.locator(".weak")).to_contain_text("3 of 4 statements")
    # One was said in other words, so it cannot be underlined: it is written out.
    expect(turn.locator(".weak-text")).to_contain_text("Something that the text says in other")


@pytest.mark.parametrize(
    ("question", "mode"),
    [(LEAVE, "Generated"), ("ill on holiday", "Verified"), ("报销", "Extract")],
)
def test_the_badge_says_how_the_answer_came_to_be(asker: AskPage, question: str, mode: str) -> None:
    """Verified, generated and extracted answers are told apart."""
    expect(asker.ask(question).locator(".badge")).to_have_text(mode)


def test_where_the_answer_looked(asker: AskPage) -> None:
    """The passages are listed with score and reason, and open in their document."""
    turn = asker.ask("What about sick leave?")
    turn.locator(".looked summary").click()
    passage = turn.locator(".passage").first
    expect(passage).to_contain_text("Score 0.91")
    expect(passage).to_contain_text("1st by words · words: annual, leave · in the title, the text")
    passage.get_by_role("button").click()
    assert asker.passage().startswith("Tell your line manager before 10:00")


def test_thumbs_reach_the_server(asker: AskPage, server: ContractServer) -> None:
    """A thumb up is sent at once, a thumb down with its reason and comment."""
    turn = asker.ask(LEAVE)
    turn.get_by_role("button", name="Helpful", exact=True).click()
    expect(turn.locator(".feedback-state")).to_have_text("Thank you")
    turn.get_by_role("button", name="Not helpful").click()
    turn.get_by_role("radio", name="Out of date").check()
    turn.get_by_label(re.compile("What should it have said")).fill("30 days since May")
    turn.get_by_role("button", name="Send").click()
    pressed = turn.locator("[data-rating=down]")
    expect(pressed).to_have_attribute("aria-pressed", "true")
    assert server.state.feedback == [
        {"answer_id": "ans_1", "rating": "up"},
        {
            "answer_id": "ans_1",
            "rating": "down",
            "reason": "outdated",
            "comment": "30 days since May",
        },
    ]


def test_copying_writes_the_footnotes_out(asker: AskPage, server: ContractServer) -> None:
    """The clipboard gets text, quotes, places and links that open the passages."""
    asker.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    turn = asker.ask("报销")
    turn.locator("[data-action=copy]").click()
    expect(turn.locator("[data-action=copy]")).to_have_text("Copied")
    text = asker.page.evaluate("navigator.clipboard.readText()")
    assert "由经办人签字。[1]" in text
    assert "[2] 差旅费用报销办法, 报销材料 (财务/差旅费用报销办法.docx)" in text
    assert "“出差结束后三十日内提交，逾期须由部门负责人书面说明。”" in text
    [link] = re.findall(rf"{server.url}/d/doc_expenses\?version=1&start=\d+&end=\d+$", text.strip())
    asker.open(link.removeprefix(server.url))
    assert asker.passage() == "出差结束后三十日内提交，逾期须由部门负责人书面说明。"


def test_conversations_are_listed_opened_exported_and_deleted(
    asker: AskPage, server: ContractServer
) -> None:
    """The whole life of a conversation."""
    page = asker.page
    asker.ask(LEAVE)
    page.locator("#new").click()
    expect(asker.turns()).to_have_count(0)
    asker.ask("报销")
    expect(asker.conversations()).to_have_count(2)
    older = asker.conversations().filter(has_text="annual leave")
    older.locator(".conversation-open").click()
    expect(asker.answer()).to_contain_text("25 working days")
    expect(older).to_have_attribute("aria-current", "true")
    for label, ending in (("Markdown", ".md"), ("JSON", ".json"), ("HTML", ".html")):
        older.locator(".more").click()
        with page.expect_download() as caught:
            older.get_by_role("button", name=f"Export {label}").click()
        assert caught.value.suggested_filename == f"How many days of annual leave do I have{ending}"
        assert "25 working days" in caught.value.path().read_text()
        older.locator(".more").click()
    older.locator(".more").click()
    older.get_by_role("button", name="Delete", exact=True).click()
    assert len(server.state.conversations) == 2
    older.get_by_role("button", name="Delete for good?").click()
    expect(asker.conversations()).to_have_count(1)
    expect(asker.turns()).to_have_count(0)
    assert list(server.state.conversations) == ["conv_2"]


def test_opening_another_conversation_ends_the_question_under_way(
    asker: AskPage, server: ContractServer
) -> None:
    """A late answer does not land in the wrong conversation."""
    asker.ask("报销")
    server.state.stepwise = True
    asker.page.locator("#new").click()
    asker.send(LEAVE)
    server.step(4)
    expect(asker.answer()).to_have_text("You have")
    asker.conversations().first.locator(".conversation-open").click()
    assert server.state.hung_up.wait(10)
    expect(asker.turns()).to_have_count(1)
    expect(asker.answer()).to_contain_text("增值税发票")
    expect(asker.page.locator("#send")).to_be_visible()


def test_nothing_in_an_answer_is_read_as_html(asker: AskPage, page: Page) -> None:
    """Markup in text, quotes, titles and notes is shown as letters; links lead nowhere."""
    turn = asker.ask("release notes")
    expect(turn.locator(".answer")).to_contain_text("<script>document.title='owned'</script>")
    expect(turn.locator(".notes")).to_contain_text("<img src=x")
    assert turn.locator("img, script, a, b").count() == 0
    asker.footnote(1).hover()
    expect(asker.popover()).to_contain_text("<img src=x")
    asker.footnote(1).click()
    assert "<script>" in asker.passage()
    assert asker.viewer().locator("img, script, a").count() == 0
    turn.locator(".looked summary").click()
    expect(turn.locator(".passage").first).to_contain_text("<img src=x")
    assert page.title() == "Footnote"
