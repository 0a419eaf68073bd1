"""Tallies in SQLite: hours of jobs, counted in the transactions that end runs and decide fates."""

# ruff: noqa: S608 - statements are put together from constants of this package; values are always bound

from __future__ import annotations

import sqlite3

from petit.core.clock import Millis
from petit.core.ids import JobId
from petit.core.tally import HOUR_MS, MERGED_FROM, fate_word, merged
from petit.storage.past import HourTally, Stretch, Tallies
from petit.storage.records import OccurrenceRow
from petit.storage.sqlite_writer import Transaction

COUNT = f"""
INSERT INTO tallies (job_id, hour, tally) VALUES (?1, ?2, '|' || ?3)
ON CONFLICT (job_id, hour) DO UPDATE SET tally = CASE
    WHEN length(tally) - instr(tally, '|') >= {MERGED_FROM} THEN merged(tally || ?3) ELSE tally || ?3 END
"""
"""Something happened in this hour: its word is put behind the others, see `petit.core.tally`."""

ADD_STRETCH = """
INSERT OR REPLACE INTO stretches (job_id, last_due, schedule, first_due, fate) VALUES (?, ?, ?, ?, ?)
"""
"""Due times that got their fate together."""

READ_HOURS = "SELECT hour, tally FROM tallies WHERE job_id = ? AND hour >= ? AND hour < ? ORDER BY hour"
"""The hours of a job within a time."""

READ_STRETCHES = """
SELECT schedule, fate, first_due, last_due FROM stretches
WHERE job_id = ? AND last_due >= ? AND first_due < ? ORDER BY last_due, schedule
"""
"""The stretches of a job that meet a time."""

FIRST_HOUR = "SELECT min(hour) FROM tallies WHERE job_id = ?"
"""The first hour of a job."""


# --- writing ------------------------------------------------------------------------------------------------
def prepare(connection: sqlite3.Connection) -> None:
    """Let a connection count: SQLite asks for what it cannot do by itself."""
    connection.create_function("merged", 1, merged, deterministic=True)


def count(transaction: Transaction, job_id: JobId, at: Millis, word: str, number: int = 1) -> None:
    """Count what happened to a job."""
    transaction.execute(COUNT, (job_id, at // HOUR_MS, f"{word} " * number))


def count_fate(transaction: Transaction, row: OccurrenceRow) -> None:
    """Count a due time without a run; those of a stretch are left to be worked out."""
    if row.first_due < row.last_due:
        transaction.execute(ADD_STRETCH, (row.job_id, row.last_due, row.schedule, row.first_due, row.fate))
    else:
        count(transaction, row.job_id, row.first_due, fate_word(row.fate, row.first_due))


# --- reading ------------------------------------------------------------------------------------------------
def tallies(connection: sqlite3.Connection, job_id: JobId, *, since: Millis, until: Millis) -> Tallies:
    """Read what happened to a job within a time."""
    first, last = since // HOUR_MS, -(-until // HOUR_MS)
    hours = connection.execute(READ_HOURS, (job_id, first, last))
    stretches = connection.execute(READ_STRETCHES, (job_id, since, until))
    return Tallies(
        [HourTally(*row) for row in hours],
        [Stretch(*row) for row in stretches],
    )


def first_hour(connection: sqlite3.Connection, job_id: JobId) -> int | None:
    """Read the first hour in which something happened to a job."""
    found: int | None = connection.execute(FIRST_HOUR, (job_id,)).fetchone()[0]
    return found
