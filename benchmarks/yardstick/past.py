"""A database with a past: runs of a job over a year, as if they had been stored by an earlier version.

SQLite makes them all by itself; what later versions count of them, their migrations count when it is opened.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from uuid import uuid4

from petit.storage.migrate import APPLICATION_ID, migrations

YEAR_MS = 365 * 86_400_000
VERSION = 3
"""The last one before figures and tallies."""

_RUNS = """
WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < :runs - 1),
chances AS (
    SELECT n, (n * 2654435761) % 4294967296 % 1000 AS chance, :first + n * :step AS at FROM numbers
),
made AS (
    SELECT
        printf('%08x-%04x-7%03x-8%03x-%012x', at >> 16, at & 65535, n & 4095, n >> 12 & 4095, n) AS id, at,
        CASE WHEN chance < 40 THEN 'failed' WHEN chance < 45 THEN 'interrupted'
            WHEN chance < 55 THEN 'cancelled' ELSE 'completed' END AS status,
        :takes + :takes * chance / 2000 + CASE WHEN chance > 996 THEN :takes * 6 ELSE 0 END AS took
    FROM chances
)
INSERT INTO runs (id, job_id, status, trigger, created_at, definition, started_at, ended_at, catchup, changed,
    off_clock)
SELECT id, :job, status, 'schedule', at, '-', at + 3, at + 3 + took, 0, 1, 0 FROM made
"""

_TASKS = """
INSERT INTO tasks (run_id, task_id, position, status, attempts, started_at, ended_at, changed)
SELECT id, 'main', 0, status, 1, started_at, ended_at, 1 FROM runs
"""

_MARKS = """
INSERT INTO job_marks (job_id, last_run, last_ended, last_ended_at, last_completed, last_completed_at)
SELECT :job, (SELECT max(id) FROM runs), (SELECT max(id) FROM runs), (SELECT max(ended_at) FROM runs),
    id, ended_at FROM runs WHERE status = 'completed' ORDER BY id DESC LIMIT 1
"""


def fill(path: Path, job_id: str, *, runs: int, until: int, takes_ms: int = 4_000) -> None:
    """Make a database in which a job of one task ran so often, evenly over the year before `until`.

    Of a thousand runs 40 failed, five were interrupted and ten cancelled; three took six times as long.
    """
    step = YEAR_MS // runs
    given = {"job": job_id, "runs": runs, "first": until - runs * step, "step": step, "takes": takes_ms}
    with closing(sqlite3.connect(path)) as connection:
        for number, script in migrations():
            if number <= VERSION:
                connection.executescript(script.read_text())
        connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute("INSERT INTO database (only_row, uuid, change) VALUES (1, ?, 1)", (str(uuid4()),))
        for statement in (_RUNS, _TASKS, _MARKS):
            connection.execute(statement, given)
        connection.commit()
