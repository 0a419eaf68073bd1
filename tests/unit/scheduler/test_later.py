"""Runs that begin at a time of their own."""

from __future__ import annotations

import asyncio

import pytest
from tests.support.held_storage import HeldStorage
from tests.support.world import World

from petit.core.clock import Millis
from petit.core.errors import InvalidRequestError, StorageUnavailable
from petit.events import facts
from petit.scheduler.commands import CancelRun, RerunRun, TriggerRun
from petit.storage.records import RunRow
from petit.testing.clock import settle
from petit.testing.executor import FAILS, HOLDS

ONE = "tasks: [{id: only, command: x}]"
HOUR: Millis = 3_600_000


async def later(world: World, ms: Millis, job_id: str = "job", **members: object) -> str:
    """Trigger a job to begin in a while."""
    run_at = world.clock.now() + ms
    return (await world.engine.trigger(TriggerRun(job_id=job_id, run_at=run_at, **members))).run_id  # type: ignore[arg-type]  # as the tests give them


async def test_a_run_begins_at_its_time_and_holds_nothing_before(world: World) -> None:
    world.write(job=f"max_concurrency: 1\n{ONE}")
    await world.start()
    run_id = await later(world, HOUR)
    await world.trigger("job")
    await world.clock.advance(HOUR - 1)
    assert (await world.run(run_id)).status == "pending"
    assert world.engine.state().queued_runs == 1
    due = world.clock.now() + 1
    await world.clock.advance(1)
    run = await world.run(run_id)
    assert (run.status, run.started_at, run.run_at, run.trigger) == ("running", due, due, "manual")
    assert world.engine.state().queued_runs == 0


async def test_the_past_is_refused_and_this_moment_is_not(world: World) -> None:
    world.write(job=ONE)
    await world.start()
    with pytest.raises(InvalidRequestError, match="/run_at: is in the past"):
        await later(world, -1)
    run_id = await later(world, 0)
    await world.clock.advance(1)
    assert (await world.run(run_id)).status == "running"


async def test_a_full_job_is_no_reason_to_refuse_a_run_to_come(world: World) -> None:
    world.max_jobs = 1
    world.write(job=f"max_concurrency: 1\n{ONE}")
    world.executor.default = HOLDS
    await world.start()
    await world.trigger("job")
    run_id = await later(world, HOUR)
    await world.clock.advance(HOUR)
    assert (await world.run(run_id)).status == "pending"
    world.executor.finish("only")
    await world.clock.advance(1)
    assert (await world.run(run_id)).status == "running"


async def test_whose_time_comes_stands_behind_those_who_wait_already(world: World) -> None:
    world.max_jobs = 1
    world.write(job=ONE, other=ONE)
    world.executor.default = HOLDS
    await world.start()
    await world.trigger("other")
    first = await later(world, HOUR)
    second = await world.trigger("other", queue=True)
    third = await world.trigger("job", queue=True)
    await world.clock.advance(HOUR)
    began = []
    for _ in range(3):
        world.executor.finish("only")
        await world.clock.advance(1)
        began += [run.id for run in await world.runs() if run.status == "running"]
    assert began == [second, third, first]


async def test_a_dependency_that_is_not_met_then_ends_it(world: World) -> None:
    world.write(up=ONE, job=f"depends_on: [up]\n{ONE}")
    await world.start()
    early, late = await later(world, HOUR), await later(world, 2 * HOUR)
    await world.clock.advance(HOUR)
    run = await world.run(early)
    assert (run.status, run.started_at) == ("cancelled", None)
    assert run.reason == "job 'job' waits for: up (no run of it has ended)"
    (told,) = world.said(facts.RunCancelled)
    assert isinstance(told, facts.RunCancelled)
    assert (told.run_id, told.reason) == (early, run.reason)
    await world.trigger("up")
    await world.clock.advance(HOUR)
    assert (await world.run(late)).status == "running"


@pytest.mark.parametrize("is_killed", [True, False], ids=["killed", "stopped"])
async def test_runs_to_come_survive_a_restart(world: World, is_killed: bool) -> None:
    world.write(job=ONE)
    await world.start()
    missed, coming = await later(world, HOUR), await later(world, 3 * HOUR)
    await (world.kill() if is_killed else world.stop())
    await world.clock.advance(2 * HOUR)
    await world.start()
    await world.clock.advance(1)
    assert (await world.run(missed)).status == "running"
    assert (await world.run(coming)).status == "pending"
    await world.clock.advance(HOUR + 1_000)
    assert (await world.run(coming)).status == "completed"


async def test_a_pause_does_not_hold_it_up(world: World) -> None:
    world.write(job=ONE)
    await world.start()
    run_id = await later(world, HOUR)
    await world.pause()
    await world.pause("job")
    await world.clock.advance(HOUR)
    assert (await world.run(run_id)).status == "running"


async def test_a_one_shot_scheduler_lets_them_begin_too(world: World) -> None:
    world.write(job=ONE)
    await world.start(fire=False)
    run_id = await later(world, HOUR)
    await world.clock.advance(HOUR)
    assert (await world.run(run_id)).status == "running"


