"""What happens, as it happens."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from petit.api import query
from petit.api.context import context_of, handle_of
from petit.api.errors import BadRequest
from petit.api.event_stream import events, has_more
from petit.api.log_stream import LogResponse
from petit.core.ids import RunId
from petit.core.states import RUN_OVER

EVENT_STREAM = "text/event-stream"
_LONGEST_ID = 64


async def all_events(request: Request) -> Response:
    """Follow what happens, as server-sent events.

    Each has an `id` that grows, an `event` that names what happened (`run_started`, `task_failed`,
    `occurrence_skipped` ...) and JSON in `data`: its members, and the run or the task as it is from then on,
    as its own route shows it. Who comes back with `Last-Event-ID` misses nothing and hears
    nothing twice. The event `reset` says that this cannot be: read anew what is shown; what follows is whole.
    Every 15 s something is sent. A reader who takes nothing is left.
    """
    return _stream(request, None, _seen(request))


async def run_events(request: Request) -> Response:
    """Follow what happens to a run, as server-sent events, until it is over.

    As for all events. 204, which tells a browser not to come again, where the run is over and nothing of it
    is left to tell.
    """
    run = await handle_of(request).run(request.path_params["run_id"])
    seen = _seen(request)
    if run.status in RUN_OVER and (seen is None or not has_more(handle_of(request).feed, run.id, seen)):
        return Response(b"", 204, {"cache-control": "no-store"})
    return _stream(request, run.id, seen)


def _seen(request: Request) -> str | None:
    """Read where the reader has been; a header, which a browser sends when it comes back, is newer."""
    header = request.headers.get("last-event-id")
    seen = header or query.single(request, "last_event_id") or None
    if seen is not None and len(seen) > _LONGEST_ID:
        raise BadRequest("this Last-Event-ID was not made here", parameter="Last-Event-ID")
    return seen


def _stream(request: Request, run_id: RunId | None, seen: str | None) -> Response:
    context = context_of(request)
    if request.method != "HEAD":
        context.held.expect_stream()
    parts = events(request, run_id, seen)
    headers = {"x-accel-buffering": "no"}
    return LogResponse(parts, (), stall_s=context.settings.stall_s, headers=headers, media_type=EVENT_STREAM)
