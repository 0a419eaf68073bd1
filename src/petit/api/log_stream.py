"""Sending logs: what is there, and what still comes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from typing import Protocol

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from petit.api.context import ABORT, NARROW, context_of, handle_of
from petit.api.log_forms import Form
from petit.api.log_places import Place, end_of
from petit.api.log_view import View
from petit.api.turns import Others

_log = logging.getLogger(__name__)

LOOK_EVERY_S = 0.1
"""How often a followed log is looked at: a growing one within this, whatever writes it."""

BEAT_EVERY_S = 15.0

SAFE_HEADERS = {
    "content-security-policy": "sandbox; default-src 'none'",
    "cache-control": "no-store",
    "vary": "Accept",
}
"""Output is anybody's text: a browser must take it as nothing else."""


class Closable(Protocol):
    """Something that is held while an answer is sent."""

    def close(self) -> None:
        """Let go of it."""
        ...


class LogResponse(Response):
    """Sends parts as they come. A reader who takes none of it for long enough is left."""

    def __init__(
        self,
        parts: AsyncGenerator[bytes, None],
        held: Sequence[Closable],
        *,
        stall_s: float,
        status: int = 200,
        headers: Mapping[str, str],
        media_type: str = "text/plain",
    ) -> None:
        # Starlette adds the charset to text of any kind.
        super().__init__(None, status, {**SAFE_HEADERS, **headers}, media_type=media_type)
        self._parts = parts
        self._held = held
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
            for each in self._held:
                each.close()

    async def _send_parts(self, send: Send) -> None:
        async with aclosing(self._parts) as parts:
            async for part in parts:
                async with asyncio.timeout(self._stall_s):
                    await send({"type": "http.response.body", "body": part, "more_body": True})
                await Others()  # sending to who takes it all never waits by itself


async def present(
    request: Request, places: Sequence[Place], view: View, form: Form
) -> AsyncGenerator[bytes, None]:
    """Yield what is there."""
    end = await end_of(request, places)
    for part in view.parts(is_final=True, last_at=end and end.ended_at):
        yield form.write(part)
    if end is not None and (last := form.end(end)):
        yield last


async def section(place: Place, start: int, end: int) -> AsyncGenerator[bytes, None]:
    """Yield a range of a log as it is on disk."""
    for piece in place.raw(start, end):
        yield piece


async def following(
    request: Request, places: Sequence[Place], view: View, form: Form
) -> AsyncGenerator[bytes, None]:
    """Yield what is there and what comes, until the attempt is over, the client goes or the server closes."""
    held = context_of(request).held
    quiet_s, last_at = 0.0, None  # when what is there at first was written is not for us to say
    with held.stream():
        request.scope[NARROW]()
        async with held.leaving(request) as leaving:
            while True:
                end = await end_of(request, places)
                for place in places:
                    await place.open()
                quiet_s += LOOK_EVERY_S
                for part in view.parts(
                    is_final=end is not None, last_at=end.ended_at if end is not None else last_at
                ):
                    quiet_s = 0.0
                    yield form.write(part)
                if end is not None:
                    yield form.end(end)
                    return
                if quiet_s >= BEAT_EVERY_S:
                    quiet_s = 0.0
                    yield form.beat()
                if await leaving.within(LOOK_EVERY_S):
                    return
                last_at = handle_of(request).now()
