"""Somebody who opens pages full of hostile text, and whose browser counts what runs in them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, TypeVar

from tests.support.browser import Chromium, Visit
from tests.support.payloads import BYTES, TEXTS
from tests.support.scale import scale

if TYPE_CHECKING:
    from playwright.async_api import Dialog

T = TypeVar("T")

STEP = 10 if scale() == "gate" else 1
NAMES = TEXTS[::STEP]
"""Payloads for names, descriptions, tags and reasons."""
OUTPUT = [*(text.encode() for text in NAMES), *BYTES[::STEP]]
"""Payloads for logs: those of names, then those that are no text."""


class Reader:
    """Somebody who opens pages.

    Attributes:
        ran: Addresses of pages in which a payload ran.
        opened: How many pages were.
    """

    def __init__(self, visit: Visit) -> None:
        self.visit = visit
        self.ran: list[str] = []
        self.opened = 0
        visit.page.on("dialog", self._close)

    async def _close(self, dialog: Dialog) -> None:
        from playwright.async_api import Error

        self.ran.append(self.visit.page.url)
        with suppress(Error):  # its page may have gone on
            await dialog.dismiss()

    async def open(self, path: str) -> None:
        """Go there and look around a little."""
        from playwright.async_api import Error

        self.opened += 1
        with suppress(Error):  # what is downloaded is not shown
            await self.visit.page.goto(path, wait_until="domcontentloaded")

    def check(self) -> None:
        """Nothing ran, nothing was fetched, and no policy had to stop it."""
        assert self.ran == []
        assert self.visit.strangers == []
        assert [text for text in self.visit.complaints if "Content Security Policy" in text] == []


@asynccontextmanager
async def reader(chromium: Chromium, base: str) -> AsyncIterator[Reader]:
    """Have one, who must not have seen anything run."""
    async with chromium.visit(base, is_checked=False) as visit:
        made = Reader(visit)
        yield made
        await visit.page.wait_for_timeout(100)
        made.check()


def some(places: Sequence[T], number: int) -> Sequence[T]:
    """Return the places to try a payload in: at the gate one of them."""
    return [places[number % len(places)]] if scale() == "gate" else places
