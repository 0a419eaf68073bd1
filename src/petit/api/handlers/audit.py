"""The audit record: every changing call of a known caller."""

from __future__ import annotations

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from petit.api import query
from petit.api.context import handle_of
from petit.api.responses import json_response, links
from petit.core.clock import Millis
from petit.core.ids import JobId, RunId
from petit.storage.records import AuditRow


class AuditView(msgspec.Struct, frozen=True, kw_only=True):
    """A call: who (`caller`), from where (`address`), what, and the status of its answer."""

    number: int
    at: Millis
    caller: str
    address: str
    method: str
    path: str
    status: int
    job_id: JobId | None
    run_id: RunId | None
    request_id: str | None

    @classmethod
    def of(cls, row: AuditRow) -> AuditView:
        """Show a row."""
        return cls(**{name: getattr(row, name) for name in cls.__struct_fields__})


async def list_audit(request: Request) -> Response:
    """List changing calls, newest first; the last 100,000 are kept."""
    limit = query.limit_of(request)
    before = query.cursor_of(request, query.Number)
    await handle_of(request).access.trail.flush()  # what was answered before this call is in the list
    rows = await handle_of(request).access.audit(limit=limit + 1 if limit else 0, before=before)
    shown = [AuditView.of(row) for row in rows[:limit]]
    cursor = query.write_cursor(shown[-1].number) if len(rows) > limit else None
    answer = {"calls": shown, "count": len(shown), "next_cursor": cursor}
    return json_response(answer, headers=links(request, next=cursor))
