"""The output of a task: whole, its end, from a byte on, a range, as it comes."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from petit.api import query
from petit.api.context import context_of, handle_of
from petit.api.errors import BadRequest
from petit.api.log_stream import LogResponse, Place, following, present, section
from petit.api.ranges import wanted_range

_STREAMS = ("stdout", "stderr", "combined")
_LONGEST_TAIL = 100_000  # lines; finding more of them would keep a core busy for a while


async def task_log(request: Request) -> Response:
    """Send the log of an attempt, the newest one by default.

    `stream` is stdout, stderr or combined (the default): first one, then the other, or as they come with
    `follow`. `tail` counts lines, `offset` bytes, of each stream. A Range is answered of one whole stream.
    """
    stream = query.choice(request, "stream", _STREAMS) or "combined"
    attempt = await _attempt(request)
    streams = ("stdout", "stderr") if stream == "combined" else (stream,)
    places = [Place(request, each, attempt) for each in streams]
    try:
        for place in places:
            await place.open()
            place.offset = await _start(request, place)
        return _answer(request, places)
    except BaseException:
        for place in places:
            place.close()
        raise


async def _attempt(request: Request) -> int | None:
    """Return the attempt that is asked for: the newest one there is now, unless it is named."""
    named = query.whole(request, "attempt")
    rows = await handle_of(request).attempts(request.path_params["run_id"], request.path_params["task_id"])
    return named if named is not None or not rows else rows[-1].number


async def _start(request: Request, place: Place) -> int:
    offset, tail = query.whole(request, "offset"), query.whole(request, "tail")
    if offset is not None and tail is not None:
        raise BadRequest("'offset' and 'tail' exclude each other", parameter="tail")
    if tail is None or place.log is None:
        return offset or 0
    return await asyncio.to_thread(place.log.tail_offset, min(tail, _LONGEST_TAIL))


def _answer(request: Request, places: list[Place]) -> Response:
    stall_s = context_of(request).settings.stall_s
    headers = _facts(places)
    if query.flag(request, "follow"):
        context_of(request).held.expect_stream()
        parts = following(request, places)
        return LogResponse(parts, places, stall_s=stall_s, headers=headers)
    is_whole = len(places) == 1 and not {"offset", "tail"} & request.query_params.keys()
    if not is_whole or places[0].log is None or places[0].log.dropped is not None:
        return LogResponse(present(places), places, stall_s=stall_s, headers=headers)
    return _whole_or_range(request, places[0], headers, stall_s)


def _facts(places: list[Place]) -> dict[str, str]:
    """Tell in headers what the text does not: sizes, gaps, that the order is not that of writing."""
    if len(places) > 1:
        return {"x-petit-order": "approximate", "accept-ranges": "none"}
    log = places[0].log
    dropped = None if log is None else log.dropped
    facts = {"x-petit-size": str(places[0].size), "accept-ranges": "bytes" if dropped is None else "none"}
    return facts if dropped is None else {**facts, "x-petit-dropped": f"{dropped[0]}-{dropped[1]}"}


def _whole_or_range(request: Request, place: Place, headers: dict[str, str], stall_s: float) -> Response:
    size = place.size
    is_conditional = "if-range" in request.headers  # there is no tag that it could match
    wanted = None if is_conditional else wanted_range(request.headers.get("range"), size)
    start, end = wanted or (0, size)
    headers["content-length"] = str(end - start)
    if wanted is not None:
        headers["content-range"] = f"bytes {start}-{end - 1}/{size}"
    return LogResponse(
        section(place, start, end), [place],
        stall_s=stall_s, status=200 if wanted is None else 206, headers=headers,
    )  # fmt: skip
