"""The driver of one run: turns reports into decisions. Keeps no clock and does no I/O of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import msgspec

from petit.core.clock import Entropy, Millis
from petit.core.ids import TaskId, attempt_id, split_attempt_id
from petit.core.job import Job, Task
from petit.core.launch import CannotLaunch
from petit.core.outset import Outset
from petit.core.progress import Progress, Ready, Skip
from petit.core.retry import Failure, next_retry
from petit.execution.base import CouldNotStart, Ended, Started
from petit.scheduler import telling
from petit.scheduler.attempts import Launches, Verdict, judge
from petit.scheduler.opening import task_rows, waits_of
from petit.scheduler.turn import Turn
from petit.storage.base import AttemptEnded, AttemptStarted, CancelIntent, RunChange, TaskChange
from petit.storage.records import AttemptRow, RunRow, TaskRow


class Surroundings:
    """What all drivers share."""

    __slots__ = ("entropy", "executor", "host", "launches", "max_tasks")

    def __init__(
        self, *, launches: Launches, entropy: Entropy, executor: str, host: str | None, max_tasks: int
    ) -> None:
        self.launches = launches
        self.entropy = entropy
        self.executor = executor
        self.host = host
        self.max_tasks = max_tasks


class RunDriver:
    """Drives one run from its admission to its end."""

    def __init__(
        self, row: RunRow, job: Job, around: Surroundings, *, progress: Progress | None = None
    ) -> None:
        self.row = row
        self.job = job
        self.progress = progress or Progress(job, max_tasks=job.max_tasks or around.max_tasks)
        self.is_over = False
        self.running: dict[TaskId, int] = {}
        self.is_timed_out = False
        self.is_cancelled = False
        self.needs_launch: list[TaskId] = []
        self.release_timeout: Callable[[], None] = _nothing
        self._reason = row.reason
        self._around = around
        self._launcher = around.launches.launcher(row.definition, job)
        self._tasks = {task.id: task for task in job.tasks}
        self._tries: dict[TaskId, int] = {}
        self._retries: dict[TaskId, int] = {}
        self._waiting_since: dict[TaskId, Millis] = {}
        self._unwritten: dict[tuple[TaskId, int], Started] = {}
        self._rows: dict[TaskId, TaskRow] = {}  # as decided so far; tasks that are not here wait
        self._tell = telling.Teller(row, around.executor)

    # --- beginning ----------------------------------------------------------------------------------------
    def task_rows(self, turn: Turn, outset: Outset | None) -> tuple[TaskRow, ...]:
        """Return the rows of all tasks as their outset and a first turn leave them."""
        return task_rows(self.row, self.progress.order, turn.tasks, outset)

    def admit(self, turn: Turn, *, queued_at: Millis | None = None) -> None:
        """Take a slot: the run becomes running and its first tasks start.

        `queued_at` is since when it waited for one, if it did.
        """
        self.row = msgspec.structs.replace(self.row, status="running", started_at=turn.at)
        turn.run = RunChange(status="running", started_at=turn.at)
        turn.facts.append(telling.run_started(self.row, turn.at, queued_at))
        self._skip(turn, self.progress.first_skips)
        self.proceed(turn)

    def restore(self, tasks: Sequence[TaskRow], rows: Sequence[AttemptRow]) -> list[tuple[TaskId, Millis]]:
        """Take up what an earlier engine left. Returns the tasks that wait for a retry, and until when."""
        self._rows = {task.task_id: task for task in tasks}
        last: dict[TaskId, AttemptRow] = {}
        for row in rows:
            last[row.task_id] = row
            self._tries[row.task_id] = row.number
            if row.status == "failed":
                self._retries[row.task_id] = self._retries.get(row.task_id, 0) + 1
            if row.status == "running":
                self.running[row.task_id] = row.number
        self.is_cancelled = self.row.cancel_requested_at is not None
        # Tasks are cancelled together with their run: where nobody asked for that, it was the timeout.
        self.is_timed_out = not self.is_cancelled and any(
            self.progress.status(task_id) == "cancelled" for task_id in self.progress.order
        )
        due: list[tuple[TaskId, Millis]] = []
        for task_id, row in last.items():
            if self.progress.status(task_id) != "retrying":
                continue
            since = row.ended_at or row.opened_at
            retries = self._retries.get(task_id, 0)
            delay = None
            if row.status != "interrupted":
                retry = self._tasks[task_id].retry
                delay = next_retry(
                    retry, retries_done=max(retries - 1, 0), failure=_failure_of(row), roll=0.5
                )
            self._waiting_since[task_id] = since
            due.append((task_id, since + (delay or 0)))
        return due

    @property
    def deadline(self) -> Millis | None:
        """Until when the run may take, by the wall clock; None for ever."""
        limit = self.job.timeout_ms
        return None if limit is None else (self.row.started_at or self.row.created_at) + limit

    def _is_late(self, at: Millis) -> bool:
        return self.deadline is not None and at >= self.deadline

    # --- going on -----------------------------------------------------------------------------------------
    def started(self, report: Started) -> None:
        """Take note of a process; written with the next turn."""
        _, task_id, number = split_attempt_id(report.attempt)
        if self.running.get(task_id) == number:
            self._unwritten[task_id, number] = report

    def write_started(self, turn: Turn) -> None:
        """Write the processes noted since the last turn."""
        for (task_id, number), report in self._unwritten.items():
            turn.started.append(
                AttemptStarted(task_id=task_id, number=number, pid=report.pid, started_at=report.started_at)
            )
            turn.facts.append(self._tell.started(self._row(task_id), number, report))
        self._unwritten.clear()

    def ended(self, turn: Turn, report: Ended | CouldNotStart) -> None:
        """Decide what the end of an attempt means for its task and for those that depend on it."""
        turn.acknowledge.append(report.attempt)
        _, task_id, number = split_attempt_id(report.attempt)
        if self.running.get(task_id) != number:
            return
        self.write_started(turn)
        del self.running[task_id]
        task = self._tasks[task_id]
        verdict = self._verdict(report, task)
        at = report.at if isinstance(report, CouldNotStart) else report.ended_at
        exit_code, signal = (
            (None, None) if isinstance(report, CouldNotStart) else (report.exit_code, report.signal)
        )
        turn.ended.append(
            AttemptEnded(
                task_id=task_id,
                number=number,
                status=verdict.status,
                ended_at=at,
                exit_code=exit_code,
                signal=signal,
                cause=verdict.cause,
                error=verdict.error,
            )
        )
        delay = self._retry_delay(task, verdict)
        if delay is not None and self.is_cancelled:
            # It failed by itself before the cancel reached it; what was cancelled is its next try.
            verdict = msgspec.structs.replace(verdict, status="cancelled")
        elif delay is not None:
            self._retry_later(turn, task_id, number, verdict, delay, at)
            return
        row = self._change(
            turn,
            task_id,
            status=verdict.status,
            ended_at=at,
            exit_code=exit_code,
            signal=signal,
            error=verdict.error,
        )
        turn.facts.append(self._tell.ended(turn.at, row, number))
        self._skip(turn, self.progress.ended(task_id, verdict.status, turn.at, error=verdict.error))

    def proceed(self, turn: Turn) -> None:
        """Start what may start, and end the run if nothing is left."""
        for ready in self.progress.ready_now(turn.at):
            self._open(turn, ready)
        if self.progress.is_over and not self.is_over:
            self._end(turn)

    def retry_due(self, turn: Turn, task_id: TaskId) -> None:
        """Let a task whose wait is over start again."""
        if self.progress.status(task_id) == "retrying":
            self.progress.retry_ready(task_id, turn.at)
            self.proceed(turn)

    # --- ending from outside ------------------------------------------------------------------------------
    def cancel(self, turn: Turn, reason: str | None) -> None:
        """Start nothing more, "always" included, and end what runs (decision 11)."""
        self.is_cancelled = True
        self._reason = reason or self._reason
        turn.intent = CancelIntent(at=turn.at, reason=reason)
        self.row = msgspec.structs.replace(
            self.row,
            cancel_requested_at=turn.at,
            reason=self.row.reason if reason is None else reason,
        )
        turn.facts.append(telling.run_cancel_requested(self.row, turn.at))
        self._stop(turn)

    def time_out(self, turn: Turn) -> None:
        """End the run because its own timeout is over."""
        self.is_timed_out = True
        self._stop(turn)

    def stop_again(self, turn: Turn) -> None:
        """Take up an end from outside that an earlier engine had begun; what never came to be is over."""
        for task_id in self.needs_launch:
            attempt = attempt_id(self.row.id, task_id, self.running[task_id])
            turn.unlaunchable.append(Ended(attempt, None, None, turn.at, "cancelled"))
        self.needs_launch.clear()
        self._stop(turn)

    def _stop(self, turn: Turn) -> None:
        for task_id in self.progress.cancel():
            row = self._change(turn, task_id, status="cancelled", ended_at=turn.at)
            turn.facts.append(self._tell.cancelled(turn.at, row))
        turn.cancel.extend(
            attempt_id(self.row.id, task_id, number) for task_id, number in self.running.items()
        )
        self.proceed(turn)

    # --- details ------------------------------------------------------------------------------------------
    def _verdict(self, report: Ended | CouldNotStart, task: Task) -> Verdict:
        verdict = judge(report, task)
        if verdict.status != "cancelled":
            return verdict
        if isinstance(report, Ended) and not self.is_cancelled and self._is_late(report.ended_at):
            self.is_timed_out = True  # an earlier engine ended it, and did not live to see that
        if self.is_timed_out:
            return Verdict(status="failed", error="ended by the run's timeout", cause="timeout")
        return verdict

    def _retry_delay(self, task: Task, verdict: Verdict) -> Millis | None:
        if verdict.failure is None or self.is_timed_out:
            return None
        if verdict.status == "interrupted":
            return 0 if task.on_interrupt == "retry" else None
        done = self._retries.get(task.id, 0)
        roll = self._around.entropy.bits(20) / (1 << 20) if task.retry.jitter else 0.0
        delay = next_retry(task.retry, retries_done=done, failure=verdict.failure, roll=roll)
        if delay is not None:
            self._retries[task.id] = done + 1
        return delay

    def _retry_later(
        self, turn: Turn, task_id: TaskId, number: int, verdict: Verdict, delay: Millis, since: Millis
    ) -> None:
        self.progress.retrying(task_id)
        self._waiting_since[task_id] = since
        row = self._change(turn, task_id, status="retrying", error=verdict.error)
        turn.retries.append((task_id, delay))
        turn.facts.append(self._tell.retrying(turn.at, row, number, verdict, turn.at + delay))

    def _skip(self, turn: Turn, skips: Sequence[Skip]) -> None:
        for skip in skips:
            row = self._change(turn, skip.task_id, status="skipped", ended_at=turn.at, reason=skip.reason)
            turn.facts.append(self._tell.skipped(turn.at, row))

    def _open(self, turn: Turn, ready: Ready) -> None:
        task = ready.task
        number = self._tries.get(task.id, 0) + 1
        self._tries[task.id] = number
        self.running[task.id] = number
        turn.opened.append(
            AttemptRow(
                run_id=self.row.id,
                task_id=task.id,
                number=number,
                status="running",
                opened_at=turn.at,
                executor=self._around.executor,
                host=self._around.host,
                ready_at=ready.ready_at,
                waits=waits_of(ready, self.row, turn.at, self._waiting_since.pop(task.id, None)),
            )
        )
        if number == 1:
            self._change(turn, task.id, status="running", attempts=1, started_at=turn.at)
        else:
            self._change(turn, task.id, status="running", attempts=number)
        self._launch(turn, task, number)

    def _launch(self, turn: Turn, task: Task, number: int) -> None:
        """Specify an attempt that is open."""
        try:
            turn.specs.append(
                self._around.launches.spec(
                    self._launcher,
                    self.job,
                    task,
                    run_id=self.row.id,
                    number=number,
                    scheduled_for=self.row.scheduled_for,
                )
            )
        except CannotLaunch as error:
            turn.unlaunchable.append(
                CouldNotStart(attempt_id(self.row.id, task.id, number), str(error), 0, turn.at)
            )

    def relaunch(self, turn: Turn) -> None:
        """Specify again the attempts that were opened but never came to be."""
        for task_id in self.needs_launch:
            self._launch(turn, self._tasks[task_id], self.running[task_id])
        self.needs_launch.clear()

    def _end(self, turn: Turn) -> None:
        self.is_over = True
        status, error = self.progress.result()
        if self.is_timed_out:
            status, error = "failed", f"timed out after {(self.job.timeout_ms or 0) / 1000:g} s"
        turn.run = RunChange(
            status=status,
            started_at=turn.run.started_at if turn.run else None,
            ended_at=turn.at,
            error=error,
        )
        over = msgspec.structs.replace(self.row, status=status, ended_at=turn.at, error=error)
        turn.facts.append(telling.run_ended(over, turn.at, self._reason))

    def _row(self, task_id: TaskId) -> TaskRow:
        """Return the row of a task as it is when all that was decided is written."""
        known = self._rows.get(task_id)
        if known is not None:
            return known
        return TaskRow(run_id=self.row.id, task_id=task_id, position=self.progress.position(task_id))

    def _change(self, turn: Turn, task_id: TaskId, **members: Any) -> TaskRow:
        """Change a task; the row that this leaves is kept for those who are told of it."""
        turn.tasks.append(TaskChange(task_id=task_id, **members))
        row = self._rows[task_id] = msgspec.structs.replace(self._row(task_id), **members)
        return row


def _failure_of(row: AttemptRow) -> Failure:
    """Return what a stored attempt failed of, as its retry was decided on it."""
    match row.cause:
        case "could_not_start" | "timeout" | "lost":
            return Failure(kind=row.cause)
        case _:
            kind: Literal["exit", "signal"] = "exit" if row.signal is None else "signal"
            return Failure(kind=kind, exit_code=row.exit_code)


def _nothing() -> None:
    """No timeout runs."""
