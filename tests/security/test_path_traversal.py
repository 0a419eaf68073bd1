"""No id in a path leads to a file: what is outside of an attempt's log is never sent."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from pathlib import Path

from tests.support.http import request
from tests.support.routes import READING
from tests.support.scale import scale
from tests.support.site import Site

CANARY = b"canary-7f3a"
STEPS = [
    "..", "%2e%2e", "%2E%2e", ".%2e", "..%2f", "..%5c", "..\\", "%252e%252e", "%c0%ae%c0%ae", "..;", "....//",
    "..%00", "%2e%2e%2f%2e%2e", "..%ef%bc%8f", "~", ".", "%2f", "/", "//", "%00", "%2e%2e%5c",
    "..%252f", "..%c0%af", "%uff0e%uff0e%u2215", "\u2024\u2024", "..%0d%0a",
]  # fmt: skip
ENDS = [
    "", "secret", "stdout", "etc/passwd", "%2fetc%2fpasswd", "main", "main%00.txt", "..%2fsecret", "petit.db",
    "proc/self/environ", "proc/self/cwd/secret", "stdout%00", "secret%23", "secret%3f",
]  # fmt: skip
PAYLOADS = [
    "/".join([step] * depth) + ("/" if end else "") + end
    for step, depth, end in itertools.product(STEPS, (1, 3, 6), ENDS)
]
FURTHER = [
    "/api/runs/{run_id}/tasks/main/logs/{bad}", "/api/runs/{run_id}/tasks/main/logs?stream={bad}",
    "/api/runs/{run_id}/tasks/main/logs?attempt={bad}", "/api/jobs/hello/definition?hash={bad}", "/{bad}",
    "/assets/{bad}", "/api/docs/{bad}", "/static/{bad}",
]  # fmt: skip


def targets() -> Iterator[str]:
    """Every place of every path that a client fills, one at a time."""
    for route in READING:
        names = re.findall(r"\{(\w+)\}", route.path)
        for name in names:
            yield route.path.replace(f"{{{name}}}", "{bad}")
        if not names:
            yield f"{route.path.rstrip('/')}/{{bad}}"
    yield from FURTHER


def attacks() -> Iterator[str]:
    """Each payload in each place; at the gate, each in the next one."""
    places = sorted(set(targets()))
    at_gate = zip(PAYLOADS, itertools.cycle(places), strict=False)
    for payload, place in at_gate if scale() == "gate" else itertools.product(PAYLOADS, places):
        yield place.replace("{bad}", payload)


async def test_no_path_leads_outside(api: Site) -> None:
    run_id = await api.trigger("hello")
    await api.world.clock.advance(100)
    log = api.write_log(run_id, "main", "stdout", b"fine\n")
    for place in (log.parent, *log.parents[1:6], api.world.jobs_dir):
        (place / "secret").write_bytes(CANARY)
    (log.parent / "stdout.gap.new").write_bytes(CANARY)
    known = {path: (await api.get(path)).body for path in ("/", "/api/docs")}

    sent = leaked = 0
    connection = await api.connect()
    for attack in attacks():
        path = attack.format(job_id="hello", run_id=run_id, task_id="main")
        await connection.send(request("GET", path.encode().decode("latin-1"), {"Host": "localhost"}))
        answer = await connection.answer()
        sent += 1
        leaked += any(each in answer.body for each in (CANARY, b"root:", b"SQLite format", b"PATH="))
        assert answer.status in {200, 400, 404, 405}, path
        if answer.status == 200 and not answer.headers["content-type"].startswith("application/json"):
            assert answer.body in {b"fine\n", *known.values()}, path
        if "connection" in answer.headers:
            await connection.close()
            connection = await api.connect()
    print(f"{len(PAYLOADS)} payloads, {sent} requests, {leaked} leaked")
    assert leaked == 0
    assert len(PAYLOADS) >= 1000


async def test_a_log_that_is_a_link_is_not_followed(api: Site, tmp_path: Path) -> None:
    run_id = await api.trigger("hello")
    await api.world.clock.advance(100)
    secret = tmp_path / "secret"
    secret.write_bytes(CANARY)
    log = api.write_log(run_id, "main", "stdout", b"")
    log.unlink()
    log.symlink_to(secret)
    answer = await api.get(f"/api/runs/{run_id}/tasks/main/logs")
    assert CANARY not in answer.body
    assert answer.status == 500
