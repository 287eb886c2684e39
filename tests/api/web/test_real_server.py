"""The page on the real server: ask, read the footnote, open the passage."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.api.web.page import AskPage
from tests.conftest import Server, running_server

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A real Footnote over a few real files."""
    with running_server(tmp_path_factory.mktemp("page")) as server:
        yield server


def test_an_answer_leads_to_its_passage(company: Server, page: Page) -> None:
    """From the question to the highlighted words in their document."""
    ask = AskPage(page, company.url)
    ask.open()
    ask.sign_in(company.employee_key)
    page.locator("#who:not(:empty)").wait_for(state="attached")
    ask.ask("How many days of annual leave do I have?")
    assert "25 days" in ask.answer().inner_text()
    ask.open_footnote(1)
    assert "25 days of annual leave" in ask.passage()


def test_a_link_from_a_bot_opens_the_passage(company: Server, page: Page) -> None:
    """The address that Slack and OpenAI clients are given."""
    answer = company.client(company.hr_key).post(
        "/v1/ask", json={"question": "What does the chief executive earn?"}
    )
    cited = answer.json()["citations"][0]
    ask = AskPage(page, company.url)
    ask.open()
    ask.sign_in(company.hr_key)
    page.locator("#who:not(:empty)").wait_for(state="attached")
    ask.open(
        f"/d/{cited['document_id']}?version={cited['version']}"
        f"&start={cited['start']}&end={cited['end']}"
    )
    assert "310,000" in ask.passage()


def test_chinese_is_asked_and_answered(company: Server, page: Page) -> None:
    """With a footnote into the Chinese document."""
    ask = AskPage(page, company.url)
    ask.open()
    ask.sign_in(company.employee_key)
    page.locator("#who:not(:empty)").wait_for(state="attached")
    ask.ask("住宿标准是每晚多少钱？")
    assert "五百元" in ask.answer().inner_text()
    ask.open_footnote(1)
    assert "每晚五百元" in ask.passage()
    assert "zh/报销.md" in ask.viewer().locator(".viewer-facts").inner_text()
