"""What needs somebody: jobs that fail, occurrences that were missed."""

from __future__ import annotations

from tests.contract.rows import T0, fate, finish, job_row, new_run, run_id

from petit.storage.base import CancelIntent, Reload, RunChange, Step, Storage
from petit.storage.episodes import Episodes


async def look(storage: Storage, *, recovered_since: int = 0, limit: int = 100) -> Episodes:
    return await storage.episodes(recovered_since=recovered_since, limit=limit)


async def with_jobs(storage: Storage, *jobs: str) -> None:
    await storage.reload(Reload(at=T0, jobs=tuple(job_row(job) for job in jobs)))


async def ends(storage: Storage, number: int, status: str, *, job: str = "job") -> None:
    await storage.create_run(new_run(number, job))
    assert await storage.advance([finish(number, at=T0 + number + 1, status=status)]) == [True]


async def test_nothing_needs_anybody_at_first(storage: Storage) -> None:
    await with_jobs(storage, "job")
    assert await look(storage) == Episodes(failing=(), missed=(), recovered=(), count=0)


async def test_an_episode_begins_with_the_first_failure_and_counts_them(storage: Storage) -> None:
    await with_jobs(storage, "job")
    await ends(storage, 1, "completed")
    for number, status in ((2, "failed"), (3, "interrupted"), (4, "failed")):
        await ends(storage, number, status)
    found = await look(storage)
    (failing,) = found.failing
    assert (failing.job_id, failing.since, failing.failures) == ("job", T0 + 3, 3)
    assert failing.run == await storage.run(run_id(4))
    assert (found.count, found.recovered) == (1, ())


async def test_a_completed_run_ends_it_and_it_is_told_how_long_it_was(storage: Storage) -> None:
    await with_jobs(storage, "job")
    await ends(storage, 1, "failed")
    await ends(storage, 2, "failed")
    await ends(storage, 3, "completed")
    await ends(storage, 4, "completed")
    found = await look(storage)
    (recovered,) = found.recovered
    assert (recovered.since, recovered.failures, recovered.recovered_at) == (T0 + 2, 2, T0 + 4)
    assert (recovered.run_id, found.failing, found.count) == (run_id(3), (), 0)
    assert (await look(storage, recovered_since=T0 + 5)).recovered == ()
    await ends(storage, 5, "failed")
    found = await look(storage)
    assert (found.recovered, found.failing[0].failures) == ((), 1)


async def test_cancelled_runs_neither_begin_nor_end_an_episode(storage: Storage) -> None:
    await with_jobs(storage, "job")
    await ends(storage, 1, "cancelled")
    assert (await look(storage)).count == 0
    await ends(storage, 2, "failed")
    await ends(storage, 3, "cancelled")
    await storage.create_run(new_run(4, status="pending"))
    await storage.advance(
        [
            Step(
                run_id=run_id(4),
                cancel=CancelIntent(at=T0),
                run=RunChange(status="cancelled", ended_at=T0 + 9),
            )
        ]
    )
    (failing,) = (await look(storage)).failing
    assert (failing.failures, failing.run and failing.run.id) == (1, run_id(2))


async def test_a_run_that_is_under_way_changes_nothing(storage: Storage) -> None:
    await with_jobs(storage, "job")
    await ends(storage, 1, "failed")
    await storage.create_run(new_run(2))
    assert [each.failures for each in (await look(storage)).failing] == [1]


async def test_what_was_missed_stands_until_a_run_is_made(storage: Storage) -> None:
    await with_jobs(storage, "job")
    missed = [fate(T0 + due, fate="missed", reason="down") for due in (10, 20, 30)]
    assert await storage.record(missed) == [True] * 3
    found = await look(storage)
    assert [(row.first_due, row.last_due, row.reason) for row in found.missed] == [(T0 + 10, T0 + 30, "down")]
    assert found.count == 1
    await storage.create_run(new_run(1, status="pending"))
    assert (await look(storage)).count == 0
    await storage.record([fate(T0 + 40, fate="missed", reason="asleep")])
    assert [row.reason for row in (await look(storage)).missed] == ["asleep"]


async def test_the_newest_of_several_schedules_is_told(storage: Storage) -> None:
    await with_jobs(storage, "job")
    for schedule, due in (("s", 20), ("t", 30), ("u", 10)):
        await storage.record([fate(T0 + due, fate="missed", reason="down", schedule=schedule)])
    assert [row.schedule for row in (await look(storage)).missed] == ["t"]


async def test_what_was_skipped_on_purpose_is_not_missed(storage: Storage) -> None:
    await with_jobs(storage, "job")
    await storage.record([fate(T0 + 10)])
    assert (await look(storage)).count == 0


async def test_what_a_reload_and_the_end_of_a_pause_record_counts(storage: Storage) -> None:
    row = fate(T0 + 1, fate="missed", reason="schedule_changed")
    await storage.reload(Reload(at=T0, jobs=(job_row(),), occurrences=(row,)))
    assert [each.reason for each in (await look(storage)).missed] == ["schedule_changed"]


async def test_removed_jobs_are_left_out(storage: Storage) -> None:
    await with_jobs(storage, "a", "b", "c")
    await ends(storage, 1, "failed", job="a")
    await storage.record([fate(T0 + 10, fate="missed", reason="down", job_id="b")])
    await ends(storage, 2, "failed", job="c")
    await ends(storage, 3, "completed", job="c")
    await storage.reload(Reload(at=T0 + 50, removed=("a", "b", "c")))
    found = await look(storage)
    assert (found.count, found.failing, found.missed, found.recovered) == (0, (), (), ())


async def test_the_newest_come_first_and_the_count_is_of_all(storage: Storage) -> None:
    jobs = [f"j{number}" for number in range(5)]
    await with_jobs(storage, *jobs)
    for number, job in enumerate(jobs):
        await ends(storage, number, "failed", job=job)
    found = await look(storage, limit=2)
    assert [each.job_id for each in found.failing] == ["j4", "j3"]
    assert found.count == 5
