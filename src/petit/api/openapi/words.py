"""The words of the document that belong to no single route."""

from __future__ import annotations

from petit.api.openapi.operation import Tag

CONVENTIONS = """\
Petit starts jobs on time and runs them as graphs of tasks. This is all that one can ask of a scheduler.

- Times are integer milliseconds since 1970-01-01T00:00Z, durations integer milliseconds (`*_ms`).
- Statuses are lower case. Ids of runs sort in the order in which the runs were made.
- An unknown member in a body is refused with 422, an unknown parameter in the query is not looked at.
- A HEAD is answered as the GET of the same path, without the body.
- A list is `{"<plural>": [...], "count": n}`. `next_cursor` and the header `Link` lead to what more there is.
- Every error is `application/problem+json` with `code`, a sentence in `detail`, and the evidence.
- Members and routes are added without notice. None is renamed or taken away within a major version.
"""

TAGS: dict[Tag, str] = {
    "health": "Is it well, and what do the figures say?",
    "scheduler": "The scheduler as a whole: its state, its pause, its job files.",
    "jobs": "What can be run.",
    "runs": "What was run and what is running.",
    "logs": "What tasks print.",
    "occurrences": "The ledger: every due time of every schedule has one fate.",
    "events": "What happens, as it happens.",
    "access": "Who may call, and who did.",
    "about": "Pages for people, and this document.",
}
"""Groups of operations, in the order in which they are shown."""
