from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from tests.support.site import ONE_TASK, Site, site

from petit.testing.executor import FAILS, HOLDS
from petit.version import VERSION


async def state(api: Site) -> dict[str, Any]:
    answer = await api.get("/api/scheduler/state")
    assert answer.status == 200
    found: dict[str, Any] = answer.json()
    return found


async def test_a_running_scheduler(api: Site) -> None:
    now = await state(api)
    assert (now["state"], now["is_running"], now["is_paused"]) == ("running", True, False)
    assert now["jobs"] == 6
    assert now["started_at"] == api.world.clock.now()
    assert now["pause"] is None


async def test_a_pause_has_reason_author_and_end(api: Site) -> None:
    until = api.world.clock.now() + 60_000
    answer = await api.post("/api/scheduler/pause", {"reason": "maintenance", "until": until})
    assert (answer.status, answer.json()) == (200, {"message": "scheduler paused"})
    now = await state(api)
    assert (now["state"], now["is_running"], now["is_paused"]) == ("paused", False, True)
    since = api.world.clock.now()
    assert now["pause"] == {
        "since": since,
        "until": until,
        "reason": "maintenance",
        "by": f"uid {os.getuid()}",
    }


async def test_pausing_and_resuming_twice_is_harmless(api: Site) -> None:
    for path, message in (("pause", "scheduler paused"), ("resume", "scheduler resumed")):
        for _ in range(2):
            answer = await api.post(f"/api/scheduler/{path}")
            assert (answer.status, answer.json()) == (200, {"message": message})
    assert (await state(api))["state"] == "running"


async def test_a_paused_scheduler_fires_nothing_and_takes_triggers(api: Site) -> None:
    await api.post("/api/scheduler/pause")
    await api.world.clock.advance(600_000)
    assert (await api.get("/api/jobs/ticking/runs")).json()["count"] == 0
    assert (await api.post("/api/jobs/hello/trigger")).status == 200
    await api.post("/api/scheduler/resume")
    fates = (await api.get("/api/jobs/ticking/occurrences")).json()["occurrences"]
    assert [(each["fate"], each["reason"]) for each in fates] == [("skipped", "paused")] * 2


async def test_a_stopping_scheduler_is_shown_as_stopped(api: Site) -> None:
    api.world.engine.request_stop("leave")
    now = await state(api)
    assert (now["state"], now["is_running"], now["phase"]) == ("stopped", False, "stopping")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        pytest.param({"until": 1}, "/until", id="an end in the past"),
        pytest.param({"until": True}, "/until", id="an end that is no number"),
        pytest.param({"until": 2**60}, "/until", id="an end beyond what JSON numbers hold"),
        pytest.param({"reason": 7}, "/reason", id="a reason that is no text"),
        pytest.param({"reason": "x" * 1001}, "/reason", id="a reason that is a book"),
        pytest.param({"why": "x"}, "/why", id="an unknown member"),
        pytest.param([], "", id="no object"),
    ],
)
async def test_a_wrong_pause_is_refused_with_a_pointer(api: Site, body: object, pointer: str) -> None:
    answer = await api.post("/api/scheduler/pause", body)
    assert answer.status == 422
    assert [each["pointer"] for each in answer.json()["errors"]] == [pointer]
    assert (await state(api))["state"] == "running"


async def test_what_is_told_of_the_surroundings(api: Site) -> None:
    now = await state(api)
    assert (now["version"], now["timezone"]) == (VERSION, "UTC")
    assert now["storage"] == {"kind": "memory", "size_bytes": None, "path": None}
    assert now["executors"] == [{"name": "local", "running": 0}]
    assert 0 < now["disk"]["free_bytes"] <= now["disk"]["total_bytes"]
    assert now["limits"] == [{"name": "max_jobs", "limit": None, "used": 0, "holders": []}]


async def test_a_limit_names_who_holds_it(tmp_path: Path) -> None:
    async with site(tmp_path, world={"max_jobs": 2}, jobs={"long": ONE_TASK}) as api:
        api.world.executor.script["main"] = HOLDS
        held = [await api.trigger("long") for _ in range(2)]
        await api.post("/api/jobs/long/trigger", {"queue": True})
        now = await state(api)
        assert now["limits"] == [{"name": "max_jobs", "limit": 2, "used": 2, "holders": held}]
        assert (now["queued_runs"], now["executors"]) == (1, [{"name": "local", "running": 2}])


async def test_no_more_than_a_hundred_holders_are_named(api: Site) -> None:
    api.world.executor.script["main"] = HOLDS
    for _ in range(101):
        await api.world.trigger("hello")
    (limit,) = (await state(api))["limits"]
    assert (limit["used"], len(limit["holders"])) == (101, 100)


async def test_the_last_day_in_two_numbers(api: Site) -> None:
    await api.post("/api/scheduler/pause")
    for script in (None, FAILS, HOLDS):
        if script is not None:
            api.world.executor.script["main"] = script
        run_id = await api.trigger("hello")
        await api.world.clock.advance(100)
    await api.post(f"/api/runs/{run_id}/cancel")
    await api.world.clock.advance(100)
    assert (await state(api))["last_day"] == {"runs": 2, "failed": 1}
    await api.world.clock.advance(24 * 3600 * 1000 + 600_000)
    assert (await state(api))["last_day"] == {"runs": 0, "failed": 0}


async def test_a_bad_file_is_told_with_its_place_and_its_job(api: Site) -> None:
    api.world.write(hello="tasks:\n  - {id: main, command: work, timout: 5m}\n", broken="tasks: [\n")
    await api.post("/api/reload")
    problems = {each["file"]: each for each in (await state(api))["problems"]}
    assert set(problems) == {"hello.yaml", "broken.yaml"}
    bad = problems["hello.yaml"]
    assert (bad["job_id"], bad["line"], bad["column"], bad["severity"]) == ("hello", 3, 31, "error")
    assert "timout" in bad["message"]
    assert "timeout" in str(bad["hint"])
    assert "^^^^^^" in bad["text"]
    job = (await api.get("/api/jobs/hello")).json()
    assert (job["stale"], job["file"]) == (True, "hello.yaml")
    assert problems["broken.yaml"]["job_id"] == "broken"
