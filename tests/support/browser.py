"""A real Chromium: one for all tests, a context for each visit, and everything that its pages complain of.

    async def test_it_says_its_name(chromium: Chromium, tmp_path: Path) -> None:
        with daemon(tmp_path) as petit:
            petit.start()
            async with chromium.visit(petit.url, theme="dark", screen="phone") as visit:
                await visit.page.goto("/")
                assert await visit.page.title() == "Petit"

Tests that take the fixture `chromium` share one event loop, for Playwright's objects belong to the loop that
made them. Fixtures of other tests have a loop of their own: open a `site(...)`, or a daemon, in the test.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

import pytest
import pytest_asyncio

if TYPE_CHECKING:  # pragma: no cover - a fifth of a second, and most tests open no page
    from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, ViewportSize

Theme = Literal["light", "dark"]
Screen = Literal["desktop", "phone", "small phone"]

PROGRAM = "chromium"
ARGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
WITHIN_MS = 10_000
SCREENS: dict[Screen, ViewportSize] = {
    "desktop": {"width": 1280, "height": 800},
    "phone": {"width": 390, "height": 844},
    "small phone": {"width": 320, "height": 640},
}
"""Pixels of CSS. The phones have touch and two pixels for each."""

_NO_HOST = frozenset({"about", "blob", "data"})


class Visit:
    """What somebody sees who opens our pages, and what their browser notes.

    Attributes:
        context: Storage, cookies and cache of this visit alone.
        page: Its first page; further ones are watched too.
        complaints: Console errors and warnings, and errors that nobody caught.
        strangers: Addresses on other hosts that were asked for.
    """

    def __init__(self, context: BrowserContext, page: Page, base: str) -> None:
        self.context = context
        self.page = page
        self.complaints: list[str] = []
        self.strangers: list[str] = []
        self._host = urlsplit(base).netloc
        context.on("console", self._note)
        context.on("weberror", lambda error: self.complaints.append(f"uncaught: {error.error}"))
        context.on("request", lambda request: self._asked(request.url))
        context.on("page", self._watch)
        self._watch(page)

    def _watch(self, page: Page) -> None:
        page.on("websocket", lambda socket: self._asked(socket.url))
        page.on("crash", lambda _: self.complaints.append("the page crashed"))

    def _note(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(f"{message.type}: {message.text} ({message.location.get('url', '')})")

    def _asked(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in _NO_HOST and parts.netloc != self._host:
            self.strangers.append(url)

    def expect(self, *patterns: str) -> None:
        """Take complaints that must have come out of the list, one or more for each pattern."""
        for pattern in patterns:
            found = [text for text in self.complaints if re.search(pattern, text)]
            assert found, f"no complaint like {pattern!r} among {self.complaints}"
            self.complaints = [text for text in self.complaints if text not in found]

    def check(self) -> None:
        """Raise AssertionError where a page complained, or asked another host for something."""
        assert self.complaints == []
        assert self.strangers == []


class Chromium:
    """The program, running."""

    def __init__(self, playwright: Playwright, browser: Browser, shots: Path) -> None:
        self.browser = browser
        self._playwright = playwright
        self._shots = shots
        self._visits = 0

    @asynccontextmanager
    async def visit(
        self, base: str, *, theme: Theme = "light", screen: Screen = "desktop", is_checked: bool = True
    ) -> AsyncIterator[Visit]:
        """Open a page of its own, as a browser that knows nothing yet.

        Args:
            base: What paths are relative to: "http://localhost:8565".
            theme: What the system prefers.
            screen: How large it is.
            is_checked: At the end nothing may have been complained of, and no other host been asked.

        Where the block fails, screenshots of what was open are kept, and the error says where.
        """
        is_phone = screen != "desktop"
        context = await self.browser.new_context(
            base_url=base,
            color_scheme=theme,
            viewport=SCREENS[screen],
            has_touch=is_phone,
            is_mobile=is_phone,
            device_scale_factor=2 if is_phone else 1,
        )
        context.set_default_timeout(WITHIN_MS)
        try:
            made = Visit(context, await context.new_page(), base)
            yield made
            if is_checked:
                made.check()
        except BaseException as error:
            for note in await self._keep(context):
                error.add_note(note)
            raise
        finally:
            await context.close()

    async def _keep(self, context: BrowserContext) -> list[str]:
        """Take a picture of each open page; return what to say of it."""
        from playwright.async_api import Error

        notes = []
        self._visits += 1
        for number, page in enumerate(context.pages):
            path = self._shots / f"{self._visits}-{number}.png"
            try:
                await page.screenshot(path=path, timeout=WITHIN_MS)
            except Error as error:  # it is the first error that counts
                notes.append(f"no screenshot of {page.url}: {error.message}")
            else:
                notes.append(f"{page.url} looked like {path}")
        return notes

    @asynccontextmanager
    async def another(self, *args: str) -> AsyncIterator[Chromium]:
        """Start a further one, with further arguments, while the block lasts."""
        browser = await _launch(self._playwright, *args)
        try:
            yield Chromium(self._playwright, browser, self._shots)
        finally:
            await browser.close()


async def _launch(playwright: Playwright, *args: str) -> Browser:
    return await playwright.chromium.launch(executable_path=shutil.which(PROGRAM), args=[*ARGS, *args])


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Chromium]:
    """Have one Chromium for all tests; skip where the machine has none."""
    if shutil.which(PROGRAM) is None:
        pytest.skip(f"{PROGRAM} is not installed")
    from playwright.async_api import async_playwright

    async with AsyncExitStack() as stack:
        playwright = await stack.enter_async_context(async_playwright())
        browser = await _launch(playwright)
        stack.push_async_callback(browser.close)
        yield Chromium(playwright, browser, tmp_path_factory.mktemp("screenshots"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the tests that take `chromium` in the loop that it lives in."""
    for item in items:
        if isinstance(item, pytest.Function) and chromium.__name__ in item.fixturenames:
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)
