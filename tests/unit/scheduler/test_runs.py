"""Runs of one engine: graphs, retries, limits, cancel, timeouts."""

from __future__ import annotations

import pytest
from tests.support.world import World

from petit.core.errors import (
    DependencyNotSatisfied,
    JobNotFound,
    MaxConcurrentRunsExceeded,
    RunIsOver,
    SchedulerNotRunning,
)
from petit.events import facts
from petit.scheduler.commands import CancelRun, TriggerRun
from petit.testing.executor import FAILS, HOLDS, SUCCEEDS, Outcome

ONE = "tasks: [{id: only, command: 'true'}]"


async def test_a_triggered_run_completes(world: World) -> None:
    world.write(hello=ONE)
    await world.start()
    run_id = await world.trigger("hello")
    assert (await world.run(run_id)).status == "running"
    await world.clock.advance(1_000)
    run = await world.run(run_id)
    assert (run.status, run.trigger, run.error) == ("completed", "manual", None)
    (attempt,) = await world.storage.attempts(run_id)
    assert (attempt.status, attempt.exit_code, attempt.number, attempt.pid) == ("completed", 0, 1, 1001)
    assert world.executor.acknowledged == [f"{run_id}/only/1"]


async def test_tasks_start_when_their_own_dependencies_are_over(world: World) -> None:
    world.write(
        graph="""
tasks:
  - {id: slow, command: x}
  - {id: fast, command: x}
  - {id: after_fast, command: x, depends_on: [fast]}
  - {id: both, command: x, depends_on: [slow, fast]}
"""
    )
    world.executor.script = {"slow": HOLDS}
    await world.start()
    run_id = await world.trigger("graph")
    await world.clock.advance(1_000)
    assert world.executor.submitted_tasks == ["slow", "fast", "after_fast"]
    world.executor.finish("slow")
    await world.clock.advance(1_000)
    assert (await world.run(run_id)).status == "completed"
    (both,) = await world.storage.attempts(run_id, "both")
    assert [(wait.kind, wait.on) for wait in both.waits] == [("dependency", "slow")]


async def test_a_failure_skips_what_needs_it_and_runs_what_handles_it(world: World) -> None:
    world.write(
        graph="""
tasks:
  - {id: load, command: x}
  - {id: report, command: x, depends_on: [load]}
  - {id: alert, command: x, depends_on: [load], condition: on_failure}
  - {id: cleanup, command: x, depends_on: [report], condition: all_done}
"""
    )
    world.executor.script = {"load": FAILS}
    await world.start()
    run_id = await world.trigger("graph")
    await world.clock.advance(1_000)
    assert await world.statuses(run_id) == {
        "load": "failed",
        "report": "skipped",
        "alert": "completed",
        "cleanup": "completed",
    }
    run = await world.run(run_id)
    assert run.status == "failed"
    assert "load" in (run.error or "")
    skipped = next(task for task in await world.storage.tasks(run_id) if task.task_id == "report")
    assert "load" in (skipped.reason or "")
    assert len(world.said(facts.TaskSkipped)) == 1


async def test_a_retry_waits_its_delay_without_holding_a_slot(world: World) -> None:
    world.write(
        flaky="""
max_tasks: 1
tasks:
  - {id: flaky, command: x, retry: {max_attempts: 2, delay_secs: 60}}
  - {id: other, command: x}
"""
    )
    world.executor.script = {"flaky": [FAILS, FAILS, SUCCEEDS]}
    await world.start()
    run_id = await world.trigger("flaky")
    await world.clock.advance(1_000)
    assert await world.statuses(run_id) == {"flaky": "retrying", "other": "completed"}
    await world.clock.advance(130_000)
    assert (await world.run(run_id)).status == "completed"
    attempts = await world.storage.attempts(run_id, "flaky")
    assert [(each.number, each.status) for each in attempts] == [
        (1, "failed"),
        (2, "failed"),
        (3, "completed"),
    ]
    ended = attempts[0].ended_at
    assert ended is not None
    assert attempts[1].opened_at - ended == 60_000


async def test_a_retry_that_is_used_up_fails_the_task(world: World) -> None:
    world.write(flaky="tasks: [{id: flaky, command: x, retry: {max_attempts: 1, delay_secs: 0}}]")
    world.executor.default = Outcome(exit_code=3)
    await world.start()
    run_id = await world.trigger("flaky")
    await world.clock.advance(1_000)
    run = await world.run(run_id)
    assert run.status == "failed"
    assert "exit code 3" in (run.error or "")
    assert len(world.specs()) == 2


async def test_a_missing_variable_fails_the_attempt_saying_so(world: World) -> None:
    world.write(hello="tasks: [{id: only, command: echo, args: ['${NOWHERE}']}]")
    await world.start()
    run_id = await world.trigger("hello")
    await world.clock.advance(1_000)
    (attempt,) = await world.storage.attempts(run_id)
    assert attempt.cause == "could_not_start"
    assert "NOWHERE" in (attempt.error or "")
    assert (await world.run(run_id)).status == "failed"


