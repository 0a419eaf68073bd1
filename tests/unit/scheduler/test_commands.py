"""What callers get: one run for a key, refusals in their order, one-shot engines that end nothing."""

from __future__ import annotations

import asyncio

import pytest
from tests.support.world import World

from petit.core.errors import (
    IdempotencyConflict,
    JobNotFound,
    MaxConcurrentRunsExceeded,
    RunNotFound,
    SchedulerNotRunning,
)
from petit.scheduler.commands import CancelRun, Pause, TriggerRun
from petit.storage.base import IdempotencyKey
from petit.testing.executor import HOLDS

ONE = "tasks: [{id: only, command: 'true'}]"


def asked(world: World, body: str = "same") -> TriggerRun:
    key = IdempotencyKey("me POST /", "key", body, world.clock.now() + 86_400_000)
    return TriggerRun(job_id="job", idempotency=key)


async def test_one_key_is_one_run_however_often_and_at_once_it_is_sent(world: World) -> None:
    world.write(job=ONE)
    await world.start()
    at_once = await asyncio.gather(*(world.engine.trigger(asked(world)) for _ in range(5)))
    later = await world.engine.trigger(asked(world))
    assert {each.run_id for each in (*at_once, later)} == {later.run_id}
    assert [each.replayed for each in (*at_once, later)].count(False) == 1
    assert len(await world.runs()) == 1


async def test_a_key_is_not_taken_for_another_body(world: World) -> None:
    world.write(job=ONE)
    await world.start()
    await world.engine.trigger(asked(world))
    with pytest.raises(IdempotencyConflict):
        await world.engine.trigger(asked(world, "other"))


async def test_a_key_is_answered_also_while_the_scheduler_stops(world: World) -> None:
    world.write(job=ONE)
    await world.start()
    first = await world.engine.trigger(asked(world))
    await world.stop()
    again = await world.engine.trigger(asked(world))
    assert (again.run_id, again.replayed) == (first.run_id, True)
    with pytest.raises(SchedulerNotRunning):
        await world.trigger("job")


async def test_a_limit_that_is_reached_is_told_before_an_unmet_dependency(world: World) -> None:
    world.write(up=ONE, job=f"max_concurrency: 1\ndepends_on: [up]\n{ONE}")
    await world.start()
    await world.trigger("up")
    await world.clock.advance(1_000)
    world.executor.default = HOLDS
    await world.trigger("job")
    soon = "depends_on: [{job: up, condition: {within_window: {seconds: 1}}}]"
    world.write(job=f"max_concurrency: 1\n{soon}\n{ONE}")
    await world.engine.reload()
    await world.clock.advance(10_000)
    with pytest.raises(MaxConcurrentRunsExceeded):
        await world.trigger("job")


async def test_what_is_not_there_is_told(world: World) -> None:
    world.write(job=ONE)
    await world.start()
    with pytest.raises(RunNotFound):
        await world.engine.cancel(CancelRun(run_id="00000000-0000-7000-8000-000000000000"))
    with pytest.raises(JobNotFound, match="did you mean 'job'"):
        await world.engine.pause(Pause(job_id="jop"))


async def test_a_one_shot_engine_ends_no_schedule_and_removes_no_job_when_it_reloads(world: World) -> None:
    world.write(job=f"schedule: '* * * * *'\n{ONE}", other=ONE)
    await world.start()
    await world.stop()
    await world.start(fire=False)
    text = (world.jobs_dir / "job.yaml").read_text()
    (world.jobs_dir / "job.yaml").unlink()
    await world.engine.reload()
    assert "job" not in world.engine.jobs()
    await world.stop()
    (world.jobs_dir / "job.yaml").write_text(text)
    await world.clock.advance(3 * 60_000)
    await world.start()
    await world.clock.advance(1_000)
    assert [reason for _, _, reason in await world.fates("job")] == ["down"] * 2 + [None]


async def test_a_reload_that_changes_nothing_writes_nothing(world: World) -> None:
    world.write(job=ONE)
    await world.start()
    before = world.storage.change
    await world.engine.reload()
    assert world.storage.change == before


async def test_waiting_for_a_run_ends_with_the_run_with_the_time_and_with_the_engine(world: World) -> None:
    world.write(job=ONE)
    world.executor.default = HOLDS
    await world.start()
    run_id = await world.trigger("job")
    by_time = asyncio.create_task(world.engine.wait_for_run(run_id, 1_000))
    by_stop = asyncio.create_task(world.engine.wait_for_run(run_id, 60_000))
    await world.clock.advance(1_000)
    assert (by_time.done(), by_stop.done()) == (True, False)
    await world.stop()
    assert by_stop.done()
