"""A real server and a real Chromium for all tests of this room; each test gets a page of a signed-in visitor."""

import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.running import RunningServer
from tests.services import needed

Opened = Callable[..., Page]

PATIENCE = 30_000  # milliseconds; only a page that never gets there waits so long, and two busy cores may need most of it

expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with RunningServer(tmp_path_factory.mktemp("browser")) as running:
        yield running


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(needed("chromium")), args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def signed_in(server: RunningServer, browser: Browser) -> Iterator[BrowserContext]:
    """A visitor who came by the one-time link and has seen the tour."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.new_page().goto(server.login_link)
    context.add_cookies([{"name": "toured", "value": "1", "url": server.page}])
    yield context
    context.close()


@pytest.fixture
def opened(server: RunningServer, signed_in: BrowserContext) -> Iterator[Opened]:
    """`opened(path)` gives the page at a path; what goes wrong in its scripts fails the test."""
    pages: list[Page] = []
    wrong: list[str] = []

    def open_(path: str) -> Page:
        page = signed_in.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(server.page + path)
        pages.append(page)
        return page

    yield open_
    for page in pages:
        page.close()
    assert wrong == []


def until(page: Page, function: str, arg: object = None, seconds: float = 30) -> None:
    """Wait until the function gives something true; the page's own rules forbid scripts that wait by text."""
    deadline = time.monotonic() + seconds
    while not page.evaluate(function, arg):
        assert time.monotonic() < deadline, f"never true: {function} of {arg}"
        page.wait_for_timeout(40)
