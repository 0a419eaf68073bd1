"""What is written when a run and its attempts begin: task rows, and what an attempt had waited for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from petit.core.clock import Millis
from petit.core.ids import RunId, TaskId
from petit.core.progress import Ready
from petit.storage.base import TaskChange
from petit.storage.records import RunRow, TaskRow, Wait


def task_rows(run_id: RunId, order: Sequence[TaskId], first: Iterable[TaskChange]) -> tuple[TaskRow, ...]:
    """Return the rows of all tasks of a new run, as its first changes leave them."""
    changes = {change.task_id: change for change in first}
    return tuple(
        _row(run_id, task_id, position, changes.get(task_id)) for position, task_id in enumerate(order)
    )


def _row(run_id: RunId, task_id: TaskId, position: int, change: TaskChange | None) -> TaskRow:
    """Return the row of a new task; a first turn starts tasks and skips them, no more."""
    if change is None:
        return TaskRow(run_id=run_id, task_id=task_id, position=position)
    if change.status == "running":
        return TaskRow(
            run_id=run_id,
            task_id=task_id,
            position=position,
            status="running",
            attempts=1,
            started_at=change.started_at or None,
        )
    return TaskRow(
        run_id=run_id,
        task_id=task_id,
        position=position,
        status=change.status,
        ended_at=change.ended_at or None,
        reason=change.reason or None,
    )


def waits_of(ready: Ready, run: RunRow, now: Millis, failed_at: Millis | None) -> tuple[Wait, ...]:
    """Return what a task that starts now has waited for; `failed_at`: since when for a retry, if so."""
    waits: list[Wait] = []
    if failed_at is not None:
        waits.append(Wait(kind="retry", since=failed_at, until=ready.ready_at))
    elif ready.blocked_by is not None:
        since = run.started_at or run.created_at
        waits.append(Wait(kind="dependency", since=since, until=ready.ready_at, on=ready.blocked_by))
    if ready.waited_for_slot_since is not None:
        waits.append(Wait(kind="slot", since=ready.waited_for_slot_since, until=now, on="max_tasks"))
    return tuple(waits)
