"""Is it well, and what is this?"""

from __future__ import annotations

from petit.api.openapi.operation import Answer, Operation
from petit.api.openapi.shapes import Alive, Degraded, Health

OPERATIONS = {
    "GET /": Operation(
        "Show the first page",
        "about",
        (Answer(None, "A page for people.", media_type="text/html; charset=utf-8", headers=("ETag",)),),
    ),
    "GET /api/health": Operation(
        "Say whether all is well",
        "health",
        (
            Answer(Health, "All is well."),
            Answer(Degraded, "Something is not; `checks` says what.", status=503),
        ),
    ),
    "GET /api/health/live": Operation(
        "Say that somebody answers",
        "health",
        (Answer(Alive, "The process answers, whatever else is wrong with it."),),
    ),
}
