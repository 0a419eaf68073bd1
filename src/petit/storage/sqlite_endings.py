"""What the end of a run changes beside the run itself, in SQLite: the marks and the tally of its job."""

# ruff: noqa: S608 - statements are put together from constants of this package; values are always bound

from __future__ import annotations

from typing import NamedTuple

from petit.core.clock import Millis
from petit.core.figures import RECENT_LENGTH, recent_entry
from petit.core.ids import JobId, RunId
from petit.core.states import RunStatus
from petit.storage import sqlite_episodes, sqlite_figures, sqlite_tallies
from petit.storage.sqlite_writer import Transaction

MARK_ENDED = f"""
UPDATE job_marks SET
    last_ended = CASE WHEN last_ended IS NULL OR (last_ended_at, last_ended) < (:at, :run)
        THEN :run ELSE last_ended END,
    last_ended_at = max(coalesce(last_ended_at, :at), :at),
    recent = substr(:entry || recent, 1, {RECENT_LENGTH})
WHERE job_id = :job
"""
"""The job's run that ended last is this one, unless a later one is known. It is one of the last ones."""

MARK_COMPLETED = """
UPDATE job_marks SET last_completed = :run, last_completed_at = :at
WHERE job_id = :job AND (last_completed IS NULL OR (last_completed_at, last_completed) < (:at, :run))
"""
"""The job's run that completed last is this one, unless a later one is known."""


class Ending(NamedTuple):
    """A run that is over.

    Attributes:
        started_at: When it took its slot; None where it never did.
        is_whole: Whether it was a run of all tasks, see `petit.storage.rules.is_whole`.
    """

    run_id: RunId
    job_id: JobId
    status: RunStatus
    started_at: Millis | None
    ended_at: Millis
    is_whole: bool


def note(transaction: Transaction, end: Ending) -> None:
    """Take note of the end of a run; one that never held a slot is counted, but marks nothing."""
    took = None if end.started_at is None else end.ended_at - end.started_at
    size = None if took is None else duration_key(end.status, took, is_whole=end.is_whole)
    sqlite_tallies.count_run(transaction, end.job_id, outcome_key(end.status, end.ended_at), size, end.ended_at)
    if end.started_at is None:
        return
    marks = {"run": end.run_id, "job": end.job_id, "at": end.ended_at}
    entry = recent_entry(end.status, end.ended_at - end.started_at) if end.is_whole else ""
    transaction.execute(MARK_ENDED, {**marks, "entry": entry})
    if end.status == "completed":
        transaction.execute(MARK_COMPLETED, marks)
    if end.status != "cancelled":
        sqlite_figures.count_end(transaction, end.status, end.ended_at)
    sqlite_episodes.mark_ended(transaction, end.run_id, end.job_id, end.status, end.ended_at)
