"""A restart costs nothing: what runs is taken up, what ended meanwhile has its true result."""

from __future__ import annotations

import pytest
from tests.support.world import World

from petit.scheduler.commands import CancelRun
from petit.testing.executor import FAILS, HOLDS, SUCCEEDS, Outcome

CHAIN = """
tasks:
  - {id: first, command: x}
  - {id: then, command: x, depends_on: [first]}
"""


async def test_running_tasks_are_taken_up_and_go_on(world: World) -> None:
    world.write(job=CHAIN)
    world.executor.script = {"first": HOLDS}
    await world.start()
    run_id = await world.trigger("job")
    await world.stop()
    await world.start()
    assert world.engine.state().running_runs == 1
    world.executor.finish("first")
    await world.clock.advance(1_000)
    assert (await world.run(run_id)).status == "completed"
    assert world.executor.submitted_tasks == ["first", "then"]


async def test_a_task_that_ended_meanwhile_has_its_true_result(world: World) -> None:
    world.write(job=CHAIN)
    world.executor.script = {"first": Outcome(duration_ms=60_000, exit_code=7)}
    await world.start()
    run_id = await world.trigger("job")
    await world.stop()
    await world.clock.advance(120_000)
    assert (await world.run(run_id)).status == "running"
    await world.start()
    await world.clock.advance(1_000)
    assert await world.statuses(run_id) == {"first": "failed", "then": "skipped"}
    (attempt,) = await world.storage.attempts(run_id, "first")
    assert attempt.exit_code == 7


@pytest.mark.parametrize(("policy", "status"), [("fail", "interrupted"), ("retry", "completed")])
async def test_a_task_that_is_truly_gone_is_interrupted(world: World, policy: str, status: str) -> None:
    world.write(job=f"tasks: [{{id: first, command: x, on_interrupt: {policy}}}]")
    world.executor.script = {"first": [HOLDS, SUCCEEDS]}
    await world.start()
    run_id = await world.trigger("job")
    world.pretend_started(run_id, "first", 1)
    await world.stop()
    world.executor.reboot()
    await world.start()
    await world.clock.advance(1_000)
    assert (await world.run(run_id)).status == status
    attempts = await world.storage.attempts(run_id, "first")
    assert [each.status for each in attempts] == ["interrupted", "completed"][: len(attempts)]


async def test_an_attempt_that_was_written_but_never_started_is_started(world: World) -> None:
    world.write(job=CHAIN)
    world.executor.script = {"first": HOLDS}
    await world.start()
    run_id = await world.trigger("job")
    await world.stop()
    world.executor.reboot()  # it knows nothing of the attempt, and no log directory tells of a process
    world.executor.script = {}
    await world.start()
    await world.clock.advance(1_000)
    assert (await world.run(run_id)).status == "completed"
    assert len(await world.storage.attempts(run_id, "first")) == 1


async def test_a_waiting_retry_goes_on_when_it_is_due(world: World) -> None:
    world.write(job="tasks: [{id: flaky, command: x, retry: {max_attempts: 2, delay: 10m}}]")
    world.executor.script = {"flaky": [FAILS, SUCCEEDS]}
    await world.start()
    run_id = await world.trigger("job")
    await world.clock.advance(60_000)
    await world.stop()
    await world.clock.advance(60_000)
    await world.start()
    await world.clock.advance(7 * 60_000)
    assert await world.statuses(run_id) == {"flaky": "retrying"}
    await world.clock.advance(2 * 60_000)
    assert (await world.run(run_id)).status == "completed"


async def test_queued_runs_go_on(world: World) -> None:
    world.write(job=f"max_concurrency: 1\n{CHAIN}")
    world.executor.script = {"first": HOLDS}
    await world.start()
    await world.trigger("job")
    second = await world.trigger("job", queue=True)
    await world.stop()
    world.executor.finish("first")
    world.executor.script = {}
    await world.start()
    await world.clock.advance(1_000)
    assert (await world.run(second)).status == "completed"


async def test_a_cancel_that_was_asked_for_is_carried_out_after_a_crash(world: World) -> None:
    world.write(job=CHAIN)
    world.executor.script = {"first": Outcome(duration_ms=None, ignores_term=True)}
    await world.start()
    run_id = await world.trigger("job")
    await world.engine.cancel(CancelRun(run_id=run_id))
    await world.stop()
    await world.start()
    await world.clock.advance(60_000)
    assert (await world.run(run_id)).status == "cancelled"


async def test_a_run_keeps_the_definition_it_was_created_with(world: World) -> None:
    world.write(job=CHAIN)
    world.executor.script = {"first": HOLDS}
    await world.start()
    run_id = await world.trigger("job")
    await world.stop()
    world.write(job="tasks: [{id: other, command: y}]")
    await world.start()
    world.executor.finish("first")
    await world.clock.advance(1_000)
    assert await world.statuses(run_id) == {"first": "completed", "then": "completed"}


async def test_the_timeout_of_a_run_counts_from_its_start(world: World) -> None:
    world.write(job=f"timeout: 10m\n{CHAIN}")
    world.executor.default = HOLDS
    await world.start()
    run_id = await world.trigger("job")
    await world.clock.advance(5 * 60_000)
    await world.stop()
    await world.start()
    await world.clock.advance(6 * 60_000)
    assert (await world.run(run_id)).status == "failed"


async def test_an_attempt_nobody_knows_is_ended(world: World) -> None:
    world.write(job=CHAIN)
    world.executor.script = {"first": HOLDS}
    await world.start()
    await world.trigger("job")
    await world.stop()
    world.storage = type(world.storage)()
    world.tells_all = False
    await world.start()
    assert len(world.executor.cancelled) == 1


async def test_stopping_by_waiting_lets_what_runs_end_and_starts_nothing(world: World) -> None:
    world.write(job=CHAIN)
    world.executor.script = {"first": Outcome(duration_ms=30_000)}
    await world.start()
    run_id = await world.trigger("job")
    world.engine.request_stop("wait")
    await world.clock.advance(60_000)
    await world.engine.stopped()
    assert await world.statuses(run_id) == {"first": "completed", "then": "pending"}
    await world.start()
    await world.clock.advance(1_000)
    assert (await world.run(run_id)).status == "completed"


async def test_stopping_by_cancelling_leaves_nothing(world: World) -> None:
    world.write(job=CHAIN)
    world.executor.default = HOLDS
    await world.start()
    run_id = await world.trigger("job")
    world.engine.request_stop("wait")
    await world.clock.advance(1_000)
    world.engine.request_stop("cancel")
    await world.clock.advance(1_000)
    await world.engine.stopped()
    assert (await world.run(run_id)).status == "cancelled"
