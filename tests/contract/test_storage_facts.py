"""Jobs, definitions, pauses, small facts, the change number."""

from __future__ import annotations

from tests.contract.rows import T0, definition, fate, finish, job_row, new_run, run_id

from petit.storage.base import OccurrenceFilter, Reload, Step, Storage, TaskChange
from petit.storage.records import PauseRow, ScheduleRow


async def test_an_empty_database_knows_nothing(storage: Storage) -> None:
    registry = await storage.registry()
    assert (registry.jobs, registry.definitions, registry.schedules, registry.pauses) == ((), {}, (), ())
    assert len(storage.uuid) == 36
    assert (storage.change, storage.state_dir) == (0, None)
    assert dict(await storage.activity()) == {}


async def test_a_generation_of_jobs_is_read_back(storage: Storage) -> None:
    jobs = (job_row("b"), job_row("a", stale=True))
    begun = ScheduleRow(job_id="a", schedule="s", since=T0)
    await storage.reload(
        Reload(
            at=T0,
            jobs=jobs,
            definitions=(definition("a"), definition("b"), definition("a", 2)),
            schedules_begun=(begun,),
        )
    )
    registry = await storage.registry()
    assert registry.jobs == (jobs[1], jobs[0])
    assert registry.definitions == {"a-1": definition("a"), "b-1": definition("b")}
    assert registry.schedules == (begun,)
    assert list(await storage.definitions("a")) == [definition("a", 2), definition("a")]
    assert await storage.definition("a-2") == definition("a", 2)
    assert await storage.definition("none") is None


async def test_stored_definitions_and_first_sight_stay(storage: Storage) -> None:
    await storage.reload(Reload(at=T0, jobs=(job_row(),), definitions=(definition(),)))
    changed = definition().__class__(hash="job-1", job_id="job", body=b"[]", source="x", stored_at=T0 + 99)
    await storage.reload(
        Reload(at=T0 + 9, jobs=(job_row(first_seen=T0 + 9, file="new.yaml"),), definitions=(changed,))
    )
    registry = await storage.registry()
    assert registry.definitions["job-1"] == definition()
    assert (registry.jobs[0].first_seen, registry.jobs[0].file) == (T0, "new.yaml")


async def test_a_removed_job_keeps_its_history_and_loses_its_queue(storage: Storage) -> None:
    await storage.reload(Reload(at=T0, jobs=(job_row(), job_row("other"))))
    await storage.create_run(new_run(1))
    await storage.create_run(new_run(2, tasks=2, status="pending"))
    await storage.create_run(new_run(3, "other", status="pending"))
    assert await storage.reload(Reload(at=T0 + 9, removed=("job", "unknown"))) == (run_id(2),)
    rows = [await storage.run(run_id(number)) for number in (1, 2, 3)]
    assert [(row.status, row.ended_at, row.reason) for row in rows if row] == [
        ("running", None, None),
        ("cancelled", T0 + 9, "job removed"),
        ("pending", None, None),
    ]
    assert [(task.status, task.reason, task.ended_at) for task in await storage.tasks(run_id(2))] == [
        ("cancelled", "job removed", T0 + 9)
    ] * 2
    assert [job.removed_at for job in (await storage.registry()).jobs] == [T0 + 9, None]
    await storage.reload(Reload(at=T0 + 20, removed=("job",)))
    assert (await storage.registry()).jobs[0].removed_at == T0 + 9
    await storage.reload(Reload(at=T0 + 30, jobs=(job_row(),)))
    assert (await storage.registry()).jobs[0].removed_at is None


async def test_ended_tasks_of_a_removed_job_stay_as_they_are(storage: Storage) -> None:
    await storage.create_run(new_run(1, tasks=2, status="pending"))
    await storage.advance(
        [Step(run_id=run_id(1), tasks=(TaskChange(task_id="t1", status="skipped", reason="x"),))]
    )
    await storage.reload(Reload(at=T0 + 9, removed=("job",)))
    assert [task.status for task in await storage.tasks(run_id(1))] == ["cancelled", "skipped"]


async def test_a_schedule_lives_until_it_is_ended(storage: Storage) -> None:
    first = ScheduleRow(job_id="job", schedule="s", since=5)
    again = ScheduleRow(job_id="job", schedule="s", since=50)
    await storage.reload(Reload(at=5, schedules_begun=(first,)))
    await storage.reload(Reload(at=50, schedules_begun=(again,)))  # it lives already
    assert (await storage.registry()).schedules == (first,)
    ended = ScheduleRow(job_id="job", schedule="s", since=5, until=50)
    await storage.reload(Reload(at=50, schedules_ended=(ended,), schedules_begun=(again,)))
    assert (await storage.registry()).schedules == (again,)
    await storage.reload(Reload(at=60, schedules_ended=(ended, ended)))
    assert (await storage.registry()).schedules == ()


async def test_fates_decided_by_a_reload_are_kept(storage: Storage) -> None:
    await storage.reload(Reload(at=20, occurrences=(fate(10), fate(20), fate(20))))
    rows = await storage.occurrences(OccurrenceFilter(), limit=9)
    assert [(row.first_due, row.last_due) for row in rows] == [(10, 20)]


async def test_a_pause_is_in_force_until_it_ends(storage: Storage) -> None:
    pause = PauseRow(scope="", since=T0, until=T0 + 9, reason="holiday", by="uid 1")
    await storage.set_pause(pause)
    await storage.set_pause(PauseRow(scope="job", since=T0))
    longer = PauseRow(scope="job", since=T0, until=T0 + 99)
    await storage.set_pause(longer)
    assert (await storage.registry()).pauses == (pause, longer)
    assert await storage.end_pause("job", [fate(10), fate(20)]) is True
    assert (await storage.registry()).pauses == (pause,)
    assert len(await storage.occurrences(OccurrenceFilter(), limit=9)) == 1


async def test_a_pause_that_is_not_there_ends_nothing(storage: Storage) -> None:
    assert await storage.end_pause("job", [fate(10)]) is False
    assert list(await storage.occurrences(OccurrenceFilter(), limit=9)) == []
    assert storage.change == 0


async def test_small_facts_are_kept(storage: Storage) -> None:
    assert await storage.meta("boot") is None
    await storage.set_meta("boot", "1")
    await storage.set_meta("boot", "2")
    assert await storage.meta("boot") == "2"
    await storage.set_state_dir("/var/lib/petit")
    assert storage.state_dir == "/var/lib/petit"


async def test_each_write_is_a_change_and_a_probe_is_none(storage: Storage) -> None:
    seen = [storage.change]
    await storage.set_meta("a", "1")
    seen.append(storage.change)
    await storage.create_run(new_run(1))
    seen.append(storage.change)
    await storage.advance([finish(1, at=T0 + 5)])
    seen.append(storage.change)
    assert seen == sorted(set(seen))
    await storage.probe()
    assert await storage.advance([finish(1, at=T0 + 5)]) == [False]
    assert storage.change == seen[-1]


async def test_closing_twice_is_harmless(storage: Storage) -> None:
    await storage.close()
    await storage.close()
