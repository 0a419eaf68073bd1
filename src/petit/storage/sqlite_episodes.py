"""Episodes in SQLite: marks at the jobs, kept by the transactions that change them."""

from __future__ import annotations

import sqlite3

from petit.core.clock import Millis
from petit.core.ids import JobId, RunId
from petit.core.states import RunStatus
from petit.storage.episodes import Episodes, Failing, Recovered
from petit.storage.records import OccurrenceRow
from petit.storage.sqlite_rows import OCCURRENCE_COLUMNS, RUN_COLUMNS, occurrence_of, qualified, run_of
from petit.storage.sqlite_writer import Transaction

MARK_FAILED = """
UPDATE job_marks SET failing_since = coalesce(failing_since, :at), failures = failures + 1, last_failed = :run
WHERE job_id = :job
"""
"""A run failed: an episode begins, or goes on."""

MARK_RECOVERED = """
UPDATE job_marks SET recovered_at = :at, recovered_by = :run, recovered_since = failing_since,
    recovered_failures = failures, failing_since = NULL, failures = 0, last_failed = NULL
WHERE job_id = :job AND failing_since IS NOT NULL
"""
"""A run completed: the episode, if there was one, is over."""

MARK_MISSED = """
INSERT INTO job_marks (job_id, missed_schedule, missed_first_due, missed_last_due) VALUES (?, ?, ?, ?)
ON CONFLICT (job_id) DO UPDATE SET missed_schedule = excluded.missed_schedule,
    missed_first_due = excluded.missed_first_due, missed_last_due = excluded.missed_last_due
WHERE missed_last_due IS NULL OR missed_last_due <= excluded.missed_last_due
"""
"""Something was missed; the next run makes up for it (see `MARK_NEWEST`)."""

_FAILING = """
FROM job_marks INDEXED BY job_marks_failing CROSS JOIN jobs USING (job_id)
LEFT JOIN runs ON runs.id = job_marks.last_failed
WHERE failing_since IS NOT NULL AND removed_at IS NULL
"""

_MISSED = """
FROM job_marks INDEXED BY job_marks_missed CROSS JOIN jobs USING (job_id)
CROSS JOIN occurrences ON occurrences.job_id = job_marks.job_id
    AND schedule = missed_schedule AND first_due = missed_first_due
WHERE missed_first_due IS NOT NULL AND removed_at IS NULL
"""

READ_FAILING = f"""
SELECT job_marks.job_id, failing_since, failures, {qualified(RUN_COLUMNS, "runs")} {_FAILING}
ORDER BY failing_since DESC, job_marks.job_id DESC LIMIT ?
"""
"""The jobs that fail now, with their last run that did."""

READ_MISSED = f"""
SELECT {qualified(OCCURRENCE_COLUMNS, "occurrences")} {_MISSED}
ORDER BY missed_first_due DESC, job_marks.job_id DESC LIMIT ?
"""
"""What was missed and not made up for."""

READ_RECOVERED = """
SELECT job_marks.job_id, recovered_since, recovered_failures, recovered_at, recovered_by
FROM job_marks INDEXED BY job_marks_recovered CROSS JOIN jobs USING (job_id)
WHERE recovered_at >= ? AND failing_since IS NULL AND removed_at IS NULL
ORDER BY recovered_at DESC, job_marks.job_id DESC LIMIT ?
"""
"""The jobs that recovered lately and do not fail again."""

COUNT = f"SELECT (SELECT count(*) {_FAILING}) + (SELECT count(*) {_MISSED})"
"""How many need somebody."""


# --- writing ------------------------------------------------------------------------------------------------
def mark_ended(transaction: Transaction, run_id: RunId, job_id: JobId, status: RunStatus, at: Millis) -> None:
    """Take note of the end of a run that held a slot."""
    if status in {"failed", "interrupted"}:
        transaction.execute(MARK_FAILED, {"run": run_id, "job": job_id, "at": at})
    elif status == "completed":
        transaction.execute(MARK_RECOVERED, {"run": run_id, "job": job_id, "at": at})


def mark_missed(transaction: Transaction, row: OccurrenceRow, first_due: Millis) -> None:
    """Take note of a row of the ledger that was written, or that went on one that begins at `first_due`."""
    transaction.execute(MARK_MISSED, (row.job_id, row.schedule, first_due, row.last_due))


# --- reading ------------------------------------------------------------------------------------------------
def episodes(connection: sqlite3.Connection, *, recovered_since: Millis, limit: int) -> Episodes:
    """Read what needs somebody."""
    return Episodes(
        failing=tuple(
            Failing(
                job_id=row[0], since=row[1], failures=row[2], run=None if row[3] is None else run_of(row[3:])
            )
            for row in connection.execute(READ_FAILING, (limit,))
        ),
        missed=tuple(map(occurrence_of, connection.execute(READ_MISSED, (limit,)))),
        recovered=tuple(
            Recovered(job_id=row[0], since=row[1], failures=row[2], recovered_at=row[3], run_id=row[4])
            for row in connection.execute(READ_RECOVERED, (recovered_since, limit))
        ),
        count=connection.execute(COUNT).fetchone()[0],
    )
