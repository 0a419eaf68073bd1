"""Advancing runs: state moves forward by the tables of core.states, each step whole or not at all."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from tests.contract.rows import T0, finish, new_run, run_id

from petit.core.states import (
    ATTEMPT_MAY_BECOME,
    RUN_MAY_BECOME,
    RUN_OVER,
    TASK_MAY_BECOME,
    AttemptStatus,
    RunStatus,
    TaskStatus,
)
from petit.storage.base import (
    AttemptEnded,
    AttemptStarted,
    CancelIntent,
    RunChange,
    Slots,
    Step,
    Storage,
    TaskChange,
)
from petit.storage.records import AttemptRow

RUN_STATES: tuple[RunStatus, ...] = get_args(RunStatus)
TASK_STATES: tuple[TaskStatus, ...] = get_args(TaskStatus)
ATTEMPT_STATES: tuple[AttemptStatus, ...] = get_args(AttemptStatus)
WAY_TO: dict[str, tuple[str, ...]] = {
    "running": ("running",),
    "retrying": ("running", "retrying"),
    "pending": (),
}


def attempt(number: int, task: str = "t0", run: int = 1) -> AttemptRow:
    return AttemptRow(run_id=run_id(run), task_id=task, number=number, status="running", opened_at=T0)


def to(status: Any, **given: Any) -> Step:
    ended_at = T0 + 9 if status in RUN_OVER else None
    return Step(run_id=run_id(1), run=RunChange(status=status, ended_at=ended_at), **given)


@pytest.mark.parametrize("before", RUN_STATES)
@pytest.mark.parametrize("after", RUN_STATES)
async def test_runs_move_by_the_table(storage: Storage, before: RunStatus, after: RunStatus) -> None:
    await storage.create_run(new_run(1, status="pending"))
    if before != "pending":
        assert await storage.advance([to("running")]) == [True]
    if before not in {"pending", "running"}:
        assert await storage.advance([to(before)]) == [True]
    may = after in RUN_MAY_BECOME[before]
    assert await storage.advance([to(after)]) == [may]
    run = await storage.run(run_id(1))
    assert run is not None
    assert run.status == (after if may else before)


@pytest.mark.parametrize("before", TASK_STATES)
@pytest.mark.parametrize("after", TASK_STATES)
async def test_tasks_move_by_the_table(storage: Storage, before: TaskStatus, after: TaskStatus) -> None:
    await storage.create_run(new_run(1, tasks=2))
    way = WAY_TO.get(before) or ((before,) if before in {"pending", "skipped"} else ("running", before))
    for status in way if before != "pending" else ():
        assert await storage.advance([task_to(status)]) == [True]
    may = after in TASK_MAY_BECOME[before]
    assert await storage.advance([task_to(after)]) == [may]
    assert (await storage.tasks(run_id(1)))[1].status == (after if may else before)


def task_to(status: Any) -> Step:
    return Step(run_id=run_id(1), tasks=(TaskChange(task_id="t1", status=status),))


@pytest.mark.parametrize("before", ATTEMPT_STATES)
@pytest.mark.parametrize("after", ATTEMPT_STATES)
async def test_attempts_move_by_the_table(
    storage: Storage, before: AttemptStatus, after: AttemptStatus
) -> None:
    await storage.create_run(new_run(1))
    if before != "running":
        assert await storage.advance([attempt_to(before)]) == [True]
    may = after in ATTEMPT_MAY_BECOME[before]
    assert await storage.advance([attempt_to(after)]) == [may]
    assert (await storage.attempts(run_id(1)))[0].status == (after if may else before)


def attempt_to(status: Any) -> Step:
    return Step(
        run_id=run_id(1), ended=(AttemptEnded(task_id="t0", number=1, status=status, ended_at=T0 + 5),)
    )


VOID_PARTS = [
    pytest.param({"tasks": (TaskChange(task_id="no", status="running"),)}, id="a task that does not exist"),
    pytest.param(
        {"tasks": (TaskChange(task_id="t1", status="completed"),)}, id="a task that may not move so"
    ),
    pytest.param({"opened": (attempt(1),)}, id="an attempt number that is taken"),
    pytest.param({"opened": (attempt(1, "no"),)}, id="an attempt of a task that does not exist"),
    pytest.param({"opened": (attempt(2), attempt(2))}, id="one attempt number opened twice"),
    pytest.param(
        {"started": (AttemptStarted(task_id="t0", number=7, pid=1, started_at=1),)},
        id="an attempt that does not exist",
    ),
    pytest.param(
        {"ended": (AttemptEnded(task_id="t0", number=7, status="failed", ended_at=1),)},
        id="an end of no attempt",
    ),
    pytest.param({"run": RunChange(status="pending")}, id="a run that may not move so"),
    pytest.param({"slots": Slots(total=1), "run": RunChange(status="running")}, id="no free slot"),
]


@pytest.mark.parametrize("part", VOID_PARTS)
async def test_a_step_is_whole_or_void(storage: Storage, part: dict[str, Any]) -> None:
    await storage.create_run(new_run(1, tasks=3))
    before = storage.change
    parts: dict[str, Any] = {
        "tasks": (TaskChange(task_id="t2", status="running"),),
        "opened": (attempt(1, "t2"),),
        "cancel": CancelIntent(at=T0 + 3, reason="no more"),
    }
    for name, value in part.items():
        parts[name] = (*parts.get(name, ()), *value) if isinstance(value, tuple) else value
    step = Step(run_id=run_id(1), **parts)
    assert await storage.advance([step]) == [False]
    assert storage.change == before
    assert (await storage.tasks(run_id(1)))[2].status == "pending"
    assert len(await storage.attempts(run_id(1))) == 1
    run = await storage.run(run_id(1))
    assert run is not None
    assert (run.cancel_requested_at, run.reason) == (None, None)


async def test_a_void_step_leaves_its_neighbours_alone(storage: Storage) -> None:
    for number in (1, 2, 3):
        await storage.create_run(new_run(number))
    await storage.advance([finish(2, at=T0 + 5)])
    steps = [
        finish(1, at=T0 + 6),
        finish(2, at=T0 + 6),
        finish(9, at=T0 + 6),
        finish(3, at=T0 + 6, status="failed"),
    ]
    assert await storage.advance(steps) == [True, False, False, True]
    runs = [await storage.run(run_id(number)) for number in (1, 2, 3)]
    assert [(run.status, run.ended_at) for run in runs if run] == [
        ("completed", T0 + 6),
        ("completed", T0 + 5),
        ("failed", T0 + 6),
    ]


async def test_unset_members_stay_and_none_is_written(storage: Storage) -> None:
    await storage.create_run(new_run(1))
    change = TaskChange(task_id="t0", status="retrying", exit_code=3, error="bad", reason="why")
    await storage.advance([Step(run_id=run_id(1), tasks=(change,))])
    again = TaskChange(task_id="t0", status="running", attempts=2, exit_code=None, error=None)
    await storage.advance([Step(run_id=run_id(1), tasks=(again,))])
    (task,) = await storage.tasks(run_id(1))
    assert (task.attempts, task.started_at, task.exit_code, task.error, task.reason) == (
        2,
        T0 + 1,
        None,
        None,
        "why",
    )


async def test_one_step_may_move_a_task_twice(storage: Storage) -> None:
    await storage.create_run(new_run(1))
    step = Step(
        run_id=run_id(1),
        tasks=(
            TaskChange(task_id="t0", status="retrying"),
            TaskChange(task_id="t0", status="running", attempts=2),
        ),
        opened=(attempt(2),),
        started=(AttemptStarted(task_id="t0", number=2, pid=5, started_at=T0 + 4),),
        ended=(
            AttemptEnded(task_id="t0", number=1, status="failed", ended_at=T0 + 3, signal=9, cause="timeout"),
        ),
    )
    assert await storage.advance([step]) == [True]
    first, second = await storage.attempts(run_id(1))
    assert (first.status, first.signal, first.cause, first.ended_at) == ("failed", 9, "timeout", T0 + 3)
    assert (second.status, second.pid, second.started_at) == ("running", 5, T0 + 4)


async def test_a_late_start_fills_only_the_blanks_of_an_ended_attempt(storage: Storage) -> None:
    await storage.create_run(new_run(1))
    start = Step(
        run_id=run_id(1), started=(AttemptStarted(task_id="t0", number=1, pid=5, started_at=T0 + 4),)
    )
    await storage.advance([attempt_to("completed")])
    assert await storage.advance([start]) == [True]
    late = Step(run_id=run_id(1), started=(AttemptStarted(task_id="t0", number=1, pid=6, started_at=T0 + 8),))
    assert await storage.advance([late]) == [True]
    (row,) = await storage.attempts(run_id(1))
    assert (row.status, row.pid, row.started_at) == ("completed", 5, T0 + 4)


async def test_a_run_is_asked_to_end_while_it_is_not_over(storage: Storage) -> None:
    await storage.create_run(new_run(1, reason="nightly"))
    ask = Step(run_id=run_id(1), cancel=CancelIntent(at=T0 + 3))
    assert await storage.advance([ask]) == [True]
    run = await storage.run(run_id(1))
    assert run is not None
    assert (run.cancel_requested_at, run.reason, run.status) == (T0 + 3, "nightly", "running")
    assert await storage.advance([finish(1, at=T0 + 5), ask]) == [True, False]


async def test_a_pending_run_is_admitted_where_a_slot_is_free(storage: Storage) -> None:
    await storage.create_run(new_run(1))
    await storage.create_run(new_run(2, status="pending"))
    admit = Step(
        run_id=run_id(2),
        run=RunChange(status="running", started_at=T0 + 7),
        slots=Slots(job=1),
        tasks=(TaskChange(task_id="t0", status="running", attempts=1, started_at=T0 + 7),),
        opened=(attempt(1, run=2),),
    )
    assert await storage.advance([admit]) == [False]
    assert await storage.advance([finish(1, at=T0 + 6), admit]) == [True, True]
    run = await storage.run(run_id(2))
    assert run is not None
    assert (run.status, run.started_at, run.changed) == ("running", T0 + 7, storage.change)


async def test_an_ending_needs_its_time(storage: Storage) -> None:
    await storage.create_run(new_run(1))
    with pytest.raises(ValueError, match="needs ended_at"):
        await storage.advance([Step(run_id=run_id(1), run=RunChange(status="failed"))])


async def test_last_ended_is_by_time_of_the_end(storage: Storage) -> None:
    for number in (1, 2, 3, 4):
        await storage.create_run(new_run(number))
    await storage.create_run(new_run(5, status="pending"))
    await storage.advance([finish(2, at=T0 + 50), finish(1, at=T0 + 60, status="failed")])
    await storage.advance([finish(3, at=T0 + 50)])
    await storage.advance([to_cancelled(5, at=T0 + 90)])  # never held a slot
    ended, completed = await storage.last_ended("job"), await storage.last_completed("job")
    assert ended is not None
    assert completed is not None
    assert (ended.id, completed.id) == (run_id(1), run_id(3))
    assert await storage.last_ended("other") is None


def to_cancelled(number: int, *, at: int) -> Step:
    return Step(run_id=run_id(number), run=RunChange(status="cancelled", ended_at=at, reason="no"))
