"""What the last runs of a job were like."""

from __future__ import annotations

from typing import Any

import pytest
from tests.contract.rows import T0, finish, new_run, run_id

from petit.core.figures import Figures
from petit.storage.base import RunChange, Step, Storage, TaskChange


async def figures(storage: Storage, job: str = "job") -> Figures:
    return (await storage.activity([job]))[job].figures


async def run(
    storage: Storage,
    number: int,
    duration_ms: int,
    status: Any = "completed",
    job: str = "job",
    **given: Any,
) -> None:
    await storage.create_run(new_run(number, job, **given))
    assert await storage.advance([finish(number, at=T0 + number + duration_ms, status=status)]) == [True]


async def test_a_job_that_never_ran_has_none(storage: Storage) -> None:
    assert await figures(storage) == Figures()
    await storage.create_run(new_run(1))
    assert await figures(storage) == Figures()


async def test_each_end_counts_for_its_job_alone(storage: Storage) -> None:
    for number, (duration_ms, status) in enumerate(
        [(10, "completed"), (90, "failed"), (30, "completed"), (20, "completed"), (5, "cancelled")], 1
    ):
        await run(storage, number, duration_ms, status)
    await run(storage, 6, 7, "interrupted", "other")
    assert await figures(storage) == Figures(4, 3, 20, 30)
    assert await figures(storage, "other") == Figures(1, 0, None, None)
    known = await storage.activity()
    assert {job: each.figures.recent_runs for job, each in known.items()} == {"job": 4, "other": 1}


async def test_thirty_runs_are_looked_back_at(storage: Storage) -> None:
    for number in range(1, 42):
        await run(storage, number, number, "failed" if number <= 11 else "completed")
    assert await figures(storage) == Figures(30, 30, 26, 38)


async def test_a_run_counts_once(storage: Storage) -> None:
    await run(storage, 1, 10)
    late = TaskChange(task_id="t0", status="running")
    again = [finish(1, at=T0 + 50), Step(run_id=run_id(1), tasks=(late,))]
    assert await storage.advance(again) == [False, False]
    assert await figures(storage) == Figures(1, 1, 10, 10)


async def test_runs_that_are_no_whole_ones_do_not_count(storage: Storage) -> None:
    await run(storage, 1, 10)
    await run(storage, 2, 90, selected=("t0",))
    await run(storage, 3, 90, "failed", rerun_of=run_id(1))
    assert await figures(storage) == Figures(1, 1, 10, 10)


async def test_a_run_that_never_held_a_slot_does_not_count(storage: Storage) -> None:
    await storage.create_run(new_run(1, status="pending"))
    over = RunChange(status="cancelled", ended_at=T0 + 9)
    assert await storage.advance([Step(run_id=run_id(1), run=over)]) == [True]
    assert await figures(storage) == Figures()


@pytest.mark.parametrize("at", [T0, T0 - 5_000])
async def test_an_end_before_its_beginning_took_no_time(storage: Storage, at: int) -> None:
    await storage.create_run(new_run(1))
    await storage.advance([finish(1, at=at)])
    assert await figures(storage) == Figures(1, 1, 0, 0)
