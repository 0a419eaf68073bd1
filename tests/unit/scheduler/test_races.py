"""What happens between a decision and the news that it is durable: nothing gets lost in between."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from tests.support.held_storage import HeldStorage
from tests.support.world import World

from petit.core.errors import RunIsOver
from petit.events import facts
from petit.execution.base import Adopted
from petit.scheduler.commands import CancelRun, Resume, TriggerRun
from petit.testing.clock import settle
from petit.testing.executor import HOLDS, Outcome

ONE = "tasks: [{id: only, command: 'true'}]"


@pytest.fixture
def storage() -> HeldStorage:
    return HeldStorage()


@pytest.fixture
def held(tmp_path: Path, storage: HeldStorage) -> World:
    world = World(tmp_path)
    world.storage = storage
    return world


async def begun(world: World, job_id: str) -> tuple[asyncio.Task[object], str]:
    """Trigger a job whose run is durable before the engine hears of it."""
    asking = asyncio.create_task(world.engine.trigger(TriggerRun(job_id=job_id)))
    await settle()
    (run,) = [run for run in await world.runs(job_id) if run.status == "running"]
    return asking, run.id


async def test_a_run_can_be_cancelled_before_the_engine_knows_that_it_is_durable(
    held: World, storage: HeldStorage
) -> None:
    held.write(job=ONE)
    held.executor.default = HOLDS
    await held.start()
    storage.hold("create_run")
    asking, run_id = await begun(held, "job")
    cancelling = asyncio.create_task(held.engine.cancel(CancelRun(run_id=run_id)))
    await settle()
    await storage.let_go()
    await asyncio.gather(asking, cancelling)
    await held.clock.advance(1_000)
    assert (await held.run(run_id)).status == "cancelled"


async def test_a_run_that_is_cancelled_while_it_is_admitted_starts_no_task_unseen(
    held: World, storage: HeldStorage
) -> None:
    held.write(job=f"max_concurrency: 1\n{ONE}")
    held.executor.default = HOLDS
    await held.start()
    await held.trigger("job")
    second = await held.trigger("job", queue=True)
    storage.hold("advance", after=1)  # the end of the first run is told, the admission of the second is not
    held.executor.finish("only")
    await settle()
    assert (await held.run(second)).status == "running"
    cancelling = asyncio.create_task(held.engine.cancel(CancelRun(run_id=second)))
    await settle()
    await storage.let_go()
    await cancelling
    await held.clock.advance(60_000)
    assert (await held.run(second)).status == "cancelled"
    assert held.executor.running_tasks == []


@pytest.mark.parametrize("end", ["fails", "is lost"])
async def test_a_task_that_would_be_tried_again_is_cancelled_with_its_run(
    held: World, storage: HeldStorage, end: str
) -> None:
    held.write(job="tasks: [{id: a, command: x, on_interrupt: retry, retry: {max_attempts: 3, delay: 1h}}]")
    await ends_amid_a_cancel(held, storage, end)
    (run,) = await held.runs()
    assert (run.status, run.error, run.reason) == ("cancelled", None, "enough")
    assert await held.statuses(run.id) == {"a": "cancelled"}
    (attempt,) = await held.storage.attempts(run.id)
    assert attempt.status == ("failed" if end == "fails" else "interrupted"), "that is how it ended"
    await held.clock.advance(2 * 3600_000)
    assert len(held.specs()) == 1


async def test_a_task_that_fails_for_good_amid_a_cancel_fails_its_run(
    held: World, storage: HeldStorage
) -> None:
    held.write(job="tasks: [{id: a, command: x}]")
    await ends_amid_a_cancel(held, storage, "fails")
    (run,) = await held.runs()
    assert run.status == "failed"


async def ends_amid_a_cancel(world: World, storage: HeldStorage, end: str) -> None:
    """Let a task end by itself when the cancel of its run is decided, and has not reached it."""
    world.executor.default = HOLDS
    await world.start()
    run_id = await world.trigger("job")
    storage.hold("advance")
    cancelling = asyncio.create_task(world.engine.cancel(CancelRun(run_id=run_id, reason="enough")))
    await settle()
    if end == "fails":
        world.executor.finish("a", exit_code=1)
    else:
        world.executor.lose("a")
    await settle()
    await storage.let_go()
    await cancelling
    await world.clock.advance(1_000)


async def test_two_cancels_of_a_waiting_run_are_one(held: World, storage: HeldStorage) -> None:
    held.write(job=f"max_concurrency: 1\n{ONE}")
    held.executor.default = HOLDS
    await held.start()
    await held.trigger("job")
    second = await held.trigger("job", queue=True)
    storage.hold("advance")
    cancels = [asyncio.create_task(held.engine.cancel(CancelRun(run_id=second))) for _ in range(2)]
    await settle()
    await storage.let_go()
    first, other = await asyncio.gather(*cancels, return_exceptions=True)
    assert first is None
    assert isinstance(other, RunIsOver)
    assert len(held.said(facts.RunCancelled)) == 1


async def test_a_run_created_while_everything_is_cancelled_is_cancelled_too(
    held: World, storage: HeldStorage
) -> None:
    held.write(job=ONE)
    held.executor.default = HOLDS
    await held.start()
    storage.hold("create_run")
    asking, run_id = await begun(held, "job")
    held.engine.request_stop("cancel")
    await settle()
    await storage.let_go()
    await asking
    await held.clock.advance(60_000)
    assert held.engine.state().state == "stopped"
    assert (await held.run(run_id)).status == "cancelled"


async def test_a_run_created_while_the_engine_stops_starts_no_further_task(
    held: World, storage: HeldStorage
) -> None:
    held.write(job="tasks: [{id: a, command: x}, {id: b, command: x, depends_on: [a]}]")
    await held.start()
    storage.hold("create_run")
    asking, run_id = await begun(held, "job")
    held.engine.request_stop("wait")
    await settle()
    await storage.let_go()
    await asking
    await held.clock.advance(60_000)
    assert held.engine.state().state == "stopped"
    assert await held.statuses(run_id) == {"a": "completed", "b": "pending"}


async def test_no_waiting_run_is_admitted_after_the_engine_was_told_to_stop(
    held: World, storage: HeldStorage
) -> None:
    held.write(job=f"max_concurrency: 2\n{ONE}")
    held.executor.default = HOLDS
    await held.start()
    first, second = await held.trigger("job"), await held.trigger("job")
    waiting = [await held.trigger("job", queue=True) for _ in range(2)]
    storage.hold("advance", after=1)
    held.executor.finish(f"{first}/only/1")
    held.executor.finish(f"{second}/only/1")
    await settle()
    held.engine.request_stop("leave")
    await storage.let_go()
    await held.clock.advance(1_000)
    await held.engine.stopped()
    statuses = [(await held.run(run_id)).status for run_id in waiting]
    assert statuses in (["pending", "pending"], ["running", "pending"], ["running", "running"])
    running = {started.attempt.partition("/")[0] for started in held.executor.running}
    assert running == {
        run_id for run_id, status in zip(waiting, statuses, strict=True) if status == "running"
    }


async def test_a_job_removed_while_its_run_is_written_leaves_nothing_in_the_queue(
    held: World, storage: HeldStorage
) -> None:
    held.write(job=f"max_concurrency: 1\n{ONE}", other=ONE)
    held.executor.default = HOLDS
    await held.start()
    await held.trigger("job")
    storage.hold("create_run")
    asking = asyncio.create_task(held.engine.trigger(TriggerRun(job_id="job", queue=True)))
    await settle()
    (held.jobs_dir / "job.yaml").unlink()
    reloading = asyncio.create_task(held.engine.reload())
    await settle()
    await storage.let_go()
    await asyncio.gather(asking, reloading)
    assert held.engine.state().queued_runs == 0


async def test_a_reload_and_what_is_due_meanwhile_do_not_mix(held: World, storage: HeldStorage) -> None:
    held.write(job=f"schedule: '* * * * * *'\n{ONE}", other=ONE)
    await held.start()
    await held.clock.advance(2_500)
    storage.hold("reload")
    (held.jobs_dir / "job.yaml").unlink()
    reloading = asyncio.create_task(held.engine.reload())
    await held.clock.advance(3_000)
    await storage.let_go()
    await reloading
    await held.clock.advance(3_000)
    assert [fate for _, fate, _ in await held.fates("job")] == ["ran"] * 2


async def test_what_is_due_while_a_reload_waits_has_its_fate(held: World, storage: HeldStorage) -> None:
    held.write(
        job=f"schedule: '* * * * * *'\n{ONE}", other=f"depends_on: [job]\nschedule: '* * * * * *'\n{ONE}"
    )
    await held.start()
    await held.clock.advance(900)
    storage.hold("last_ended")
    await held.clock.advance(100)  # `other` is due and looks at its upstream
    (held.jobs_dir / "job.yaml").write_text(f"id: job\nschedule: '0 0 * * * *'\n{ONE}")
    reloading = asyncio.create_task(held.engine.reload())
    await held.clock.advance(2_500)
    await storage.let_go()
    await reloading
    first = held.clock.now() // 1000 * 1000 - 2_000
    ended_at = (await held.fates("job"))[-1][0]
    assert [due for due, _, _ in await held.fates("job")] == list(range(first, ended_at + 1, 1000))
    await held.clock.advance(1_000)
    assert [due for due, _, _ in await held.fates("other")] == [
        first,
        first + 1000,
        first + 2000,
        first + 3000,
    ]


async def test_a_report_that_comes_during_the_taking_up_is_not_lost(
    held: World, storage: HeldStorage
) -> None:
    held.write(job=ONE)
    held.executor.default = HOLDS
    await held.start()
    run_id = await held.trigger("job")
    await held.stop()
    storage.hold("active_runs")
    starting = asyncio.create_task(held.make().start())
    await settle()
    held.executor.finish("only")
    await settle()
    await storage.let_go()
    await starting
    await held.clock.advance(1_000)
    assert (await held.run(run_id)).status == "completed"


async def test_an_end_that_is_told_twice_is_acknowledged_only_once_it_is_durable(
    held: World, storage: HeldStorage
) -> None:
    held.write(job="tasks: [{id: a, command: x}, {id: b, command: x}]")
    held.executor.default = HOLDS
    await held.start()
    await held.trigger("job")
    await held.clock.advance(1_000)
    storage.hold("advance")
    reports = held.engine._runs.on_reports
    held.executor.finish("a")
    await settle()
    reports(list(held.executor._ended.values()))
    await settle()
    assert held.executor.acknowledged == []
    await storage.let_go()
    assert held.executor.acknowledged


async def test_a_caller_who_goes_away_leaves_a_run_that_is_driven(held: World, storage: HeldStorage) -> None:
    held.write(job=ONE)
    await held.start()
    storage.hold("create_run")
    asking, run_id = await begun(held, "job")
    asking.cancel()
    await settle()
    await storage.let_go()
    await held.clock.advance(1_000)
    assert (await held.run(run_id)).status == "completed"


async def test_a_caller_who_goes_away_leaves_a_reload_whole(held: World, storage: HeldStorage) -> None:
    held.write(job=ONE)
    await held.start()
    held.write(new=ONE)
    storage.hold("reload")
    asking = asyncio.create_task(held.engine.reload())
    await settle()
    asking.cancel()
    await settle()
    await storage.let_go()
    assert "new" in held.engine.jobs()


async def test_a_stop_asked_for_during_the_start_is_a_stop(held: World, storage: HeldStorage) -> None:
    held.write(job=f"schedule: '* * * * *'\n{ONE}")
    storage.hold("active_runs")
    starting = asyncio.create_task(held.make().start())
    await settle()
    held.engine.request_stop("leave")
    await settle()
    await storage.let_go()
    await starting
    await held.clock.advance(120_000)
    assert held.engine.state().state == "stopped"
    assert await held.runs() == []


async def test_what_was_due_before_the_end_of_a_pause_is_skipped_however_late(
    held: World, storage: HeldStorage
) -> None:
    held.write(job=f"schedule: '* * * * * *'\n{ONE}")
    await held.start()
    start = held.clock.now()
    await held.pause(until=start + 3_500)
    storage.hold("record")
    await held.clock.advance(4_000)
    await storage.let_go()
    await held.clock.advance(1_000)
    assert [fate for _, fate, _ in await held.fates()] == ["skipped"] * 3 + ["ran"] * 2


async def test_an_adopted_attempt_that_is_told_with_the_adoption_is_taken(held: World) -> None:
    held.write(job=ONE)
    held.executor.default = Outcome(duration_ms=500)
    await held.start()
    run_id = await held.trigger("job")
    await held.stop()
    assert isinstance(await held.executor.start(lambda _: None), Adopted)
    await held.start()
    await held.clock.advance(1_000)
    assert (await held.run(run_id)).status == "completed"


async def test_resuming_what_is_not_paused_is_harmless(held: World) -> None:
    held.write(job=ONE)
    await held.start()
    await held.engine.resume(Resume())
    await held.engine.resume(Resume(job_id="job"))
    assert held.engine.state().state == "running"
