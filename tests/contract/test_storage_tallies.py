"""What happened to a job, hour by hour, and how long its runs took."""

from __future__ import annotations

from typing import Any

import pytest
from tests.contract.rows import T0, fate, finish, job_row, new_run, ran, run_id

from petit.core.tally import HOUR_MS, MERGED_FROM, read_tally, size_of
from petit.storage.base import Reload, RunChange, Step, Storage
from petit.storage.past import HourTally, RunSpan, Stretch, Tallies
from petit.storage.records import PauseRow

HOUR = T0 // HOUR_MS + 1
BEGIN = HOUR * HOUR_MS
"""The first full hour of the tests' time."""

QUARTER = HOUR_MS // 4


async def hours(storage: Storage, job: str = "job") -> dict[int, dict[str, int]]:
    """What was counted, by the number of hours since BEGIN."""
    found = await storage.tallies(job, since=0, until=2 * BEGIN)
    assert [each.hour for each in found.hours] == sorted(each.hour for each in found.hours)
    return {each.hour - HOUR: read_tally(each.tally) for each in found.hours}


async def run(
    storage: Storage, number: int, begin: int, end: int, status: Any = "completed", **given: Any
) -> None:
    await storage.create_run(new_run(number, created_at=BEGIN + begin, **given))
    assert await storage.advance([finish(number, at=BEGIN + end, status=status)]) == [True]


async def test_a_job_to_which_nothing_happened_has_none(storage: Storage) -> None:
    assert await storage.tallies("job", since=0, until=2 * BEGIN) == Tallies([], [])
    assert await storage.first_hour("job") is None


async def test_runs_count_in_the_quarter_in_which_they_end(storage: Storage) -> None:
    await run(storage, 1, 0, 7)
    await run(storage, 2, 0, QUARTER - 1)
    await run(storage, 3, QUARTER, QUARTER + 7)
    await run(storage, 4, HOUR_MS - 12, HOUR_MS, "failed")
    await run(storage, 5, HOUR_MS - 3, HOUR_MS, "interrupted")
    await run(storage, 6, HOUR_MS, HOUR_MS + 5, "cancelled")
    await run(storage, 7, 0, 7, job="other")
    assert await hours(storage) == {
        0: {"c0_7": 1, f"c0_{size_of(QUARTER - 1)}": 1, "c1_7": 1},
        1: {"f0_12": 1, "i0_3": 1, "x0": 1},
    }
    assert await hours(storage, "other") == {0: {"c0_7": 1}}
    assert await storage.first_hour("job") == HOUR


async def test_reruns_of_some_tasks_do_not_tell_how_long_a_run_takes(storage: Storage) -> None:
    await run(storage, 1, 0, 7)
    await run(storage, 2, 0, 9, rerun_of=run_id(1))
    await run(storage, 3, 0, 9, selected=("t0",))
    assert await hours(storage) == {0: {"c0_7": 1, "p0_9": 2}}


async def test_what_ends_before_it_begins_counts_without_a_duration(storage: Storage) -> None:
    for number in (1, 2, 3):
        await storage.create_run(new_run(number, status="pending"))
    over = RunChange(status="cancelled", ended_at=BEGIN + QUARTER)
    await storage.advance([Step(run_id=run_id(1), run=over)])
    await storage.reload(Reload(at=BEGIN, jobs=(job_row(),)))
    await storage.reload(Reload(at=BEGIN + 2 * QUARTER, removed=("job",)))
    assert await hours(storage) == {0: {"x1": 1, "x2": 2}}


async def test_a_step_that_is_void_counts_nothing(storage: Storage) -> None:
    await run(storage, 1, 0, 7)
    again = finish(1, at=BEGIN + 9)
    assert await storage.advance([again]) == [False]
    assert await hours(storage) == {0: {"c0_7": 1}}


