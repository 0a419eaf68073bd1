from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.site import ONE_TASK, Site, site

from petit.testing.executor import FAILS, HOLDS

JOBS = {
    "job": (
        "tasks:\n"
        "  - {id: load, command: work}\n"
        "  - {id: clean, command: work, depends_on: [load]}\n"
        "  - {id: report, command: work, depends_on: [clean]}\n"
    ),
    "single": f"max_concurrency: 1\n{ONE_TASK}",
    "hello": ONE_TASK,
    "words": "tasks: [{id: failed, command: work}, {id: start, command: work}]\n",
}


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Site]:
    async with site(tmp_path, jobs=JOBS) as made:
        yield made


async def ended(api: Site, job_id: str = "job", *, fails: str | None = "clean") -> str:
    """Let a run end, in which a task fails; return its path."""
    api.world.executor.script = {} if fails is None else {fails: FAILS}
    run_id = await api.trigger(job_id)
    await api.world.clock.advance(1_000)
    api.world.executor.script = {}
    return f"/api/runs/{run_id}"


async def tasks_of(api: Site, path: str) -> dict[str, dict[str, Any]]:
    return {each["task_id"]: each for each in (await api.get(f"{path}/tasks")).json()["tasks"]}


async def test_what_failed_runs_again(api: Site) -> None:
    old = await ended(api)
    old_id = old.removeprefix("/api/runs/")
    answer = await api.post(f"{old}/rerun", {"reason": "the disk is back"})
    told = answer.json()
    assert answer.status == 201
    assert told == {
        "run_id": told["run_id"],
        "job_id": "job",
        "message": f"run '{old_id}' started again",
        "status": "running",
    }
    new = answer.headers["location"]
    assert new == f"/api/runs/{told['run_id']}"
    await api.world.clock.advance(1_000)
    run = (await api.get(new)).json()
    assert (run["status"], run["trigger"], run["rerun_of"]) == ("completed", "rerun", old_id)
    assert (run["reason"], run["definition"]) == (
        "the disk is back",
        (await api.get(old)).json()["definition"],
    )
    assert (run["run_at"], run["selected"]) == (None, None)
    tasks = await tasks_of(api, new)
    reused = tasks["load"]
    assert (reused["status"], reused["attempts"], reused["reused_from"]) == ("completed", 0, old_id)
    assert (reused["started_at"], reused["duration_ms"], reused["executor"]) == (None, None, None)
    assert [(each["attempts"], each["reused_from"]) for each in tasks.values()][1:] == [(1, None)] * 2


async def test_attempts_and_logs_of_a_reused_task_are_those_of_the_run_that_ran_it(api: Site) -> None:
    old = await ended(api)
    api.write_log(old.removeprefix("/api/runs/"), "load", "stdout", b"loaded\n")
    again = old
    for _ in range(2):
        api.world.executor.script = {"report": FAILS}
        again = (await api.post(f"{again}/rerun", {"from": "clean"})).headers["location"]
        await api.world.clock.advance(1_000)
    reused = (await tasks_of(api, again))["load"]
    assert reused["log"] == f"{old}/tasks/load/logs"
    assert (await api.get(reused["log"])).body == b"loaded\n"
    assert (await api.get(f"{again}/tasks/load/logs")).body == b"loaded\n"
    assert (await api.get(f"{again}/tasks/load/logs?follow=true")).body == b"loaded\n"
    assert (await api.get(f"{again}/tasks/load/logs?attempt=2")).status == 404
    here, there = await api.get(f"{again}/tasks/load/attempts"), await api.get(f"{old}/tasks/load/attempts")
    assert here.json() == there.json()
    assert here.json()["count"] == 1
    events = await api.get(f"{again}/tasks/load/logs", Accept="text/event-stream")
    assert b"loaded" in events.body
    assert b"event: end" in events.body


