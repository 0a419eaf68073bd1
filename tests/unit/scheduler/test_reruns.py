"""Runs that repeat others, and runs of some tasks only: what is over before they begin stays as it is."""

from __future__ import annotations

import msgspec
import pytest
from tests.support.world import World

from petit.core.errors import (
    CannotRerun,
    DependencyNotSatisfied,
    InvalidRequestError,
    MaxConcurrentRunsExceeded,
    RunNotFound,
    SchedulerNotRunning,
)
from petit.events import facts
from petit.scheduler.commands import CancelRun, RerunRun, Triggered, TriggerRun
from petit.testing.executor import FAILS, HOLDS, SUCCEEDS

CHAIN = """
tasks:
  - {id: load, command: x}
  - {id: clean, command: x, depends_on: [load]}
  - {id: report, command: x, depends_on: [clean]}
  - {id: alert, command: x, depends_on: [clean], condition: on_failure}
"""
FAILED = {"load": "completed", "clean": "failed", "report": "skipped", "alert": "completed"}


async def failed_run(world: World, **jobs: str) -> str:
    """Start a scheduler, and let a run fail in its second task."""
    world.write(**(jobs or {"job": CHAIN}))
    world.executor.script = {"clean": FAILS}
    await world.start()
    run_id = await world.trigger("job")
    await world.clock.advance(1_000)
    assert await world.statuses(run_id) == FAILED
    world.executor.script = {}
    return run_id


async def rerun(world: World, run_id: str, start: str | None = None, *, queue: bool = False) -> Triggered:
    return await world.engine.trigger(RerunRun(run_id=run_id, job_id="job", start=start, queue=queue))


async def begun(world: World, run_id: str) -> list[str]:
    """Return the tasks that were started for a run, in order."""
    return [spec.id.split("/")[1] for spec in world.specs() if spec.id.startswith(run_id)]


async def test_what_failed_runs_again_and_the_rest_is_reused(world: World) -> None:
    old = await failed_run(world)
    new = (await rerun(world, old)).run_id
    await world.clock.advance(1_000)
    run = await world.run(new)
    assert (run.status, run.trigger, run.rerun_of, run.selected) == ("completed", "rerun", old, None)
    assert await begun(world, new) == ["clean", "report"]
    load, clean, report, alert = await world.storage.tasks(new)
    assert (load.status, load.attempts, load.reused_from, load.started_at) == ("completed", 0, old, None)
    assert load.ended_at == run.created_at
    assert (clean.status, clean.attempts, clean.reused_from) == ("completed", 1, None)
    assert (alert.status, alert.reason) == ("skipped", "condition on_failure: no dependency failed")
    assert await world.storage.attempts(new, "load") == []
    assert report.status == "completed"


async def test_a_rerun_of_a_rerun_names_the_run_that_ran_the_task(world: World) -> None:
    first = await failed_run(world)
    world.executor.script = {"report": FAILS}
    second = (await rerun(world, first)).run_id
    await world.clock.advance(1_000)
    third = (await rerun(world, second)).run_id
    await world.clock.advance(1_000)
    reused = {row.task_id: row.reused_from for row in await world.storage.tasks(third)}
    assert reused == {"load": first, "clean": second, "report": None, "alert": None}
    assert (await world.run(third)).rerun_of == second


async def test_a_rerun_keeps_the_definition(world: World) -> None:
    old = await failed_run(world)
    world.write(job="tasks: [{id: other, command: y}]")
    await world.engine.reload()
    new = (await rerun(world, old)).run_id
    await world.clock.advance(1_000)
    assert (await world.run(new)).definition == (await world.run(old)).definition
    assert await begun(world, new) == ["clean", "report"]


async def test_limits_follow_the_newest_definition(world: World) -> None:
    old = await failed_run(world)
    world.write(job=f"max_concurrency: 1\n{CHAIN}")
    await world.engine.reload()
    world.executor.default = HOLDS
    holder = await world.trigger("job")
    with pytest.raises(MaxConcurrentRunsExceeded) as refused:
        await rerun(world, old)
    assert refused.value.evidence["holders"] == [holder]


async def test_a_rerun_that_waits_for_a_slot_keeps_what_it_reuses(world: World) -> None:
    old = await failed_run(world, job=f"max_concurrency: 1\n{CHAIN}")
    world.executor.script = {"load": HOLDS}
    await world.trigger("job")
    answer = await rerun(world, old, queue=True)
    assert (answer.status, answer.position) == ("pending", 1)
    waiting = {"load": "completed", "clean": "pending", "report": "pending", "alert": "pending"}
    assert await world.statuses(answer.run_id) == waiting
    await world.stop()
    await world.start()
    assert await world.statuses(answer.run_id) == waiting
    world.executor.finish("load")
    world.executor.script = {}
    await world.clock.advance(1_000)
    assert (await world.run(answer.run_id)).status == "completed"
    assert await begun(world, answer.run_id) == ["clean", "report"]


