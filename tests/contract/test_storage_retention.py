"""Forgetting: what is old goes whole, what something else needs stays."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from tests.contract.rows import T0, definition, fate, finish, job_row, new_run, ran, run_id, with_tasks

from petit.core.sessions import Session
from petit.core.tokens import Token
from petit.storage.base import IdempotencyKey, OccurrenceFilter, Reload, RunFilter, Storage
from petit.storage.records import AuditRow, ScheduleRow, TaskRow

DAY = 24 * 3600 * 1000


async def ended(storage: Storage, *numbers: int, job: str = "job", status: str = "completed") -> None:
    """Store runs that are over."""
    for number in numbers:
        await storage.create_run(new_run(number, job))
        assert await storage.advance([finish(number, at=T0 + number + 1, status=status)]) == [True]


async def stored(storage: Storage, job: str | None = None) -> set[str]:
    return {row.id for row in await storage.runs(RunFilter(job_id=job), limit=1000)}


async def gone(storage: Storage, *numbers: int, now: int = T0 + DAY) -> list[int]:
    """Ask for these to go; return the numbers of those that went."""
    asked = {run_id(number): number for number in numbers}
    before = await stored(storage)
    went = await storage.retention.remove_runs(list(asked), now=now)
    assert await stored(storage) == before - set(went)
    return [asked[each] for each in went]


async def test_a_run_goes_with_all_that_is_its_own(storage: Storage) -> None:
    due = ran(T0 + 1)
    await storage.create_run(
        new_run(1, tasks=1, scheduled_for=T0 + 1, schedule="s", occurrences=(due,), trigger="schedule")
    )
    await storage.advance([finish(1, at=T0 + 2)])
    await ended(storage, 2)
    change = storage.change
    assert await gone(storage, 1) == [1]
    assert storage.change > change
    assert await storage.run(run_id(1)) is None
    assert (await storage.tasks(run_id(1)), await storage.attempts(run_id(1))) == ([], [])
    assert await storage.occurrences(OccurrenceFilter(), limit=9) == []
    assert await storage.retention.known_runs([run_id(1), run_id(2)]) == {run_id(2)}
    assert await gone(storage, 1) == []


async def test_a_run_that_is_not_over_stays(storage: Storage) -> None:
    await storage.create_run(new_run(1))
    await storage.create_run(new_run(2, status="pending"))
    await ended(storage, 3)
    assert await gone(storage, 1, 2) == []


async def test_what_its_job_is_judged_by_stays(storage: Storage) -> None:
    await ended(storage, 1, status="failed")
    await ended(storage, 2)
    await ended(storage, 3, 4, status="failed")
    await storage.create_run(new_run(5))
    # 2 completed last and ended an episode, 4 ended last and failed last, 5 is the newest
    assert await gone(storage, 1, 2, 3, 4, 5) == [1, 3]
    (failing,) = await _failing(storage)
    assert failing == (2, run_id(4))


async def _failing(storage: Storage) -> list[tuple[int, str | None]]:
    await storage.reload(Reload(at=T0, jobs=(job_row(),)))
    found = await storage.episodes(recovered_since=T0, limit=9)
    return [(each.failures, None if each.run is None else each.run.id) for each in found.failing]


async def test_a_run_stays_while_a_later_one_takes_tasks_from_it(storage: Storage) -> None:
    await ended(storage, 1, 2)
    reused = TaskRow(run_id=run_id(3), task_id="t0", position=0, status="completed", reused_from=run_id(1))
    await storage.create_run(with_tasks(new_run(3), reused, settled="t0"))
    await storage.advance([msgspec.structs.replace(finish(3, at=T0 + 4), tasks=(), ended=())])
    await ended(storage, 4)
    assert await gone(storage, 1, 2) == [2]
    assert await gone(storage, 3) == [3]
    assert await gone(storage, 1) == [1]


async def test_a_run_stays_while_a_key_may_ask_for_it_again(storage: Storage) -> None:
    key = IdempotencyKey(scope="me", key="k", fingerprint="f", expires_at=T0 + DAY)
    await storage.create_run(new_run(1, idempotency=key))
    await storage.advance([finish(1, at=T0 + 2)])
    await ended(storage, 2)
    assert await gone(storage, 1, now=T0 + DAY - 1) == []
    assert await gone(storage, 1, now=T0 + DAY) == [1]


async def test_the_run_of_a_schedules_last_due_time_stays(storage: Storage) -> None:
    await storage.reload(
        Reload(at=T0, jobs=(job_row(),), schedules_begun=(ScheduleRow(job_id="job", schedule="s", since=T0),))
    )
    for number in (1, 2):
        due = ran(T0 + number)
        await storage.create_run(
            new_run(number, scheduled_for=T0 + number, schedule="s", occurrences=(due,), trigger="schedule")
        )
        await storage.advance([finish(number, at=T0 + number)])
    await ended(storage, 3)
    assert await gone(storage, 1, 2) == [1]
    (alive,) = (await storage.registry()).schedules
    assert alive.decided_until == T0 + 2
    over = ScheduleRow(job_id="job", schedule="s", since=T0, until=T0 + 5)
    await storage.reload(Reload(at=T0 + 5, schedules_ended=(over,)))
    assert await gone(storage, 2) == [2]


async def test_runs_are_found_oldest_first_with_what_they_take(storage: Storage) -> None:
    await ended(storage, 1, 2)
    await storage.create_run(new_run(3, tasks=4))
    await ended(storage, 4, job="other")
    rows = await storage.retention.oldest_runs("job", after="", limit=2)
    assert [(row.id, row.ended_at, row.rows) for row in rows] == [
        (run_id(1), T0 + 2, 4),
        (run_id(2), T0 + 3, 4),
    ]
    (row,) = await storage.retention.oldest_runs("job", after=run_id(2), limit=2)
    assert (row.id, row.ended_at, row.rows) == (run_id(3), None, 10)


@pytest.mark.parametrize(("count", "beyond"), [(0, 3), (1, 2), (2, 1), (3, None), (9, None)])
async def test_the_newest_run_beyond_a_count(storage: Storage, count: int, beyond: int | None) -> None:
    await ended(storage, 1, 2, 3)
    await ended(storage, 4, job="other")
    found = await storage.retention.run_beyond("job", count)
    assert found == (None if beyond is None else run_id(beyond))


# --- the ledger ---------------------------------------------------------------------------------------------
async def dues(storage: Storage) -> list[int]:
    rows = await storage.occurrences(OccurrenceFilter(), limit=1000)
    return sorted(row.first_due - T0 for row in rows)


async def test_old_due_times_that_did_not_run_go_the_oldest_first(storage: Storage) -> None:
    rows = [fate(T0 + each, reason=reason) for each, reason in ((1, "paused"), (2, "overlap"), (3, "paused"))]
    await storage.record([*rows, fate(T0 + 4, T0 + 9, reason="down", fate="missed")])
    assert await storage.retention.fate_beyond("job", 2) == T0 + 2
    assert await storage.retention.fate_beyond("job", 4) is None
    assert await storage.retention.oldest_fate("job") == T0 + 1
    assert await storage.retention.oldest_fate("other") is None
    assert await storage.retention.remove_fates("job", before=T0 + 9, limit=2) == 2
    assert await dues(storage) == [3, 4]
    assert await storage.retention.remove_fates("job", before=T0 + 9, limit=2) == 1
    assert await storage.retention.remove_fates("job", before=T0 + 9, limit=2) == 0
    assert await dues(storage) == [4], "a range stays until its last due time is old"


async def test_the_last_due_time_of_a_schedule_in_force_stays(storage: Storage) -> None:
    alive = ScheduleRow(job_id="job", schedule="s", since=T0)
    await storage.reload(Reload(at=T0, jobs=(job_row(),), schedules_begun=(alive,)))
    await storage.record([fate(T0 + 1), fate(T0 + 2, reason="overlap"), fate(T0 + 1, schedule="old")])
    assert await storage.retention.remove_fates("job", before=T0 + DAY, limit=9) == 2
    assert await dues(storage) == [2]
    (schedule,) = (await storage.registry()).schedules
    assert schedule.decided_until == T0 + 2


async def test_what_was_missed_and_not_made_up_for_stays(storage: Storage) -> None:
    await storage.reload(Reload(at=T0, jobs=(job_row(),)))
    await storage.record([fate(T0 + 1), fate(T0 + 2, fate="missed", reason="down")])
    assert await storage.retention.remove_fates("job", before=T0 + DAY, limit=9) == 1
    assert len((await storage.episodes(recovered_since=T0, limit=9)).missed) == 1
    await ended(storage, 3)
    assert await storage.retention.remove_fates("job", before=T0 + DAY, limit=9) == 1


# --- definitions --------------------------------------------------------------------------------------------
async def test_definitions_that_nothing_is_pinned_to(storage: Storage) -> None:
    for version in (1, 2, 3):
        now = job_row(definition=f"job-{version}")
        await storage.reload(Reload(at=T0, jobs=(now,), definitions=(definition("job", version),)))
    await ended(storage, 1, 2)
    await storage.create_run(new_run(3, definition="job-2"))
    retention = storage.retention
    assert await retention.spare_definitions("job", before=T0 + 2) == ["job-1"]
    assert await retention.spare_definitions("job", before=T0 + DAY) == ["job-1", "job-2"]
    first = await retention.definitions_used("job", after="", limit=2)
    assert first == (frozenset({"d1"}), run_id(2))
    second = await retention.definitions_used("job", after=run_id(2), limit=2)
    assert second == (frozenset({"job-2"}), run_id(3))
    assert await retention.definitions_used("job", after=run_id(3), limit=2) == (frozenset(), None)
    assert await retention.remove_definitions(["job-1", "job-3", "none"]) == 1
    assert [row.hash for row in await storage.definitions("job")] == ["job-3", "job-2"]


# --- the rest -----------------------------------------------------------------------------------------------
def token(name: str, **given: int | None) -> Token:
    return Token(
        id=name, name=name, scopes=frozenset({"read"}), jobs=(), created_at=T0, hash=f"h-{name}",
        **{"expires_at": None, "revoked_at": None, **given},
    )  # fmt: skip


def call(at: int) -> AuditRow:
    return AuditRow(at=at, caller="me", address="local", method="POST", path="/", status=200)


def session(name: str, token_id: str, expires_at: int) -> Session:
    return Session(hash=name, token_id=token_id, uid=None, created_at=T0, expires_at=expires_at)


async def test_what_has_expired_and_what_was_over_long_ago_goes(storage: Storage) -> None:
    for each in (
        token("lasting"), token("fresh", expires_at=T0 + 50), token("expired", expires_at=T0 + 4),
        token("revoked", expires_at=T0 + DAY, revoked_at=T0 + 3),
    ):  # fmt: skip
        assert await storage.add_token(each)
    for begun in (
        session("a", "lasting", T0 + 100), session("b", "lasting", T0 + 10), session("c", "expired", T0 + 90)
    ):  # fmt: skip
        await storage.add_session(begun)
    await storage.append_audit([call(T0 + each) for each in (1, 2, 3, 9)])
    assert await storage.retention.remove_rest(now=T0 + 10, before=None, limit=2) == 1
    assert await storage.session("b") is None
    removed = 0
    while went := await storage.retention.remove_rest(now=T0 + 20, before=T0 + 5, limit=2):
        removed += went
    assert removed == 6
    assert [each.name for each in await storage.tokens()] == ["fresh", "lasting"]
    assert (await storage.session("a"), await storage.session("c")) != (None, None)
    assert await storage.session("c") is None
    assert [row.at - T0 for row in await storage.audit(limit=9)] == [9]


async def test_keys_whose_time_is_over_go(storage: Storage) -> None:
    key = IdempotencyKey(scope="me", key="k", fingerprint="f", expires_at=T0 + 5)
    await storage.create_run(new_run(1, idempotency=key))
    assert await storage.retention.remove_rest(now=T0 + 4, before=None, limit=9) == 0
    assert await storage.retention.remove_rest(now=T0 + 5, before=None, limit=9) == 1
    assert await storage.replay(key) is None


# --- logs ---------------------------------------------------------------------------------------------------
async def test_logs_of_a_kept_run_that_are_removed_are_noted(storage: Storage) -> None:
    await ended(storage, 1, 2)
    await storage.create_run(new_run(3))
    retention = storage.retention
    # 2 is the last that ended, 3 runs
    assert await retention.note_logs_removed([run_id(1), run_id(2), run_id(3), run_id(4)], at=T0 + 7) == [
        run_id(1)
    ]
    assert await retention.note_logs_removed([run_id(1)], at=T0 + 9) == [run_id(1)]
    assert [await retention.logs_removed(run_id(each)) for each in (1, 2)] == [T0 + 7, None]
    assert await gone(storage, 1) == [1]
    assert await retention.logs_removed(run_id(1)) is None


async def test_what_is_forgotten_stays_so(storage: Storage, tmp_path: Path) -> None:
    await ended(storage, 1, 2)
    assert await gone(storage, 1) == [1]
    await storage.close()
    await storage.open()
    assert await stored(storage) == {run_id(2)}
