"""Requests that wait: until it comes, the client goes, or the server closes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, TypeVar

from starlette.requests import Request

from petit.api.errors import TooManyStreams

T = TypeVar("T")


class Leaving:
    """Knows whether there is still a reason to go on."""

    def __init__(self, over: asyncio.Future[Any]) -> None:
        self._over = over

    async def within(self, timeout_s: float) -> bool:
        """Wait. True as soon as the client has gone or the server closes, False when the time is over."""
        await asyncio.wait({self._over}, timeout=timeout_s)
        return self._over.done()

    async def before(self, what: asyncio.Future[Any], timeout_s: float) -> bool:
        """As `within`, but end the wait as soon as `what` is done."""
        await asyncio.wait({self._over, what}, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
        return self._over.done()


class Held:
    """Counts the streams that are open and ends everything that is held when the server closes."""

    def __init__(self, max_streams: int) -> None:
        self._max_streams = max_streams
        self.streams = 0
        self._closing = asyncio.Event()

    def close(self) -> None:
        """End what is held, now and from now on."""
        self._closing.set()

    @contextmanager
    def stream(self) -> Iterator[None]:
        """Count a stream while it lasts; raises TooManyStreams where there are enough."""
        self.expect_stream()
        self.streams += 1
        try:
            yield
        finally:
            self.streams -= 1

    def expect_stream(self) -> None:
        """Raise TooManyStreams where no further stream may begin."""
        if self.streams >= self._max_streams:
            raise TooManyStreams(f"{self.streams} streams are open already", limit=self._max_streams)

    @asynccontextmanager
    async def leaving(self, request: Request) -> AsyncIterator[Leaving]:
        """Watch the client and the server. The body must have been read before."""
        ends = [
            asyncio.ensure_future(self._closing.wait()),
            asyncio.ensure_future(_disconnected(request)),
        ]
        over = asyncio.ensure_future(asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED))
        try:
            yield Leaving(over)
        finally:
            await _end(over, *ends)

    async def until(self, request: Request, work: Coroutine[Any, Any, T]) -> T | None:
        """Return what `work` returns, or None where the client goes or the server closes before."""
        task = asyncio.ensure_future(work)
        ends = [
            asyncio.ensure_future(self._closing.wait()),
            asyncio.ensure_future(_disconnected(request)),
        ]
        try:
            await asyncio.wait({task, *ends}, return_when=asyncio.FIRST_COMPLETED)
            return task.result() if task.done() else None
        finally:
            await _end(task, *ends)


async def _disconnected(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _end(*tasks: asyncio.Future[Any]) -> None:
    """Cancel what is not over and see it go."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
