"""A real Chromium, a server that plays the contract, and a page that must not complain.

An end-to-end test that has the real server makes its own `AskPage(page, url)` from the fixture
`page` here and the address of that server.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.api.web.contract import ContractServer
from tests.api.web.page import AskPage

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, headless; tests are skipped where it is not installed."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("chromium is not installed (apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def contract_server() -> Iterator[ContractServer]:
    """The server that plays the contract, once for all tests."""
    server = ContractServer()
    yield server
    server.close()


@pytest.fixture
def server(contract_server: ContractServer) -> ContractServer:
    """The same server, with a fresh state."""
    contract_server.reset()
    return contract_server


@pytest.fixture(scope="session")
def profile(browser: Browser) -> Iterator[BrowserContext]:
    """One profile in English, 1280 by 860, whose cache spares each test the loading."""
    profile = browser.new_context(
        locale="en-GB", viewport={"width": 1280, "height": 860}, reduced_motion="reduce"
    )
    profile.set_default_timeout(10_000)
    yield profile
    profile.close()


@pytest.fixture
def context(profile: BrowserContext) -> Iterator[BrowserContext]:
    """The profile, left afterwards as it was found: no tabs, nothing stored, nothing granted."""
    yield profile
    profile.set_offline(False)
    profile.clear_permissions()
    for tab in profile.pages:
        if tab.url.startswith("http"):
            tab.evaluate("localStorage.clear()")
        tab.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A tab; afterwards no script error and no breach of the content security policy is left."""
    complaints: list[str] = []
    page = context.new_page()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda message: (
            complaints.append(message.text)
            if message.type == "error" and "Failed to load resource" not in message.text
            else None
        ),
    )
    yield page
    assert complaints == []


@pytest.fixture(scope="session")
def modules(browser: Browser, contract_server: ContractServer) -> Iterator[Page]:
    """A bare tab of the same origin, in which a test imports one module and calls it."""
    context = browser.new_context(locale="en-GB")
    page = context.new_page()
    page.goto(contract_server.url + "/web/icon.svg")
    yield page
    context.close()


@pytest.fixture
def asker(page: Page, server: ContractServer) -> AskPage:
    """The page, open and signed in (the server asks for no key)."""
    return AskPage(page, server.url).open()
