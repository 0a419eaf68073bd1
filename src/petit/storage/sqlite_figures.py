"""Figures in SQLite: the size of the files, how jobs did last."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from petit.core.ids import JobId
from petit.storage.figures import JobMarks

READ_MARKS = """
SELECT m.job_id, m.last_ended_at, r.status, m.last_completed_at
FROM job_marks AS m LEFT JOIN runs AS r ON r.id = m.last_ended
WHERE m.job_id > ? ORDER BY m.job_id LIMIT ?
"""
"""How jobs did last, from their marks: two seeks each."""

_FILES = ("", "-wal")


def marks(connection: sqlite3.Connection, *, limit: int, after: JobId) -> list[JobMarks]:
    """Read how jobs did last."""
    return [
        JobMarks(job_id=job_id, last_ended_at=ended_at, last_status=status, last_completed_at=completed_at)
        for job_id, ended_at, status, completed_at in connection.execute(READ_MARKS, (after, limit))
    ]


def size(path: Path) -> int:
    """Return the bytes of the database and of its write-ahead log."""
    return sum(_size(f"{path}{suffix}") for suffix in _FILES)


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size  # noqa: PTH116 - a name beside the path, not one below it
    except FileNotFoundError:  # a log comes and goes
        return 0
