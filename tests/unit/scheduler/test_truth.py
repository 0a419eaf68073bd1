"""What is told is what happened: after crashes, clock changes, timeouts, changes by somebody else."""

from __future__ import annotations

import msgspec
import pytest
from tests.support.world import World

from petit.core.errors import RunIsOver
from petit.events import facts
from petit.scheduler.commands import CancelRun, Pause
from petit.scheduler.engine import LONGEST_SLEEP_MS
from petit.storage.base import RunChange, Step
from petit.testing.clock import settle
from petit.testing.executor import FAILS, HOLDS, SUCCEEDS, Outcome

ONE = "tasks: [{id: only, command: 'true'}]"
STUBBORN = Outcome(duration_ms=None, ignores_term=True)


async def test_a_cancelled_run_whose_attempt_never_came_to_be_ends(world: World) -> None:
    world.write(job=ONE)
    world.executor.default = STUBBORN
    await world.start()
    run_id = await world.trigger("job")
    await world.engine.cancel(CancelRun(run_id=run_id))
    await world.kill()
    world.executor.reboot()
    await world.start()
    await world.clock.advance(1_000)
    assert (await world.run(run_id)).status == "cancelled"


@pytest.mark.parametrize(
    ("kill_after", "tasks"),
    [
        pytest.param(61_000, {"a": "failed", "b": "cancelled"}, id="killed within the grace"),
        pytest.param(30_000, {"a": "failed", "b": "cancelled"}, id="killed before the timeout"),
    ],
)
async def test_a_run_that_timed_out_around_a_crash_is_told_so(
    world: World, kill_after: int, tasks: dict[str, str]
) -> None:
    world.write(job="timeout: 1m\ntasks: [{id: a, command: x}, {id: b, command: x, depends_on: [a]}]")
    world.executor.default = STUBBORN
    await world.start()
    run_id = await world.trigger("job")
    await world.clock.advance(kill_after)
    await world.kill()
    await world.clock.advance(60_000)
    await world.start()
    await world.clock.advance(30_000)
    run = await world.run(run_id)
    assert (run.status, run.error) == ("failed", "timed out after 60 s")
    assert await world.statuses(run_id) == tasks


async def test_a_lone_task_ended_by_the_timeout_of_its_run_around_a_crash_is_told_so(world: World) -> None:
    world.write(job=f"timeout: 1m\n{ONE}")
    world.executor.default = STUBBORN
    await world.start()
    run_id = await world.trigger("job")
    await world.clock.advance(61_000)
    await world.kill()
    await world.clock.advance(60_000)
    await world.start()
    await world.clock.advance(1_000)
    run = await world.run(run_id)
    assert (run.status, run.error) == ("failed", "timed out after 60 s")


async def test_a_run_that_was_over_in_time_is_not_timed_out_by_the_next_start(world: World) -> None:
    world.write(job=f"timeout: 1m\n{ONE}")
    world.executor.default = Outcome(duration_ms=30_000)
    await world.start()
    run_id = await world.trigger("job")
    await world.kill()
    await world.clock.advance(600_000)
    await world.start()
    await world.clock.advance(1_000)
    assert (await world.run(run_id)).status == "completed"


async def test_an_interrupted_task_is_tried_again_at_once_also_after_a_crash(world: World) -> None:
    world.write(job="tasks: [{id: a, command: x, on_interrupt: retry, retry: {max_attempts: 2, delay: 1h}}]")
    world.executor.script = {"a": [HOLDS, SUCCEEDS]}
    await world.start()
    run_id = await world.trigger("job")
    world.executor.lose("a")
    await settle()
    await world.kill()
    await world.start()
    await world.clock.advance(1_000)
    assert (await world.run(run_id)).status == "completed"


