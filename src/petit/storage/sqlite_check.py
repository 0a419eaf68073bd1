"""What must hold in a database of Petit, as questions whose answers are what does not."""

from __future__ import annotations

import sqlite3
from bisect import bisect_right
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from petit.core.clock import Millis
from petit.core.schedule import BadSchedule, Schedule

SHOWN = 3
"""Of each kind so many are named."""

MOST_DUES = 200_000
"""Due times of one schedule that are worked out; older ones are not looked at."""


class Rule(NamedTuple):
    """Something that must hold.

    Attributes:
        words: What is wrong with what the question finds; `{}` stands for how many.
        question: Gives a name for each that breaks it.
    """

    words: str
    question: str


RULES: tuple[Rule, ...] = (
    Rule(
        "{} runs have no tasks",
        "SELECT id FROM runs WHERE NOT EXISTS (SELECT 1 FROM tasks WHERE run_id = id)",
    ),
    Rule(
        "{} tasks belong to no run",
        "SELECT DISTINCT run_id || '/' || task_id FROM tasks WHERE run_id NOT IN (SELECT id FROM runs)",
    ),
    Rule(
        "{} attempts belong to no task",
        "SELECT a.run_id || '/' || a.task_id || '.' || a.number FROM attempts AS a WHERE NOT EXISTS"
        " (SELECT 1 FROM tasks AS t WHERE t.run_id = a.run_id AND t.task_id = a.task_id)",
    ),
    Rule(
        "{} runs have an end and no status of one, or the reverse",
        "SELECT id FROM runs WHERE (ended_at IS NULL) <> (status IN ('pending', 'running'))",
    ),
    Rule(
        "{} tasks have an end and no status of one, or the reverse",
        "SELECT run_id || '/' || task_id FROM tasks"
        " WHERE (ended_at IS NULL) <> (status IN ('pending', 'running', 'retrying'))",
    ),
    Rule(
        "{} attempts have an end and no status of one, or the reverse",
        "SELECT run_id || '/' || task_id || '.' || number FROM attempts"
        " WHERE (ended_at IS NULL) <> (status = 'running')",
    ),
    Rule(
        "{} runs are over while tasks of theirs are not",
        "SELECT DISTINCT runs.id FROM runs JOIN tasks ON run_id = id"
        " WHERE runs.ended_at IS NOT NULL AND tasks.ended_at IS NULL",
    ),
    Rule(
        "{} tasks are over while an attempt of theirs is not",
        "SELECT DISTINCT t.run_id || '/' || t.task_id"
        " FROM attempts AS a JOIN tasks AS t USING (run_id, task_id)"
        " WHERE t.ended_at IS NOT NULL AND a.ended_at IS NULL",
    ),
    Rule(
        "{} tasks have another number of attempts than they say",
        "SELECT t.run_id || '/' || t.task_id FROM tasks AS t WHERE t.attempts <>"
        " (SELECT count(*) FROM attempts AS a WHERE a.run_id = t.run_id AND a.task_id = t.task_id)",
    ),
    Rule(
        "{} attempts are not numbered from 1 on",
        "SELECT run_id || '/' || task_id FROM attempts GROUP BY run_id, task_id"
        " HAVING min(number) <> 1 OR max(number) <> count(*)",
    ),
    Rule(
        "{} tasks took their result from a run that is not there",
        "SELECT run_id || '/' || task_id FROM tasks"
        " WHERE reused_from IS NOT NULL AND reused_from NOT IN (SELECT id FROM runs)",
    ),
    Rule(
        "{} runs are pinned to a definition that is not there",
        "SELECT id FROM runs WHERE definition NOT IN (SELECT hash FROM definitions)",
    ),
    Rule(
        "{} jobs have a definition that is not there",
        "SELECT job_id FROM jobs WHERE definition NOT IN (SELECT hash FROM definitions)",
    ),
    Rule(
        "{} due times ran without a run",
        "SELECT job_id || ' at ' || first_due FROM occurrences"
        " WHERE fate = 'ran' AND (run_id IS NULL OR run_id NOT IN (SELECT id FROM runs))",
    ),
    Rule(
        "{} scheduled runs are not in the ledger",
        "SELECT r.id FROM runs AS r WHERE r.trigger = 'schedule' AND NOT EXISTS"
        " (SELECT 1 FROM occurrences AS o INDEXED BY occurrences_of_job"
        "  WHERE o.job_id = r.job_id AND o.last_due = r.scheduled_for AND o.run_id = r.id)",
    ),
    Rule(
        "{} due times did not run and do not say why",
        "SELECT job_id || ' at ' || first_due FROM occurrences WHERE fate <> 'ran' AND reason IS NULL",
    ),
    Rule(
        "{} due times have two fates",
        "SELECT job_id || ' at ' || first_due FROM (SELECT job_id, first_due, lag(last_due) OVER"
        " (PARTITION BY job_id, schedule ORDER BY first_due) AS before FROM occurrences)"
        " WHERE before >= first_due",
    ),
)


