"""The ledger in SQLite."""

# ruff: noqa: S608 - statements are put together from constants of this package; values are always bound

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from petit.core.clock import Millis
from petit.core.ids import JobId
from petit.storage import rules, sqlite_episodes, sqlite_tallies
from petit.storage.base import OccurrenceFilter
from petit.storage.records import OccurrenceRow
from petit.storage.sqlite_rows import (
    OCCURRENCE_COLUMNS,
    Row,
    marks,
    occurrence_of,
    of_occurrence,
    qualified,
)
from petit.storage.sqlite_writer import Transaction

ADD = f"INSERT INTO occurrences ({OCCURRENCE_COLUMNS}) VALUES ({marks(OCCURRENCE_COLUMNS)})"
"""A fate, or a range of equal ones."""

AT_OR_BEFORE = f"""
SELECT {OCCURRENCE_COLUMNS} FROM occurrences WHERE job_id = ? AND schedule = ? AND first_due <= ?
ORDER BY first_due DESC LIMIT 1
"""
"""The row that holds a due time, if any does: ranges of a schedule never overlap."""

NEWEST = f"""
SELECT {OCCURRENCE_COLUMNS} FROM occurrences WHERE job_id = ? AND schedule = ?
ORDER BY first_due DESC LIMIT 1
"""
"""The newest row of a schedule."""

ALIVE_SINCE = "SELECT since FROM schedules WHERE job_id = ? AND schedule = ? AND until IS NULL"
"""When the present life of a schedule began."""

EXTEND = (
    "UPDATE occurrences SET last_due = ?, decided_at = ? WHERE job_id = ? AND schedule = ? AND first_due = ?"
)
"""A range grows by the next due times."""


def _holding(within_job: str) -> str:
    """Build the statement that seeks, schedule by schedule, the range that holds a time.

    It steps from one schedule that has ranges to the next by two seeks, and looks at one row of each.
    """
    following = f"""
        FROM occurrences AS o INDEXED BY occurrence_ranges
        WHERE o.first_due < o.last_due AND (o.job_id, o.schedule) > (at.job_id, at.schedule) {within_job}
        ORDER BY o.job_id, o.schedule LIMIT 1"""
    return f"""
    WITH RECURSIVE at (job_id, schedule) AS (
        VALUES (:from_job, '')
        UNION ALL
        SELECT (SELECT o.job_id {following}), (SELECT o.schedule {following})
        FROM at WHERE at.job_id IS NOT NULL
    )
    SELECT {qualified(OCCURRENCE_COLUMNS, "held")} FROM at
    CROSS JOIN occurrences AS held ON held.job_id = at.job_id AND held.schedule = at.schedule
    WHERE held.last_due >= :time AND held.first_due = (
        SELECT max(o.first_due) FROM occurrences AS o INDEXED BY occurrence_ranges
        WHERE o.first_due < o.last_due AND o.job_id = at.job_id AND o.schedule = at.schedule
          AND o.first_due <= :time
    )
    """


HOLDING = _holding("")
"""The ranges that hold a time: at most one for each schedule."""

HOLDING_OF_JOB = _holding("AND o.job_id = :from_job")
"""The ranges of a job that hold a time."""


# --- writing ------------------------------------------------------------------------------------------------
def overlapping(transaction: Transaction, row: OccurrenceRow) -> OccurrenceRow | None:
    """Return the newest stored row that shares due times with `row`."""
    found = transaction.execute(AT_OR_BEFORE, (row.job_id, row.schedule, row.last_due)).fetchone()
    if found is None:
        return None
    known = occurrence_of(found)
    return known if known.last_due >= row.first_due else None


def add(transaction: Transaction, row: OccurrenceRow) -> None:
    """Store a row whose due times have no fate yet."""
    transaction.execute(ADD, of_occurrence(row))
    if row.fate != "ran":
        sqlite_tallies.count_fate(transaction, row)


def record(transaction: Transaction, rows: Sequence[OccurrenceRow]) -> list[bool]:
    """Store fates without a run, extending ranges; False where the due time had its fate already."""
    return [_record(transaction, row) for row in rows]