async def test_why_a_run_was_cancelled_is_told(world: World) -> None:
    world.write(job=ONE)
    world.executor.default = HOLDS
    await world.start()
    run_id = await world.trigger("job")
    await world.engine.cancel(CancelRun(run_id=run_id, reason="wrong input"))
    await world.clock.advance(1_000)
    (fact,) = world.said(facts.RunCancelled)
    assert isinstance(fact, facts.RunCancelled)
    assert fact.reason == "wrong input"


async def test_runs_that_would_be_skipped_do_not_pile_up_behind_max_jobs(world: World) -> None:
    world.max_jobs = 1
    world.write(hog=ONE, job=f"schedule: '* * * * *'\noverlap: skip\n{ONE}")
    world.executor.default = HOLDS
    await world.start()
    await world.trigger("hog")
    await world.clock.advance(5 * 60_000)
    (waiting,) = await world.runs("job")
    assert waiting.status == "pending"
    fates = await world.ledger("job")
    assert [(each.fate, each.reason) for each in fates] == [("ran", None)] + [("skipped", "overlap")] * 4
    assert fates[1].evidence == {"max_concurrency": 1, "running": [], "waiting": [waiting.id]}


async def test_a_clock_set_back_cancels_no_run_for_a_due_time_that_has_its_fate(world: World) -> None:
    world.write(job=f"schedule: '* * * * *'\noverlap: cancel_running\n{ONE}")
    world.executor.default = HOLDS
    await world.start()
    await world.clock.advance(130_000)
    (_, second) = await world.runs()
    world.clock.jump(-90_000)
    await world.clock.advance(85_000)
    assert (await world.run(second.id)).status == "running"


async def test_cancel_running_ends_the_oldest_and_starts_the_new_one(world: World) -> None:
    world.write(job=f"schedule: '* * * * *'\noverlap: cancel_running\n{ONE}")
    world.executor.default = HOLDS
    await world.start()
    await world.clock.advance(181_000)
    assert [run.status for run in await world.runs()] == ["cancelled", "cancelled", "running"]
    assert [fate for _, fate, _ in await world.fates()] == ["ran"] * 3


async def test_a_waiting_run_that_is_over_in_the_database_stands_in_nobodys_way(world: World) -> None:
    world.max_jobs = 1
    world.write(a=ONE, b=ONE)
    world.executor.default = HOLDS
    await world.start()
    await world.trigger("a")
    ghost, behind = await world.trigger("a", queue=True), await world.trigger("b", queue=True)
    await world.storage.advance([Step(run_id=ghost, run=RunChange(status="cancelled", ended_at=1))])
    world.tells_all = False
    world.executor.finish("only")
    await world.clock.advance(5_000)
    assert (await world.run(behind)).status == "running"
    assert world.engine.state().queued_runs == 0


async def test_cancelling_a_waiting_run_that_is_over_in_the_database_says_so(world: World) -> None:
    world.write(a=f"max_concurrency: 1\n{ONE}")
    world.executor.default = HOLDS
    await world.start()
    await world.trigger("a")
    ghost = await world.trigger("a", queue=True)
    await world.storage.advance([Step(run_id=ghost, run=RunChange(status="cancelled", ended_at=1))])
    world.tells_all = False
    with pytest.raises(RunIsOver):
        await world.engine.cancel(CancelRun(run_id=ghost))
    assert world.engine.state().queued_runs == 0


@pytest.mark.parametrize("body", [None, b"{}"], ids=["it is gone", "nobody can read it"])
async def test_a_waiting_run_without_its_definition_ends_and_stands_in_nobodys_way(
    world: World, body: bytes | None
) -> None:
    world.max_jobs = 1
    world.write(a=ONE, b=ONE)
    world.executor.default = HOLDS
    await world.start()
    await world.trigger("b")
    lost, behind = await world.trigger("a", queue=True), await world.trigger("b", queue=True)
    world.write(a="tasks: [{id: other, command: x}]")
    await world.engine.reload()
    await world.stop()
    pinned = (await world.run(lost)).definition
    stored = world.storage._definitions.pop(pinned)
    if body is not None:
        world.storage._definitions[pinned] = msgspec.structs.replace(stored, body=body)
    await world.start()
    world.executor.finish("only")
    await world.clock.advance(1_000)
    run = await world.run(lost)
    assert (run.status, run.reason) == ("cancelled", "its definition is missing from the database")
    assert (await world.run(behind)).status == "running"


