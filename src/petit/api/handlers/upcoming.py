"""What is to come."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from petit.api import query
from petit.api.context import handle_of
from petit.api.responses import json_response


async def list_upcoming(request: Request) -> Response:
    """List the due times to come, the earliest first, before `until`.

    A run that was triggered with a `run_at` is among them, with its `run_id` and without a schedule.

    `will` is what becomes of each if things stay as they are: `run`, `wait` (it queues) or `skip`, and
    `reason` says why in the words of the ledger. Runs of now are held against the next due
    time of their job only; dependencies are judged when the time has come.
    """
    limit = query.limit_of(request)
    told = await handle_of(request).upcoming(
        limit=limit, until=query.whole(request, "until"), job_id=query.single(request, "job")
    )
    return json_response({"upcoming": told, "count": len(told)})