def problems(connection: sqlite3.Connection) -> Iterator[str | None]:
    """Ask all questions; yield after each of them what is wrong, or None."""
    for words, question in RULES:
        found = connection.execute(f"SELECT * FROM ({question}) LIMIT 1000").fetchall()  # noqa: S608 - from above
        yield _sentence(words, [str(row[0]) for row in found]) if found else None


def _sentence(words: str, names: list[str]) -> str:
    count = "1000 or more" if len(names) == 1000 else str(len(names))
    more = ", ..." if len(names) > SHOWN else ""
    return f"{words.format(count)}: {', '.join(names[:SHOWN])}{more}"


# --- each due time has one fate -----------------------------------------------------------------------------
READ_ALIVE = """
SELECT s.job_id, s.schedule, max(s.since, coalesce(j.forgotten_until, 0))
FROM schedules AS s JOIN jobs AS j USING (job_id) WHERE s.until IS NULL ORDER BY s.job_id, s.schedule
"""
"""Schedules in force, and from when on the ledger of each is whole."""

READ_LEDGER = """
SELECT first_due, last_due FROM occurrences
WHERE job_id = ? AND schedule = ? AND last_due > ? ORDER BY first_due
"""
"""What is decided of a schedule behind a moment."""


def ledger_gaps(connection: sqlite3.Connection) -> Iterator[str | None]:
    """Work out what was due by each schedule; yield after each what has no fate, or None.

    due = ran + skipped + missed, from the schedule's first load, or what retention left, to its last fate.
    """
    for job_id, key, since in connection.execute(READ_ALIVE).fetchall():
        rows = connection.execute(READ_LEDGER, (job_id, key, since)).fetchall()
        lost = _without_fate(key, since, rows) if rows else []
        if not lost:
            yield None
        else:
            yield _sentence(f"{{}} due times of job '{job_id}' have no fate", [str(due) for due in lost])


def _without_fate(key: str, since: Millis, rows: list[tuple[Millis, Millis]]) -> list[Millis]:
    try:
        schedule = Schedule.from_key(key)
    except BadSchedule:
        return []
    if schedule.is_reboot:
        return []
    begins = [first for first, _ in rows]
    lost: list[Millis] = []
    for _, due in zip(range(MOST_DUES), schedule.between(since, rows[-1][1]), strict=False):
        at = bisect_right(begins, due) - 1
        if at < 0 or rows[at][1] < due:
            lost.append(due)
    return lost[:1000]


# --- log files ----------------------------------------------------------------------------------------------
READ_STARTED = """
SELECT run_id, task_id, number FROM attempts
WHERE started_at IS NOT NULL AND ended_at IS NOT NULL AND run_id NOT IN (SELECT run_id FROM removed_logs)
"""
"""Attempts that had a process, and so a directory for its output."""

READ_HAS_LOGS = "SELECT 1 FROM runs WHERE id = ? AND id NOT IN (SELECT run_id FROM removed_logs)"
"""A run that is there and whose logs were not removed."""


def without_logs(connection: sqlite3.Connection, logs: Path) -> list[tuple[str, str]]:
    """Return the attempts that have no log directory: the run and a name of each, 1000 at most."""
    found = (
        (run_id, f"{run_id}/{task_id}.{number}")
        for run_id, task_id, number in connection.execute(READ_STARTED)
        if not (logs / run_id[:6] / run_id / f"{task_id}.{number}").is_dir()
    )
    return [each for _, each in zip(range(1000), found, strict=False)]


def still_lost(connection: sqlite3.Connection, lost: list[tuple[str, str]]) -> str | None:
    """Say which of them are still without: retention may have removed the others meanwhile."""
    names = [name for run_id, name in lost if connection.execute(READ_HAS_LOGS, (run_id,)).fetchone()]
    return _sentence("{} attempts have lost their log files", names) if names else None


def runs_with_logs(logs: Path) -> list[str]:
    """Return the runs that have a log directory."""
    return sorted(path.name for path in logs.glob("*/*"))


def orphaned_logs(connection: sqlite3.Connection, with_logs: list[str]) -> str | None:
    """Say which log directories, seen before the moment that is checked, belong to no run."""
    runs = {run_id for (run_id,) in connection.execute("SELECT id FROM runs")}
    found = [run_id for run_id in with_logs if run_id not in runs][:1000]
    return _sentence("{} log directories belong to no run and will be removed", found) if found else None