def _record(transaction: Transaction, row: OccurrenceRow) -> bool:
    found = transaction.execute(NEWEST, (row.job_id, row.schedule)).fetchone()
    newest = None if found is None else occurrence_of(found)
    if newest is not None and newest.last_due >= row.first_due and overlapping(transaction, row) is not None:
        return False
    transaction.change()
    first_due = row.first_due
    if newest is not None and _extends(transaction, row, newest):
        first_due = newest.first_due
        transaction.execute(EXTEND, (row.last_due, row.decided_at, newest.job_id, newest.schedule, first_due))
        sqlite_tallies.count_fate(transaction, row)
    else:
        add(transaction, row)
    if row.fate == "missed":
        sqlite_episodes.mark_missed(transaction, row, first_due)
    return True


def _extends(transaction: Transaction, row: OccurrenceRow, newest: OccurrenceRow) -> bool:
    if not rules.extends(row, newest, None):
        return False
    alive = transaction.execute(ALIVE_SINCE, (row.job_id, row.schedule)).fetchone()
    return alive is None or rules.extends(row, newest, alive[0])


# --- reading ------------------------------------------------------------------------------------------------
def page(
    connection: sqlite3.Connection, which: OccurrenceFilter, *, limit: int, before: rules.Place | None
) -> list[OccurrenceRow]:
    """Read rows by place, greatest first: ranges that reach over the end of the span, then the others."""
    over = [] if which.until is None else _over_the_end(connection, which, which.until, before)
    rows = over[:limit]
    if len(rows) < limit:
        sql, parameters = _page(which, before)
        found = connection.execute(sql, (*parameters, limit - len(rows)))
        rows.extend(map(occurrence_of, found))
    return rows


def reaching(
    connection: sqlite3.Connection, which: OccurrenceFilter, place: rules.Place
) -> list[OccurrenceRow]:
    """Read the ranges that reach over `place`, greatest first."""
    rows = (row for row in _holders(connection, which.job_id, place[0]) if rules.reaches(row, place))
    return sorted(
        (row for row in rows if rules.selects_occurrence(which, row)), key=rules.place_of, reverse=True
    )


def _holders(connection: sqlite3.Connection, job_id: JobId | None, time: Millis) -> list[OccurrenceRow]:
    sql = HOLDING if job_id is None else HOLDING_OF_JOB
    return [occurrence_of(row) for row in connection.execute(sql, {"from_job": job_id or "", "time": time})]


def _over_the_end(
    connection: sqlite3.Connection, which: OccurrenceFilter, until: Millis, before: rules.Place | None
) -> list[OccurrenceRow]:
    rows = [
        row
        for row in _holders(connection, which.job_id, until - 1)
        if row.last_due >= until
        and rules.selects_occurrence(which, row)
        and (before is None or rules.place_of(row) < before)
    ]
    return sorted(rows, key=rules.place_of, reverse=True)


def _page(which: OccurrenceFilter, before: rules.Place | None) -> tuple[str, Row]:
    """Build the statement for the rows that end within the span, in the order of one index."""
    terms: list[tuple[str, Row]] = []
    index = "occurrences_by_due" if which.job_id is None else "occurrences_of_job"
    if which.without_run or which.fate in {"skipped", "missed"}:
        index = "occurrences_not_run" if which.job_id is None else "occurrences_of_job_not_run"
        terms.append(
            ("fate <> 'ran'", ())
        )  # lets SQLite see that the partial index holds all that is asked for
    if which.job_id is not None:
        terms.append(("job_id = ?", (which.job_id,)))
    if which.fate is not None:
        terms.append(("fate = ?", (which.fate,)))
    if which.reason is not None:
        terms.append(("reason = ?", (which.reason,)))
    if which.since is not None:
        terms.append(("last_due >= ?", (which.since,)))
    if which.until is not None:
        terms.append(("last_due < ?", (which.until,)))
    if before is not None:
        terms.append(("last_due <= ? AND (last_due, job_id, schedule) < (?, ?, ?)", (before[0], *before)))
    where = " AND ".join(term for term, _ in terms) or "TRUE"
    sql = (
        f"SELECT {OCCURRENCE_COLUMNS} FROM occurrences INDEXED BY {index} WHERE {where}"
        " ORDER BY last_due DESC, job_id DESC, schedule DESC LIMIT ?"
    )
    return sql, tuple(value for _, values in terms for value in values)