async def test_it_can_be_cancelled_and_waited_for_before_its_time(world: World) -> None:
    world.write(job=ONE)
    await world.start()
    run_id = await later(world, HOUR)
    waiting = asyncio.ensure_future(world.engine.wait_for_run(run_id, 2 * HOUR))
    await world.clock.advance(1_000)
    assert not waiting.done()
    await world.engine.cancel(CancelRun(run_id=run_id, reason="not needed"))
    await waiting
    run = await world.run(run_id)
    assert (run.status, run.reason) == ("cancelled", "not needed")
    await world.clock.advance(2 * HOUR)
    assert world.specs() == []


async def test_a_removed_job_takes_it_along(world: World) -> None:
    world.write(job=ONE, other=ONE)
    await world.start()
    run_id = await later(world, HOUR)
    (world.jobs_dir / "job.yaml").unlink()
    await world.engine.reload()
    run = await world.run(run_id)
    assert (run.status, run.reason) == ("cancelled", "job removed")
    assert world.engine.state().queued_runs == 0
    await world.clock.advance(2 * HOUR)
    assert world.specs() == []


@pytest.mark.parametrize("jump", [HOUR, -HOUR], ids=["forward", "back"])
async def test_it_follows_the_wall_clock_where_that_is_set(world: World, jump: Millis) -> None:
    world.write(job=ONE)
    await world.start()
    run_id = await later(world, 2 * HOUR)
    world.clock.jump(jump)
    await world.clock.advance(2 * HOUR - jump - 60_000)
    assert (await world.run(run_id)).status == "pending"
    await world.clock.advance(60_000 + 30_000)
    assert (await world.run(run_id)).status == "completed"


async def test_the_end_of_time_can_be_waited_for(world: World) -> None:
    world.write(job=ONE)
    await world.start()
    run_id = await later(world, 253_402_300_799_999 - world.clock.now())
    await world.clock.advance(24 * HOUR)
    assert (await world.run(run_id)).status == "pending"


async def test_a_stopping_scheduler_begins_none(world: World) -> None:
    world.write(job=ONE)
    world.executor.default = HOLDS
    await world.start()
    await world.trigger("job")
    run_id = await later(world, 1_000)
    world.engine.request_stop("wait")
    await world.clock.advance(10_000)
    assert (await world.run(run_id)).status == "pending"
    world.executor.finish("only")
    await world.clock.advance(1_000)
    await world.engine.stopped()
    await world.start()
    await world.clock.advance(1)
    assert (await world.run(run_id)).status == "running"


async def test_many_due_at_once_begin_in_the_order_of_their_times(world: World) -> None:
    world.write(job=f"max_concurrency: 1\n{ONE}")
    await world.start()
    runs = [await later(world, HOUR - number) for number in range(5)]
    await world.clock.advance(HOUR - 10)
    world.clock.jump(10)
    await world.clock.advance(60_000)
    started = {run.id: run.started_at or 0 for run in await world.runs()}
    assert sorted(runs, key=started.__getitem__) == runs[::-1]


async def test_a_run_to_come_may_be_of_some_tasks(world: World) -> None:
    world.write(job="tasks: [{id: a, command: x}, {id: b, command: x, depends_on: [a]}]")
    await world.start()
    run_id = await later(world, HOUR, tasks=("b",))
    await world.clock.advance(2 * HOUR)
    assert await world.statuses(run_id) == {"a": "skipped", "b": "completed"}
    again = await world.engine.trigger(RerunRun(run_id=run_id, job_id="job"))
    assert (await world.run(again.run_id)).run_at is None


class Flaky(HeldStorage):
    """Memory that cannot be read for a while."""

    is_away = False

    async def last_ended(self, job_id: str) -> RunRow | None:
        if self.is_away:
            raise StorageUnavailable("the disk is away", cause="io_error")
        return await super().last_ended(job_id)


async def test_trouble_with_the_storage_puts_it_off(world: World) -> None:
    storage = world.storage = Flaky()
    world.write(up=ONE, job=f"depends_on: [{{job: up, condition: last_complete}}]\n{ONE}")
    world.executor.script = {"only": FAILS}
    await world.start()
    await world.trigger("up")
    run_id = await later(world, HOUR)
    await world.clock.advance(HOUR - 1)
    storage.is_away = True
    await world.clock.advance(10_000)
    assert (await world.run(run_id)).status == "pending"
    storage.is_away = False
    await world.clock.advance(2_000)
    assert (await world.run(run_id)).status == "failed"


async def test_a_cancel_amid_the_judgement_is_one_cancel(world: World) -> None:
    storage = world.storage = HeldStorage()
    world.write(up=ONE, job=f"depends_on: [up]\n{ONE}")
    await world.start()
    await world.trigger("up")
    run_id = await later(world, HOUR)
    await world.clock.advance(HOUR - 1)
    storage.hold("last_ended")
    await world.clock.advance(1)
    cancelling = asyncio.create_task(world.engine.cancel(CancelRun(run_id=run_id)))
    await settle()
    assert not cancelling.done()
    await storage.let_go()
    await cancelling
    await world.clock.advance(1_000)
    assert (await world.run(run_id)).status == "cancelled"
    assert len(world.said(facts.RunCancelled)) == 1
