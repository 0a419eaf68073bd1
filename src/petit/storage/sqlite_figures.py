"""Figures in SQLite: the size of the files, how runs and jobs did last."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from petit.core.clock import Millis
from petit.core.ids import JobId
from petit.core.states import RunStatus
from petit.storage.figures import SLOT_MS, SLOTS_KEPT, Ended, JobMarks
from petit.storage.sqlite_writer import Transaction

READ_MARKS = """
SELECT m.job_id, m.last_ended_at, r.status, m.last_completed_at
FROM job_marks AS m LEFT JOIN runs AS r ON r.id = m.last_ended
WHERE m.job_id > ? AND m.last_run IS NOT NULL ORDER BY m.job_id LIMIT ?
"""
"""How jobs did last, from their marks: two seeks each."""

COUNT_END = "UPDATE endings SET runs = runs + 1, failed = failed + :failed WHERE slot = :slot"
"""A run more that ended in these ten minutes."""

FIRST_END = "INSERT INTO endings (slot, runs, failed) VALUES (:slot, 1, :failed)"
"""The first run that ended in these ten minutes."""

FORGET_ENDS = "DELETE FROM endings WHERE slot < ?"
"""Numbers that nobody asks for any more."""

READ_ENDS = "SELECT coalesce(sum(runs), 0), coalesce(sum(failed), 0) FROM endings WHERE slot BETWEEN ? AND ?"
"""How many ended between two moments."""

_FILES = ("", "-wal")


def marks(connection: sqlite3.Connection, *, limit: int, after: JobId) -> list[JobMarks]:
    """Read how jobs did last."""
    return [
        JobMarks(job_id=job_id, last_ended_at=ended_at, last_status=status, last_completed_at=completed_at)
        for job_id, ended_at, status, completed_at in connection.execute(READ_MARKS, (after, limit))
    ]


def count_end(transaction: Transaction, status: RunStatus, at: Millis) -> None:
    """Count the end of a run; with the first of each ten minutes, forget the oldest."""
    slot = at // SLOT_MS
    counted = {"slot": slot, "failed": status != "completed"}
    if transaction.execute(COUNT_END, counted).rowcount == 0:
        transaction.execute(FIRST_END, counted)
        transaction.execute(FORGET_ENDS, (slot - SLOTS_KEPT,))


def ended(connection: sqlite3.Connection, *, since: Millis, until: Millis) -> Ended:
    """Count the runs that ended between two moments."""
    runs, failed = connection.execute(READ_ENDS, (since // SLOT_MS, until // SLOT_MS)).fetchone()
    return Ended(runs=runs, failed=failed)


def size(path: Path) -> int:
    """Return the bytes of the database and of its write-ahead log."""
    return sum(_size(f"{path}{suffix}") for suffix in _FILES)


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size  # noqa: PTH116 - a name beside the path, not one below it
    except FileNotFoundError:  # a log comes and goes
        return 0
