"""Creating runs: slots, queues, idempotency keys, occurrences."""

from __future__ import annotations

from functools import partial
from typing import Any

import msgspec
import pytest
from tests.contract.rows import T0, fate, finish, new_run, ran, run_id, with_tasks

from petit.storage.base import (
    AlreadyDecided,
    Created,
    Full,
    IdempotencyKey,
    OccurrenceFilter,
    Reload,
    RunFilter,
    Slots,
    Storage,
)
from petit.storage.records import TaskRow, Wait

DAY = 24 * 3600 * 1000


def key(fingerprint: str = "f", *, expires_at: int = T0 + DAY, name: str = "k") -> IdempotencyKey:
    return IdempotencyKey("uid 1 POST /x", name, fingerprint, expires_at)


async def test_a_run_is_read_back_as_it_was_created(storage: Storage) -> None:
    new = new_run(
        1,
        tasks=2,
        trigger="schedule",
        scheduled_for=T0,
        schedule="s",
        reason="because",
        caller="uid 1",
        rerun_of=run_id(9),
        catchup=True,
        run_at=T0 + 5,
        selected=("t0", "t1"),
        error=None,
    )
    assert await storage.create_run(new) == Created("running")
    stored = await storage.run(run_id(1))
    assert stored is not None
    assert stored.changed == storage.change
    assert [stored] == list(await storage.runs(RunFilter(), limit=9))
    assert {name: getattr(stored, name) for name in stored.__struct_fields__ if name != "changed"} == {
        name: getattr(new.run, name) for name in new.run.__struct_fields__ if name != "changed"
    }
    tasks = await storage.tasks(run_id(1))
    assert [(task.task_id, task.status, task.attempts, task.changed) for task in tasks] == [
        ("t0", "running", 1, storage.change),
        ("t1", "pending", 0, storage.change),
    ]
    assert list(await storage.attempts(run_id(1))) == list(new.attempts)


async def test_attempts_keep_what_they_waited_for(storage: Storage) -> None:
    new = new_run(1)
    waits = (Wait("dependency", 1, 2, "t0"), Wait("slot", 2))
    attempt = type(new.attempts[0])(
        run_id=run_id(1),
        task_id="t0",
        number=1,
        status="running",
        opened_at=5,
        executor="dask",
        host="pi",
        pid=7,
        ready_at=4,
        started_at=6,
        waits=waits,
    )
    await storage.create_run(new_run(1, attempts=(attempt,)))
    assert list(await storage.attempts(run_id(1), "t0")) == [attempt]
    assert list(await storage.attempts(run_id(1), "t1")) == []


async def test_what_does_not_exist_is_none_or_empty(storage: Storage) -> None:
    assert await storage.run("no-uuid") is None
    assert list(await storage.tasks(run_id(1))) == []
    assert list(await storage.attempts(run_id(1))) == []
    assert await storage.last_ended("job") is None
    assert await storage.last_completed("job") is None
    assert await storage.last_run_ms() == 0


async def test_a_run_cannot_be_created_over(storage: Storage) -> None:
    with pytest.raises(ValueError, match="cannot be created completed"):
        await storage.create_run(new_run(1, status="completed", ended_at=5))


async def test_no_slot_refuses_and_writes_nothing(storage: Storage) -> None:
    await storage.create_run(new_run(1))
    await storage.create_run(new_run(2, "other"))
    before = storage.change
    assert await storage.create_run(new_run(3, slots=Slots(job=1, total=2))) == Full("job", 1, (run_id(1),))
    assert await storage.create_run(new_run(3, "third", slots=Slots(job=1, total=2))) == Full(
        "total", 2, (run_id(1), run_id(2))
    )
    assert storage.change == before
    assert await storage.run(run_id(3)) is None
    assert await storage.create_run(new_run(3, slots=Slots(job=2, total=3))) == Created("running")


async def test_an_ended_run_gives_its_slot_back(storage: Storage) -> None:
    await storage.create_run(new_run(1, slots=Slots(job=1)))
    await storage.advance([finish(1, at=T0 + 9)])
    assert await storage.create_run(new_run(2, slots=Slots(job=1))) == Created("running")


