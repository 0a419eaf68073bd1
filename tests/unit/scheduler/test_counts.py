"""What is counted of facts agrees with what is stored, whatever becomes of runs."""

from __future__ import annotations

from collections import Counter

from tests.support.world import World

from petit.core.clock import Millis
from petit.events import facts
from petit.events.tally import Tally
from petit.scheduler.commands import CancelRun
from petit.storage.base import OccurrenceFilter
from petit.testing.clock import settle
from petit.testing.executor import FAILS, HOLDS, SUCCEEDS, Outcome, Script

MINUTE: Millis = 60_000
ONE = "tasks: [{id: only, command: x}]"
JOBS = {
    "good": ONE,
    "bad": "tasks: [{id: bad, command: x}, {id: after, command: x, depends_on: [bad]}]",
    "flaky": "tasks: [{id: flaky, command: x, retry: {max_attempts: 3, delay: 10s}}]",
    "lost": "tasks: [{id: lost, command: x, on_interrupt: retry}, {id: gone, command: x}]",
    "unstartable": "tasks: [{id: unstartable, command: x}]",
    "long": "tasks: [{id: long, command: x}, {id: later, command: x, depends_on: [long]}]",
    "late": "timeout: 30s\ntasks: [{id: late, command: x}]",
    "single": "max_concurrency: 1\ntasks: [{id: single, command: x}]",
    "tick": f"schedule: ['* * * * *', '*/2 * * * *']\nmax_concurrency: 1\n{ONE}",
    "slow": "schedule: '* * * * *'\nmax_concurrency: 1\ntasks: [{id: slow, command: x}]",
    "off": f"enabled: false\nschedule: '* * * * *'\n{ONE}",
    "never": "tasks: [{id: a, command: x, condition: on_failure}]",
}
SCRIPT: dict[str, Script] = {
    "bad": FAILS,
    "flaky": [FAILS, FAILS, SUCCEEDS],
    "lost": [HOLDS, SUCCEEDS],
    "gone": HOLDS,
    "unstartable": Outcome(could_not_start="no such program"),
    "long": HOLDS,
    "late": HOLDS,
    "single": Outcome(duration_ms=5_000),
    "slow": Outcome(duration_ms=90_000),
}


async def stir(world: World) -> None:
    """Let everything happen to runs that can."""
    for job_id in ("good", "bad", "flaky", "lost", "unstartable", "late", "never"):
        await world.trigger(job_id)
    long, single = await world.trigger("long"), await world.trigger("single")
    queued = [await world.trigger("single", queue=True) for _ in range(3)]
    await world.clock.advance(1_000)
    world.executor.lose("lost")
    world.executor.lose("gone")
    await settle()
    await world.engine.cancel(CancelRun(run_id=long))
    await world.engine.cancel(CancelRun(run_id=queued[1]))
    assert single != queued[0]
    await world.clock.advance(5 * MINUTE)


def tallied(world: World) -> Tally:
    tally = Tally()
    for fact in world.facts:
        tally.add(fact)
    return tally


async def agrees(world: World) -> Tally:
    """Compare what was counted with what is stored."""
    tally = tallied(world)
    runs = await world.runs()
    assert Counter(tally.created) == Counter(run.trigger for run in runs)
    ended = Counter((run.job_id, run.status) for run in runs if run.ended_at is not None)
    assert (
        Counter({(job, status): count for job, each in tally.ended.items() for status, count in each.items()})
        == ended
    )
    spans = [(run.started_at, run.ended_at) for run in runs]
    durations = [end - begin for begin, end in spans if begin is not None and end is not None]
    assert (sum(tally.duration.counts), tally.duration.total_ms) == (len(durations), sum(durations))
    attempts = [each for run in runs for each in await world.storage.attempts(run.id)]
    assert Counter(tally.attempts) == Counter(each.status for each in attempts if each.ended_at is not None)
    assert tally.attempts_started == sum(each.started_at is not None for each in attempts)
    tasks = [each for run in runs for each in await world.storage.tasks(run.id)]
    assert Counter(tally.tasks) == Counter(each.status for each in tasks if each.ended_at is not None)
    return tally


async def test_whatever_becomes_of_runs_is_counted(world: World) -> None:
    world.write(**JOBS)
    world.executor.script = dict(SCRIPT)
    await world.start()
    await stir(world)
    tally = await agrees(world)
    assert all(tally.attempts.values()), "each kind of end was seen"
    assert all(tally.tasks.values())
    assert {status for each in tally.ended.values() for status, count in each.items() if count} == {
        *("completed", "failed", "interrupted", "cancelled"),
    }
    assert tally.retries == len(world.said(facts.TaskRetrying)) == 3
    fates = Counter((each.fate, each.reason or "") for each in await world.ledger())
    assert Counter(tally.occurrences) == fates
    assert {reason for _, reason in fates} == {"", "disabled", "overlap", "same_instant"}
    assert not any(tally.gaps.values())


async def test_what_an_earlier_engine_began_is_counted_when_it_ends(world: World) -> None:
    world.write(**JOBS)
    world.executor.script = {**SCRIPT, "slow": Outcome(duration_ms=150_000)}
    await world.start()
    await world.clock.advance(MINUTE + 10_000)
    before = await agrees(world)
    await world.kill()
    world.facts.clear()
    await world.clock.advance(3 * MINUTE)
    await world.start()
    await settle()
    after = tallied(world)
    runs = await world.runs("slow")
    assert [run.status for run in runs] == ["completed", "running"]
    assert before.ended.get("slow") is None
    assert after.ended["slow"]["completed"] == 1
    assert after.duration.total_ms >= 150_000


async def test_a_gap_is_counted_as_what_it_is_stored(world: World) -> None:
    world.write(tick=f"schedule: '* * * * *'\ncatchup: none\n{ONE}", gone=f"schedule: '@hourly'\n{ONE}")
    await world.start()
    await world.clock.advance(MINUTE)
    await world.kill()
    world.facts.clear()
    (world.jobs_dir / "gone.yaml").unlink()
    await world.clock.advance(60 * MINUTE)
    await world.start()
    await settle()
    tally = tallied(world)
    assert {key: count for key, count in tally.gaps.items() if count} == {("missed", "down"): 1}
    assert {key: count for key, count in tally.occurrences.items() if count} == {
        ("missed", "schedule_changed"): 1
    }
    rows = await world.storage.occurrences(OccurrenceFilter(fate="missed"), limit=9)
    assert sorted((row.reason, row.first_due == row.last_due) for row in rows) == [
        ("down", False),
        ("schedule_changed", True),
    ]
