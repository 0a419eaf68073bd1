"""The ledger: one fate for each due time, equal ones as one range."""

from __future__ import annotations

import random
from itertools import product
from typing import Any

import pytest
from tests.contract.rows import T0, fate, new_run, ran, run_id

from petit.storage.base import OccurrenceFilter, Reload, Storage
from petit.storage.records import OccurrenceRow, ScheduleRow

ALL = OccurrenceFilter()


async def spans(storage: Storage) -> list[tuple[int, int]]:
    return [(row.first_due, row.last_due) for row in await storage.occurrences(ALL, limit=1000)][::-1]


async def test_a_fate_is_read_back_as_it_was_recorded(storage: Storage) -> None:
    row = fate(
        T0,
        T0 + 9,
        fate="missed",
        reason="down",
        evidence={"from": 1, "to": [2, None]},
        definition="d1",
        decided_at=7,
    )
    assert await storage.record([row]) == [True]
    assert list(await storage.occurrences(ALL, limit=9)) == [row]


@pytest.mark.parametrize(
    ("first", "last", "written"),
    [
        pytest.param(10, 20, False, id="the same span"),
        pytest.param(15, 15, False, id="a due time within"),
        pytest.param(5, 10, False, id="reaching its beginning"),
        pytest.param(20, 30, False, id="reaching its end"),
        pytest.param(5, 30, False, id="around it"),
        pytest.param(5, 9, True, id="just before it"),
        pytest.param(21, 30, True, id="just after it"),
    ],
)
async def test_a_due_time_has_one_fate(storage: Storage, first: int, last: int, written: bool) -> None:
    await storage.record([fate(10, 20, reason="down")])
    before = storage.change
    assert await storage.record([fate(first, last, reason="overlap")]) == [written]
    assert (storage.change > before) is written
    assert len(await storage.occurrences(ALL, limit=9)) == 1 + written


async def test_another_schedule_or_job_has_fates_of_its_own(storage: Storage) -> None:
    rows = [fate(10), fate(10, schedule="s2"), fate(10, job_id="other"), fate(10)]
    assert await storage.record(rows) == [True, True, True, False]


async def test_equal_fates_in_a_row_are_one_range(storage: Storage) -> None:
    assert await storage.record([fate(10), fate(20), fate(30, 40, decided_at=77)]) == [True] * 3
    (row,) = await storage.occurrences(ALL, limit=9)
    assert (row.first_due, row.last_due, row.decided_at) == (10, 40, 77)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"fate": "missed"}, id="another fate"),
        pytest.param({"reason": "overlap"}, id="another reason"),
        pytest.param({"evidence": {"since": 2}}, id="other evidence"),
        pytest.param({"definition": "d2"}, id="another definition"),
    ],
)
async def test_unlike_fates_stay_apart(storage: Storage, other: dict[str, Any]) -> None:
    alike: dict[str, Any] = {"evidence": {"since": 1}, "definition": "d1"}
    await storage.record([fate(10, **alike), fate(20, **alike), fate(30, **{**alike, **other})])
    assert await spans(storage) == [(10, 20), (30, 30)]


async def test_equal_evidence_is_equal_however_it_is_written(storage: Storage) -> None:
    await storage.record([fate(10, evidence={"a": (1, 2), "b": None})])
    await storage.record([fate(20, evidence={"b": None, "a": [1, 2]})])
    assert await spans(storage) == [(10, 20)]
    assert (await storage.occurrences(ALL, limit=1))[0].evidence == {"a": [1, 2], "b": None}


async def test_only_the_newest_row_is_extended(storage: Storage) -> None:
    await storage.record([fate(10), fate(50, reason="down"), fate(20)])
    assert await spans(storage) == [(10, 10), (20, 20), (50, 50)]


async def test_a_run_ends_a_range(storage: Storage) -> None:
    await storage.record([fate(10)])
    await storage.create_run(new_run(1, occurrences=(ran(20),)))
    await storage.record([fate(30), fate(40)])
    assert await spans(storage) == [(10, 10), (20, 20), (30, 40)]