async def test_due_times_without_a_run_count_one_by_one(storage: Storage) -> None:
    skipped = [fate(BEGIN + minute * 60_000) for minute in (0, 5, 20)]  # all of one range in the ledger
    missed = fate(BEGIN + HOUR_MS, fate="missed", reason="down")
    assert all(await storage.record([*skipped, missed]))
    assert await storage.record([missed]) == [False]
    same_instant = fate(BEGIN + 50 * 60_000, schedule="other", reason="same_instant")
    await storage.create_run(new_run(1, occurrences=(ran(BEGIN + 50 * 60_000), same_instant)))
    assert await hours(storage) == {0: {"s0": 2, "s1": 1, "s3": 1}, 1: {"m0": 1}}


async def test_due_times_that_are_decided_together_are_a_stretch(storage: Storage) -> None:
    first, last = BEGIN, BEGIN + 9 * HOUR_MS
    assert all(await storage.record([fate(first), fate(first + HOUR_MS, last), fate(last + 5)]))
    await storage.set_pause(PauseRow(scope="", since=T0))
    await storage.end_pause("", [fate(last + 10, last + 20, schedule="a")])
    await storage.reload(Reload(at=T0, occurrences=(fate(first, last, schedule="b", fate="missed"),)))
    assert await hours(storage) == {0: {"s0": 1}, 9: {"s0": 1}}
    stretches = [
        Stretch("b", "missed", first, last),
        Stretch("s", "skipped", first + HOUR_MS, last),
        Stretch("a", "skipped", last + 10, last + 20),
    ]
    assert list((await storage.tallies("job", since=0, until=2 * BEGIN)).stretches) == stretches
    meeting = await storage.tallies("job", since=last, until=last + 10)
    assert list(meeting.stretches) == stretches[:2]
    assert list((await storage.tallies("job", since=last + 1, until=last + 11)).stretches) == stretches[2:]


async def test_a_busy_hour_takes_no_more_room_than_a_quiet_one(storage: Storage) -> None:
    for number in range(1, 400):
        await run(storage, number, 0, number % 5)
    (only,) = (await storage.tallies("job", since=0, until=2 * BEGIN)).hours
    assert read_tally(only.tally) == {"c0_0": 79, **{f"c0_{took}": 80 for took in range(1, 5)}}
    assert len(only.tally) < MERGED_FROM + 60


async def test_only_the_hours_of_a_time_are_read(storage: Storage) -> None:
    for hour in range(5):
        await storage.record([fate(BEGIN + hour * HOUR_MS)])
    found = await storage.tallies("job", since=BEGIN + HOUR_MS + 1, until=BEGIN + 3 * HOUR_MS)
    assert found.hours == [HourTally(HOUR + 1, "|s0 "), HourTally(HOUR + 2, "|s0 ")]
    assert (await storage.tallies("other", since=0, until=2 * BEGIN)).hours == []


@pytest.mark.parametrize(
    ("since", "until", "limit", "expected"),
    [
        (None, None, 10, [5, 4, 2, 1]),
        (T0 + 2, T0 + 5, 10, [4, 2]),
        (None, None, 2, [5, 4]),
        (T0 + 9, None, 5, []),
    ],
)
async def test_when_runs_began_and_ended(
    storage: Storage, since: int | None, until: int | None, limit: int, expected: list[int]
) -> None:
    statuses: dict[int, Any] = {1: "completed", 2: "failed", 4: "cancelled", 5: "interrupted"}
    for number in range(1, 6):
        await storage.create_run(new_run(number))
        if number in statuses:
            await storage.advance([finish(number, at=T0 + 100, status=statuses[number])])
    await storage.create_run(new_run(6, status="pending"))
    await storage.advance([Step(run_id=run_id(6), run=RunChange(status="cancelled", ended_at=T0))])
    await storage.create_run(new_run(7, "other"))
    await storage.advance([finish(7, at=T0 + 100)])
    found = await storage.spans("job", since=since, until=until, limit=limit)
    assert list(found) == [
        RunSpan(run_id(number), statuses[number], T0 + number, T0 + 100) for number in expected
    ]
