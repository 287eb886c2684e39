"""What a person does on the page, as small functions; works against any server of the contract.

A test says `asker.ask("…")`, `asker.footnote(2).click()`, `asker.passage()`. Everything waits for
what it needs; nothing sleeps.
"""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect


class AskPage:
    """The page at `/`, in one browser tab."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url

    def open(self, path: str = "/") -> AskPage:
        """Loads the page and waits until it knows who is there or asks for a key."""
        self.page.goto(self.url + path)
        self.page.locator("#who:not(:empty), #sign-in[open], .trouble:not(:empty)").first.wait_for(
            state="attached"
        )
        return self

    def sign_in(self, key: str, *, remember: bool = False) -> None:
        """Types the key into the dialog; the caller looks at what comes of it."""
        self.page.locator("#sign-in input[name=key]").fill(key)
        self.page.locator("#sign-in input[name=remember]").set_checked(remember)
        self.page.locator("#sign-in button[type=submit]").click()

    def send(self, question: str) -> Locator:
        """Asks without waiting for the end; gives the turn."""
        before = self.turns().count()
        self.page.locator("#question").fill(question)
        self.page.locator("#question").press("Enter")
        turn = self.turns().nth(before)
        turn.wait_for()
        return turn

    def ask(self, question: str) -> Locator:
        """Asks and waits for the finished answer; gives the turn."""
        turn = self.send(question)
        turn.locator(".turn-foot").wait_for()
        return turn

    def turns(self) -> Locator:
        return self.page.locator("article.turn")

    def answer(self) -> Locator:
        """The text of the last answer."""
        return self.turns().last.locator(".answer")

    def footnote(self, number: int) -> Locator:
        """The first mark with this number in the last answer."""
        return self.answer().locator(f"button.footnote[data-number='{number}']").first

    def open_footnote(self, number: int) -> Locator:
        """Opens the passage behind a footnote and waits until it is marked; gives the viewer."""
        self.footnote(number).click()
        self.viewer().locator("mark").first.wait_for()
        return self.viewer()

    def viewer(self) -> Locator:
        return self.page.locator("#viewer")

    def passage(self) -> str:
        """The highlighted words of the open passage, one piece a block."""
        self.viewer().locator("mark").first.wait_for()
        return "\n".join(self.viewer().locator("mark").all_text_contents())

    def popover(self) -> Locator:
        return self.page.locator("#popover")

    def conversations(self) -> Locator:
        return self.page.locator(".conversation")

    def stop(self) -> None:
        self.page.locator("#stop").click()

    def seen(self, locator: Locator) -> bool:
        """Whether the middle of the element is inside the window and nothing lies over it."""
        expect(locator).to_be_in_viewport()
        return bool(
            locator.evaluate(
                """element => {
                  const box = element.getClientRects()[0];
                  const x = box.left + box.width / 2, y = box.top + box.height / 2;
                  const top = document.elementFromPoint(x, y);
                  return top !== null && (element.contains(top) || top.contains(element));
                }"""
            )
        )