async def test_a_range_does_not_reach_into_the_next_life_of_its_schedule(storage: Storage) -> None:
    first = ScheduleRow(job_id="job", schedule="s", since=5)
    await storage.reload(Reload(at=5, schedules_begun=(first,)))
    await storage.record([fate(10), fate(20)])
    ended = ScheduleRow(job_id="job", schedule="s", since=5, until=25)
    await storage.reload(Reload(at=25, schedules_ended=(ended,)))
    await storage.reload(Reload(at=95, schedules_begun=(ScheduleRow(job_id="job", schedule="s", since=95),)))
    await storage.record([fate(100), fate(110)])
    assert await spans(storage) == [(10, 20), (100, 110)]


async def filled(storage: Storage) -> list[OccurrenceRow]:
    """Store many rows of three schedules, ranges and single ones, runs among them; greatest place first."""
    dice = random.Random(7)
    number = 0
    for job, schedule in (("a", "s1"), ("a", "s2"), ("b", "s1")):
        due = dice.randrange(5)
        while due < 400:
            last = due + dice.choice((0, 0, 3, 40))
            kind = dice.choice(("ran", "paused", "down"))
            if kind == "ran":
                number += 1
                row = ran(due, job_id=job, schedule=schedule)
                await storage.create_run(new_run(number, job, occurrences=(row,)))
            else:
                decided: Any = "skipped" if kind == "paused" else "missed"
                await storage.record(
                    [
                        fate(
                            due,
                            last,
                            fate=decided,
                            job_id=job,
                            schedule=schedule,
                            reason=kind,
                            evidence={"n": due},
                        )
                    ]
                )
            due = last + dice.randrange(1, 9)
    rows = list(await storage.occurrences(ALL, limit=1000))
    assert rows == sorted(rows, key=place, reverse=True)
    assert len(rows) > 60
    return rows


def place(row: OccurrenceRow) -> tuple[int, str, str]:
    return (row.last_due, row.job_id, row.schedule)


def selected(row: OccurrenceRow, which: OccurrenceFilter) -> bool:
    return all(
        (
            which.job_id in {None, row.job_id},
            which.fate in {None, row.fate},
            which.reason in {None, row.reason},
            which.since is None or row.last_due >= which.since,
            which.until is None or row.first_due < which.until,
        )
    )


FILTERS = [
    OccurrenceFilter(job_id=job_id, fate=decided, reason=reason, since=since, until=until)
    for job_id, decided, reason, since, until in product(
        (None, "a", "none"), (None, "ran", "missed"), (None, "down"), (None, 100), (None, 300)
    )
]


async def test_every_filter_gives_its_rows_page_by_page(storage: Storage) -> None:
    rows = await filled(storage)
    for which in FILTERS:
        expected = [row for row in rows if selected(row, which)]
        assert list(await storage.occurrences(which, limit=1000)) == expected, which
        paged: list[OccurrenceRow] = []
        while page := await storage.occurrences(which, limit=5, before=place(paged[-1]) if paged else None):
            paged.extend(page)
        assert paged == expected, which
    assert list(await storage.occurrences(ALL, limit=0)) == []
    assert list(await storage.occurrences(OccurrenceFilter(until=200), limit=0)) == []


async def test_ranges_that_reach_over_a_place_are_found(storage: Storage) -> None:
    rows = await filled(storage)
    places = [(due, job, schedule) for due in range(0, 450, 9) for job, schedule in (("a", "s2"), ("b", ""))]
    for which, at in product(FILTERS[::3], places):
        expected = [
            row
            for row in rows
            if row.first_due < row.last_due
            and row.first_due <= at[0]
            and place(row) >= at
            and selected(row, which)
        ]
        assert list(await storage.reaching(which, place=at)) == expected, (which, at)
        assert len(expected) <= 3


async def test_the_registry_tells_how_far_each_schedule_is_decided(storage: Storage) -> None:
    begun = tuple(ScheduleRow(job_id="job", schedule=each, since=1) for each in ("s", "s2"))
    await storage.reload(Reload(at=1, schedules_begun=begun))
    await storage.record([fate(10, 30)])
    await storage.create_run(new_run(1, occurrences=(ran(40),)))
    registry = await storage.registry()
    assert [(row.schedule, row.decided_until) for row in registry.schedules] == [("s", 40), ("s2", None)]
    assert (await storage.occurrences(ALL, limit=1))[0].run_id == run_id(1)
