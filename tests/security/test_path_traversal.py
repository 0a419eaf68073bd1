"""No id in a path leads to a file: what is outside of an attempt's log is never sent."""

from __future__ import annotations

import itertools
from pathlib import Path

from tests.support.http import request
from tests.support.site import Site

CANARY = b"canary-7f3a"
STEPS = [
    "..", "%2e%2e", "%2E%2e", ".%2e", "..%2f", "..%5c", "..\\", "%252e%252e", "%c0%ae%c0%ae", "..;", "....//",
    "..%00", "%2e%2e%2f%2e%2e", "..%ef%bc%8f", "~", ".", "%2f", "/", "//", "%00",
]  # fmt: skip
ENDS = ["", "secret", "stdout", "etc/passwd", "%2fetc%2fpasswd", "main", "main%00.txt", "..%2fsecret"]
TARGETS = [
    "/api/runs/{run}/tasks/{bad}/logs",
    "/api/runs/{bad}/tasks/main/logs",
    "/api/runs/{run}/tasks/main/logs/{bad}",
    "/api/runs/{run}/tasks/main/logs?stream={bad}",
    "/api/runs/{run}/tasks/main/logs?attempt={bad}",
    "/api/runs/{run}/tasks/{bad}/attempts",
    "/api/jobs/{bad}",
    "/{bad}",
]


async def test_no_path_leads_outside(api: Site) -> None:
    run_id = await api.trigger("hello")
    await api.world.clock.advance(100)
    log = api.write_log(run_id, "main", "stdout", b"fine\n")
    places = [log.parent, *log.parents[1:4], api.world.jobs_dir]
    for place in places:
        (place / "secret").write_bytes(CANARY)
    (log.parent / "stdout.gap.new").write_bytes(CANARY)

    bad = [
        "/".join([step] * depth) + ("/" if end else "") + end
        for step, depth, end in itertools.product(STEPS, (1, 3, 6), ENDS)
    ]
    sent = leaked = 0
    connection = await api.connect()
    for text, target in zip(bad * 2, itertools.cycle(TARGETS), strict=False):
        path = target.format(run=run_id, bad=text)
        await connection.send(request("GET", path, {"Host": "localhost"}))
        answer = await connection.answer()
        sent += 1
        leaked += CANARY in answer.body or b"root:" in answer.body
        assert answer.status in {200, 400, 404}, path
        if answer.status == 200:
            assert answer.body in {b"fine\n", (await api.get("/")).body}, path
        if "connection" in answer.headers:
            connection = await api.connect()
    print(f"{sent} paths, {leaked} leaked")
    assert leaked == 0
    assert sent >= 900


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
