"""The runs of all jobs."""

from __future__ import annotations

from typing import get_args

from starlette.requests import Request
from starlette.responses import Response

from petit.api import query
from petit.api.errors import BadRequest
from petit.api.run_pages import list_page
from petit.core.states import RunStatus, Trigger
from petit.storage.base import RunFilter

STATUSES: tuple[RunStatus, ...] = get_args(RunStatus)
TRIGGERS: tuple[Trigger, ...] = get_args(Trigger)


async def list_runs(request: Request) -> Response:
    """List the runs of all jobs, newest first.

    Times are those of creation: `since` inclusive, `until` exclusive. `q` is the beginning of a run id;
    what no run id begins with finds nothing. A page costs the same however many runs are stored.
    `next_cursor` leads to older runs, `prev_cursor` back to newer ones.
    """
    prefix = query.single(request, "q")
    which = RunFilter(
        job_id=query.single(request, "job"),
        statuses=_statuses(request),
        trigger=query.choice(request, "trigger", TRIGGERS),
        since=query.whole(request, "since"),
        until=query.whole(request, "until"),
        id_prefix=None if prefix is None else prefix.lower(),
    )
    return await list_page(request, which)


def _statuses(request: Request) -> tuple[RunStatus, ...]:
    """Read `status`: several times, or several in one with commas, or both."""
    named = [each for value in request.query_params.getlist("status") for each in value.split(",")]
    for each in named:
        if each not in STATUSES:
            raise BadRequest(
                f"'status' must be one of {', '.join(STATUSES)}, not {each[:64]!r}",
                parameter="status", allowed=list(STATUSES),
            )  # fmt: skip
    return tuple(status for status in STATUSES if status in named)
