"""Reading much at once from SQLite: what pictures of many runs are drawn from."""

# ruff: noqa: S608 - statements are put together from constants of this package; values are always bound

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from petit.core.clock import Millis
from petit.core.ids import JobId, RunId, TaskId
from petit.core.states import LETTERS
from petit.storage.past import RunCells, RunSpan
from petit.storage.sqlite_runs import first_id

_BEHIND_ALL = "g"  # nothing in an id sorts after it

_LETTER = " ".join(f"WHEN '{status}' THEN '{letter}'" for status, letter in LETTERS.items())

READ_CELLS = f"""
SELECT group_concat(CASE status {_LETTER} END, ''),
    group_concat(CASE WHEN attempts > 9 THEN '+' ELSE attempts END, '')
FROM tasks WHERE run_id = ?
"""
"""The tasks of a run in the order of its part of the primary key, which is that of their ids.

An ORDER BY would not change the order, but takes half as long again: 50,000 rows are read for a picture.
"""

READ_TASK_IDS = "SELECT group_concat(task_id, ',') FROM tasks WHERE run_id = ?"
"""The ids of the tasks of a run, in the same order; no id has a comma."""

READ_SPANS = """
SELECT id, status, started_at, ended_at FROM runs INDEXED BY runs_by_job
WHERE job_id = ? AND id >= ? AND id < ? AND ended_at IS NOT NULL AND started_at IS NOT NULL
ORDER BY id DESC LIMIT ?
"""
"""When runs of a job began and ended."""


def cells(connection: sqlite3.Connection, run_ids: Sequence[RunId]) -> list[RunCells]:
    """Read the tasks of these runs, a character for each."""
    found = []
    for run_id in run_ids:
        statuses, attempts = connection.execute(READ_CELLS, (run_id,)).fetchone()
        found.append(RunCells(run_id, statuses or "", attempts or ""))
    return found


def task_ids(connection: sqlite3.Connection, run_ids: Sequence[RunId]) -> list[tuple[TaskId, ...]]:
    """Read the ids of the tasks of these runs."""
    texts = (connection.execute(READ_TASK_IDS, (run_id,)).fetchone()[0] for run_id in run_ids)
    return [tuple(text.split(",")) if text else () for text in texts]


def spans(
    connection: sqlite3.Connection, job_id: JobId, *, since: Millis | None, until: Millis | None, limit: int
) -> list[RunSpan]:
    """Read when runs of a job began and ended, newest first."""
    span = (first_id(since or 0), _BEHIND_ALL if until is None else first_id(until))
    return [RunSpan(*row) for row in connection.execute(READ_SPANS, (job_id, *span, limit))]
