"""Headers of answers, and parameters of the path, by their names."""

from __future__ import annotations

from typing import Any

_TEXT = {"type": "string"}

HEADERS: dict[str, tuple[str, dict[str, Any]]] = {
    "Accept-Ranges": ("Whether a Range header is answered: `bytes` or `none`.", _TEXT),
    "Allow": ("The methods that are possible on this path.", _TEXT),
    "Content-Range": ("The bytes that these are, and of how many.", _TEXT),
    "Content-Security-Policy": ("A browser may load and run nothing on behalf of this.", _TEXT),
    "ETag": ("Stands for the state that this answer shows; give it back in If-None-Match.", _TEXT),
    "Idempotency-Replayed": (
        "`true` where the key had been used: this run was made by an earlier request.",
        {"type": "string", "enum": ["true"]},
    ),
    "Link": ("The next page, `rel=next`; absent on the last one.", _TEXT),
    "Location": ("Path of the run.", _TEXT),
    "Retry-After": ("Seconds to wait before asking again.", {"type": "string", "pattern": "^[0-9]+$"}),
    "Set-Cookie": (
        "The cookie `petit_session`, HttpOnly and SameSite=Strict; under TLS, Secure.",
        _TEXT,
    ),
    "WWW-Authenticate": ("What a caller has to show (RFC 6750).", _TEXT),
    "X-Accel-Buffering": ("Tells a proxy to pass on what comes at once.", {"type": "string", "enum": ["no"]}),
    "X-Petit-Dropped": ("The bytes, `first-end`, that were dropped because the log is too long.", _TEXT),
    "X-Petit-Order": (
        "Whether the streams stand in the order of writing, or both grew between two looks at their sizes.",
        {"type": "string", "enum": ["exact", "approximate"]},
    ),
    "X-Petit-Size": (
        "Bytes written so far, dropped ones included.",
        {"type": "string", "pattern": "^[0-9]+$"},
    ),
    "X-Request-Id": (
        "The id of this request in the scheduler's log: yours where it is plain, else a new one.",
        _TEXT,
    ),
}
"""Descriptions and schemas."""

PATH_PARAMETERS: dict[str, tuple[str, str]] = {
    "job_id": ("Id of a job.", "hello_world"),
    "run_id": (
        "Id of a run, a UUID; runs sort by it in the order in which they were made.",
        "019b7651-ba00-7000-8000-000000000001",
    ),
    "task_id": ("Id of a task of the job.", "main"),
    "token_name": ("Name of a token.", "laptop"),
}
"""Descriptions and examples."""