@pytest.mark.parametrize(
    ("body", "runs"),
    [
        pytest.param(None, ["clean", "report"], id="nothing said"),
        pytest.param({"from": None}, ["clean", "report"], id="null"),
        pytest.param({"from": "failed"}, ["clean", "report"], id="failed"),
        pytest.param({"from": "start"}, ["load", "clean", "report"], id="start"),
        pytest.param({"from": "clean"}, ["clean", "report"], id="a task"),
        pytest.param({"from": "task:load"}, ["load", "clean", "report"], id="a task, said to be one"),
    ],
)
async def test_where_it_begins(api: Site, body: object, runs: list[str]) -> None:
    old = await ended(api)
    new = (await api.post(f"{old}/rerun", body)).headers["location"]
    await api.world.clock.advance(1_000)
    ran = [task_id for task_id, each in (await tasks_of(api, new)).items() if each["attempts"]]
    assert ran == runs


async def test_a_good_run_is_repeated_as_a_whole(api: Site) -> None:
    old = await ended(api, fails=None)
    new = (await api.post(f"{old}/rerun")).headers["location"]
    assert {each["reused_from"] for each in (await tasks_of(api, new)).values()} == {None}
    refused = await api.post(f"{old}/rerun", {"from": "failed"})
    assert (refused.status, refused.json()["code"]) == (409, "CONFLICT")
    assert refused.json()["detail"].startswith("nothing failed in run ")


async def test_a_task_may_be_called_like_a_word(api: Site) -> None:
    old = await ended(api, "words", fails=None)
    assert (await api.post(f"{old}/rerun", {"from": "failed"})).status == 409
    new = (await api.post(f"{old}/rerun", {"from": "task:failed"})).headers["location"]
    assert (await tasks_of(api, new))["start"]["reused_from"] == old.removeprefix("/api/runs/")


# --- refusals


@pytest.mark.parametrize("run_id", ["7", "019b76da-a800-7290-80ca-000000000000", "%00"])
@pytest.mark.parametrize("body", [None, {"from": 1}, {"form": "start"}])
async def test_an_unknown_run_is_not_found(api: Site, run_id: str, body: object) -> None:
    assert (await api.post(f"/api/runs/{run_id}/rerun", body)).status == 404


@pytest.mark.parametrize("body", [None, {"from": 1}, {"form": "start"}])
async def test_a_stopping_scheduler_refuses(api: Site, body: object) -> None:
    old = await ended(api)
    api.world.engine.request_stop("leave")
    answer = await api.post(f"{old}/rerun", body)
    assert (answer.status, answer.json()["code"]) == (503, "SERVICE_UNAVAILABLE")


@pytest.mark.parametrize("body", [None, {"from": 1}])
async def test_a_run_that_is_not_over_is_a_conflict(api: Site, body: object) -> None:
    api.world.executor.default = HOLDS
    run_id = await api.trigger("single")
    answer = await api.post(f"/api/runs/{run_id}/rerun", body)
    assert (answer.status, answer.json()["run_status"]) == (409, "running")
    assert answer.json()["detail"] == f"run '{run_id}' is not over: running"


@pytest.mark.parametrize("body", [None, {"from": 1}])
async def test_a_removed_job_is_a_conflict(api: Site, body: object) -> None:
    old = await ended(api)
    (api.world.jobs_dir / "job.yaml").unlink()
    await api.post("/api/reload")
    answer = await api.post(f"{old}/rerun", body)
    assert (answer.status, answer.json()["job_id"]) == (409, "job")


async def test_what_a_task_needs_must_have_completed(api: Site) -> None:
    old = await ended(api)
    answer = await api.post(f"{old}/rerun", {"from": "report"})
    assert answer.status == 409
    assert answer.json()["tasks"] == [{"task_id": "clean", "status": "failed"}]
    assert "depends on what did not complete" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        pytest.param({"from": "claen"}, ["/from"], id="no such task"),
        pytest.param({"from": "task:"}, ["/from"], id="a task without a name"),
        pytest.param({"from": ""}, ["/from"], id="nothing"),
        pytest.param({"from": 1}, ["/from"], id="no text"),
        pytest.param({"from": ["clean"]}, ["/from"], id="a list"),
        pytest.param({"from": "x" * 201}, ["/from"], id="a long one"),
        pytest.param({"queue": 1}, ["/queue"], id="a queue that is a number"),
        pytest.param({"form": "start", "task": "a"}, ["/form", "/task"], id="unknown members"),
        pytest.param([], [""], id="no object"),
    ],
)
async def test_a_wrong_body_is_refused_with_pointers(api: Site, body: object, pointers: list[str]) -> None:
    old = await ended(api)
    answer = await api.post(f"{old}/rerun", body)
    assert (answer.status, answer.json()["code"]) == (422, "UNPROCESSABLE")
    assert [each["pointer"] for each in answer.json()["errors"]] == pointers
    assert (await api.get("/api/runs")).json()["count"] == 1


