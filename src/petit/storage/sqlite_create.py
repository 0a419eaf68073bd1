"""Creating a run in SQLite: the checks, then all its rows, in one transaction."""

# ruff: noqa: S608 - statements are put together from constants of this package; values are always bound

from __future__ import annotations

import sqlite3
from collections.abc import Callable

import msgspec

from petit.core.clock import Millis
from petit.core.ids import JobId, RunId
from petit.storage import rules, sqlite_ledger
from petit.storage.base import (
    AlreadyDecided,
    Created,
    CreateOutcome,
    Full,
    IdempotencyKey,
    NewRun,
    Replayed,
    Slots,
)
from petit.storage.records import RunRow
from petit.storage.sqlite_rows import (
    ATTEMPT_COLUMNS,
    RUN_COLUMNS,
    TASK_COLUMNS,
    marks,
    of_attempt,
    of_run,
    of_task,
)
from petit.storage.sqlite_writer import Transaction

FORGET_AT_ONCE = 8  # expired keys deleted with each new one: they go faster than they come

READ_KEY = "SELECT run_id, fingerprint, expires_at FROM idempotency WHERE scope = ? AND key = ?"
"""What an idempotency key made."""

PUT_KEY = (
    "INSERT OR REPLACE INTO idempotency (scope, key, fingerprint, run_id, expires_at) VALUES (?, ?, ?, ?, ?)"
)
"""An idempotency key and the run that it made."""

FORGET_KEYS = f"""
DELETE FROM idempotency WHERE (scope, key) IN (
    SELECT scope, key FROM idempotency WHERE expires_at <= ? ORDER BY expires_at LIMIT {FORGET_AT_ONCE}
)
"""
"""Keys whose time is over, a few at once."""

PENDING_SCHEDULED = """
SELECT id FROM runs INDEXED BY runs_active
WHERE ended_at IS NULL AND status = 'pending' AND job_id = ? AND trigger = 'schedule' ORDER BY id
"""
"""The scheduled runs of a job that wait."""

POSITION = """
SELECT (
    SELECT count(*) FROM runs INDEXED BY runs_active
    WHERE ended_at IS NULL AND status = 'pending' AND job_id = :job
) - (
    SELECT count(*) FROM runs INDEXED BY runs_to_come
    WHERE ended_at IS NULL AND run_at IS NOT NULL AND status = 'pending' AND job_id = :job AND run_at > :now
)
"""
"""How many runs of a job wait for a slot, not for their time: a new one is the last of them."""

COUNT_RUNNING = """
SELECT count(*) FROM runs INDEXED BY runs_active WHERE ended_at IS NULL AND status = 'running'
"""
"""All slots taken."""

COUNT_RUNNING_OF_JOB = f"{COUNT_RUNNING} AND job_id = ?"
"""A job's slots taken."""

RUNNING = """
SELECT id FROM runs INDEXED BY runs_active WHERE ended_at IS NULL AND status = 'running' ORDER BY id
"""
"""The runs that hold slots."""

RUNNING_OF_JOB = """
SELECT id FROM runs INDEXED BY runs_active
WHERE ended_at IS NULL AND status = 'running' AND job_id = ? ORDER BY id
"""
"""The runs that hold a job's slots."""

ADD_RUN = f"INSERT INTO runs ({RUN_COLUMNS}, off_clock) VALUES ({marks(RUN_COLUMNS)}, ?)"
"""A run."""

ADD_TASK = f"INSERT INTO tasks ({TASK_COLUMNS}) VALUES ({marks(TASK_COLUMNS)})"
"""A task of a run."""

ADD_ATTEMPT = f"INSERT INTO attempts ({ATTEMPT_COLUMNS}) VALUES ({marks(ATTEMPT_COLUMNS)})"
"""A first attempt."""

MARK_NEWEST = """
INSERT INTO job_marks (job_id, last_run) VALUES (?, ?)
ON CONFLICT (job_id) DO UPDATE SET last_run = max(coalesce(last_run, ''), excluded.last_run),
    missed_schedule = NULL, missed_first_due = NULL, missed_last_due = NULL
"""
"""The job's newest run is this one, unless there is a newer one; what was missed is made up for."""


