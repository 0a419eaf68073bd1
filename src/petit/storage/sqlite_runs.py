"""Reading runs from SQLite.

Each statement names the index that serves it: a page costs the same however many runs are stored, and a
statement that no index serves fails in the tests instead of getting slow in the field.
"""

# ruff: noqa: S608 - statements are put together from constants of this package; values are always bound

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence

from petit.core.clock import Millis
from petit.core.figures import figures_of
from petit.core.ids import JobId, RunId, TaskId, is_run_id, run_id_ms
from petit.core.states import RUN_OVER
from petit.storage.base import RunFilter
from petit.storage.records import AttemptRow, JobActivity, RunRow, TaskRow
from petit.storage.sqlite_rows import (
    ATTEMPT_COLUMNS,
    RUN_COLUMNS,
    TASK_COLUMNS,
    Row,
    attempt_of,
    qualified,
    run_of,
    task_of,
)

COST_OF_ONE_JOB = 4
"""A job's activity read alone costs as much as so many jobs' read at once (measured: 12 us, 3 us)."""

Term = tuple[str, Row]
"""A condition with its parameters."""

READ_RUN = f"SELECT {RUN_COLUMNS} FROM runs WHERE id = ?"
"""A run."""

READ_ACTIVE = f"""
SELECT {RUN_COLUMNS} FROM runs INDEXED BY runs_active WHERE ended_at IS NULL ORDER BY id
"""
"""All runs that are not over, oldest first."""

COUNT_ACTIVE = """
SELECT job_id, status, count(*) FROM runs INDEXED BY runs_active
WHERE ended_at IS NULL GROUP BY status, job_id
"""
"""How many runs of each job hold a slot and how many wait, counted from their rows."""

COUNT_ACTIVE_OF_JOB = """
SELECT job_id, status, count(*) FROM runs INDEXED BY runs_active
WHERE ended_at IS NULL AND status IN ('pending', 'running') AND job_id = ? GROUP BY status, job_id
"""
"""The same for one job."""

COUNT_JOBS = "SELECT count(*) FROM job_marks"
"""How many jobs ever ran."""

READ_NEWEST = f"""
SELECT job_marks.recent, {qualified(RUN_COLUMNS, "runs")}
FROM job_marks JOIN runs ON runs.id = job_marks.last_run
"""
"""The newest run of each job, and what the last finished ones were like."""

READ_NEWEST_OF_JOB = f"{READ_NEWEST} WHERE job_marks.job_id = ?"
"""The newest run of a job."""

READ_LAST_ENDED = f"""
SELECT {qualified(RUN_COLUMNS, "runs")} FROM job_marks JOIN runs ON runs.id = job_marks.last_ended
WHERE job_marks.job_id = ?
"""
"""The run of a job that ended last."""

READ_LAST_COMPLETED = f"""
SELECT {qualified(RUN_COLUMNS, "runs")} FROM job_marks JOIN runs ON runs.id = job_marks.last_completed
WHERE job_marks.job_id = ?
"""
"""The run of a job that completed last."""

READ_TASKS = f"SELECT {TASK_COLUMNS} FROM tasks WHERE run_id = ? ORDER BY position"
"""The tasks of a run in topological order."""

READ_ATTEMPTS = f"""
SELECT {qualified(ATTEMPT_COLUMNS, "attempts")} FROM attempts JOIN tasks USING (run_id, task_id)
WHERE attempts.run_id = ? ORDER BY tasks.position, attempts.number
"""
"""All attempts of a run."""

READ_ATTEMPTS_OF_TASK = (
    f"SELECT {ATTEMPT_COLUMNS} FROM attempts WHERE run_id = ? AND task_id = ? ORDER BY number"
)
"""The attempts of a task."""

LAST_ID = "SELECT max(id) FROM runs"
"""The newest run id."""


def run(connection: sqlite3.Connection, run_id: RunId) -> RunRow | None:
    """Read a run."""
    return _one(connection, READ_RUN, run_id)


def active(connection: sqlite3.Connection) -> list[RunRow]:
    """Read all pending and running runs, oldest first."""
    return [run_of(row) for row in connection.execute(READ_ACTIVE)]


def activity(connection: sqlite3.Connection, job_ids: Sequence[JobId] | None) -> dict[JobId, JobActivity]:
    """Read the activity of these jobs, or of all that ever ran: all at once where most are asked for."""
    if job_ids is None:
        return _activity_of_all(connection)
    if len(job_ids) > 1 and connection.execute(COUNT_JOBS).fetchone()[0] < len(job_ids) * COST_OF_ONE_JOB:
        known = _activity_of_all(connection)
        return {job_id: known.get(job_id, JobActivity()) for job_id in job_ids}
    return {job_id: _activity_of_job(connection, job_id) for job_id in job_ids}


def _activity_of_all(connection: sqlite3.Connection) -> dict[JobId, JobActivity]:
    counts = connection.execute(COUNT_ACTIVE).fetchall()
    return _activity(counts, connection.execute(READ_NEWEST).fetchall())


def _activity_of_job(connection: sqlite3.Connection, job_id: JobId) -> JobActivity:
    counts = connection.execute(COUNT_ACTIVE_OF_JOB, (job_id,)).fetchall()
    newest = connection.execute(READ_NEWEST_OF_JOB, (job_id,)).fetchall()
    return _activity(counts, newest).get(job_id, JobActivity())


def _activity(counts: Sequence[Row], newest: Sequence[Row]) -> dict[JobId, JobActivity]:
    count = {(job_id, status): number for job_id, status, number in counts}
    return {
        run.job_id: JobActivity(
            running=count.get((run.job_id, "running"), 0),
            queued=count.get((run.job_id, "pending"), 0),
            last_run=run,
            figures=figures_of(recent),
        )
        for recent, run in ((row[0], run_of(row[1:])) for row in newest)
    }