async def test_a_rerun_that_waits_can_be_cancelled(world: World) -> None:
    old = await failed_run(world, job=f"max_concurrency: 1\n{CHAIN}")
    world.executor.default = HOLDS
    await world.trigger("job")
    new = (await rerun(world, old, queue=True)).run_id
    await world.engine.cancel(CancelRun(run_id=new))
    assert (await world.run(new)).status == "cancelled"
    assert set((await world.statuses(new)).values()) == {"completed", "cancelled"}


@pytest.mark.parametrize("is_killed", [True, False], ids=["killed", "stopped"])
async def test_a_restart_amid_a_rerun_leaves_what_is_reused(world: World, is_killed: bool) -> None:
    old = await failed_run(world)
    world.executor.script = {"clean": HOLDS}
    new = (await rerun(world, old)).run_id
    await (world.kill() if is_killed else world.stop())
    await world.start()
    world.executor.finish("clean")
    await world.clock.advance(1_000)
    assert (await world.run(new)).status == "completed"
    assert await begun(world, new) == ["clean", "report"]
    assert (await world.storage.tasks(new))[0].reused_from == old


async def test_a_rerun_whose_definition_gets_lost_while_it_waits_ends(world: World) -> None:
    old = await failed_run(world, job=f"max_concurrency: 1\n{CHAIN}")
    world.executor.default = HOLDS
    await world.trigger("job")
    new = (await rerun(world, old, queue=True)).run_id
    world.write(job="max_concurrency: 1\ntasks: [{id: other, command: y}]")
    await world.engine.reload()
    await world.kill()
    world.storage._definitions.pop((await world.run(old)).definition)
    world.executor.reboot()
    await world.start()
    run = await world.run(new)
    assert (run.status, run.reason) == ("cancelled", "its definition is missing from the database")
    assert (await world.statuses(new))["load"] == "completed"


async def test_a_run_can_be_run_from_its_start_or_a_task(world: World) -> None:
    old = await failed_run(world)
    whole = (await rerun(world, old, "start")).run_id
    await world.clock.advance(1_000)
    assert await begun(world, whole) == ["load", "clean", "report"]
    part = (await rerun(world, whole, "report")).run_id
    await world.clock.advance(1_000)
    assert await begun(world, part) == ["report"]
    again = (await rerun(world, whole)).run_id
    await world.clock.advance(1_000)
    assert await begun(world, again) == ["load", "clean", "report"], "a good run is repeated as a whole"


# --- refusals


async def test_a_run_that_is_not_over_cannot_be_repeated(world: World) -> None:
    world.write(job=f"max_concurrency: 1\n{CHAIN}")
    world.executor.default = HOLDS
    await world.start()
    running, waiting = await world.trigger("job"), await world.trigger("job", queue=True)
    for run_id, status in ((running, "running"), (waiting, "pending")):
        with pytest.raises(CannotRerun, match=f"is not over: {status}"):
            await rerun(world, run_id)


async def test_a_run_of_a_removed_job_cannot_be_repeated(world: World) -> None:
    old = await failed_run(world, job=CHAIN, other=CHAIN)
    (world.jobs_dir / "job.yaml").unlink()
    await world.engine.reload()
    with pytest.raises(CannotRerun, match="was removed"):
        await rerun(world, old)


@pytest.mark.parametrize("body", [None, b"{}"], ids=["it is gone", "nobody can read it"])
async def test_a_run_without_its_definition_cannot_be_repeated(world: World, body: bytes | None) -> None:
    old = await failed_run(world)
    world.write(job="tasks: [{id: other, command: y}]")
    await world.engine.reload()
    pinned = (await world.run(old)).definition
    stored = world.storage._definitions.pop(pinned)
    if body is not None:
        world.storage._definitions[pinned] = msgspec.structs.replace(stored, body=body)
    with pytest.raises(CannotRerun, match="is not in the database any more, or cannot be read"):
        await rerun(world, old)


async def test_what_nobody_knows_cannot_be_repeated(world: World) -> None:
    old = await failed_run(world)
    with pytest.raises(RunNotFound):
        await rerun(world, old.replace("0", "1"))
    with pytest.raises(InvalidRequestError, match="did you mean 'clean'"):
        await rerun(world, old, "claen")
    with pytest.raises(CannotRerun, match="'clean' \\(failed\\); begin there"):
        await rerun(world, old, "report")


