"""Reading much at once: what pictures of many runs are drawn from."""

from __future__ import annotations

from typing import Any, get_args

import msgspec
import pytest
from tests.contract.rows import T0, fate, new_run, ran, run_id

from petit.core.states import LETTERS, TaskStatus
from petit.storage.base import OccurrenceFilter, Storage
from petit.storage.past import RunCells
from petit.storage.records import TaskRow

STATUSES: tuple[Any, ...] = get_args(TaskStatus)


def test_every_status_has_a_letter_of_its_own() -> None:
    assert set(LETTERS) == set(STATUSES)
    assert len(set(LETTERS.values())) == len(LETTERS)


async def test_the_tasks_of_runs_are_a_character_each_by_id(storage: Storage) -> None:
    names = ["b", "a.b", "a-c", "B", "a_d", "_", "a", "10"]
    for number in (1, 2):
        tasks = tuple(
            TaskRow(
                run_id=run_id(number), task_id=name, position=place, status=status, attempts=place * number
            )
            for place, (name, status) in enumerate(zip(names, STATUSES, strict=True))
        )
        await storage.create_run(msgspec.structs.replace(new_run(number), tasks=tasks, attempts=()))
    await storage.create_run(msgspec.structs.replace(new_run(3), tasks=(), attempts=()))
    by_id = sorted(zip(names, STATUSES, range(8), strict=True))
    letters = "".join(LETTERS[status] for _, status, _ in by_id)
    asked = [run_id(2), run_id(3), run_id(1), run_id(9)]
    assert list(await storage.cells(asked)) == [
        RunCells(run_id(2), letters, "".join("02468+++"[place] for _, _, place in by_id)),
        RunCells(run_id(3), "", ""),
        RunCells(run_id(1), letters, "".join(str(place) for _, _, place in by_id)),
        RunCells(run_id(9), "", ""),
    ]
    ids = tuple(sorted(names))
    assert list(await storage.task_ids(asked)) == [ids, (), ids, ()]
    assert not await storage.cells([])
    assert not await storage.task_ids([])


@pytest.mark.parametrize("job_id", [None, "job"])
async def test_what_did_not_run_is_found_among_what_did(storage: Storage, job_id: str | None) -> None:
    for number in range(1, 30):
        await storage.create_run(new_run(number, occurrences=(ran(T0 + number * 10),)))
    gaps = [fate(T0 + 55), fate(T0 + 105, T0 + 108, fate="missed", reason="down"), fate(T0 + 400, reason="x")]
    other = fate(T0 + 60, job_id="other")
    assert all(await storage.record([*gaps, other]))
    expected = sorted([*gaps, other] if job_id is None else gaps, key=lambda row: row.last_due, reverse=True)
    which = OccurrenceFilter(job_id=job_id, without_run=True)
    assert list(await storage.occurrences(which, limit=10)) == expected
    assert list(await storage.occurrences(which, limit=2)) == expected[:2]
    since = msgspec.structs.replace(which, since=T0 + 100, until=T0 + 300)
    assert [row.first_due for row in await storage.occurrences(since, limit=10)] == [T0 + 105]
    reaching = await storage.reaching(which, place=(T0 + 107, "job", "s"))
    assert [row.first_due for row in reaching] == [T0 + 105]