def tasks(connection: sqlite3.Connection, run_id: RunId) -> list[TaskRow]:
    """Read the tasks of a run in topological order."""
    return [task_of(row) for row in connection.execute(READ_TASKS, (run_id,))]


def attempts(connection: sqlite3.Connection, run_id: RunId, task_id: TaskId | None) -> list[AttemptRow]:
    """Read attempts by task position and number."""
    if task_id is None:
        found = connection.execute(READ_ATTEMPTS, (run_id,))
    else:
        found = connection.execute(READ_ATTEMPTS_OF_TASK, (run_id, task_id))
    return [attempt_of(row) for row in found]


def last_ended(connection: sqlite3.Connection, job_id: JobId) -> RunRow | None:
    """Read the run of a job that ended last."""
    return _one(connection, READ_LAST_ENDED, job_id)


def last_completed(connection: sqlite3.Connection, job_id: JobId) -> RunRow | None:
    """Read the run of a job that completed last."""
    return _one(connection, READ_LAST_COMPLETED, job_id)


def last_ms(connection: sqlite3.Connection) -> Millis:
    """Read the greatest time that a run id carries."""
    newest = connection.execute(LAST_ID).fetchone()[0]
    return run_id_ms(newest) if newest is not None and is_run_id(newest) else 0


def _one(connection: sqlite3.Connection, sql: str, key: str) -> RunRow | None:
    row = connection.execute(sql, (key,)).fetchone()
    return None if row is None else run_of(row)


# --- pages --------------------------------------------------------------------------------------------------
def page(
    connection: sqlite3.Connection,
    which: RunFilter,
    *,
    limit: int,
    before: RunId | None,
    after: RunId | None = None,
) -> list[RunRow]:
    """Read runs, newest first: those next below `before`, or next above `after`.

    Where one index cannot give the runs in order (several statuses, ids that do not carry their creation
    time), a page is read from each that can, and the newest of all are taken.
    """
    branches = list(_branches(which))
    rows: list[RunRow] = []
    beyond: list[Term] = [] if before is None else [("id < ?", (before,))]
    beyond += [] if after is None else [("id > ?", (after,))]
    order = "DESC" if after is None else "ASC"
    for index, given in branches:
        terms = [*given, *beyond]
        where = " AND ".join(term for term, _ in terms) or "TRUE"
        hint = f"INDEXED BY {index}" if index else "NOT INDEXED"
        sql = f"SELECT {RUN_COLUMNS} FROM runs {hint} WHERE {where} ORDER BY id {order} LIMIT ?"
        found = connection.execute(sql, (*(value for _, values in terms for value in values), limit))
        rows.extend(map(run_of, found))
    if len(branches) > 1:
        rows.sort(key=lambda row: row.id, reverse=after is None)
    return rows[:limit] if after is None else rows[:limit][::-1]


def _branches(which: RunFilter) -> Iterator[tuple[str | None, list[Term]]]:
    """Take a filter apart into (index, conditions) such that each index gives its runs newest first."""
    rest = _residual(which)
    if which.since is None and which.until is None:
        yield from _by_status(which, rest)
        return
    # Ids carry the creation time, a span of times is a span of ids; the few that do not are asked for alone.
    yield from _by_status(which, [*rest, ("off_clock = 0", ()), *_id_span(which)])
    off_clock = [*rest, ("off_clock = 1", ()), *_time_span(which)]
    if which.statuses:
        off_clock.append((f"status IN ({', '.join('?' * len(which.statuses))})", tuple(which.statuses)))
    yield "runs_off_clock", off_clock


def _by_status(which: RunFilter, rest: list[Term]) -> Iterator[tuple[str | None, list[Term]]]:
    """Choose the index by status; "ended_at IS ..." tells SQLite that the partial index holds all."""
    of_job = which.job_id is not None
    for status in dict.fromkeys(which.statuses):
        terms = [*rest, ("status = ?", (status,))]
        if status in RUN_OVER:
            index = "runs_by_job_outcome" if of_job else "runs_by_outcome"
            yield index, [*terms, ("ended_at IS NOT NULL", ())]
        else:
            yield "runs_active", [*terms, ("ended_at IS NULL", ())]
    if which.statuses:
        return
    if which.trigger is not None:
        yield "runs_by_job_trigger" if of_job else "runs_by_trigger", rest
    else:
        yield "runs_by_job" if of_job else None, rest


def _residual(which: RunFilter) -> list[Term]:
    terms: list[Term] = []
    if which.job_id is not None:
        terms.append(("job_id = ?", (which.job_id,)))
    if which.trigger is not None:
        terms.append(("trigger = ?", (which.trigger,)))
    if which.id_prefix is not None:  # a span of ids: nothing in an id sorts after "g"
        terms.append(("id >= ? AND id < ?", (which.id_prefix, which.id_prefix + "g")))
    return terms


def _id_span(which: RunFilter) -> Iterator[Term]:
    if which.since is not None:
        yield "id >= ?", (first_id(which.since),)
    if which.until is not None:
        yield "id < ?", (first_id(which.until),)


def _time_span(which: RunFilter) -> Iterator[Term]:
    if which.since is not None:
        yield "created_at >= ?", (which.since,)
    if which.until is not None:
        yield "created_at < ?", (which.until,)


def first_id(time: Millis) -> str:
    """Return what sorts at or before every id of this time, and after every id of an earlier one."""
    digits = f"{min(max(time, 0), 0xFFFF_FFFF_FFFF):012x}"
    return f"{digits[:8]}-{digits[8:]}"
