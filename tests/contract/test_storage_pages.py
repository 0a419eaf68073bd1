"""Reading runs: filters, pages, activity."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product
from typing import Any

import msgspec
import pytest
from tests.contract.rows import T0, finish, new_run, run_id

from petit.core.figures import Figures, quantile
from petit.core.states import RunStatus
from petit.storage.base import RunChange, RunFilter, Step, Storage
from petit.storage.records import JobActivity, RunRow

JOBS = ("a", "b")
TRIGGERS = ("manual", "schedule", "rerun")
FATES: tuple[RunStatus, ...] = ("completed", "failed", "pending", "running", "cancelled", "interrupted")


async def fill(storage: Storage) -> list[RunRow]:
    """Store runs of every job, trigger and status, some with ids that do not carry their creation time."""
    for number in range(1, 61):
        status = FATES[number % 6]
        first: Any = "pending" if status in {"pending", "cancelled"} else "running"
        stepped_back = {"created_at": T0 + number - 20} if number % 7 == 0 else {}
        await storage.create_run(
            new_run(number, JOBS[number % 2], status=first, trigger=TRIGGERS[number % 3], **stepped_back)
        )
        if status == "cancelled":
            over = RunChange(status="cancelled", ended_at=T0 + 99)
            await storage.advance([Step(run_id=run_id(number), run=over)])
        elif status != first:
            await storage.advance([finish(number, at=T0 + 100 + number, status=status)])
    rows = [await storage.run(run_id(number)) for number in range(60, 0, -1)]
    return [row for row in rows if row is not None]


def selected(row: RunRow, which: RunFilter) -> bool:
    return all(
        (
            which.job_id in {None, row.job_id},
            not which.statuses or row.status in which.statuses,
            which.trigger in {None, row.trigger},
            which.since is None or which.since <= row.created_at,
            which.until is None or row.created_at < which.until,
            which.id_prefix is None or row.id.startswith(which.id_prefix),
        )
    )


async def test_every_filter_gives_its_runs_newest_first_page_by_page(storage: Storage) -> None:
    rows = await fill(storage)
    choices: tuple[tuple[Any, ...], ...] = (
        (None, "a"),
        ((), ("failed",), ("running",), ("completed", "pending", "failed", "failed")),
        (None, "schedule"),
        (None, T0 + 15),
        (None, T0 + 40, 2**60),
        (None, run_id(20)[:12], run_id(20)),
    )
    for job_id, statuses, trigger, since, until, prefix in product(*choices):
        which = RunFilter(
            job_id=job_id, statuses=statuses, trigger=trigger, since=since, until=until, id_prefix=prefix
        )
        expected = [row.id for row in rows if selected(row, which)]
        assert [row.id for row in await storage.runs(which, limit=100)] == expected, which
        paged: list[str] = []
        while page := await storage.runs(which, limit=4, before=paged[-1] if paged else None):
            assert len(page) <= 4
            paged.extend(row.id for row in page)
        assert paged == expected, which
        back: list[str] = []
        while page := await storage.runs(which, limit=4, after=back[0] if back else run_id(0)):
            assert len(page) <= 4
            back = [*(row.id for row in page), *back]
        assert back == expected, which


@pytest.mark.parametrize("which", [RunFilter(), RunFilter(statuses=("failed", "completed"), since=T0)])
async def test_a_limit_of_nothing_gives_nothing(storage: Storage, which: RunFilter) -> None:
    await fill(storage)
    assert list(await storage.runs(which, limit=0)) == []
    assert list(await storage.runs(which, limit=0, after=run_id(0))) == []


async def test_active_runs_are_those_not_over_oldest_first(storage: Storage) -> None:
    rows = await fill(storage)
    expected = sorted(row.id for row in rows if row.status in {"pending", "running"})
    assert [row.id for row in await storage.active_runs()] == expected


def figures(rows: Iterable[RunRow]) -> Figures:
    """What is to be told of the runs of a job, which all took about as long as they waited for their end."""
    counted = [row for row in rows if row.status in {"completed", "failed", "interrupted"}]
    took = sorted((row.ended_at or 0) - (row.started_at or 0) for row in counted if row.status == "completed")
    return Figures(len(counted), len(took), quantile(took, 0.5), quantile(took, 0.9))


async def test_activity_counts_live_rows_and_names_the_newest(storage: Storage) -> None:
    rows = await fill(storage)
    expected = {
        job: JobActivity(
            running=sum(row.job_id == job and row.status == "running" for row in rows),
            queued=sum(row.job_id == job and row.status == "pending" for row in rows),
            last_run=next(row for row in rows if row.job_id == job),
            figures=figures(row for row in rows if row.job_id == job),
        )
        for job in JOBS
    }
    assert dict(await storage.activity()) == expected
    assert dict(await storage.activity(["b", "never"])) == {"b": expected["b"], "never": JobActivity()}
    assert dict(await storage.activity([])) == {}
    for number in range(100, 112):
        await storage.create_run(new_run(number, f"c{number}"))
    assert dict(await storage.activity(["b", "never"])) == {"b": expected["b"], "never": JobActivity()}


async def test_tasks_come_in_topological_order(storage: Storage) -> None:
    new = new_run(1, tasks=12)
    await storage.create_run(msgspec.structs.replace(new, tasks=tuple(reversed(new.tasks))))
    assert [task.position for task in await storage.tasks(run_id(1))] == list(range(12))
