"""What happens, as it happens."""

from __future__ import annotations

from petit.api.errors import TooManyStreams
from petit.api.handlers.events import EVENT_STREAM
from petit.api.openapi.event_shapes import events
from petit.api.openapi.operation import Answer, Operation, Parameter
from petit.core.errors import RunNotFound

_STREAM = Answer(
    None,
    "Events, until the reader goes or the scheduler stops.",
    media_type=f"{EVENT_STREAM}; charset=utf-8",
    headers=("Content-Security-Policy", "X-Accel-Buffering"),
    events=events(),
)
_RESUME = (
    Parameter("Last-Event-ID", str, "Go on behind this event.", place="header"),
    Parameter(
        "last_event_id", str, "The same, for who cannot send headers. The header counts if both are there."
    ),
)

OPERATIONS = {
    "GET /api/events": Operation(
        "Follow all events", "events", (_STREAM,), _RESUME, errors=(TooManyStreams,)
    ),
    "GET /api/runs/{run_id}/events": Operation(
        "Follow the events of a run",
        "events",
        (_STREAM, Answer(None, "The run is over: do not connect again.", status=204, media_type="")),
        _RESUME,
        errors=(RunNotFound, TooManyStreams),
    ),
}
