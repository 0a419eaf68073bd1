"""What is written when a run and its attempts begin: task rows, and what an attempt had waited for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from petit.core.clock import Millis
from petit.core.ids import RunId, TaskId
from petit.core.job import Job
from petit.core.outset import Outset
from petit.core.progress import Progress, Ready
from petit.storage.base import TaskChange
from petit.storage.records import RunRow, TaskRow, Wait


def task_rows(
    run: RunRow, order: Sequence[TaskId], first: Iterable[TaskChange], outset: Outset | None
) -> tuple[TaskRow, ...]:
    """Return the rows of all tasks of a new run, as its outset and its first changes leave them."""
    changes = {change.task_id: change for change in first}
    if outset is None:
        return tuple(
            _row(run.id, task_id, position, changes.get(task_id)) for position, task_id in enumerate(order)
        )
    settled = outset.statuses
    return tuple(
        _settled_row(run, task_id, position, outset)
        if task_id in settled
        else _row(run.id, task_id, position, changes.get(task_id))
        for position, task_id in enumerate(order)
    )


def _settled_row(run: RunRow, task_id: TaskId, position: int, outset: Outset) -> TaskRow:
    """Return the row of a task that was over before its run began: it has an end, and never started here."""
    reused_from = outset.reused.get(task_id)
    return TaskRow(
        run_id=run.id,
        task_id=task_id,
        position=position,
        status="skipped" if reused_from is None else "completed",
        ended_at=run.created_at,
        reason=outset.skipped.get(task_id),
        reused_from=reused_from,
    )


def taken_up(run: RunRow, job: Job, tasks: Iterable[TaskRow], *, max_tasks: int) -> Progress:
    """Return the progress of a run whose tasks are stored; `max_tasks` holds where the job says nothing."""
    rows = list(tasks)
    return Progress.restore(
        job,
        job.max_tasks or max_tasks,
        {row.task_id: row.status for row in rows},
        {row.task_id: row.error for row in rows},
        run.selected,
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
