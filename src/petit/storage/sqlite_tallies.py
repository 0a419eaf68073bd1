"""Tallies in SQLite: hours of jobs, counted in the transactions that end runs and decide fates."""

from __future__ import annotations

import sqlite3

import msgspec

from petit.core.clock import Millis
from petit.core.ids import JobId
from petit.core.tally import HOUR_MS, fate_key, outcome_key
from petit.storage.past import HourTally, Stretch, Tallies
from petit.storage.records import OccurrenceRow
from petit.storage.sqlite_writer import Transaction

COUNT_ONE = """
INSERT INTO tallies (job_id, hour, counts) VALUES (:job, :hour, json_object(:key, :number))
ON CONFLICT (job_id, hour) DO UPDATE SET
    counts = json_set(counts, '$.' || :key, coalesce(json_extract(counts, '$.' || :key), 0) + :number)
"""
"""Something happened in this hour, so many times."""

COUNT_RUN = """
INSERT INTO tallies (job_id, hour, counts) VALUES (:job, :hour, json_object(:outcome, 1, :size, 1))
ON CONFLICT (job_id, hour) DO UPDATE SET counts = json_set(counts,
    '$.' || :outcome, coalesce(json_extract(counts, '$.' || :outcome), 0) + 1,
    '$.' || :size, coalesce(json_extract(counts, '$.' || :size), 0) + 1)
"""
"""A run ended in this hour, and took so long."""

ADD_STRETCH = """
INSERT OR REPLACE INTO stretches (job_id, last_due, schedule, first_due, fate) VALUES (?, ?, ?, ?, ?)
"""
"""Due times that got their fate together."""

READ_HOURS = "SELECT hour, counts FROM tallies WHERE job_id = ? AND hour >= ? AND hour < ? ORDER BY hour"
"""The hours of a job within a time."""

READ_STRETCHES = """
SELECT schedule, fate, first_due, last_due FROM stretches
WHERE job_id = ? AND last_due >= ? AND first_due < ? ORDER BY last_due, schedule
"""
"""The stretches of a job that meet a time."""

FIRST_HOUR = "SELECT min(hour) FROM tallies WHERE job_id = ?"
"""The first hour of a job."""

_COUNTS = msgspec.json.Decoder(dict[str, int])


# --- writing ------------------------------------------------------------------------------------------------
def count_run(
    transaction: Transaction, job_id: JobId, outcome: str, size: str | None, ended_at: Millis
) -> None:
    """Count the end of a run, and how long it took where that says something."""
    hour = {"job": job_id, "hour": ended_at // HOUR_MS}
    if size is None:
        transaction.execute(COUNT_ONE, {**hour, "key": outcome, "number": 1})
    else:
        transaction.execute(COUNT_RUN, {**hour, "outcome": outcome, "size": size})


def count_cancelled(transaction: Transaction, job_id: JobId, at: Millis, number: int) -> None:
    """Count runs that were cancelled before they began."""
    key = outcome_key("cancelled", at)
    transaction.execute(COUNT_ONE, {"job": job_id, "hour": at // HOUR_MS, "key": key, "number": number})


def count_fate(transaction: Transaction, row: OccurrenceRow) -> None:
    """Count a due time without a run; those of a stretch are left to be worked out."""
    if row.first_due < row.last_due:
        transaction.execute(ADD_STRETCH, (row.job_id, row.last_due, row.schedule, row.first_due, row.fate))
    else:
        key, hour = fate_key(row.fate, row.first_due), row.first_due // HOUR_MS
        transaction.execute(COUNT_ONE, {"job": row.job_id, "hour": hour, "key": key, "number": 1})


# --- reading ------------------------------------------------------------------------------------------------
def tallies(connection: sqlite3.Connection, job_id: JobId, *, since: Millis, until: Millis) -> Tallies:
    """Read what happened to a job within a time."""
    first, last = since // HOUR_MS, -(-until // HOUR_MS)
    hours = connection.execute(READ_HOURS, (job_id, first, last))
    stretches = connection.execute(READ_STRETCHES, (job_id, since, until))
    return Tallies(
        [HourTally(hour, _COUNTS.decode(counts)) for hour, counts in hours],
        [Stretch(*row) for row in stretches],
    )


def first_hour(connection: sqlite3.Connection, job_id: JobId) -> int | None:
    """Read the first hour in which something happened to a job."""
    found: int | None = connection.execute(FIRST_HOUR, (job_id,)).fetchone()[0]
    return found
