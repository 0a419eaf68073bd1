"""What needs somebody, over the API."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.support.site import ONE_TASK, Site, site

from petit.testing.executor import FAILS, HOLDS, SUCCEEDS, Outcome

GRAPH = (
    "tasks:\n"
    "  - {id: lint, command: work, allow_failure: true}\n"
    "  - {id: load, command: work}\n"
    "  - {id: other, command: work}\n"
    "  - {id: report, command: work, depends_on: [load]}\n"
)


async def look(api: Site, query: str = "") -> dict[str, Any]:
    answer = await api.get(f"/api/attention{query}")
    assert (answer.status, answer.headers["cache-control"], "etag" in answer.headers) == (
        200,
        "no-store",
        False,
    )
    found: dict[str, Any] = answer.json()
    return found


async def fails(api: Site, job: str = "hello", *, stderr: bytes = b"", stdout: bytes = b"") -> str:
    """Let a run fail whose task, the first one, wrote something before."""
    run_id = await api.trigger(job)
    for stream, data in (("stdout", stdout), ("stderr", stderr)):
        if data:
            api.write_log(run_id, "main", stream, data)
    await api.world.clock.advance(100)
    return run_id


async def test_nothing_needs_anybody(api: Site) -> None:
    await api.trigger("hello")
    await api.world.clock.advance(100)
    assert await look(api) == {"attention": [], "recovered": [], "count": 0, "total": 0}


async def test_a_job_that_fails_is_told_with_its_line(api: Site) -> None:
    api.world.executor.script["main"] = FAILS
    await fails(api)
    since = (await api.get("/api/jobs/hello")).json()["last_run"]["ended_at"]
    await fails(api)
    log = b"loading\n\x1b[31mERROR\x1b[0m: no such table\nclosing\n"
    run_id = await fails(api, stderr=log, stdout=b"error on stdout\n")
    (item,) = (await look(api))["attention"]
    run = (await api.get(f"/api/runs/{run_id}")).json()
    assert item == {
        "job_id": "hello",
        "name": "Hello",
        "kind": "failing",
        "since": since,
        "failures": 3,
        "run": run,
        "task_id": "main",
        "attempt": 1,
        "stream": "stderr",
        "error_line": "ERROR: no such table",
        "offset": 8,
        "missed": None,
    }


@pytest.mark.parametrize(
    ("stdout", "stderr", "told"),
    [
        pytest.param(
            b"a\nerror 7\nb\n", b"bye\n", ("stdout", "error 7", 2), id="an error before other lines"
        ),
        pytest.param(b"a\n", b"b\nc\n", ("stderr", "c", 2), id="else the last line of stderr"),
        pytest.param(b"a\nb\n", b"", ("stdout", "b", 2), id="else that of stdout"),
        pytest.param(b"", b"", (None, None, None), id="nothing where nothing was written"),
        pytest.param(b"x" * 600, b"", ("stdout", "x" * 500, 0), id="at most 500 characters"),
        pytest.param(
            b"error\n" + b"x" * 70_000 + b"\nlast\n", b"", ("stdout", "last", 70_007), id="of the last 64 KiB"
        ),
        pytest.param(b"<img onerror=x>\n", b"", ("stdout", "<img onerror=x>", 0), id="as it is"),
    ],
)
async def test_the_line_that_tells_best(
    api: Site, stdout: bytes, stderr: bytes, told: tuple[Any, ...]
) -> None:
    api.world.executor.script["main"] = FAILS
    await fails(api, stdout=stdout, stderr=stderr)
    for _ in range(2):
        (item,) = (await look(api))["attention"]
        assert (item["stream"], item["error_line"], item["offset"]) == told


async def test_it_is_the_task_that_failed_first_and_counts(tmp_path: Path) -> None:
    async with site(tmp_path, jobs={"graph": GRAPH}) as api:
        api.world.executor.script.update(
            lint=Outcome(exit_code=1, duration_ms=5), other=Outcome(exit_code=1, duration_ms=40), load=FAILS
        )
        await fails(api, "graph")
        (item,) = (await look(api))["attention"]
        assert (item["task_id"], item["attempt"], item["error_line"]) == ("load", 1, None)


async def test_the_last_attempt_is_the_one_to_look_at(tmp_path: Path) -> None:
    text = "tasks:\n  - {id: main, command: work, retry: {max_attempts: 1, delay_secs: 5}}\n"
    async with site(tmp_path, jobs={"again": text}) as api:
        api.world.executor.script["main"] = FAILS
        run_id = await api.trigger("again")
        api.write_log(run_id, "main", "stderr", b"first\n")
        await api.world.clock.advance(5_000)
        api.write_log(run_id, "main", "stderr", b"second\n", attempt=2)
        await api.world.clock.advance(5_000)
        (item,) = (await look(api))["attention"]
        assert (item["attempt"], item["error_line"]) == (2, "second")


async def test_a_run_that_timed_out_while_it_waited_names_no_task(tmp_path: Path) -> None:
    text = "timeout: 20s\ntasks:\n  - {id: main, command: work, retry: {max_attempts: 1, delay_secs: 60}}\n"
    async with site(tmp_path, jobs={"late": text}) as api:
        api.world.executor.script["main"] = FAILS
        await api.trigger("late")
        await api.world.clock.advance(30_000)
        (item,) = (await look(api))["attention"]
        assert (item["run"]["status"], item["task_id"], item["error_line"]) == ("failed", None, None)


async def test_who_recovered_is_told_for_a_day(api: Site) -> None:
    api.world.executor.script["main"] = FAILS
    first = await fails(api)
    await fails(api)
    api.world.executor.script["main"] = SUCCEEDS
    last = await api.trigger("hello")
    await api.world.clock.advance(100)
    since = (await api.get(f"/api/runs/{first}")).json()["ended_at"]
    recovered_at = (await api.get(f"/api/runs/{last}")).json()["ended_at"]
    told = await look(api)
    assert told == {
        "attention": [],
        "recovered": [
            {
                "job_id": "hello",
                "name": "Hello",
                "failures": 2,
                "since": since,
                "recovered_at": recovered_at,
                "run_id": last,
            }
        ],
        "count": 0,
        "total": 0,
    }
    await api.post("/api/scheduler/pause")
    await api.world.clock.advance(24 * 3600 * 1000)
    assert (await look(api))["recovered"] == []


async def test_a_cancelled_run_changes_nothing(api: Site) -> None:
    api.world.executor.script["main"] = FAILS
    failed = await fails(api)
    api.world.executor.script["main"] = HOLDS
    run_id = await api.trigger("hello")
    await api.post(f"/api/runs/{run_id}/cancel")
    await api.world.clock.advance(1_000)
    (item,) = (await look(api))["attention"]
    assert (item["failures"], item["run"]["id"]) == (1, failed)


async def test_what_was_missed_stands_until_a_run_is_made(tmp_path: Path) -> None:
    text = f'name: Tick\nschedule: "*/5 * * * *"\ncatchup: none\n{ONE_TASK}'
    async with site(tmp_path, jobs={"ticking": text}) as api:
        start = api.world.clock.now()
        await api.world.stop()
        await api.world.clock.advance(3_600_000)
        await api.world.start()
        api.handle._engine = api.world.engine
        (item,) = (await look(api))["attention"]
        assert (item["kind"], item["name"], item["since"], item["failures"]) == (
            "missed",
            "Tick",
            start + 300_000,
            0,
        )
        missed = item["missed"]
        assert (missed["first_due"], missed["last_due"], missed["count"], missed["reason"]) == (
            start + 300_000,
            start + 3_600_000,
            12,
            "down",
        )
        await api.world.clock.advance(300_000)
        assert (await look(api))["count"] == 0


async def test_removed_jobs_are_left_out(api: Site) -> None:
    api.world.executor.script["main"] = FAILS
    await fails(api)
    (api.world.jobs_dir / "hello.yaml").unlink()
    (api.world.jobs_dir / "after.yaml").unlink()
    await api.post("/api/reload")
    assert await look(api) == {"attention": [], "recovered": [], "count": 0, "total": 0}


async def test_the_newest_come_first_up_to_a_limit(api: Site) -> None:
    api.world.executor.script["main"] = FAILS
    for job in ("hello", "single", "off"):
        await fails(api, job)
    told = await look(api, "?limit=2")
    assert [each["job_id"] for each in told["attention"]] == ["off", "single"]
    assert (told["count"], told["total"]) == (2, 3)
    assert (await look(api, "?limit=0"))["attention"] == []
    assert (await api.get("/api/attention?limit=x")).status == 400


async def test_a_definition_that_is_gone_by_now_still_says_what_counts(tmp_path: Path) -> None:
    async with site(tmp_path, jobs={"graph": GRAPH}) as api:
        api.world.executor.script.update(lint=Outcome(exit_code=1, duration_ms=5), load=FAILS)
        await fails(api, "graph")
        api.world.write(graph=ONE_TASK)
        await api.post("/api/reload")
        (item,) = (await look(api))["attention"]
        assert item["task_id"] == "load"
