"""The examples of the API document: what a real API answers when each of its routes is asked.

`make openapi` runs this module: it records them anew and writes `openapi.json`. Time is virtual, and ids are
drawn from a seed: the same code gives the same examples.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from tests.support.http import Answer, request
from tests.support.site import Site, site

from petit.api.openapi import document
from petit.api.routes import ROUTES
from petit.testing.executor import FAILS

ROOT = Path(__file__).parents[2]
EXAMPLES = document.EXAMPLES
DOCUMENT = ROOT / "openapi.json"
_LONGEST_TEXT = 1500
_STEADY = (
    # What differs from one machine or one moment to the next.
    (re.compile(r"\buid [0-9]+\b"), "uid 1000"),
    (re.compile(r"petit_[A-Za-z0-9_-]{43}"), "petit_" + "x" * 43),
    (re.compile(r'(?<="free_bytes": )[0-9]+'), "48318382080"),
    (re.compile(r'(?<="total_bytes": )[0-9]+'), "62725623808"),
    (re.compile(r"127\.0\.0\.1:[0-9]{4,5}\b"), "127.0.0.1:50000"),
    (re.compile(r'(?<="id": ")[0-9a-f]{16}(?=")'), "0123456789abcdef"),
)

JOBS = {
    "backup": (
        "name: Backup\ndescription: Saves the photos.\ntags: [nightly]\nschedule: '0 2 * * *'\n"
        "tasks:\n  - {id: copy, command: rsync, args: [-a, photos/, /backup/]}\n"
        "  - {id: check, command: sha256sum, args: [-c, list], depends_on: [copy]}\n"
    ),
    "report": "name: Report\ntasks:\n  - {id: render, command: render}\n",
    "feed": "schedule: '@hourly'\nmax_concurrency: 1\ntasks:\n  - {id: fetch, command: fetch}\n",
}


class Asked(NamedTuple):
    """How a route is asked, where it is not just its path."""

    query: str = ""
    body: Any = None
    params: Mapping[str, str] = {}
    headers: Mapping[str, str] = {}


ASKED: dict[str, Asked] = {
    "POST /api/scheduler/pause": Asked(body={"reason": "new disk"}),
    "POST /api/jobs/{job_id}/trigger": Asked(
        body={"reason": "before the trip", "queue": True}, headers={"Idempotency-Key": "trip-2026"}
    ),
    "GET /api/jobs/{job_id}/runs": Asked("limit=1"),
    "GET /api/jobs/{job_id}/occurrences": Asked("limit=2"),
    "GET /api/jobs/{job_id}/grid": Asked("runs=2"),
    "GET /api/jobs/{job_id}/days": Asked("zone=Europe/Berlin&from=2026-01-01&to=2026-12-31"),
    "GET /api/history": Asked("jobs=backup,feed&runs=2"),
    "GET /api/occurrences": Asked("fate=ran&limit=2"),
    "GET /api/runs": Asked("limit=1"),
    "GET /api/upcoming": Asked("limit=2"),
    "GET /api/audit": Asked("limit=1"),
    "POST /api/jobs/{job_id}/pause": Asked(body={"reason": "the server moves"}),
    "POST /api/runs/{run_id}/cancel": Asked(body={"reason": "wrong disk"}, params={"run_id": "running"}),
    "POST /api/runs/{run_id}/rerun": Asked(body={"from": "check", "reason": "the list was wrong"}),
    "GET /api/runs/{run_id}/events": Asked(params={"run_id": "running"}),
    "GET /api/runs/{run_id}/tasks/{task_id}/logs/search": Asked("q=beach&context=1"),
    "POST /api/tokens": Asked(body={"name": "laptop", "scopes": ["trigger"], "jobs": ["backup*"]}),
    "POST /api/validate": Asked(body={"text": "schedule: '0 2 * *'\ntasks: [{id: copy, command: rsync}]\n"}),
}

WITHOUT = {
    "GET /",
    "GET /api/openapi.json",
    "GET /api/docs",
    "GET /api/docs/page.js",
    "GET /api/docs/page.css",
    "GET /api/schema/job.json",
}
"""Pages, the document itself, and a schema that would be a tenth of it."""

STREAMS = {"GET /api/events", "GET /api/runs/{run_id}/events"}
"""They never end: only their beginning is taken."""


async def record(path: Path) -> dict[str, Any]:
    """Ask every route once and return what came, by method and path."""
    async with site(path, jobs=JOBS) as api:
        await api.world.clock.advance(26 * 3600 * 1000)
        done = await _finished_run(api)
        await _failed_run(api)
        routes = sorted(
            (route for route in ROUTES if document.key_of(route) not in WITHOUT),
            key=lambda each: each.method != "GET",
        )
        recorded: dict[str, Any] = {}
        for route in routes:
            key = document.key_of(route)
            asked = ASKED.get(key, Asked())
            params = {
                "job_id": "backup",
                "task_id": "copy",
                "run_id": done,
                "token_name": "laptop",
                **asked.params,
            }
            if params["run_id"] == "running":
                params["run_id"] = await api.trigger("backup")
            where = _filled(route.path, params)
            where += f"?{asked.query}" if asked.query else ""
            if key == "POST /api/session":
                asked = Asked(body={"token": await _secret(api)})
            recorded[key] = await _example(api, key, where, asked)
        await api.world.clock.advance(60_000)
    steady: dict[str, Any] = json.loads(_steady(json.dumps(recorded)))
    return dict(sorted(steady.items()))


def _filled(path: str, params: Mapping[str, str]) -> str:
    return re.sub(r"\{([a-z_]+)\}", lambda name: quote(params[name[1]]), path)


async def _secret(api: Site) -> str:
    made = await api.post("/api/tokens", {"name": "browser", "scopes": ["read"]})
    secret: str = made.json()["secret"]
    return secret


async def _finished_run(api: Site) -> str:
    run_id = await api.trigger("backup")
    api.write_log(
        run_id, "copy", "stdout", b"sending incremental file list\nbeach.jpg\n\nsent 2,113,045 bytes\n"
    )
    await api.world.clock.advance(60_000)
    return run_id


async def _failed_run(api: Site) -> None:
    api.world.executor.script["render"] = FAILS
    run_id = await api.trigger("report")
    api.write_log(run_id, "render", "stderr", b"reading template\nerror: unknown font 'Garamont'\n")
    await api.world.clock.advance(60_000)


async def _example(api: Site, key: str, where: str, asked: Asked) -> dict[str, Any]:
    method = key.partition(" ")[0]
    if key in STREAMS:
        answer = await _beginning(api, where)
    else:
        answer = await api.ask(method, where, asked.body, headers=dict(asked.headers))
    assert answer.status < 300, (key, answer)
    media_type = answer.headers.get("content-type", "")
    is_json = media_type.endswith("json") and not media_type.endswith("ndjson")
    example: dict[str, Any] = {} if asked.body is None else {"body": asked.body}
    told = answer.json() if is_json else _short(answer.body.decode())
    return example | {"asked": where, "status": answer.status, "media_type": media_type, "answer": told}


async def _beginning(api: Site, where: str) -> Answer:
    connection = await api.connect()
    await connection.send(request("GET", where, {"Host": f"localhost:{api.port}"}))
    status, headers = await connection.head()
    await api.trigger("backup")
    await api.world.clock.advance(100)
    body = b""
    while body.count(b"\n\n") < 3:
        body += await connection.chunk()
    await connection.close()
    return Answer(status, headers, b"\n\n".join(body.split(b"\n\n")[:3]) + b"\n\n")


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_TEXT else text[: text.rindex("\n", 0, _LONGEST_TEXT) + 1]


def _steady(text: str) -> str:
    for pattern, word in _STEADY:
        text = pattern.sub(word, text)
    return text


def write_all() -> None:
    """Write the examples and the document."""
    with tempfile.TemporaryDirectory() as home:
        recorded = asyncio.run(record(Path(home)))
    EXAMPLES.write_text(json.dumps(recorded, indent=1, ensure_ascii=False) + "\n")
    DOCUMENT.write_bytes(document.write_document(ROUTES))
    sys.stdout.write(f"{len(recorded)} examples, {DOCUMENT.stat().st_size} bytes of {DOCUMENT.name}\n")


if __name__ == "__main__":
    write_all()