@pytest.mark.parametrize(
    ("when_full", "slots", "outcome"),
    [
        pytest.param("queue", Slots(job=1), Created("pending", 1), id="queue waits for the job's own limit"),
        pytest.param("queue", Slots(total=1), Created("pending", 1), id="queue waits for the total"),
        pytest.param(
            "queue_total", Slots(total=1), Created("pending", 1), id="queue_total waits for the total"
        ),
        pytest.param(
            "queue_total",
            Slots(job=1),
            Full("job", 1, (run_id(1),)),
            id="queue_total is refused by the job's limit",
        ),
        pytest.param(
            "queue_total", Slots(job=2, total=2), Created("running"), id="queue_total runs where it may"
        ),
    ],
)
async def test_when_full(storage: Storage, when_full: str, slots: Slots, outcome: Any) -> None:
    await storage.create_run(new_run(1))
    assert await storage.create_run(new_run(2, slots=slots, when_full=when_full)) == outcome


async def test_a_queued_run_waits_with_nothing_started(storage: Storage) -> None:
    await storage.create_run(new_run(1))
    outcome = await storage.create_run(
        new_run(2, tasks=2, slots=Slots(job=1), when_full="queue", occurrences=(ran(T0),))
    )
    assert outcome == Created("pending", 1)
    run = await storage.run(run_id(2))
    assert run is not None
    assert (run.status, run.started_at) == ("pending", None)
    tasks = await storage.tasks(run_id(2))
    assert [(task.status, task.attempts, task.started_at) for task in tasks] == [("pending", 0, None)] * 2
    assert list(await storage.attempts(run_id(2))) == []


async def test_a_run_that_waits_keeps_what_was_over_before_it_and_nothing_else(storage: Storage) -> None:
    of_run = partial(TaskRow, run_id=run_id(2))
    tasks = (
        of_run(task_id="t0", position=0, status="completed", ended_at=9, reused_from="old"),
        of_run(task_id="t1", position=1, status="skipped", ended_at=9, reason="not selected"),
        of_run(task_id="t2", position=2, status="skipped", ended_at=9, reason="decided too soon"),
        of_run(task_id="t3", position=3, status="running", attempts=1, started_at=9),
        of_run(task_id="t4", position=4),
    )
    await storage.create_run(new_run(1))
    waits = new_run(2, when_full="queue", slots=Slots(job=1))
    assert await storage.create_run(with_tasks(waits, *tasks, settled="t0 t1")) == Created("pending", 1)
    pending = [of_run(task_id=f"t{place}", position=place) for place in (2, 3, 4)]
    stored = [msgspec.structs.replace(row, changed=0) for row in await storage.tasks(run_id(2))]
    assert stored == [*tasks[:2], *pending]


async def test_what_is_reused_is_so_from_the_beginning(storage: Storage) -> None:
    new = new_run(1)
    reused = TaskRow(
        run_id=run_id(1), task_id="t1", position=1, status="completed", ended_at=9, reused_from="old"
    )
    await storage.create_run(with_tasks(new, *new.tasks, reused, settled="t1"))
    stored = [(row.status, row.reused_from) for row in await storage.tasks(run_id(1))]
    assert stored == [("running", None), ("completed", "old")]


async def test_runs_whose_time_has_not_come_stand_in_no_line(storage: Storage) -> None:
    assert await storage.create_run(new_run(1, status="pending", run_at=T0 + 100)) == Created("pending", None)
    assert await storage.create_run(new_run(2, status="pending")) == Created("pending", 1)
    assert await storage.create_run(new_run(3, status="pending", run_at=T0 + 101)) == Created("pending", None)
    assert await storage.create_run(new_run(100, status="pending")) == Created("pending", 3)


async def test_a_removed_job_takes_runs_to_come_with_it(storage: Storage) -> None:
    of_run = partial(TaskRow, run_id=run_id(1))
    reused = of_run(task_id="t0", position=0, status="completed", ended_at=9, reused_from="old")
    waits = new_run(1, status="pending", run_at=T0 + 100)
    await storage.create_run(with_tasks(waits, reused, of_run(task_id="t1", position=1), settled="t0"))
    assert await storage.reload(Reload(at=T0 + 5, removed=("job",))) == (run_id(1),)
    run = await storage.run(run_id(1))
    assert run is not None
    assert (run.status, run.reason) == ("cancelled", "job removed")
    assert [row.status for row in await storage.tasks(run_id(1))] == ["completed", "cancelled"]


