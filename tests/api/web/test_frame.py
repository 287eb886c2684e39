"""The page around the answers: signing in, languages, themes, small screens, size."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.api.web.contract import KEY, WEB, ContractServer
from tests.api.web.page import AskPage

pytestmark = pytest.mark.browser

QUESTION = "How many days of annual leave do I have?"
UNNAMED = """() => [...document.querySelectorAll("button, input, textarea, a, summary")]
  .filter((element) => element.checkVisibility())
  .filter((element) => !(element.ariaLabel || element.textContent.trim() || element.labels?.length))
  .map((element) => element.outerHTML)"""
CONTRAST = """() => {
  const luminance = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((v) => {
      v /= 255;
      return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const parse = (color) => color.match(/[\\d.]+/g).map(Number);
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = parse(getComputedStyle(at).backgroundColor);
      if (color[3] === undefined) return color;
    }
    return [255, 255, 255];
  };
  return [...document.querySelectorAll("body *")]
    .filter((element) => element.checkVisibility() && !element.closest("svg, .offscreen, .skip"))
    .filter((element) => [...element.childNodes].some((n) => n.nodeType === 3 && n.data.trim()))
    .filter((element) => !element.closest(":disabled"))
    .map((element) => {
      const a = luminance(parse(getComputedStyle(element).color));
      const b = luminance(ground(element));
      const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      return [Math.round(ratio * 100) / 100, element.className + ": " + element.textContent];
    })
    .filter(([ratio]) => ratio < 4.5);
}"""


def test_no_key_is_asked_for_where_none_is_needed(asker: AskPage) -> None:
    """A server that lets people in without a key shows no dialog."""
    expect(asker.page.locator("#sign-in")).to_be_hidden()
    expect(asker.page.locator("#who")).to_have_text("Mara Lindqvist")
    expect(asker.page.locator("#sign-out")).to_be_hidden()


def test_a_wrong_key_is_refused_and_a_right_one_is_kept_for_the_tab(
    page: Page, server: ContractServer
) -> None:
    """The key goes to sessionStorage, survives reloading, and signing out forgets it."""
    server.state.open_door = False
    asker = AskPage(page, server.url).open()
    asker.sign_in("fn_wrong")
    expect(page.locator("#sign-in").get_by_role("alert")).to_contain_text("not valid")
    page.keyboard.press("Escape")
    expect(page.locator("#sign-in")).to_be_visible()
    asker.sign_in(KEY)
    expect(page.locator("#sign-in")).to_be_hidden()
    page.reload()
    expect(page.locator("#who")).to_have_text("Mara Lindqvist")
    assert page.evaluate("sessionStorage.length") == 1
    assert page.evaluate("localStorage.length") == 0
    asker.ask(QUESTION)
    page.locator("#sign-out").click()
    expect(page.locator("#sign-in")).to_be_visible()
    expect(asker.turns()).to_have_count(0)
    assert page.evaluate("sessionStorage.length") == 0


def test_a_key_is_remembered_if_asked(page: Page, server: ContractServer) -> None:
    """ "Remember on this device" keeps the key for other tabs."""
    server.state.open_door = False
    asker = AskPage(page, server.url).open()
    asker.sign_in(KEY, remember=True)
    expect(page.locator("#who")).to_have_text("Mara Lindqvist")
    assert page.evaluate("sessionStorage.length") == 0
    other = page.context.new_page()
    AskPage(other, server.url).open()
    expect(other.locator("#who")).to_have_text("Mara Lindqvist")


def test_a_key_in_the_address_is_taken_out_of_it(page: Page, server: ContractServer) -> None:
    """The link that the server prints signs in and leaves nothing in bar or history."""
    server.state.open_door = False
    AskPage(page, server.url).open(f"/#key={KEY}")
    expect(page.locator("#who")).to_have_text("Mara Lindqvist")
    assert page.url == f"{server.url}/"
    expect(page.locator("#sign-out")).to_be_visible()


def test_a_key_that_was_withdrawn_leads_back_to_signing_in(
    page: Page, server: ContractServer
) -> None:
    """A refusal in the middle of the work asks for a key again; the question is not lost."""
    server.state.open_door = False
    asker = AskPage(page, server.url).open(f"/#key={KEY}")
    expect(page.locator("#who")).to_have_text("Mara Lindqvist")
    page.evaluate("sessionStorage.clear()")
    page.reload()
    asker.sign_in(KEY)
    expect(page.locator("#sign-in")).to_be_hidden()
    server.state.problem = {"status": 401, "title": "Unauthorized", "detail": "Send a valid key."}
    turn = asker.send(QUESTION)
    expect(page.locator("#sign-in")).to_be_visible()
    server.state.problem = None
    asker.sign_in(KEY)
    turn.get_by_role("button", name="Try again").click()
    expect(asker.footnote(1)).to_be_visible()


def test_a_link_to_a_passage_asks_for_the_key_first(page: Page, server: ContractServer) -> None:
    """After signing in, the passage that was linked to is shown."""
    server.state.open_door = False
    asker = AskPage(page, server.url).open("/d/doc_leave?version=3&start=0&end=12")
    expect(asker.viewer()).to_be_hidden()
    asker.sign_in(KEY)
    assert asker.passage() == "Leave policy"


def test_the_language_follows_the_browser_and_the_switch(
    browser: Browser, server: ContractServer
) -> None:
    """A Chinese browser gets Chinese; the switch changes everything on the page and is kept."""
    context = browser.new_context(locale="zh-CN")
    asker = AskPage(context.new_page(), server.url).open()
    page = asker.page
    expect(page.get_by_role("heading", level=1)).to_have_text("想了解什么？")
    turn = asker.ask("出差报销需要哪些单据？")
    expect(turn.locator(".badge")).to_have_text("摘录")
    asker.open_footnote(2)
    expect(asker.viewer()).to_contain_text("脚注 2 / 2")
    page.get_by_role("button", name="Show in English").click()
    expect(turn.locator(".badge")).to_have_text("Extract")
    expect(asker.viewer()).to_contain_text("Footnote 2 of 2")
    assert asker.passage().startswith("出差结束后三十日内")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.reload()
    expect(turn.locator(".badge")).to_have_text("Extract")
    context.close()


def test_the_theme_follows_the_system_and_the_switch(asker: AskPage) -> None:
    """Auto, light, dark in turn; the choice is there before the first paint of the next visit."""
    page = asker.page
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.emulate_media(color_scheme="dark")
    dark = page.evaluate(ground)
    assert light != dark
    page.get_by_role("button", name="Appearance: as the system").click()
    assert page.evaluate(ground) == light
    page.emulate_media(color_scheme="light")
    page.get_by_role("button", name="Appearance: light").click()
    assert page.evaluate(ground) == dark
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(
    browser: Browser, server: ContractServer, scheme: str
) -> None:
    """Every visible text has a contrast of at least 4.5 to 1 (WCAG AA), in both themes."""
    context = browser.new_context(
        locale="en-GB",
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",
        viewport={"width": 1600, "height": 900},
    )
    asker = AskPage(context.new_page(), server.url).open()
    assert asker.page.evaluate(CONTRAST) == []
    asker.ask("ill on holiday")
    turn = asker.ask("What about sick leave?")
    turn.locator(".looked summary").click()
    turn.locator("[data-rating=down]").click()
    asker.page.get_by_role("button", name="Filters").click()
    asker.page.locator(".more").first.click()
    asker.turns().first.locator("button.footnote").click()
    asker.viewer().locator("mark").first.wait_for()
    assert asker.page.evaluate(CONTRAST) == []
    context.close()


def test_everything_that_can_be_pressed_has_a_name(asker: AskPage) -> None:
    """Screen readers can name each control, on the empty page and with all panels open."""
    assert asker.page.evaluate(UNNAMED) == []
    asker.ask(QUESTION)
    asker.open_footnote(1)
    asker.turns().last.locator("[data-rating=down]").click()
    asker.page.get_by_role("button", name="Filters").click()
    assert asker.page.evaluate(UNNAMED) == []


def test_the_slash_key_goes_to_the_question(asker: AskPage) -> None:
    """From anywhere but a text field, / focuses the ask box without typing itself."""
    asker.ask(QUESTION)
    asker.open_footnote(1)
    asker.page.keyboard.press("/")
    expect(asker.page.locator("#question")).to_be_focused()
    asker.page.keyboard.press("/")
    expect(asker.page.locator("#question")).to_have_value("/")


def test_escape_closes_one_thing_at_a_time(asker: AskPage) -> None:
    """Filters first, then the viewer."""
    asker.ask(QUESTION)
    asker.open_footnote(1)
    asker.page.get_by_role("button", name="Filters").click()
    asker.page.keyboard.press("Escape")
    expect(asker.page.locator("#filters")).to_be_hidden()
    expect(asker.viewer()).to_be_visible()
    asker.page.keyboard.press("Escape")
    expect(asker.viewer()).to_be_hidden()


@pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])
def test_a_phone_needs_no_sideways_scrolling(
    browser: Browser, server: ContractServer, locale: str
) -> None:
    """At 360 pixels nothing is cut off: empty page, answer, passage, conversation list."""
    context = browser.new_context(
        locale=locale,
        viewport={"width": 360, "height": 740},
        is_mobile=True,
        has_touch=True,
        reduced_motion="reduce",
    )
    page = context.new_page()
    asker = AskPage(page, server.url).open()
    wide = "document.scrollingElement.scrollWidth > innerWidth || main.scrollWidth > innerWidth"
    assert page.evaluate(wide) is False
    asker.ask("release notes")
    asker.ask("What about sick leave?")
    page.locator("#filters-toggle").tap()
    assert page.evaluate(wide) is False
    page.locator("#filters-toggle").tap()
    asker.footnote(1).tap()
    asker.passage()
    box = asker.viewer().bounding_box()
    assert box is not None
    assert (box["x"], box["width"], box["height"]) == (0, 360, 740)
    assert asker.seen(asker.viewer().locator("mark").first)
    page.locator("[data-action=close]").tap()
    page.locator("#drawer-toggle").tap()
    asker.conversations().first.locator(".conversation-open").tap()
    expect(page.locator("body")).not_to_have_class(re.compile("drawer"))
    context.close()


def test_nothing_is_loaded_from_elsewhere(page: Page, server: ContractServer) -> None:
    """Every request of a whole visit goes to the server itself."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    asker = AskPage(page, server.url).open()
    asker.ask(QUESTION)
    asker.open_footnote(1)
    assert asked
    assert [url for url in asked if not url.startswith(server.url)] == []


def test_the_page_is_small_and_has_nothing_inline() -> None:
    """What a visit loads stays under 160 kB, without comments under 120 kB; nothing is inline."""
    html = (WEB / "index.html").read_text(encoding="utf-8")
    named = re.findall(r'(?:src|href)="/web/([^"]+)"', html)
    files = [WEB / "index.html", *(WEB / path for path in named)]
    assert sum(path.stat().st_size for path in files) < 160_000
    comment = re.compile(rb"^ */\*\*.*?\*/\n|^ *//[^\n]*\n", re.DOTALL | re.MULTILINE)
    assert sum(len(comment.sub(b"", path.read_bytes())) for path in files) < 120_000
    assert re.findall(r"<style|\sstyle=|\son\w+=|javascript:|https?://", html) == []
    assert re.findall(r"<script(?![^>]* src=)", html) == []
