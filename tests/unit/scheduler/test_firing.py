"""Schedules by the manual clock: due times and their fates."""

from __future__ import annotations

import pytest
from tests.support.world import World

from petit.core.clock import Millis
from petit.core.schedule import parse_schedule
from petit.events import facts
from petit.scheduler.commands import Pause, Resume, TriggerRun
from petit.testing.clock import MORNING
from petit.testing.executor import HOLDS, Outcome

ONE = "tasks: [{id: only, command: 'true'}]"
MINUTE: Millis = 60_000
EVERY_MINUTE = f"schedule: '* * * * *'\n{ONE}"


def at(minutes: int) -> Millis:
    return MORNING + minutes * MINUTE


async def test_a_job_runs_at_each_due_time(world: World) -> None:
    world.write(tick=EVERY_MINUTE)
    await world.start()
    await world.clock.advance(3 * MINUTE)
    assert await world.fates() == [(at(1), "ran", None), (at(2), "ran", None), (at(3), "ran", None)]
    runs = await world.runs()
    assert [run.scheduled_for for run in runs] == [at(1), at(2), at(3)]
    assert [run.started_at for run in runs] == [at(1), at(2), at(3)]
    assert {run.trigger for run in runs} == {"schedule"}
    assert world.specs()[0].env["PETIT_SCHEDULED_FOR"] == "2026-01-01T00:01:00Z"
    assert world.engine.jobs()["tick"].next_run_at == at(4)


async def test_a_disabled_job_is_skipped_and_says_so(world: World) -> None:
    world.write(tick=f"enabled: false\n{EVERY_MINUTE}")
    await world.start()
    await world.clock.advance(2 * MINUTE)
    assert await world.fates() == [(at(1), "skipped", "disabled"), (at(2), "skipped", "disabled")]
    assert world.engine.jobs()["tick"].next_run_at is None
    await world.engine.trigger(TriggerRun(job_id="tick"))


async def test_overlap_skips_unless_the_job_says_otherwise(world: World) -> None:
    world.write(slow=f"max_concurrency: 1\n{EVERY_MINUTE}")
    world.executor.default = HOLDS
    await world.start()
    await world.clock.advance(2 * MINUTE)
    first, second = await world.ledger()
    assert (first.fate, second.fate, second.reason) == ("ran", "skipped", "overlap")
    assert second.evidence is not None
    assert first.run_id in second.evidence["running"]


async def test_runs_may_overlap_where_no_limit_is_set(world: World) -> None:
    world.write(slow=EVERY_MINUTE)
    world.executor.default = HOLDS
    await world.start()
    await world.clock.advance(3 * MINUTE)
    assert world.engine.state().running_runs == 3


async def test_overlap_queue_waits_its_turn(world: World) -> None:
    world.write(slow=f"overlap: queue\n{EVERY_MINUTE}")
    world.executor.default = Outcome(duration_ms=90_000)
    await world.start()
    await world.clock.advance(3 * MINUTE)
    assert world.engine.state().running_runs == 1
    assert world.engine.state().queued_runs == 1
    assert world.executor.peak == 1
    assert {fate for _, fate, _ in await world.fates()} == {"ran"}


async def test_overlap_cancel_running_ends_the_oldest(world: World) -> None:
    world.write(slow=f"overlap: cancel_running\n{EVERY_MINUTE}")
    world.executor.default = HOLDS
    await world.start()
    await world.clock.advance(2 * MINUTE + 1_000)
    first, second = await world.runs()
    assert (first.status, second.status) == ("cancelled", "running")
    assert world.executor.peak == 1


async def test_the_global_limit_lets_scheduled_runs_wait(world: World) -> None:
    world.max_jobs = 1
    world.write(a=EVERY_MINUTE, b=EVERY_MINUTE)
    world.executor.default = Outcome(duration_ms=10_000)
    await world.start()
    await world.clock.advance(MINUTE + 25_000)
    assert {fate for _, fate, _ in await world.fates()} == {"ran"}
    assert [run.status for run in await world.runs()] == ["completed", "completed"]
    assert world.executor.peak == 1


