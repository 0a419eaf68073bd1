"""Reading much at once from SQLite: what pictures of many runs are drawn from."""

# ruff: noqa: S608 - statements are put together from constants of this package; values are always bound

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from petit.core.ids import RunId, TaskId
from petit.core.states import LETTERS
from petit.storage.past import RunCells

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
