"""Sending logs: what is there, and what still comes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping
from contextlib import aclosing
from typing import Protocol

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from petit.api.context import ABORT, context_of, handle_of
from petit.core.ids import TaskId
from petit.core.states import TASK_OVER

_log = logging.getLogger(__name__)

LOOK_EVERY_S = 0.1
"""How often a followed log is looked at: a growing one within this, whatever writes it."""

_BLOCK = 64 * 1024
_MEDIA_TYPE = "text/plain; charset=utf-8"
SAFE_HEADERS = {
    "content-security-policy": "sandbox; default-src 'none'",
    "cache-control": "no-store",
}
"""Output is anybody's text: a browser must take it as nothing else."""


class ShownPiece(Protocol):
    """A part of a log as it is shown, and where the next part begins."""

    @property
    def data(self) -> bytes:
        """Bytes of the log, with a mark in place of what was dropped."""
        ...

    @property
    def next_offset(self) -> int:
        """Where to go on."""
        ...


class Log(Protocol):
    """What the handle opens: one stream of one attempt."""

    @property
    def size(self) -> int:
        """Bytes written so far, dropped ones included."""
        ...

    @property
    def dropped(self) -> tuple[int, int] | None:
        """The range that was dropped."""
        ...

    def read(self, offset: int, length: int) -> bytes:
        """Return bytes as they are on disk."""
        ...

    def render(self, offset: int, length: int) -> ShownPiece:
        """Return bytes as they are shown."""
        ...

    def tail_offset(self, lines: int) -> int:
        """Return where the last lines begin."""
        ...

    def close(self) -> None:
        """Close the file."""
        ...


class Place:
    """How far a log has been sent. It is opened when its attempt begins to write."""

    def __init__(self, request: Request, stream: str, attempt: int | None) -> None:
        self._request = request
        self._stream = stream
        self.attempt = attempt
        self.offset = 0
        self.log: Log | None = None

    async def open(self) -> None:
        """Open the log, if there is one by now."""
        if self.log is None:
            params = self._request.path_params
            handle = handle_of(self._request)
            self.log = await handle.log(params["run_id"], params["task_id"], self._stream, self.attempt)

    def close(self) -> None:
        """Close the log."""
        if self.log is not None:
            self.log.close()

    @property
    def size(self) -> int:
        """Bytes that have been written so far, dropped ones included."""
        return 0 if self.log is None else self.log.size

    def pieces(self) -> Iterator[bytes]:
        """Yield what is there by now and was not yielded before, with a mark where something was dropped."""
        if self.log is None:
            return
        limit = self.log.size
        while self.offset < limit:
            piece = self.log.render(self.offset, min(_BLOCK, limit - self.offset))
            if piece.next_offset == self.offset:
                return
            self.offset = piece.next_offset
            yield piece.data

    def raw(self, start: int, end: int) -> Iterator[bytes]:
        """Yield the bytes of a range as they are on disk."""
        assert self.log is not None
        while start < end:
            data = self.log.read(start, min(_BLOCK, end - start))
            if not data:
                return
            start += len(data)
            yield data


class LogResponse(Response):
    """Sends parts as they come. A reader who takes none of it for long enough is left."""

    def __init__(
        self,
        parts: AsyncGenerator[bytes, None],
        places: Iterable[Place],
        *,
        stall_s: float,
        status: int = 200,
        headers: Mapping[str, str],
    ) -> None:
        super().__init__(None, status, {**SAFE_HEADERS, **headers}, media_type=_MEDIA_TYPE)
        self._parts = parts
        self._places = tuple(places)
        self._stall_s = stall_s
        if "content-length" not in headers:
            del self.headers["content-length"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI's signature
        """Send it all."""
        try:
            await send(
                {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
            )
            if scope["method"] != "HEAD":
                await self._send_parts(send)
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        except TimeoutError:
            _log.warning("a reader took nothing for %g s and was left", self._stall_s)
            scope[ABORT]()  # closing would wait for what is not taken
        finally:
            for place in self._places:
                place.close()

    async def _send_parts(self, send: Send) -> None:
        async with aclosing(self._parts) as parts:
            async for part in parts:
                async with asyncio.timeout(self._stall_s):
                    await send({"type": "http.response.body", "body": part, "more_body": True})


async def present(places: Iterable[Place]) -> AsyncGenerator[bytes, None]:
    """Yield what is there, one log after the other."""
    for place in places:
        for piece in place.pieces():
            yield piece


async def section(place: Place, start: int, end: int) -> AsyncGenerator[bytes, None]:
    """Yield a range of a log as it is on disk."""
    for piece in place.raw(start, end):
        yield piece


async def following(request: Request, places: Iterable[Place]) -> AsyncGenerator[bytes, None]:
    """Yield what is there and what comes, until the attempt is over, the client goes or the server closes."""
    held = context_of(request).held
    with held.stream():
        async with held.leaving(request) as leaving:
            while True:
                is_over = await _is_over(request, places)
                for place in places:
                    await place.open()
                    for piece in place.pieces():
                        yield piece
                if is_over or await leaving.within(LOOK_EVERY_S):
                    return


async def _is_over(request: Request, places: Iterable[Place]) -> bool:
    """Say whether no more will be written. Where no attempt was there to follow, the first to come is."""
    handle, run_id = handle_of(request), request.path_params["run_id"]
    task_id: TaskId = request.path_params["task_id"]
    rows = await handle.attempts(run_id, task_id)
    if not rows:
        return any(row.task_id == task_id and row.status in TASK_OVER for row in await handle.tasks(run_id))
    for place in places:
        place.attempt = place.attempt or rows[-1].number
    return all(rows[(place.attempt or 1) - 1].status != "running" for place in places)
