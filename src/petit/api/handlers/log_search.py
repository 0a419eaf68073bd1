"""Finding something in a log."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response

from petit.api import query
from petit.api.context import context_of, handle_of
from petit.api.errors import BadRequest
from petit.api.handlers.log_index import STREAMS
from petit.api.log_forms import LINES
from petit.api.log_stream import LogResponse

if TYPE_CHECKING:
    from petit.core.log_search import Wanted
    from petit.scheduler.log_searches import LogFinds

_LONGEST_TEXT = 1_000
_MOST_CONTEXT = 20
_MOST_HITS = 10_000
_CONTEXT = 3
_HITS = 1_000
_LOOK_EVERY_S = 60.0
_NOTHING = b'{"type":"end","count":0,"shown":0,"is_complete":true,"stopped":null}\n'


async def log_search(request: Request) -> Response:
    """Find the lines of a log that have a text, match a pattern, or tell of an error.

    They come as they are found, an object on each line, with the lines around them; at last how many there
    are in all, beyond `limit` too. A line of more than 4 KiB is taken in pieces of 4 KiB, each of which
    counts as one: a text is found in the piece where it begins, a pattern sees one piece at a time.

    A search takes at most 30 seconds of a processor, and 2 of these in one line: then it ends, and says so.
    It ends when its client goes. Four go on at a time; others wait.
    """
    from petit.core.log_search import BadPattern  # noqa: PLC0415 - only the dashboard asks

    wanted = _wanted(request)
    stream = query.choice(request, "stream", STREAMS) or "stdout"
    handle, params = handle_of(request), request.path_params
    attempt = await handle.attempt(params["run_id"], params["task_id"], query.whole(request, "attempt"))
    held = context_of(request).held
    held.expect_stream()
    try:
        finds = None
        if attempt is not None:
            finds = await held.until(request, handle.log_search(attempt, stream, wanted))
    except BadPattern as error:
        raise BadRequest(f"'q' is no pattern: {error}", parameter="q") from None
    return LogResponse(
        _found(request, finds),
        [] if finds is None else [finds],
        stall_s=context_of(request).settings.stall_s,
        headers={},
        media_type=LINES,
    )


def _wanted(request: Request) -> Wanted:
    from petit.core.log_search import Wanted  # noqa: PLC0415 - as above

    text = query.single(request, "q") or ""
    is_error = query.flag(request, "errors")
    if bool(text) == is_error:
        raise BadRequest("say what to look for: either 'q' or 'errors'", parameter="q")
    if len(text) > _LONGEST_TEXT or "\n" in text:
        raise BadRequest(f"'q' is a text of one line and at most {_LONGEST_TEXT} characters", parameter="q")
    context, limit = query.whole(request, "context"), query.whole(request, "limit")
    return Wanted(
        text=text,
        is_pattern=query.flag(request, "regex"),
        is_exact=query.flag(request, "case"),
        is_error=is_error,
        context=_CONTEXT if context is None else min(context, _MOST_CONTEXT),
        limit=_HITS if limit is None else min(limit, _MOST_HITS),
    )


async def _found(request: Request, finds: LogFinds | None) -> AsyncGenerator[bytes, None]:
    """Yield what is found until all is told, the client goes or the server closes."""
    if finds is None:
        yield _NOTHING
        return
    held = context_of(request).held
    with held.stream():
        async with held.leaving(request) as leaving:
            while True:
                reading = asyncio.ensure_future(finds.read())
                try:
                    while not reading.done():
                        if await leaving.before(reading, _LOOK_EVERY_S):
                            return
                finally:
                    reading.cancel()
                if not (data := reading.result()):
                    return
                yield data