async def test_the_gates_of_a_trigger_stand_before_a_rerun_too(world: World) -> None:
    world.max_jobs = 1
    old = await failed_run(world, job=CHAIN, up="tasks: [{id: only, command: x}]")
    world.write(job=f"depends_on: [up]\n{CHAIN}")
    await world.engine.reload()
    with pytest.raises(DependencyNotSatisfied):
        await rerun(world, old, "nowhere")
    world.executor.script = {"only": HOLDS}
    await world.trigger("up")
    for start in (None, "nowhere", "report"):
        with pytest.raises(MaxConcurrentRunsExceeded):
            await rerun(world, old, start)
    world.executor.finish("only")
    await world.clock.advance(1_000)
    assert (await rerun(world, old)).status == "running"
    await world.stop()
    with pytest.raises(SchedulerNotRunning):
        await rerun(world, old, "nowhere")


# --- only some tasks


async def only(world: World, *tasks: str, queue: bool = False) -> str:
    command = TriggerRun(job_id="job", tasks=tasks, queue=queue)
    return (await world.engine.trigger(command)).run_id


async def test_selected_tasks_run_and_no_others(world: World) -> None:
    world.write(job=CHAIN)
    await world.start()
    run_id = await only(world, "alert", "report")
    await world.clock.advance(1_000)
    assert (await world.run(run_id)).status == "completed"
    assert (await world.run(run_id)).selected == ("report", "alert")
    assert await begun(world, run_id) == ["report", "alert"]
    rows = {row.task_id: (row.status, row.reason) for row in await world.storage.tasks(run_id)}
    assert rows["load"] == rows["clean"] == ("skipped", "not selected")


async def test_selected_tasks_that_depend_on_each_other_go_on_over_a_restart(world: World) -> None:
    world.write(job=CHAIN)
    world.executor.script = {"clean": HOLDS}
    await world.start()
    run_id = await only(world, "clean", "report", "alert")
    await world.kill()
    await world.start()
    world.executor.finish("clean", exit_code=1)
    await world.clock.advance(1_000)
    assert await begun(world, run_id) == ["clean", "alert"]
    assert (await world.run(run_id)).status == "failed"


async def test_a_selection_that_waits_for_a_slot_is_the_same_afterwards(world: World) -> None:
    world.write(job=f"max_concurrency: 1\n{CHAIN}")
    world.executor.script = {"load": HOLDS}
    await world.start()
    await world.trigger("job")
    run_id = await only(world, "alert", queue=True)
    await world.kill()
    await world.start()
    world.executor.finish("load")
    await world.clock.advance(1_000)
    assert await begun(world, run_id) == ["alert"]


async def test_a_selection_is_repeated_within_it(world: World) -> None:
    world.write(job=CHAIN)
    world.executor.script = {"report": FAILS}
    await world.start()
    run_id = await only(world, "load", "report")
    await world.clock.advance(1_000)
    world.executor.script = {}
    failed, whole = (await rerun(world, run_id)).run_id, (await rerun(world, run_id, "start")).run_id
    await world.clock.advance(1_000)
    assert await begun(world, failed) == ["report"]
    assert await begun(world, whole) == ["load", "report"]
    assert (await world.run(whole)).selected == ("load", "report")


async def test_a_wrong_selection_is_told_after_what_may_pass(world: World) -> None:
    world.write(job=f"max_concurrency: 1\n{CHAIN}")
    world.executor.default = HOLDS
    await world.start()
    with pytest.raises(InvalidRequestError, match="did you mean 'load'"):
        await only(world, "lod")
    await world.trigger("job")
    with pytest.raises(MaxConcurrentRunsExceeded):
        await only(world, "lod")
    with pytest.raises(InvalidRequestError):
        await only(world, "lod", queue=True)


# --- runs whose first tasks are skipped before anything has ended


async def test_a_run_that_waits_is_not_decided_on_before_it_has_its_slot(world: World) -> None:
    never = "{id: never, command: x, condition: on_failure}"
    world.write(job=f"max_concurrency: 1\ntasks: [{{id: only, command: x}}, {never}]")
    world.executor.default = HOLDS
    await world.start()
    await world.trigger("job")
    second, third = await world.trigger("job", queue=True), await world.trigger("job", queue=True)
    assert await world.statuses(second) == {"only": "pending", "never": "pending"}
    await world.engine.cancel(CancelRun(run_id=second))
    world.executor.finish("only")
    world.executor.default = SUCCEEDS
    await world.clock.advance(1_000)
    assert await world.statuses(third) == {"only": "completed", "never": "skipped"}
    assert len(world.said(facts.TaskSkipped)) == 2
