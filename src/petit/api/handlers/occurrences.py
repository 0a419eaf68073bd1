"""The ledger: every due time and what became of it."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from petit.api import query
from petit.api.context import handle_of
from petit.api.responses import page
from petit.api.views import OccurrenceView
from petit.core.clock import Millis
from petit.core.ids import JobId
from petit.storage.base import OccurrenceFilter

_FATES = ("ran", "skipped", "missed")


async def list_all(request: Request) -> Response:
    """List due times of all jobs, newest first: `since` inclusive, `until` exclusive."""
    return await _page(request, query.single(request, "job"))


async def list_of_job(request: Request) -> Response:
    """List due times of one job, newest first; of a removed one too."""
    return await _page(request, request.path_params["job_id"])


async def _page(request: Request, job_id: JobId | None) -> Response:
    limit = query.limit_of(request)
    which = OccurrenceFilter(
        job_id=job_id,
        fate=query.choice(request, "fate", _FATES),
        reason=query.single(request, "reason"),
        since=query.whole(request, "since"),
        until=query.whole(request, "until"),
    )
    before = query.cursor_of(request, tuple[Millis, JobId, str])
    found = await handle_of(request).occurrences(which, limit=limit + 1 if limit else 0, before=before)
    shown = found[:limit]
    cursor = query.write_cursor(shown[-1].place) if len(found) > limit else None
    return page(request, "occurrences", [OccurrenceView.of(each) for each in shown], cursor)
