"""Long logs at a first look."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.support.site import Site

from petit.execution.keeper import index
from petit.testing.executor import HOLDS

LINE = b"x" * 99 + b"\n"


async def finished(api: Site, data: bytes = b"", stream: str = "stdout") -> str:
    """Return the path of the logs of a run that is over."""
    run_id = await api.trigger("hello")
    if data:
        api.write_log(run_id, "main", stream, data)
    await api.world.clock.advance(100)
    return f"/api/runs/{run_id}/tasks/main/logs"


async def look(api: Site, log: str, query: str = "") -> dict[str, Any]:
    answer = await api.get(f"{log}/index{query}")
    assert (answer.status, answer.headers["cache-control"]) == (200, "no-store")
    found: dict[str, Any] = answer.json()
    return found


async def test_a_short_log(api: Site) -> None:
    log = await finished(api, b"one\nERROR \x1b[1mtwo\x1b[0m\nthree")
    told = await look(api, log)
    ended_at = (await api.get(log.replace("/logs", "/attempts"))).json()["attempts"][0]["ended_at"]
    assert told == {
        "run_id": log.split("/")[3],
        "task_id": "main",
        "attempt": 1,
        "stream": "stdout",
        "size": 27,
        "is_live": False,
        "lines": 3,
        "marks": [[0, 1, ended_at]],
        "first_error": {"offset": 4, "line": 2, "text": "ERROR two"},
        "landing": 4,
        "dropped": None,
    }


async def test_marks_are_at_the_beginnings_of_lines(api: Site) -> None:
    log = await finished(api, LINE * 3_000)
    told = await look(api, log)
    assert [mark[:2] for mark in told["marks"]] == [
        [0, 1],
        [65_600, 657],
        [131_100, 1_312],
        [196_700, 1_968],
        [262_200, 2_623],
    ]
    assert (told["lines"], told["landing"], told["first_error"]) == (3_000, 300_000, None)


async def test_the_quick_answer_says_nothing_that_takes_reading_it_all(api: Site) -> None:
    log = await finished(api, b"error 1\n" + LINE * 3_000 + b"error 2\nbye\n")
    told = await look(api, log, "?marks=false")
    assert (told["lines"], told["marks"], told["first_error"]) == (None, [], None)
    assert (told["size"], told["landing"]) == (300_020, 300_008)
    assert (await look(api, log))["first_error"] == {"offset": 0, "line": 1, "text": "error 1"}


@pytest.mark.parametrize(
    ("stream", "data", "landing"),
    [
        ("stdout", b"a\nb\n", 4),
        ("stderr", b"a\nb\n", 2),
        ("stderr", b"a\n\n\n", 0),
        ("stderr", b"fatal\nb\n", 0),
        ("stdout", b"panic\nerror\nb\n", 6),
        ("stdout", b"error\n" + LINE * 700, 70_006),
    ],
)
async def test_where_to_land(api: Site, stream: str, data: bytes, landing: int) -> None:
    log = await finished(api, data, stream)
    assert (await look(api, log, f"?stream={stream}"))["landing"] == landing
    assert (await look(api, log, f"?stream={stream}&marks=false"))["landing"] == landing


async def test_a_mark_knows_when_its_line_was_first_seen(api: Site) -> None:
    run_id = await api.trigger("hello")
    path = api.write_log(run_id, "main", "stdout", LINE * 2_000)
    index.append(str(path.parent), 1_000, 65_600, 0)
    index.append(str(path.parent), 2_000, 65_601, 0)
    api.world.executor.script["main"] = HOLDS
    await api.world.clock.advance(100)
    log = f"/api/runs/{run_id}/tasks/main/logs"
    ended_at = (await api.get(log.replace("/logs", "/attempts"))).json()["attempts"][0]["ended_at"]
    assert [mark[2] for mark in (await look(api, log))["marks"]] == [1_000, 2_000, ended_at, ended_at]


async def test_a_live_log_is_read_on(api: Site) -> None:
    api.world.executor.script["main"] = HOLDS
    run_id = await api.trigger("hello")
    log = f"/api/runs/{run_id}/tasks/main/logs"
    told = await look(api, log)
    assert (told["attempt"], told["size"], told["lines"], told["is_live"]) == (1, 0, 0, True)
    api.write_log(run_id, "main", "stdout", b"one\nTraceback (most recent call last):\n  File\n")
    told = await look(api, log)
    assert (told["lines"], told["first_error"], told["marks"]) == (3, None, [[0, 1, None]])
    api.write_log(run_id, "main", "stdout", b"KeyboardInterrupt\n" + LINE * 1_000)
    told = await look(api, log)
    assert told["first_error"] == {"offset": 46, "line": 4, "text": "KeyboardInterrupt"}
    assert (told["lines"], [mark[:2] for mark in told["marks"]]) == (1_004, [[0, 1], [65_564, 660]])


async def test_dropped_bytes_are_passed_over(api: Site) -> None:
    run_id = await api.trigger("hello")
    head, tail = b"a\nhal", b"lf\nERROR\n"
    path = api.write_log(run_id, "main", "stdout", head)
    log = f"/api/runs/{run_id}/tasks/main/logs"
    assert (await look(api, log))["lines"] == 2
    with path.open("r+b") as file:
        file.seek(1_000_000)
        file.write(tail)
    path.with_name("stdout.gap").write_text(f"[{len(head)}, 1000000]")
    await api.world.clock.advance(100)
    told = await look(api, log)
    assert told["dropped"] == {"from": 5, "to": 1_000_000}
    assert [mark[:2] for mark in told["marks"]] == [[0, 1], [1_000_000, 3]]
    assert (told["lines"], told["size"]) == (4, 1_000_009)
    assert told["first_error"] == {"offset": 1_000_003, "line": 4, "text": "ERROR"}


async def test_earlier_attempts_and_tasks_that_never_ran(tmp_path: Path, api: Site) -> None:
    log = await finished(api, b"x\n")
    assert (await look(api, log, "?attempt=1"))["lines"] == 1
    assert (await api.get(f"{log}/index?attempt=2")).status == 404
    run_id = await api.trigger("chain")
    told = await look(api, f"/api/runs/{run_id}/tasks/last/logs")
    assert (told["attempt"], told["is_live"], told["landing"]) == (None, True, 0)
    await api.post(f"/api/runs/{run_id}/cancel")
    await api.world.clock.advance(20_000)
    assert (await look(api, f"/api/runs/{run_id}/tasks/last/logs"))["is_live"] is False


@pytest.mark.parametrize(
    "query", ["?stream=combined", "?stream=", "?attempt=x", "?marks=maybe", "?attempt=1&attempt=2"]
)
async def test_wrong_parameters(api: Site, query: str) -> None:
    log = await finished(api, b"x\n")
    assert (await api.get(f"{log}/index{query}")).status == 400


async def test_what_is_not_there(api: Site) -> None:
    run_id = await api.trigger("hello")
    assert (await api.get(f"/api/runs/{run_id}/tasks/other/logs/index")).status == 404
    assert (await api.get("/api/runs/nothing/tasks/main/logs/index")).status == 404
