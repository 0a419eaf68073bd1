"""What the end of a run changes beside the run itself, in SQLite: the marks and the tally of its job."""

# ruff: noqa: S608 - statements are put together from constants of this package; values are always bound

from __future__ import annotations

from typing import NamedTuple

from petit.core.clock import Millis
from petit.core.figures import RECENT_LENGTH, recent_entry
from petit.core.ids import JobId, RunId
from petit.core.states import RunStatus
from petit.core.tally import run_word
from petit.storage import sqlite_episodes, sqlite_figures, sqlite_tallies
from petit.storage.sqlite_writer import Transaction

_IS_LATER = "{0} IS NULL OR ({0}_at, {0}) < (:at, :run)"
_LATER = f"""
    {{0}} = CASE WHEN {_IS_LATER} THEN :run ELSE {{0}} END,
    {{0}}_at = max(coalesce({{0}}_at, :at), :at)"""

MARK_ENDED = f"""
UPDATE job_marks SET recent = substr(:entry || recent, 1, {RECENT_LENGTH}), {_LATER.format("last_ended")}
WHERE job_id = :job
"""
"""The job's run that ended last is this one, unless a later one is known. It is one of the last ones."""

MARK_COMPLETED = f"""
UPDATE job_marks SET recent = substr(:entry || recent, 1, {RECENT_LENGTH}), {_LATER.format("last_ended")},
    {_LATER.format("last_completed")}
WHERE job_id = :job
"""
"""The same, and the job's run that completed last is this one, unless a later one is known."""


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
    word = run_word(end.status, end.ended_at, took, is_whole=end.is_whole)
    sqlite_tallies.count(transaction, end.job_id, end.ended_at, word)
    if took is None:
        return
    entry = recent_entry(end.status, took) if end.is_whole else ""
    transaction.execute(
        MARK_COMPLETED if end.status == "completed" else MARK_ENDED,
        {"run": end.run_id, "job": end.job_id, "at": end.ended_at, "entry": entry},
    )
    if end.status != "cancelled":
        sqlite_figures.count_end(transaction, end.status, end.ended_at)
    sqlite_episodes.mark_ended(transaction, end.run_id, end.job_id, end.status, end.ended_at)
