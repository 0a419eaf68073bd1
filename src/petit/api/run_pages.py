"""Pages of runs, newest first, that lead on to older runs and back to newer ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from petit.api import query
from petit.api.context import handle_of
from petit.api.errors import BadRequest
from petit.api.responses import encode, links, tagged
from petit.api.views import Run
from petit.core.ids import RunId, is_run_id
from petit.storage.base import RunFilter
from petit.storage.records import RunRow


class _Newer(msgspec.Struct, frozen=True):
    """A cursor to the runs next above this one; that to older runs is the bare id of the last one shown."""

    after: RunId


_PLACE: Any = RunId | _Newer


class RunPage(NamedTuple):
    """A page of runs, with the cursors of the pages beside it; None where there is none."""

    rows: Sequence[RunRow]
    next_cursor: str | None
    prev_cursor: str | None


async def list_page(request: Request, which: RunFilter) -> Response:
    """Answer with the page that `limit` and `cursor` ask for."""
    found = await read_page(request, which, query.limit_of(request))
    runs = [Run.of(row) for row in found.rows]
    body = {
        "runs": runs, "count": len(runs), "next_cursor": found.next_cursor, "prev_cursor": found.prev_cursor
    }  # fmt: skip
    return tagged(request, encode(body), links_of(request, found))


def links_of(request: Request, found: RunPage) -> dict[str, str]:
    """Return the Link header to the pages beside this one."""
    return links(request, next=found.next_cursor, prev=found.prev_cursor)


async def read_page(request: Request, which: RunFilter, limit: int) -> RunPage:
    """Read the page that `cursor` names, the newest one without it."""
    before, after = _place(request)
    if limit == 0:
        return RunPage((), None, None)
    handle = handle_of(request)
    rows = await handle.runs(which, limit=limit + 1, before=before, after=after)
    is_more = len(rows) > limit
    if after is not None:
        rows = rows[-limit:]
        is_newer = is_more
        is_older = bool(rows) and bool(await handle.runs(which, limit=1, before=rows[-1].id))
    else:
        rows = rows[:limit]
        is_older = is_more
        is_newer = bool(rows and before) and bool(await handle.runs(which, limit=1, after=rows[0].id))
    return RunPage(
        rows,
        query.write_cursor(rows[-1].id) if is_older else None,
        query.write_cursor(_Newer(rows[0].id)) if is_newer else None,
    )


def _place(request: Request) -> tuple[RunId | None, RunId | None]:
    """Read `cursor`: the run that the page lies next below, or next above."""
    place: RunId | _Newer | None = query.cursor_of(request, _PLACE)
    named = place.after if isinstance(place, _Newer) else place
    if named is not None and not is_run_id(named):
        raise BadRequest("this cursor was not made here", parameter="cursor")
    return (None, named) if isinstance(place, _Newer) else (named, None)
