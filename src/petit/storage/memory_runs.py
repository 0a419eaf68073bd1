"""Runs, their tasks and attempts, in memory."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator
from itertools import islice

import msgspec

from petit.core.clock import Millis
from petit.core.figures import figures_of, recent_entry, recent_with
from petit.core.ids import JobId, RunId, TaskId, is_run_id, run_id_ms
from petit.core.states import ATTEMPT_MAY_BECOME, LETTERS, RUN_MAY_BECOME, RUN_OVER, TASK_MAY_BECOME
from petit.storage import rules
from petit.storage.base import (
    AttemptEnded,
    AttemptStarted,
    CancelIntent,
    Full,
    NewRun,
    RunChange,
    RunFilter,
    Slots,
    Step,
    TaskChange,
)
from petit.storage.memory_tallies import MemoryTallies
from petit.storage.past import RunCells, RunSpan
from petit.storage.records import AttemptRow, JobActivity, RunRow, TaskRow

AttemptKey = tuple[TaskId, int]
_replace = msgspec.structs.replace


class Void(Exception):
    """The step may not be written."""


class MemoryRuns:
    """What is known of runs. Rows are values: a change puts a new row in the place of the old one."""

    def __init__(self, tallies: MemoryTallies) -> None:
        self._tallies = tallies
        self._runs: dict[RunId, RunRow] = {}
        self._ids: list[RunId] = []  # sorted
        self._active: dict[RunId, RunRow] = {}
        self._recent: dict[JobId, str] = {}
        self._tasks: dict[RunId, dict[TaskId, TaskRow]] = {}
        self._attempts: dict[RunId, dict[AttemptKey, AttemptRow]] = {}

    # --- reading --------------------------------------------------------------------------------------------
    def get(self, run_id: RunId) -> RunRow | None:
        """Return a run."""
        return self._runs.get(run_id)

    def page(
        self, which: RunFilter, *, limit: int, before: RunId | None, after: RunId | None = None
    ) -> list[RunRow]:
        """Return runs, newest first: those next below `before`, or next above `after`."""
        end = len(self._ids) if before is None else bisect_left(self._ids, before)
        begin = 0 if after is None else bisect_right(self._ids, after)
        places = range(end - 1, begin - 1, -1) if after is None else range(begin, end)
        rows = (self._runs[self._ids[at]] for at in places)
        selected = (row for row in rows if rules.selects_run(which, row))
        found = [row for _, row in zip(range(limit), selected, strict=False)]
        return found if after is None else found[::-1]

    def active(self, status: str | None = None, job_id: JobId | None = None) -> list[RunRow]:
        """Return pending and running runs, oldest first."""
        return sorted(
            (
                row
                for row in self._active.values()
                if status in {None, row.status} and job_id in {None, row.job_id}
            ),
            key=lambda row: row.id,
        )

    def activity(self) -> dict[JobId, JobActivity]:
        """Return the activity of all jobs that ever ran."""
        newest = {self._runs[run_id].job_id: self._runs[run_id] for run_id in self._ids}
        counts: dict[tuple[JobId, str], int] = {}
        for row in self._active.values():
            counts[row.job_id, row.status] = counts.get((row.job_id, row.status), 0) + 1
        return {
            job_id: JobActivity(
                running=counts.get((job_id, "running"), 0),
                queued=counts.get((job_id, "pending"), 0),
                last_run=row,
                figures=figures_of(self._recent.get(job_id, "")),
            )
            for job_id, row in newest.items()
        }

    def tasks(self, run_id: RunId) -> list[TaskRow]:
        """Return the tasks of a run by position."""
        return sorted(self._tasks.get(run_id, {}).values(), key=lambda row: row.position)

    def tasks_by_id(self, run_id: RunId) -> list[TaskRow]:
        """Return the tasks of a run by id."""
        return sorted(self._tasks.get(run_id, {}).values(), key=lambda row: row.task_id)

    def cells(self, run_id: RunId) -> RunCells:
        """Return the tasks of a run, a character for each."""
        rows = self.tasks_by_id(run_id)
        return RunCells(
            run_id,
            "".join(LETTERS[row.status] for row in rows),
            "".join("+" if row.attempts > 9 else str(row.attempts) for row in rows),
        )

    def spans(
        self, job_id: JobId, *, since: Millis | None, until: Millis | None, limit: int
    ) -> list[RunSpan]:
        """Return when runs of a job began and ended, newest first."""
        rows = (self._runs[run_id] for run_id in reversed(self._ids))
        selected = (
            RunSpan(row.id, row.status, row.started_at, row.ended_at)
            for row in rows
            if row.job_id == job_id
            and row.started_at is not None
            and row.ended_at is not None
            and (since is None or run_id_ms(row.id) >= since)
            and (until is None or run_id_ms(row.id) < until)
        )
        return list(islice(selected, limit))

    def attempts(self, run_id: RunId, task_id: TaskId | None) -> list[AttemptRow]:
        """Return attempts by task position and number."""
        rows = self._attempts.get(run_id, {}).values()
        tasks = self._tasks.get(run_id, {})
        selected = (row for row in rows if task_id in {None, row.task_id})
        return sorted(selected, key=lambda row: (tasks[row.task_id].position, row.number))

    def ended(self, job_id: JobId) -> Iterator[RunRow]:
        """Walk the ended runs of a job that took a slot."""
        return (
            row
            for row in self._runs.values()
            if row.job_id == job_id and row.ended_at is not None and row.started_at is not None
        )

    def of_job(self, job_id: JobId) -> list[RunRow]:
        """Return all runs of a job, oldest first."""
        return [self._runs[run_id] for run_id in self._ids if self._runs[run_id].job_id == job_id]

    def is_reused(self, run_id: RunId) -> bool:
        """Say whether a run that is stored took a task from this one."""
        return any(task.reused_from == run_id for tasks in self._tasks.values() for task in tasks.values())

    def last_ms(self) -> int:
        """Return the greatest time that an id carries."""
        return max((run_id_ms(run_id) for run_id in self._ids if is_run_id(run_id)), default=0)

    # --- creating -------------------------------------------------------------------------------------------
    def queue_full(self, new: NewRun) -> Full | None:
        """Return the refusal where the job has as many pending scheduled runs as it may."""
        if new.max_pending is None:
            return None
        pending = [row.id for row in self.active("pending", new.run.job_id) if row.trigger == "schedule"]
        return Full("queue", new.max_pending, tuple(pending)) if len(pending) >= new.max_pending else None

    def slots_full(self, slots: Slots, job_id: JobId) -> Full | None:
        """Return the refusal where no slot is free: the job's first, then the total."""
        for scope, limit, of_job in (("job", slots.job, job_id), ("total", slots.total, None)):
            if limit is not None:
                holders = tuple(row.id for row in self.active("running", of_job))
                if len(holders) >= limit:
                    return Full(scope, limit, holders)
        return None

    def add(self, new: NewRun, change: int) -> None:
        """Store a run with its tasks and attempts."""
        insort(self._ids, new.run.id)
        self._put_run(_replace(new.run, changed=change))
        self._tasks[new.run.id] = {task.task_id: _replace(task, changed=change) for task in new.tasks}
        self._attempts[new.run.id] = {(each.task_id, each.number): each for each in new.attempts}

    def remove(self, run_id: RunId) -> None:
        """Forget a run that is over."""
        del self._ids[bisect_left(self._ids, run_id)]
        for kept in (self._runs, self._tasks, self._attempts):
            del kept[run_id]

    def position(self, run: RunRow) -> int:
        """Return the place of a new run in its job's line, from 1: it is the last one."""
        waiting = self.active("pending", run.job_id)
        return sum(rules.stands_in_line(row, run.created_at) for row in waiting)

    # --- changing -------------------------------------------------------------------------------------------
    def apply(self, step: Step, change: int) -> bool:
        """Write a step, or nothing of it where a part of it is forbidden."""
        if (run := self._runs.get(step.run_id)) is None:
            return False
        try:
            tasks, attempts = self._changed_rows(step, change)
            if step.cancel is not None:
                run = _asked_to_end(run, step.cancel, change)
            if step.run is not None:
                run = self._changed_run(run, step.run, step.slots, change)
        except Void:
            return False
        self._put_run(run)
        self._tasks[run.id].update(tasks)
        self._attempts[run.id].update(attempts)
        return True

    def cancel_pending(self, job_id: JobId, *, at: int, reason: str, change: int) -> list[RunId]:
        """End the pending runs of a job, their tasks too."""
        cancelled = [row.id for row in self.active("pending", job_id)]
        for run_id in cancelled:
            ending = TaskChange(task_id="", status="cancelled", ended_at=at, reason=reason)
            tasks = tuple(
                _replace(ending, task_id=task.task_id)
                for task in self._tasks[run_id].values()
                if "cancelled" in TASK_MAY_BECOME[task.status]
            )
            over = RunChange(status="cancelled", ended_at=at, reason=reason)
            self.apply(Step(run_id=run_id, tasks=tasks, run=over), change)
        return cancelled

    def _put_run(self, row: RunRow) -> None:
        self._runs[row.id] = row
        was_active = self._active.pop(row.id, None) is not None
        if RUN_MAY_BECOME[row.status]:
            self._active[row.id] = row
        elif was_active and row.ended_at is not None:
            self._tallies.ended(row)
            if row.started_at is not None and rules.is_whole(row):
                entry = recent_entry(row.status, row.ended_at - row.started_at)
                self._recent[row.job_id] = recent_with(self._recent.get(row.job_id, ""), entry)

    def _changed_run(self, row: RunRow, change: RunChange, slots: Slots | None, number: int) -> RunRow:
        if change.status not in RUN_MAY_BECOME[row.status]:
            raise Void
        if slots is not None and self.slots_full(slots, row.job_id) is not None:
            raise Void
        given = {name: value for name, value in msgspec.structs.asdict(change).items() if value is not None}
        return _replace(row, changed=number, **given)

    def _changed_rows(
        self, step: Step, number: int
    ) -> tuple[dict[TaskId, TaskRow], dict[AttemptKey, AttemptRow]]:
        """Work out the new rows of a step without writing any."""
        known = self._tasks[step.run_id]
        tasks: dict[TaskId, TaskRow] = {}
        for change in step.tasks:
            row = tasks.get(change.task_id) or known.get(change.task_id)
            tasks[change.task_id] = _changed_task(row, change, number)
        stored = self._attempts[step.run_id]
        attempts: dict[AttemptKey, AttemptRow] = {}
        for opened in step.opened:
            key = (opened.task_id, opened.number)
            if opened.task_id not in known or key in stored or key in attempts:
                raise Void
            attempts[key] = opened
        changes: tuple[AttemptStarted | AttemptEnded, ...] = (*step.started, *step.ended)
        for each in changes:
            key = (each.task_id, each.number)
            attempts[key] = _changed_attempt(attempts.get(key) or stored.get(key), each)
        return tasks, attempts


def _asked_to_end(row: RunRow, cancel: CancelIntent, number: int) -> RunRow:
    if row.status in RUN_OVER:
        raise Void
    reason = row.reason if cancel.reason is None else cancel.reason
    return _replace(row, cancel_requested_at=cancel.at, reason=reason, changed=number)


def _changed_task(row: TaskRow | None, change: TaskChange, number: int) -> TaskRow:
    if row is None or change.status not in TASK_MAY_BECOME[row.status]:
        raise Void
    given = {
        name: value for name, value in msgspec.structs.asdict(change).items() if value is not msgspec.UNSET
    }
    return _replace(row, changed=number, **given)


def _changed_attempt(row: AttemptRow | None, change: AttemptStarted | AttemptEnded) -> AttemptRow:
    if row is None:
        raise Void
    if isinstance(change, AttemptEnded):
        if change.status not in ATTEMPT_MAY_BECOME[row.status]:
            raise Void
        return _replace(row, **msgspec.structs.asdict(change))
    if row.status == "running":
        return _replace(row, pid=change.pid, started_at=change.started_at)
    return _replace(
        row,
        pid=change.pid if row.pid is None else row.pid,
        started_at=change.started_at if row.started_at is None else row.started_at,
    )
