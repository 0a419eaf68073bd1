"""How much was written, and how jobs did last."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.contract.rows import T0, finish, job_row, new_run, run_id

from petit.storage.base import Reload, RunChange, Step, Storage
from petit.storage.figures import SLOT_MS, SLOTS_KEPT, Ended, JobMarks
from petit.storage.sqlite import SqliteStorage


def bytes_of(*files: Path) -> int:
    return sum(path.stat().st_size for path in files)


async def test_each_write_is_committed_and_reading_is_not(storage: Storage) -> None:
    seen = [storage.commits]
    for number in range(3):
        await storage.create_run(new_run(number))
        seen.append(storage.commits)
    assert seen == sorted(set(seen))
    await storage.active_runs()
    assert storage.commits == seen[-1]


async def test_the_size_is_that_of_the_files(storage: Storage, tmp_path: Path) -> None:
    size = await storage.size()
    if not isinstance(storage, SqliteStorage):
        assert size is None
        return
    assert size == bytes_of(tmp_path / "petit.db", tmp_path / "petit.db-wal")
    await storage.reload(Reload(at=T0, jobs=tuple(job_row(f"job{n}") for n in range(500))))
    grown = await storage.size()
    assert grown is not None
    assert grown > size


async def test_writes_that_come_together_may_share_a_commit(storage: Storage) -> None:
    begun, changes = storage.commits, storage.change
    await asyncio.gather(*(storage.create_run(new_run(number)) for number in range(20)))
    assert storage.change - changes == 20
    assert 1 <= storage.commits - begun <= 20


async def test_what_has_no_answer_yet_is_counted(storage: Storage) -> None:
    before = storage.backlog
    assert before.waiting == 0
    writes = [asyncio.ensure_future(storage.create_run(new_run(number))) for number in range(3)]
    await asyncio.sleep(0)
    assert storage.backlog.waiting in {0, 3}  # memory answers at once
    await asyncio.gather(*writes)
    assert storage.backlog.waiting == 0
    assert storage.backlog.answered > before.answered


async def test_how_a_job_did_last(storage: Storage) -> None:
    assert list(await storage.marks(limit=9)) == []
    await storage.create_run(new_run(1))
    assert list(await storage.marks(limit=9)) == [JobMarks(job_id="job")]
    await storage.advance([finish(1, at=T0 + 50)])
    completed = JobMarks(
        job_id="job", last_ended_at=T0 + 50, last_status="completed", last_completed_at=T0 + 50
    )
    assert list(await storage.marks(limit=9)) == [completed]
    await storage.create_run(new_run(2))
    assert list(await storage.marks(limit=9)) == [completed], "what runs has not ended"
    await storage.advance([finish(2, at=T0 + 90, status="failed")])
    failed = JobMarks(job_id="job", last_ended_at=T0 + 90, last_status="failed", last_completed_at=T0 + 50)
    assert list(await storage.marks(limit=9)) == [failed]


async def test_a_run_that_never_had_a_slot_leaves_no_mark(storage: Storage) -> None:
    await storage.create_run(new_run(1, status="pending"))
    await storage.advance([Step(run_id=run_id(1), run=RunChange(status="cancelled", ended_at=T0 + 5))])
    assert list(await storage.marks(limit=9)) == [JobMarks(job_id="job")]


async def test_marks_come_in_pages_by_job(storage: Storage) -> None:
    for number, job in enumerate(("b", "a", "C", "d")):
        await storage.create_run(new_run(number, job))
    assert [each.job_id for each in await storage.marks(limit=3)] == ["C", "a", "b"]
    assert [each.job_id for each in await storage.marks(limit=3, after="b")] == ["d"]
    assert list(await storage.marks(limit=3, after="d")) == []
    assert list(await storage.marks(limit=0)) == []


async def test_what_it_is(storage: Storage) -> None:
    told = ("sqlite", "petit.db") if isinstance(storage, SqliteStorage) else ("memory", None)
    assert (storage.kind, storage.name) == told


async def ends(storage: Storage, number: int, status: str, at: int) -> None:
    await storage.create_run(new_run(number))
    assert await storage.advance([finish(number, at=at, status=status)]) == [True]


async def test_ends_are_counted_by_ten_minutes(storage: Storage) -> None:
    begun = T0 // SLOT_MS * SLOT_MS
    assert await storage.ended(since=0, until=T0) == Ended()
    for number, (status, minute) in enumerate(
        [("completed", 0), ("failed", 1), ("interrupted", 11), ("cancelled", 12), ("completed", 25)]
    ):
        await ends(storage, number, status, begun + minute * 60_000)
    assert await storage.ended(since=begun, until=begun + 30 * 60_000) == Ended(runs=4, failed=2)
    assert await storage.ended(since=begun + 5 * 60_000, until=begun + 10 * 60_000) == Ended(runs=3, failed=2)
    assert await storage.ended(since=begun + 10 * 60_000, until=begun + 19 * 60_000) == Ended(
        runs=1, failed=1
    )


async def test_what_never_ran_does_not_count(storage: Storage) -> None:
    await storage.create_run(new_run(1, status="pending"))
    await storage.advance([Step(run_id=run_id(1), run=RunChange(status="cancelled", ended_at=T0))])
    assert await storage.ended(since=0, until=2 * T0) == Ended()


async def test_ends_of_two_days_are_kept(storage: Storage) -> None:
    await ends(storage, 1, "completed", T0)
    await ends(storage, 2, "completed", T0 + SLOTS_KEPT * SLOT_MS)
    assert await storage.ended(since=0, until=2 * T0) == Ended(runs=2)
    await ends(storage, 3, "completed", T0 + (SLOTS_KEPT + 1) * SLOT_MS)
    assert await storage.ended(since=0, until=2 * T0) == Ended(runs=2)