async def test_a_run_that_runs_without_its_definition_is_interrupted(world: World) -> None:
    world.write(a=ONE, b=ONE)
    world.executor.default = HOLDS
    await world.start()
    run_id = await world.trigger("a")
    world.write(a="tasks: [{id: other, command: x}]")
    await world.engine.reload()
    await world.kill()
    world.storage._definitions.pop((await world.run(run_id)).definition)
    await world.start()
    run = await world.run(run_id)
    assert run.status == "interrupted"
    assert "definition is missing" in (run.error or "")
    assert world.executor.cancelled == [f"{run_id}/only/1"]


async def test_a_run_whose_tasks_are_all_skipped_ends_at_once(world: World) -> None:
    world.write(a="max_concurrency: 1\ntasks: [{id: t, command: x, condition: on_failure}]")
    await world.start()
    run_id = await world.trigger("a")
    assert (await world.run(run_id)).status == "completed"
    assert await world.statuses(run_id) == {"t": "skipped"}


async def test_a_second_pause_after_the_first_has_ended_begins_anew(world: World) -> None:
    world.write(job=ONE)
    await world.start(fire=False)  # nobody ends a pause whose time is over
    first = world.clock.now()
    await world.pause(until=first + 1_000)
    await world.clock.advance(10_000)
    await world.pause()
    pause = world.engine.state().pause
    assert pause is not None
    assert pause.since == first + 10_000


async def test_a_one_shot_engine_lets_an_old_pause_rest(world: World) -> None:
    world.write(job=ONE)
    await world.start()
    await world.pause("job", until=world.clock.now() + 1_000)
    await world.kill()
    await world.clock.advance(5_000)
    await world.start(fire=False)
    assert world.engine._wakes_at - world.clock.monotonic() == LONGEST_SLEEP_MS


async def test_reboot_jobs_run_once_for_each_boot_whatever_kills_the_first_start(world: World) -> None:
    world.write(job=f"schedule: '@reboot'\n{ONE}")
    engine = world.make()
    await world.storage.open()
    await engine.start()  # killed before it decided anything
    await world.kill()
    assert await world.fates() == []
    await world.clock.advance(60_000)
    await world.start()
    await world.start()
    assert [fate for _, fate, _ in await world.fates()] == ["ran"]
    await world.stop()
    world.boot_id = "boot-2"
    await world.start()
    assert [fate for _, fate, _ in await world.fates()] == ["ran"] * 2


async def test_pausing_and_resuming_a_job(world: World) -> None:
    world.write(job=f"schedule: '* * * * *'\n{ONE}")
    await world.start()
    await world.engine.pause(Pause(job_id="job", reason="move"))
    await world.clock.advance(60_000)
    assert [(fate, reason) for _, fate, reason in await world.fates()] == [("skipped", "job_paused")]


@pytest.mark.parametrize("outcome", [SUCCEEDS, FAILS], ids=["it succeeds", "it fails"])
async def test_nothing_is_kept_of_runs_that_are_over(world: World, outcome: Outcome) -> None:
    world.write(job="timeout: 24h\ntasks: [{id: a, command: x, retry: {max_attempts: 1, delay: 1s}}]")
    world.executor.default = outcome
    await world.start()
    for _ in range(300):
        await world.trigger("job")
        await world.clock.advance(2_000)
    runs = world.engine._runs
    assert (runs.running, len(runs._waiters), len(runs._dirty)) == (0, 0, 0)
    assert len(world.engine._timers) <= 130