@pytest.mark.parametrize("body", [None, {"from": "nowhere"}, {"from": 1}, {"queue": 1}])
async def test_a_full_job_comes_before_what_is_wrong_with_the_body(api: Site, body: object) -> None:
    old = await ended(api, "single", fails="main")
    api.world.executor.default = HOLDS
    holder = await api.trigger("single")
    answer = await api.post(f"{old}/rerun", body)
    assert (answer.status, answer.json()["holders"]) == (429, [holder])


async def test_a_rerun_queues_where_that_is_asked_for(api: Site) -> None:
    old = await ended(api, "single", fails="main")
    api.world.executor.default = HOLDS
    await api.trigger("single")
    answer = await api.post(f"{old}/rerun", {"queue": True})
    assert (answer.status, answer.json()["status"], answer.json()["position"]) == (201, "pending", 1)


# --- as with a trigger


async def test_the_same_key_is_the_same_run(api: Site) -> None:
    old = await ended(api)
    key = {"Idempotency-Key": "k"}
    first = await api.post(f"{old}/rerun", {"from": "clean"}, **key)
    await api.world.clock.advance(1_000)
    second = await api.post(f"{old}/rerun", {"from": "clean"}, **key)
    assert second.json()["run_id"] == first.json()["run_id"]
    assert (second.status, second.json()["status"]) == (201, "completed")
    assert second.headers["idempotency-replayed"] == "true"
    assert (await api.post(f"{old}/rerun", {"from": "start"}, **key)).status == 422
    assert (await api.get("/api/runs?trigger=rerun")).json()["count"] == 1


async def test_waiting_gives_the_run_as_it_ended(api: Site) -> None:
    old = await ended(api)
    waiting = asyncio.create_task(api.post(f"{old}/rerun?wait=30s"))
    await api.until(lambda: api.world.executor.running)
    await api.world.clock.advance(1_000)
    answer = await waiting
    assert (answer.status, answer.json()["run"]["status"]) == (201, "completed")


async def test_a_dry_run_tells_and_does_nothing(api: Site) -> None:
    old = await ended(api)
    before = (await api.get("/api/audit")).json()["count"]
    change = api.world.storage.change
    answer = await api.post(f"{old}/rerun", {"from": "clean", "dry_run": True}, **{"Idempotency-Key": "k"})
    assert answer.status == 200
    old_id = old.removeprefix("/api/runs/")
    assert answer.json() == {
        "dry_run": True,
        "job_id": "job",
        "status": "running",
        "definition": (await api.get(old)).json()["definition"],
        "rerun_of": old_id,
        "tasks": [
            {"task_id": "load", "will": "reuse", "reason": None, "reused_from": old_id},
            {"task_id": "clean", "will": "run", "reason": None, "reused_from": None},
            {"task_id": "report", "will": "run", "reason": None, "reused_from": None},
        ],
    }
    assert api.world.storage.change == change
    assert (await api.get("/api/audit")).json()["count"] == before
    assert (await api.post(f"{old}/rerun", {"from": "report", "dry_run": True})).status == 409


async def test_it_is_written_down_who_did_it(api: Site) -> None:
    old = await ended(api)
    await api.post(f"{old}/rerun")
    row = (await api.get("/api/audit?limit=1")).json()["calls"][0]
    assert (row["path"], row["status"], row["run_id"]) == (
        f"{old}/rerun",
        201,
        old.removeprefix("/api/runs/"),
    )
