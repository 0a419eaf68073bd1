"""Tallies in memory."""

from __future__ import annotations

from collections import Counter, defaultdict

from petit.core.clock import Millis
from petit.core.ids import JobId
from petit.core.tally import HOUR_MS, duration_key, fate_key, outcome_key
from petit.storage import rules
from petit.storage.past import HourTally, Stretch, Tallies
from petit.storage.records import OccurrenceRow, RunRow


class MemoryTallies:
    """What happened to jobs, hour by hour, as it was told."""

    def __init__(self) -> None:
        self._hours: defaultdict[JobId, defaultdict[int, Counter[str]]] = defaultdict(
            lambda: defaultdict(Counter)
        )
        self._stretches: defaultdict[JobId, list[Stretch]] = defaultdict(list)

    def ended(self, run: RunRow) -> None:
        """Count the end of a run."""
        assert run.ended_at is not None
        counts = self._hours[run.job_id][run.ended_at // HOUR_MS]
        counts[outcome_key(run.status, run.ended_at)] += 1
        took = None if run.started_at is None else run.ended_at - run.started_at
        size = None if took is None else duration_key(run.status, took, is_whole=rules.is_whole(run))
        if size is not None:
            counts[size] += 1

    def decided(self, row: OccurrenceRow) -> None:
        """Count a due time without a run; those of a stretch are left to be worked out."""
        if row.first_due < row.last_due:
            self._stretches[row.job_id].append(Stretch(row.schedule, row.fate, row.first_due, row.last_due))
        else:
            self._hours[row.job_id][row.first_due // HOUR_MS][fate_key(row.fate, row.first_due)] += 1

    def read(self, job_id: JobId, *, since: Millis, until: Millis) -> Tallies:
        """Return what happened to a job within a time."""
        first, last = since // HOUR_MS, -(-until // HOUR_MS)
        hours = sorted(self._hours.get(job_id, {}).items())
        stretches = sorted(self._stretches.get(job_id, ()), key=lambda each: (each.last_due, each.schedule))
        return Tallies(
            [HourTally(hour, dict(counts)) for hour, counts in hours if first <= hour < last],
            [each for each in stretches if each.last_due >= since and each.first_due < until],
        )

    def first_hour(self, job_id: JobId) -> int | None:
        """Return the first hour in which something happened to a job."""
        return min(self._hours.get(job_id, ()), default=None)
