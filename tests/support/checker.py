"""Compares witness, database and API: nothing lost, doubled or unexplained, and states that hold together."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import Any

from tests.support.daemon import Daemon

from petit.core.states import ATTEMPT_MAY_BECOME, RUN_OVER, TASK_OVER

ATTEMPT_OVER = frozenset(state for state, after in ATTEMPT_MAY_BECOME.items() if not after)
_TABLES = {"runs": RUN_OVER, "tasks": TASK_OVER, "attempts": ATTEMPT_OVER}
_KEYS = {"runs": ("id",), "tasks": ("run_id", "task_id"), "attempts": ("run_id", "task_id", "number")}

Snapshot = dict[tuple[Any, ...], dict[str, Any]]


def check(daemon: Daemon, *, bears_witness: bool = True) -> Counter[str]:
    """Check everything, with the scheduler running.

    Args:
        daemon: A scheduler, up.
        bears_witness: Every task of every job writes to the witness.

    Returns:
        Counts: runs by status, attempts, occurrences by fate.
    """
    check_states(daemon)
    check_ledger(daemon)
    check_api(daemon)
    if bears_witness:
        check_witness(daemon)
    counts = Counter(row["status"] for row in daemon.rows("SELECT status FROM runs"))
    counts["attempts"] = len(daemon.rows("SELECT 1 FROM attempts"))
    return counts + Counter(row["fate"] for row in daemon.rows("SELECT fate FROM occurrences"))


def check_states(daemon: Daemon) -> None:
    """What has ended says when; attempts are numbered from 1; a run that is over is so with all its tasks."""
    for table, over in _TABLES.items():
        wrong = [
            dict(row)
            for row in daemon.rows(f"SELECT * FROM {table}")
            if (row["status"] in over) != (row["ended_at"] is not None)
        ]
        assert wrong == [], f"{table}: `ended_at` and `status` disagree"
    attempts = daemon.rows("SELECT * FROM attempts ORDER BY run_id, task_id, number")
    numbers = {
        task: [row["number"] for row in rows]
        for task, rows in groupby(attempts, key=lambda row: (row["run_id"], row["task_id"]))
    }
    for task in daemon.rows("SELECT * FROM tasks"):
        found = numbers.get((task["run_id"], task["task_id"]), [])
        assert found == list(range(1, task["attempts"] + 1)), (dict(task), found)
    left_open = daemon.rows(
        "SELECT runs.id, runs.status, tasks.task_id, tasks.status"
        " FROM runs JOIN tasks ON tasks.run_id = runs.id"
        " WHERE runs.ended_at IS NOT NULL AND tasks.ended_at IS NULL"
    )
    assert [tuple(row) for row in left_open] == [], "runs that are over have tasks that are not"
    unended = daemon.rows(
        "SELECT tasks.run_id, tasks.task_id, number FROM tasks JOIN attempts USING (run_id, task_id)"
        " WHERE tasks.ended_at IS NOT NULL AND attempts.ended_at IS NULL"
    )
    assert [tuple(row) for row in unended] == [], "tasks that are over have attempts that are not"


def check_ledger(daemon: Daemon) -> None:
    """Each row that ran names its run, each scheduled run has its row, whatever did not run says why."""
    ran = {row["run_id"] for row in daemon.rows("SELECT run_id FROM occurrences WHERE fate = 'ran'")}
    scheduled = {row["id"] for row in daemon.rows("SELECT id FROM runs WHERE trigger = 'schedule'")}
    assert ran == scheduled, (ran - scheduled, scheduled - ran)
    assert daemon.rows("SELECT * FROM occurrences WHERE fate <> 'ran' AND reason IS NULL") == []


def check_api(daemon: Daemon) -> None:
    """The newest runs of each job, with their tasks, as the API tells them, are those of the database."""
    for (job_id,) in daemon.rows("SELECT DISTINCT job_id FROM runs"):
        for shown in daemon.get(f"/api/jobs/{job_id}/runs?limit=20")["runs"]:
            (stored,) = daemon.rows("SELECT * FROM runs WHERE id = ?", shown["id"])
            if stored["ended_at"] is not None:
                assert (shown["status"], shown["ended_at"]) == (stored["status"], stored["ended_at"])


def check_witness(daemon: Daemon) -> None:
    """No attempt was started twice or unknown to the database; whatever ended by itself was started."""
    starts = daemon.witness.starts()
    assert [key for key, count in starts.items() if count > 1] == [], "doubled"
    attempts = {
        (row["run_id"], row["task_id"], row["number"]): row for row in daemon.rows("SELECT * FROM attempts")
    }
    assert set(starts) <= set(attempts), f"unknown: {set(starts) - set(attempts)}"
    unseen = [
        dict(row)
        for key, row in attempts.items()
        if row["exit_code"] is not None and row["cause"] is None and key not in starts
    ]
    assert unseen == [], "ended by itself and never started"


def snapshot(daemon: Daemon) -> Snapshot:
    """Read all rows that have states."""
    return {
        (table, *(row[name] for name in names)): dict(row)
        for table, names in _KEYS.items()
        for row in daemon.rows(f"SELECT * FROM {table}")
    }


def moved_back(before: Snapshot, after: Snapshot) -> list[tuple[Any, ...]]:
    """Return the rows that have gone, or that had ended and are not as they were."""
    return [
        key
        for key, row in before.items()
        if key not in after or (row["status"] in _TABLES[key[0]] and row != after[key])
    ]
