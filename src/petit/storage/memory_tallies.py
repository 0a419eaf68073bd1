"""Tallies in memory."""

from __future__ import annotations

from petit.core.clock import Millis
from petit.core.ids import JobId
from petit.core.tally import HOUR_MS, fate_word, run_word, tally_with
from petit.storage import rules
from petit.storage.past import HourTally, Stretch, Tallies
from petit.storage.records import OccurrenceRow, RunRow


class MemoryTallies:
    """What happened to jobs, hour by hour, as it was told."""

    def __init__(self) -> None:
        self._hours: dict[JobId, dict[int, str]] = {}
        self._stretches: dict[JobId, list[Stretch]] = {}

    def ended(self, run: RunRow) -> None:
        """Count the end of a run."""
        assert run.ended_at is not None
        took = None if run.started_at is None else run.ended_at - run.started_at
        word = run_word(run.status, run.ended_at, took, is_whole=rules.is_whole(run))
        self._count(run.job_id, run.ended_at, word)

    def decided(self, row: OccurrenceRow) -> None:
        """Count a due time without a run; those of a stretch are left to be worked out."""
        if row.first_due < row.last_due:
            stretch = Stretch(row.schedule, row.fate, row.first_due, row.last_due)
            self._stretches.setdefault(row.job_id, []).append(stretch)
        else:
            self._count(row.job_id, row.first_due, fate_word(row.fate, row.first_due))

    def _count(self, job_id: JobId, at: Millis, word: str) -> None:
        hours = self._hours.setdefault(job_id, {})
        hour = at // HOUR_MS
        hours[hour] = tally_with(hours.get(hour, ""), f"{word} ")

    def read(self, job_id: JobId, *, since: Millis, until: Millis) -> Tallies:
        """Return what happened to a job within a time."""
        first, last = since // HOUR_MS, -(-until // HOUR_MS)
        hours = sorted(self._hours.get(job_id, {}).items())
        stretches = sorted(self._stretches.get(job_id, ()), key=lambda each: (each.last_due, each.schedule))
        return Tallies(
            [HourTally(hour, tally) for hour, tally in hours if first <= hour < last],
            [each for each in stretches if each.last_due >= since and each.first_due < until],
        )

    def first_hour(self, job_id: JobId) -> int | None:
        """Return the first hour in which something happened to a job."""
        return min(self._hours.get(job_id, ()), default=None)
