"""What is told of a run or a task is what its own route shows: nothing needs to be asked for again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.support.documented import document, problems_of
from tests.support.follower import Event, follow
from tests.support.site import ONE_TASK, Site, site

from petit.api.openapi.event_shapes import events
from petit.testing.executor import FAILS, HOLDS, SUCCEEDS, Outcome


async def told_until(api: Site, name: str, *steps: int) -> list[Event]:
    """Let time pass, and return what was told up to an event of this name."""
    follower = await follow(api, **{"Last-Event-ID": str(api.handle.feed._begin)})
    for step in steps:
        await api.world.clock.advance(step)
    return await follower.until(name)


async def run_of(api: Site, run_id: str) -> Any:
    return (await api.get(f"/api/runs/{run_id}")).json()


async def task_of(api: Site, run_id: str, task_id: str) -> Any:
    tasks = (await api.get(f"/api/runs/{run_id}/tasks")).json()["tasks"]
    return next(task for task in tasks if task["task_id"] == task_id)


async def test_a_run_is_told_as_it_is_shown_at_each_step(tmp_path: Path) -> None:
    async with site(tmp_path, jobs={"single": f"max_concurrency: 1\n{ONE_TASK}"}) as api:
        api.world.executor.script["main"] = HOLDS
        first = await api.trigger("single")
        follower = await follow(api)
        queued = (await api.post("/api/jobs/single/trigger", {"queue": True, "reason": "why not"})).json()
        event = await follower.event()
        assert event is not None
        assert (event.name, event.data["run"]) == ("run_queued", await run_of(api, queued["run_id"]))
        await api.post(f"/api/runs/{first}/cancel", {"reason": "room"})
        told = await follower.until("run_started")
        by_name = {each.name: each.data for each in told}
        assert by_name["run_cancelled"]["run"] == await run_of(api, first)
        requested = by_name["run_cancel_requested"]
        assert requested["reason"] == "room"
        assert (requested["run"]["status"], requested["run"]["reason"]) == ("running", "room")
        assert requested["run"]["cancel_requested_at"] == requested["at"]
        assert by_name["run_started"]["run"] == await run_of(api, queued["run_id"])


async def test_tasks_are_told_as_they_are_shown_in_the_end(tmp_path: Path) -> None:
    text = (
        "tasks:\n"
        "  - {id: again, command: work, retry: {max_attempts: 1, delay_secs: 5}}\n"
        "  - {id: bad, command: work}\n"
        "  - {id: behind, command: work, depends_on: [bad]}\n"
        "  - {id: good, command: work}\n"
    )
    async with site(tmp_path, jobs={"graph": text}) as api:
        api.world.executor.script.update(again=[FAILS, SUCCEEDS], bad=Outcome(exit_code=3))
        run_id = await api.trigger("graph")
        told = await told_until(api, "run_failed", 10_000)
        last = {each.data["task_id"]: each.data["task"] for each in told if "task" in each.data}
        assert set(last) == {"again", "bad", "behind", "good"}
        for task_id, task in last.items():
            assert task == await task_of(api, run_id, task_id)
        assert told[-1].data["run"] == await run_of(api, run_id)
        (retrying,) = [each.data for each in told if each.name == "task_retrying"]
        assert (retrying["task"]["status"], retrying["task"]["error"]) == ("retrying", "exit code 1")
        first = next(each.data for each in told if each.name == "task_started")
        assert (first["task"]["status"], first["task"]["attempts"]) == ("running", 1)
        assert first["task"]["executor"] == "local"
        (skipped,) = [each.data for each in told if each.name == "task_skipped"]
        assert (skipped["task"]["executor"], skipped["task"]["log"]) == (None, None)


async def test_a_run_that_has_nothing_to_do_is_told_to_be_over_when_it_is(tmp_path: Path) -> None:
    text = "tasks:\n  - {id: main, command: work, condition: on_failure}\n"
    async with site(tmp_path, jobs={"never": text}) as api:
        run_id = await api.trigger("never")
        told = await told_until(api, "run_completed", 1_000)
        assert [each.name for each in told] == ["run_started", "task_skipped", "run_completed"]
        assert told[-1].data["run"] == await run_of(api, run_id)


async def test_a_waiting_run_that_ends_is_told_with_its_tasks(tmp_path: Path) -> None:
    jobs = {"single": f"max_concurrency: 1\n{ONE_TASK}", "other": ONE_TASK}
    async with site(tmp_path, jobs=jobs) as api:
        api.world.executor.script["main"] = HOLDS
        await api.trigger("single")
        waiting = [
            (await api.post("/api/jobs/single/trigger", {"queue": True})).json()["run_id"] for _ in range(2)
        ]
        follower = await follow(api)
        await api.post(f"/api/runs/{waiting[0]}/cancel", {"reason": "enough"})
        (task, run) = await follower.until("run_cancelled")
        assert task.data["task"] == await task_of(api, waiting[0], "main")
        assert run.data["run"] == await run_of(api, waiting[0])
        (api.world.jobs_dir / "single.yaml").unlink()
        await api.post("/api/reload")
        (task, run) = await follower.until("run_cancelled")
        assert task.data["task"] == await task_of(api, waiting[1], "main")
        assert run.data["run"] == await run_of(api, waiting[1])


async def test_what_an_earlier_scheduler_left_is_told_as_it_is(api: Site) -> None:
    api.world.executor.script["first"] = Outcome(duration_ms=60_000)
    run_id = await api.trigger("chain")
    await api.world.stop()
    api.world.make()
    api.world.bus.subscribe(api.handle.feed.add)
    await api.world.engine.start()
    api.handle._engine = api.world.engine
    told = await told_until(api, "run_completed", 120_000)
    assert told[-1].data["run"] == await run_of(api, run_id)
    ended = {each.data["task_id"]: each.data["task"] for each in told if each.name == "task_completed"}
    for task_id in ("first", "middle", "last"):
        assert ended[task_id] == await task_of(api, run_id, task_id)


async def test_a_pause_is_told_again_when_its_reason_or_end_changes(api: Site) -> None:
    follower = await follow(api)
    until = api.world.clock.now() + 60_000
    await api.post("/api/scheduler/pause", {"reason": "new disk"})
    await api.post("/api/scheduler/pause", {"reason": "new disks", "until": until})
    await api.post("/api/jobs/ticking/pause", {"until": until})
    told = await follower.until("job_paused")
    assert [(each.data["reason"], each.data["until"]) for each in told] == [
        ("new disk", None),
        ("new disks", until),
        (None, until),
    ]


async def test_changed_files_are_told_with_the_jobs_that_they_concern(api: Site) -> None:
    follower = await follow(api)
    api.world.write(hello=ONE_TASK, fresh=ONE_TASK, single="tasks: [")
    (api.world.jobs_dir / "off.yaml").unlink()
    await api.post("/api/reload")
    (event,) = await follower.until("jobs_reloaded")
    assert {name: event.data[name] for name in ("added", "changed", "removed", "stale")} == {
        "added": ["fresh"],
        "changed": ["hello"],
        "removed": ["off"],
        "stale": ["single"],
    }
    assert event.data["problems"] >= 1


async def test_all_that_is_told_is_in_the_document(tmp_path: Path) -> None:
    text = "tasks:\n  - {id: main, command: work, retry: {max_attempts: 1, delay_secs: 5}}\n"
    jobs = {"again": f'schedule: "*/5 * * * *"\n{text}', "single": f"max_concurrency: 1\n{ONE_TASK}"}
    async with site(tmp_path, jobs=jobs) as api:
        api.world.executor.script["main"] = [FAILS, HOLDS]
        await api.post("/api/jobs/again/pause")
        for job in ("single", "single", "again"):
            await api.post(f"/api/jobs/{job}/trigger", {"queue": True})
        await api.world.clock.advance(301_000)
        for run in (await api.get("/api/runs?status=running,pending")).json()["runs"]:
            await api.post(f"/api/runs/{run['id']}/cancel")
        await api.world.clock.advance(20_000)
        await api.post("/api/jobs/again/resume")
        await api.post("/api/scheduler/pause")
        await api.post("/api/scheduler/resume")
        await api.post("/api/reload")
        told = await told_until(api, "jobs_reloaded")
    shapes = stream_shapes()
    for event in told:
        assert not problems_of(shapes[str(event.name)], event.data), event
    assert len({event.name for event in told}) >= 12


def stream_shapes() -> dict[str, Any]:
    """What the document says of the data of events."""
    answer = document()["paths"]["/api/events"]["get"]["responses"]["200"]
    (media,) = [media for name, media in answer["content"].items() if name.startswith("text/event-stream")]
    shapes: dict[str, Any] = media["x-event-data"]
    return shapes


def test_the_document_names_all_events() -> None:
    assert list(stream_shapes()) == [name for name, _ in events()]
    assert json.dumps(stream_shapes()["run_started"]) == '{"$ref": "#/components/schemas/RunStarted"}'


@pytest.mark.parametrize("number", [0, 8])
async def test_what_nobody_reads_is_not_written(api: Site, number: int) -> None:
    for _ in range(number):
        await follow(api)
    await api.trigger("hello")
    await api.world.clock.advance(100)
    entries = list(api.handle.feed.entries(0))
    assert len(entries) == 4
    if number:
        await api.until(lambda: all(entry.block is not None for entry in entries))
    else:
        assert all(entry.block is None for entry in entries)