async def test_positions_count_the_pending_runs_of_the_job(storage: Storage) -> None:
    for number in (1, 2):
        await storage.create_run(new_run(number, status="pending"))
    await storage.create_run(new_run(3, "other", status="pending"))
    assert await storage.create_run(new_run(4, status="pending")) == Created("pending", 3)


async def test_pending_waits_even_where_a_slot_is_free(storage: Storage) -> None:
    assert await storage.create_run(new_run(1, status="pending", slots=Slots(job=5))) == Created("pending", 1)


async def test_a_job_has_so_many_pending_scheduled_runs_at_most(storage: Storage) -> None:
    await storage.create_run(new_run(1, status="pending", trigger="schedule"))
    await storage.create_run(new_run(2, status="pending"))  # by hand: does not count
    assert await storage.create_run(
        new_run(3, status="pending", trigger="schedule", max_pending=2)
    ) == Created("pending", 3)
    assert await storage.create_run(new_run(4, status="pending", trigger="schedule", max_pending=2)) == Full(
        "queue", 2, (run_id(1), run_id(3))
    )


async def test_one_key_is_one_run(storage: Storage) -> None:
    await storage.create_run(new_run(1, idempotency=key()))
    again = await storage.create_run(new_run(2, idempotency=key()))
    other_body = await storage.create_run(new_run(3, idempotency=key("g")))
    assert [(each.run_id, each.same_body) for each in (again, other_body)] == [  # type: ignore[union-attr]  # Replayed
        (run_id(1), True),
        (run_id(1), False),
    ]
    assert await storage.create_run(new_run(4, idempotency=key(name="other"))) == Created("running")
    assert len(await storage.runs(RunFilter(), limit=9)) == 2


async def test_a_key_counts_before_anything_else(storage: Storage) -> None:
    new = new_run(1, idempotency=key(), occurrences=(ran(T0),), slots=Slots(job=1), max_pending=0)
    await storage.create_run(new_run(1, idempotency=key(), occurrences=(ran(T0),)))
    replayed = await storage.create_run(new)
    assert getattr(replayed, "run_id", None) == run_id(1)


async def test_keys_can_be_looked_up_until_they_expire(storage: Storage) -> None:
    assert await storage.replay(key()) is None
    await storage.create_run(new_run(1, idempotency=key()))
    found = await storage.replay(key("g"), at=T0 + DAY - 1)
    assert found is not None
    assert (found.run_id, found.same_body) == (run_id(1), False)
    assert await storage.replay(key(), at=T0 + DAY) is None


async def test_an_expired_key_makes_a_new_run(storage: Storage) -> None:
    await storage.create_run(new_run(1, idempotency=key()))
    late = T0 + DAY
    assert await storage.create_run(
        new_run(2, created_at=late, idempotency=key(expires_at=late + DAY))
    ) == Created("running")
    found = await storage.replay(key(), at=late)
    assert found is not None
    assert found.run_id == run_id(2)


async def test_a_due_time_has_one_run(storage: Storage) -> None:
    await storage.create_run(new_run(1, occurrences=(ran(T0),)))
    before = storage.change
    assert await storage.create_run(new_run(2, occurrences=(ran(T0),))) == AlreadyDecided(run_id(1))
    assert await storage.run(run_id(2)) is None
    assert storage.change == before


async def test_a_skipped_due_time_never_runs(storage: Storage) -> None:
    await storage.record([fate(T0, T0 + 100)])
    assert await storage.create_run(new_run(1, occurrences=(ran(T0 + 50),))) == AlreadyDecided(None)
    assert await storage.create_run(new_run(1, occurrences=(ran(T0 + 101),))) == Created("running")


async def test_schedules_due_at_one_instant_are_decided_with_the_run(storage: Storage) -> None:
    same = fate(T0, schedule="s2", reason="same_instant", evidence={"run": run_id(1)})
    await storage.create_run(new_run(1, occurrences=(ran(T0), same)))
    rows = {row.schedule: row for row in await storage.occurrences(OccurrenceFilter(), limit=9)}
    assert (rows["s"].fate, rows["s"].run_id) == ("ran", run_id(1))
    assert (rows["s2"].fate, rows["s2"].run_id, rows["s2"].evidence) == ("skipped", None, {"run": run_id(1)})


async def test_the_greatest_run_id_tells_the_last_time(storage: Storage) -> None:
    await storage.create_run(new_run(5))
    await storage.create_run(new_run(3))
    assert await storage.last_run_ms() == T0 + 5
