"""Advancing runs in SQLite: conditional updates by the tables of `petit.core.states`, steps whole or void."""

# ruff: noqa: S608 - statements are put together from constants of this package; values are always bound

from __future__ import annotations

from functools import cache

import msgspec

from petit.core.states import ATTEMPT_MAY_BECOME, RUN_BEFORE, TASK_BEFORE
from petit.storage import sqlite_endings
from petit.storage.base import AttemptEnded, AttemptStarted, CancelIntent, RunChange, Slots, Step, TaskChange
from petit.storage.records import AttemptRow
from petit.storage.sqlite_create import slots_full
from petit.storage.sqlite_endings import Ending
from petit.storage.sqlite_rows import ATTEMPT_COLUMNS, marks, of_attempt
from petit.storage.sqlite_writer import Transaction

STEP_BEGINS = "SAVEPOINT step"
"""Where a step begins, so that it can be taken back alone."""

STEP_IS_VOID = "ROLLBACK TO step"
"""Nothing of the step is written."""

STEP_ENDS = "RELEASE step"
"""The step is part of the transaction."""

JOB_OF_RUN = "SELECT job_id FROM runs WHERE id = ?"
"""Whose run it is."""

ENDED_RUN = "SELECT job_id, started_at, rerun_of, selected FROM runs WHERE id = ?"
"""What there is to know of a run that is over. A RETURNING would cost twice as much as this."""

ASK_TO_END = """
UPDATE runs SET cancel_requested_at = ?, reason = coalesce(?, reason), changed = ?
WHERE id = ? AND status IN ('pending', 'running')
"""
"""Somebody wants a run to end that is not over."""

OPEN_ATTEMPT = f"""
INSERT INTO attempts ({ATTEMPT_COLUMNS}) SELECT {marks(ATTEMPT_COLUMNS)}
WHERE EXISTS (SELECT * FROM tasks WHERE run_id = ? AND task_id = ?)
ON CONFLICT (run_id, task_id, number) DO NOTHING
"""
"""A new attempt of a task that exists, under a number that is free."""

ATTEMPT_STARTED = """
UPDATE attempts SET
    pid = CASE WHEN status = 'running' OR pid IS NULL THEN ? ELSE pid END,
    started_at = CASE WHEN status = 'running' OR started_at IS NULL THEN ? ELSE started_at END
WHERE run_id = ? AND task_id = ? AND number = ?
"""
"""The process of an attempt exists; of an ended attempt only the blanks are filled."""

END_ATTEMPT = """
UPDATE attempts SET status = ?, ended_at = ?, exit_code = ?, signal = ?, cause = ?, error = ?
WHERE run_id = ? AND task_id = ? AND number = ? AND status = 'running'
"""
"""An attempt ends once."""


def advance(transaction: Transaction, steps: tuple[Step, ...]) -> list[bool]:
    """Write steps, each whole or not at all. False: that step was void."""
    return [_advance(transaction, step) for step in steps]


def _advance(transaction: Transaction, step: Step) -> bool:
    transaction.execute(STEP_BEGINS)
    written = _write(transaction, step, transaction.coming)
    if written:
        transaction.change()
    else:
        transaction.execute(STEP_IS_VOID)
    transaction.execute(STEP_ENDS)
    return written


def _write(transaction: Transaction, step: Step, change: int) -> bool:
    run_id = step.run_id
    return (
        (step.cancel is None or _ask_to_end(transaction, run_id, step.cancel, change))
        and (step.run is None or _move_run(transaction, run_id, step.run, step.slots, change))
        and all(_move_task(transaction, run_id, each, change) for each in step.tasks)
        and all(_open(transaction, each) for each in step.opened)
        and all(_started(transaction, run_id, each) for each in step.started)
        and all(_end(transaction, run_id, each) for each in step.ended)
    )


def _ask_to_end(transaction: Transaction, run_id: str, cancel: CancelIntent, change: int) -> bool:
    return transaction.execute(ASK_TO_END, (cancel.at, cancel.reason, change, run_id)).rowcount == 1


def _move_run(
    transaction: Transaction, run_id: str, change: RunChange, slots: Slots | None, number: int
) -> bool:
    if slots is not None and not _slot_is_free(transaction, run_id, slots):
        return False
    values = (change.status, change.started_at, change.ended_at, change.error, change.reason, number, run_id)
    if transaction.execute(_move_run_sql(change.status), values).rowcount == 0:
        return False
    if change.ended_at is not None:
        job_id, started_at, *parts = transaction.execute(ENDED_RUN, (run_id,)).fetchone()
        is_whole = parts == [None, None]
        sqlite_endings.note(
            transaction, Ending(run_id, job_id, change.status, started_at, change.ended_at, is_whole)
        )
    return True


def _slot_is_free(transaction: Transaction, run_id: str, slots: Slots) -> bool:
    row = transaction.execute(JOB_OF_RUN, (run_id,)).fetchone()
    return row is not None and slots_full(transaction, slots, row[0]) is None


def _move_task(transaction: Transaction, run_id: str, change: TaskChange, number: int) -> bool:
    given = [
        (name, value)
        for name, value in zip(_TASK_MEMBERS, map(change.__getattribute__, _TASK_MEMBERS), strict=True)
        if value is not msgspec.UNSET
    ]
    sql = _move_task_sql(change.status, tuple(name for name, _ in given))
    values = (*(value for _, value in given), change.status, number, run_id, change.task_id)
    return transaction.execute(sql, values).rowcount == 1


def _open(transaction: Transaction, attempt: AttemptRow) -> bool:
    return (
        transaction.execute(OPEN_ATTEMPT, (*of_attempt(attempt), attempt.run_id, attempt.task_id)).rowcount
        == 1
    )


def _started(transaction: Transaction, run_id: str, each: AttemptStarted) -> bool:
    values = (each.pid, each.started_at, run_id, each.task_id, each.number)
    return transaction.execute(ATTEMPT_STARTED, values).rowcount == 1


def _end(transaction: Transaction, run_id: str, each: AttemptEnded) -> bool:
    if each.status not in ATTEMPT_MAY_BECOME["running"]:
        return False
    outcome = (each.status, each.ended_at, each.exit_code, each.signal, each.cause, each.error)
    return transaction.execute(END_ATTEMPT, (*outcome, run_id, each.task_id, each.number)).rowcount == 1


_TASK_MEMBERS = tuple(name for name in TaskChange.__struct_fields__ if name not in {"task_id", "status"})


@cache
def _move_run_sql(status: str) -> str:
    """A run moves to `status` from one that may become it; what is NULL leaves a member as it is."""
    return f"""
    UPDATE runs SET status = ?, started_at = coalesce(?, started_at), ended_at = coalesce(?, ended_at),
        error = coalesce(?, error), reason = coalesce(?, reason), changed = ?
    WHERE id = ? AND status IN ({_quoted(RUN_BEFORE[status])})
    """


@cache
def _move_task_sql(status: str, members: tuple[str, ...]) -> str:
    """A task moves to `status` from one that may become it, and gets these members."""
    given = "".join(f"{name} = ?, " for name in members)
    return f"""
    UPDATE tasks SET {given}status = ?, changed = ?
    WHERE run_id = ? AND task_id = ? AND status IN ({_quoted(TASK_BEFORE[status])})
    """


def _quoted(words: tuple[str, ...]) -> str:
    return ", ".join(f"'{word}'" for word in words)