async def test_cancel_ends_what_runs_and_starts_nothing_more(world: World) -> None:
    world.write(
        job="""
tasks:
  - {id: first, command: x}
  - {id: then, command: x, depends_on: [first]}
  - {id: always, command: x, depends_on: [first], condition: always}
"""
    )
    world.executor.script = {"first": HOLDS}
    await world.start()
    run_id = await world.trigger("job")
    await world.engine.cancel(CancelRun(run_id=run_id, reason="enough"))
    await world.clock.advance(1_000)
    assert set((await world.statuses(run_id)).values()) == {"cancelled"}
    run = await world.run(run_id)
    assert (run.status, run.reason) == ("cancelled", "enough")
    with pytest.raises(RunIsOver):
        await world.engine.cancel(CancelRun(run_id=run_id))


async def test_cancel_while_a_retry_waits_ends_the_run(world: World) -> None:
    world.write(flaky="tasks: [{id: flaky, command: x, retry: {max_attempts: 5, delay: 1h}}]")
    world.executor.default = FAILS
    await world.start()
    run_id = await world.trigger("flaky")
    await world.clock.advance(1_000)
    await world.engine.cancel(CancelRun(run_id=run_id))
    await world.clock.advance(2 * 3600_000)
    assert (await world.run(run_id)).status == "cancelled"
    assert len(world.specs()) == 1


async def test_the_timeout_of_a_run_fails_it(world: World) -> None:
    world.write(job="timeout: 1m\ntasks: [{id: a, command: x}, {id: b, command: x, depends_on: [a]}]")
    world.executor.default = HOLDS
    await world.start()
    run_id = await world.trigger("job")
    await world.clock.advance(61_000)
    run = await world.run(run_id)
    assert (run.status, run.error) == ("failed", "timed out after 60 s")
    assert await world.statuses(run_id) == {"a": "failed", "b": "cancelled"}


async def test_max_concurrency_refuses_or_queues(world: World) -> None:
    world.write(job=f"max_concurrency: 1\n{ONE}")
    world.executor.default = HOLDS
    await world.start()
    first = await world.trigger("job")
    with pytest.raises(MaxConcurrentRunsExceeded) as refused:
        await world.trigger("job")
    assert refused.value.evidence["holders"] == [first]
    second = await world.trigger("job", queue=True)
    assert (await world.run(second)).status == "pending"
    world.executor.finish("only")
    await world.clock.advance(1_000)
    assert (await world.run(second)).status == "running"
    assert (await world.run(first)).status == "completed"


async def test_a_queued_run_can_be_cancelled(world: World) -> None:
    world.write(job=f"max_concurrency: 1\n{ONE}")
    world.executor.default = HOLDS
    await world.start()
    await world.trigger("job")
    second = await world.trigger("job", queue=True)
    await world.engine.cancel(CancelRun(run_id=second))
    assert (await world.run(second)).status == "cancelled"
    assert await world.statuses(second) == {"only": "cancelled"}
    assert world.engine.state().queued_runs == 0


async def test_max_jobs_holds_over_all_jobs(world: World) -> None:
    world.max_jobs = 1
    world.write(a=ONE, b=ONE)
    world.executor.default = HOLDS
    await world.start()
    await world.trigger("a")
    with pytest.raises(MaxConcurrentRunsExceeded) as refused:
        await world.trigger("b")
    assert refused.value.evidence["scope"] == "total"


async def test_a_dependency_that_never_ran_refuses_a_trigger(world: World) -> None:
    world.write(up=ONE, down=f"depends_on: [up]\n{ONE}")
    await world.start()
    with pytest.raises(DependencyNotSatisfied) as refused:
        await world.trigger("down")
    assert refused.value.evidence["dependencies"][0]["job"] == "up"
    await world.trigger("up")
    await world.clock.advance(1_000)
    await world.trigger("down")


async def test_an_unknown_job_names_the_nearest(world: World) -> None:
    world.write(hello_world=ONE)
    await world.start()
    with pytest.raises(JobNotFound, match="hello_world"):
        await world.trigger("hello_wrold")


async def test_a_stopping_scheduler_accepts_nothing(world: World) -> None:
    world.write(hello=ONE)
    await world.start()
    await world.stop()
    with pytest.raises(SchedulerNotRunning):
        await world.engine.trigger(TriggerRun(job_id="hello"))


async def test_waiting_for_a_run_returns_at_its_end(world: World) -> None:
    import asyncio

    world.write(hello=ONE)
    world.executor.default = Outcome(duration_ms=5_000)
    await world.start()
    run_id = await world.trigger("hello")
    waiting = asyncio.ensure_future(world.engine.wait_for_run(run_id, 60_000))
    await world.clock.advance(4_000)
    assert not waiting.done()
    await world.clock.advance(2_000)
    assert waiting.done()
