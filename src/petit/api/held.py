"""Requests that wait: until it comes, the client goes, its token is over, or the server closes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, TypeVar

from starlette.requests import Request

from petit.api.errors import TooManyStreams

T = TypeVar("T")

OVER = "petit.over"
"""Member of the scope where there is one who may become nobody: makes what returns then."""


class CallerIsOver(Exception):
    """The caller is nobody any more: their token was revoked, or has expired."""


class Leaving:
    """Knows whether there is still a reason to go on: a client, one who may, and a server."""

    def __init__(self, over: asyncio.Future[Any]) -> None:
        self._over = over

    async def within(self, timeout_s: float) -> bool:
        """Wait. True as soon as there is none, False when the time is over."""
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
        """Watch client, token and server. The body must have been read before."""
        ends = self._ends(request)
        over = asyncio.ensure_future(asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED))
        try:
            yield Leaving(over)
        finally:
            await _end(over, *ends)

    async def until(self, request: Request, work: Coroutine[Any, Any, T]) -> T | None:
        """Return what `work` returns, or None where the client goes or the server closes before.

        Raises:
            CallerIsOver: That comes before.
        """
        task = asyncio.ensure_future(work)
        ends = self._ends(request)
        try:
            await asyncio.wait({task, *ends}, return_when=asyncio.FIRST_COMPLETED)
            if not task.done() and any(each.done() for each in ends[2:]):
                raise CallerIsOver
            return task.result() if task.done() else None
        finally:
            await _end(task, *ends)

    def _ends(self, request: Request) -> list[asyncio.Future[Any]]:
        """Begin to watch what may end a wait: server, client, and a caller who may become nobody."""
        over = request.scope.get(OVER)
        return [
            asyncio.ensure_future(self._closing.wait()),
            asyncio.ensure_future(_disconnected(request)),
            *([] if over is None else [asyncio.ensure_future(over())]),
        ]


async def _disconnected(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _end(*tasks: asyncio.Future[Any]) -> None:
    """Cancel what is not over and see it go."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