async def test_two_schedules_due_at_one_instant_give_one_run(world: World) -> None:
    world.write(tick=f"schedule: ['* * * * *', '*/2 * * * *']\n{ONE}")
    await world.start()
    await world.clock.advance(2 * MINUTE)
    rows = await world.ledger()
    assert [(row.due_at, row.fate, row.reason) for row in rows if row.due_at == at(2)] in (
        [(at(2), "ran", None), (at(2), "skipped", "same_instant")],
        [(at(2), "skipped", "same_instant"), (at(2), "ran", None)],
    )
    assert len(await world.runs()) == 2


async def test_an_unmet_dependency_skips_with_evidence(world: World) -> None:
    world.write(up=ONE, down=f"depends_on: [up]\n{EVERY_MINUTE}")
    await world.start()
    await world.clock.advance(MINUTE)
    await world.trigger("up")
    await world.clock.advance(MINUTE)
    first, second = await world.ledger("down")
    assert (first.fate, first.reason) == ("skipped", "dependency")
    assert first.evidence is not None
    assert first.evidence["dependencies"][0]["job"] == "up"
    assert second.fate == "ran"


async def test_a_pause_skips_what_is_due_and_survives_a_restart(world: World) -> None:
    world.write(tick=EVERY_MINUTE)
    await world.start()
    await world.engine.pause(Pause(reason="upgrade", caller="ana"))
    await world.clock.advance(2 * MINUTE)
    assert world.engine.state().state == "paused"
    await world.stop()
    await world.clock.advance(2 * MINUTE)
    await world.start()
    assert world.engine.state().state == "paused"
    await world.clock.advance(MINUTE)
    await world.engine.resume(Resume())
    assert [fate for _, fate, _ in await world.fates()] == ["skipped"] * 5
    assert {reason for _, _, reason in await world.fates()} == {"paused"}
    await world.clock.advance(MINUTE)
    assert (await world.fates())[-1][1] == "ran"
    assert len(world.said(facts.SchedulerPaused)) == len(world.said(facts.SchedulerResumed)) == 1


async def test_a_pause_ends_by_itself(world: World) -> None:
    world.write(tick=EVERY_MINUTE)
    await world.start()
    await world.engine.pause(Pause(until=at(2)))
    await world.clock.advance(3 * MINUTE)
    assert [fate for _, fate, _ in await world.fates()] == ["skipped", "ran", "ran"]
    assert world.engine.state().pause is None


async def test_a_paused_job_leaves_others_alone(world: World) -> None:
    world.write(a=EVERY_MINUTE, b=EVERY_MINUTE)
    await world.start()
    await world.engine.pause(Pause(job_id="a"))
    await world.clock.advance(MINUTE)
    assert await world.fates("a") == [(at(1), "skipped", "job_paused")]
    assert await world.fates("b") == [(at(1), "ran", None)]


async def test_a_stop_of_the_clock_is_judged_as_sleep(world: World) -> None:
    world.write(tick=EVERY_MINUTE)
    await world.start()
    await world.clock.suspend(5 * MINUTE + 40_000)
    await world.clock.advance(1_000)
    fates = await world.fates()
    assert [fate for _, fate, _ in fates] == ["missed", "missed", "missed", "missed", "ran"]
    assert fates[0][2] == "asleep"
    (run,) = await world.runs()
    assert (run.scheduled_for, run.catchup) == (at(5), True)


async def test_a_clock_set_back_fires_nothing_twice(world: World) -> None:
    world.write(tick=EVERY_MINUTE)
    await world.start()
    await world.clock.advance(3 * MINUTE)
    world.clock.jump(-2 * MINUTE)
    await world.clock.advance(4 * MINUTE)
    dues = [due for due, _, _ in await world.fates()]
    assert dues == [at(1), at(2), at(3), at(4), at(5)]
    assert len(await world.runs()) == 5
    ids = [run.id for run in await world.runs()]
    assert ids == sorted(ids)