Execute = Callable[..., sqlite3.Cursor]


def create_run(transaction: Transaction, new: NewRun) -> CreateOutcome:
    """Create a run, or say why not."""
    refusal = _replayed(transaction, new) or _decided(transaction, new) or _queue_full(transaction, new)
    if refusal is not None:
        return refusal
    if new.run.status == "pending":
        return _create(transaction, rules.waiting(new))
    full = slots_full(transaction, new.slots, new.run.job_id)
    if full is None:
        return _create(transaction, new)
    return _create(transaction, rules.waiting(new)) if rules.may_queue(new, full) else full


def replay(execute: Execute, key: IdempotencyKey, at: Millis | None) -> Replayed | None:
    """Look up what an idempotency key made, if it has not expired at `at`."""
    row = execute(READ_KEY, (key.scope, key.key)).fetchone()
    if row is None or (at is not None and row[2] <= at):
        return None
    return Replayed(row[0], same_body=row[1] == key.fingerprint)


def slots_full(transaction: Transaction, slots: Slots, job_id: JobId) -> Full | None:
    """Return the refusal where no slot is free: the job's first, then the total."""
    if slots.job is not None and _number(transaction, COUNT_RUNNING_OF_JOB, job_id) >= slots.job:
        return Full("job", slots.job, _ids(transaction, RUNNING_OF_JOB, job_id))
    if slots.total is not None and _number(transaction, COUNT_RUNNING) >= slots.total:
        return Full("total", slots.total, _ids(transaction, RUNNING))
    return None


def _replayed(transaction: Transaction, new: NewRun) -> Replayed | None:
    if new.idempotency is None:
        return None
    return replay(transaction.execute, new.idempotency, new.run.created_at)


def _decided(transaction: Transaction, new: NewRun) -> AlreadyDecided | None:
    for row in new.occurrences:
        if (known := sqlite_ledger.overlapping(transaction, row)) is not None:
            return AlreadyDecided(known.run_id)
    return None


def _queue_full(transaction: Transaction, new: NewRun) -> Full | None:
    if new.max_pending is None:
        return None
    pending = _ids(transaction, PENDING_SCHEDULED, new.run.job_id)
    return Full("queue", new.max_pending, pending) if len(pending) >= new.max_pending else None


def _create(transaction: Transaction, new: NewRun) -> Created:
    run, change = new.run, transaction.change()
    transaction.execute(ADD_RUN, of_run(run, change))
    transaction.executemany(ADD_TASK, [of_task(task, change) for task in new.tasks])
    if new.attempts:
        transaction.executemany(ADD_ATTEMPT, map(of_attempt, new.attempts))
    for row in new.occurrences:
        sqlite_ledger.add(
            transaction, msgspec.structs.replace(row, run_id=run.id) if row.fate == "ran" else row
        )
    transaction.execute(MARK_NEWEST, (run.job_id, run.id))
    if new.idempotency is not None:
        _keep_key(transaction, new.idempotency, new.run.id, new.run.created_at)
    waits = run.status == "pending" and rules.stands_in_line(run, run.created_at)
    return Created(run.status, _position(transaction, run) if waits else None)


def _keep_key(transaction: Transaction, key: IdempotencyKey, run_id: RunId, now: Millis) -> None:
    transaction.execute(FORGET_KEYS, (now,))
    transaction.execute(PUT_KEY, (key.scope, key.key, key.fingerprint, run_id, key.expires_at))


def _position(transaction: Transaction, run: RunRow) -> int:
    row = transaction.execute(POSITION, {"job": run.job_id, "now": run.created_at}).fetchone()
    return int(row[0])


def _number(transaction: Transaction, sql: str, *parameters: str) -> int:
    return int(transaction.execute(sql, parameters).fetchone()[0])


def _ids(transaction: Transaction, sql: str, *parameters: str) -> tuple[RunId, ...]:
    return tuple(run_id for (run_id,) in transaction.execute(sql, parameters))
