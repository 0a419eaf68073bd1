"""The output of a task: whole, its end, from a byte on, a range, as it comes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from starlette.requests import Request
from starlette.responses import Response

from petit.api import query
from petit.api.accept import preferred
from petit.api.context import context_of, handle_of
from petit.api.errors import BadRequest
from petit.api.log_forms import EVENTS, LINES, TEXT, Events, Form, LastSeen, Lines, Text, last_seen
from petit.api.log_places import Place
from petit.api.log_stream import SAFE_HEADERS, LogResponse, following, present, section
from petit.api.log_view import AsWritten, InLines, View
from petit.api.ranges import wanted_range

_STREAMS = ("stdout", "stderr", "combined")
_FORMS = (TEXT, LINES, EVENTS)
_LONGEST_TAIL = 100_000  # lines; finding more of them would keep a core busy for a while


async def task_log(request: Request) -> Response:
    """Send the log of an attempt, the newest one by default.

    As text, one stream is what the task wrote, byte for byte. Both together come line by line in the order in
    which they were begun, as far as it is known: their sizes are looked at while the task runs, every 0.1 s
    while they grow, at least once a second. What was written on both between two looks has stdout first, and
    the header X-Petit-Order says `approximate`.

    As NDJSON each line is an object. `at` is when it was first seen by one of these looks; the last of a task
    that is over were seen when it ended. Lines over 16 KiB come in pieces. As events the same objects come as
    `line`; the last event, `end`, tells how the attempt ended. Events follow the log unless told not to, and
    go on behind the one whose id is in Last-Event-ID, with the same attempt; behind `end` the answer is 204.

    A task that has not begun is waited for if its log is followed.
    """
    form = preferred(request.headers.get("accept"), _FORMS)
    seen = last_seen(request.headers.get("last-event-id")) if form == EVENTS else None
    if seen is not None and seen.is_end:
        return Response(None, 204, SAFE_HEADERS)
    places = await _places(request, seen)
    try:
        return _answer(request, places, form)
    except BaseException:
        _close(places)
        raise


async def _places(request: Request, seen: LastSeen | None) -> list[Place]:
    stream = query.choice(request, "stream", _STREAMS) or "combined"
    attempt = await _attempt(request, seen)
    streams = ("stdout", "stderr") if stream == "combined" else (stream,)
    places = [Place(request, each, attempt) for each in streams]
    try:
        for place in places:
            await place.open()
            start = await _start(request, place)
            place.offset = start if seen is None else seen.offsets[place.stream]
    except BaseException:
        _close(places)
        raise
    return places


def _close(places: Sequence[Place]) -> None:
    for place in places:
        place.close()


async def _attempt(request: Request, seen: LastSeen | None) -> int | None:
    """Return the attempt that is asked for: the newest one there is now, unless it is named."""
    named = query.whole(request, "attempt") if seen is None or seen.attempt is None else seen.attempt
    rows = await handle_of(request).attempts(request.path_params["run_id"], request.path_params["task_id"])
    return named if named is not None or not rows else rows[-1].number


async def _start(request: Request, place: Place) -> int:
    offset, tail = query.whole(request, "offset"), query.whole(request, "tail")
    if offset is not None and tail is not None:
        raise BadRequest("'offset' and 'tail' exclude each other", parameter="tail")
    if tail is None or place.log is None:
        return offset or 0
    return await asyncio.to_thread(place.log.tail_offset, min(tail, _LONGEST_TAIL))


def _answer(request: Request, places: Sequence[Place], form: str) -> Response:
    is_text = form == TEXT
    headers = _facts(places, is_text=is_text)
    view: View = AsWritten(places[0]) if is_text and len(places) == 1 else InLines(places)
    does_follow = query.flag(request, "follow") or (form == EVENTS and "follow" not in request.query_params)
    if does_follow:
        context_of(request).held.expect_stream()
    elif headers["accept-ranges"] == "bytes" and not {"offset", "tail"} & request.query_params.keys():
        return _whole_or_range(request, places[0], headers)
    parts = (following if does_follow else present)(request, places, view, _form(form, places))
    return LogResponse(
        parts, places, stall_s=_stall_s(request), headers=headers, media_type=form
    )  # fmt: skip


def _form(form: str, places: Sequence[Place]) -> Form:
    if form == TEXT:
        return Text()
    if form == LINES:
        return Lines()
    return Events(places)


def _facts(places: Sequence[Place], *, is_text: bool) -> dict[str, str]:
    """Tell in headers what the text does not: sizes, gaps, whether the order is that of writing."""
    if len(places) > 1:
        order = "exact" if InLines(places).is_exact else "approximate"
        return {"x-petit-order": order, "accept-ranges": "none"}
    log = places[0].log
    dropped = None if log is None else log.dropped
    has_ranges = is_text and log is not None and dropped is None
    facts = {"x-petit-size": str(places[0].size), "accept-ranges": "bytes" if has_ranges else "none"}
    return facts if dropped is None else {**facts, "x-petit-dropped": f"{dropped[0]}-{dropped[1]}"}


def _whole_or_range(request: Request, place: Place, headers: Mapping[str, str]) -> Response:
    size = place.size
    is_conditional = "if-range" in request.headers  # there is no tag that it could match
    wanted = None if is_conditional else wanted_range(request.headers.get("range"), size)
    start, end = wanted or (0, size)
    facts = {**headers, "content-length": str(end - start)}
    if wanted is not None:
        facts["content-range"] = f"bytes {start}-{end - 1}/{size}"
    return LogResponse(
        section(place, start, end), [place],
        stall_s=_stall_s(request), status=200 if wanted is None else 206, headers=facts,
    )  # fmt: skip


def _stall_s(request: Request) -> float:
    return context_of(request).settings.stall_s