async def test_a_clock_set_forward_catches_up_as_configured(world: World) -> None:
    world.write(tick=f"catchup: none\n{EVERY_MINUTE}")
    await world.start()
    await world.clock.advance(MINUTE)
    world.clock.jump(10 * MINUTE)
    await world.clock.advance(MINUTE)
    fates = [fate for _, fate, _ in await world.fates()]
    assert fates[0] == "ran"
    assert fates.count("missed") >= 9
    assert "ran" in fates[-1]


async def test_reboot_fires_once_for_each_boot(world: World) -> None:
    world.write(boot=f"schedule: '@reboot'\n{ONE}")
    await world.start()
    await world.clock.advance(1_000)
    assert len(await world.runs()) == 1
    await world.stop()
    await world.start()
    await world.clock.advance(1_000)
    assert len(await world.runs()) == 1
    await world.stop()
    world.boot_id = "boot-2"
    await world.start()
    await world.clock.advance(1_000)
    assert len(await world.runs()) == 2


@pytest.mark.parametrize(
    ("catchup", "expected"),
    [
        ("none", ["missed"] * 4),
        ("last", ["missed"] * 3 + ["ran"]),
        ("all", ["ran"] * 4),
    ],
)
async def test_what_was_missed_while_down_follows_the_policy(
    world: World, catchup: str, expected: list[str]
) -> None:
    world.write(tick=f"catchup: {catchup}\n{EVERY_MINUTE}")
    await world.start()
    await world.stop()
    await world.clock.advance(4 * MINUTE)
    await world.start()
    await world.clock.advance(30_000)
    assert [fate for _, fate, _ in await world.fates()] == expected
    assert [run.status for run in await world.runs()] == ["completed"] * expected.count("ran")


async def test_catch_up_of_all_runs_one_at_a_time_oldest_first(world: World) -> None:
    world.write(tick=f"catchup: all\n{EVERY_MINUTE}")
    world.executor.default = Outcome(duration_ms=5_000)
    await world.start()
    await world.stop()
    await world.clock.advance(4 * MINUTE)
    await world.start()
    await world.clock.advance(50_000)
    assert world.executor.peak == 1
    assert [spec.env["PETIT_SCHEDULED_FOR"][-6:-1] for spec in world.specs()] == [
        "01:00",
        "02:00",
        "03:00",
        "04:00",
    ]


async def test_a_job_seen_for_the_first_time_catches_up_nothing(world: World) -> None:
    world.write(tick=EVERY_MINUTE)
    await world.start()
    await world.stop()
    await world.clock.advance(4 * MINUTE)
    world.write(new=EVERY_MINUTE)
    await world.start()
    await world.clock.advance(1_000)
    assert await world.fates("new") == []


async def test_a_schedule_edited_while_down_is_explained(world: World) -> None:
    world.write(tick=EVERY_MINUTE)
    await world.start()
    await world.stop()
    await world.clock.advance(3 * MINUTE)
    world.write(tick=f"schedule: '0 * * * *'\n{ONE}")
    await world.start()
    await world.clock.advance(1_000)
    assert [(fate, reason) for _, fate, reason in await world.fates()] == [("missed", "schedule_changed")] * 3


async def test_a_killed_engine_leaves_no_due_time_without_a_fate(world: World) -> None:
    world.write(tick=EVERY_MINUTE)
    await world.start()
    await world.clock.advance(2 * MINUTE)
    await world.kill()
    await world.clock.advance(3 * MINUTE)
    await world.start()
    await world.clock.advance(MINUTE)
    dues = [due for due, _, _ in await world.fates()]
    assert dues == list(parse_schedule("* * * * *").between(MORNING, world.clock.now()))
