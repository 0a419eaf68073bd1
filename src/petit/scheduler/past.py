"""Looking back: what is asked of many runs at once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from datetime import date

from petit.core.clock import Millis
from petit.core.ids import JobId
from petit.core.zone_days import day_begins
from petit.scheduler.commands import EnginePort, LiveJob, job_not_found
from petit.scheduler.days import Day, days_of
from petit.scheduler.durations import Bucket, read_durations
from petit.scheduler.grid import Grid, read_grid
from petit.scheduler.history import JobHistory, read_history
from petit.storage.base import Storage
from petit.storage.past import RunSpan
from petit.storage.records import RunRow


class Past:
    """What was, of one job or of many; of removed ones too."""

    def __init__(self, engine: EnginePort, storage: Storage) -> None:
        self._engine = engine
        self._storage = storage

    async def history(self, job_ids: Iterable[JobId], *, limit: int) -> list[JobHistory]:
        """Return the last runs of these jobs; what is no job is left out."""
        known = [job_id for job_id in dict.fromkeys(job_ids) if self._find(job_id) is not None]
        return [await read_history(self._storage, job_id, limit) for job_id in known]

    async def grid(self, job_id: JobId, runs: Sequence[RunRow]) -> Grid:
        """Return how the tasks of these runs of a job went; raises JobNotFound."""
        return await read_grid(self._storage, self._expect(job_id).definition, runs)

    async def days(self, job_id: JobId, zone: str, first: date, last: date) -> list[Day]:
        """Return the days of a zone, from first to last, on which something happened; raises JobNotFound."""
        self._expect(job_id)
        begins = await asyncio.to_thread(day_begins, zone, first, (last - first).days + 1)
        tallies = await self._storage.tallies(job_id, since=begins[0], until=begins[-1])
        return await asyncio.to_thread(days_of, tallies, first, begins)

    async def durations(
        self, job_id: JobId, *, since: Millis | None, until: Millis | None, buckets: int
    ) -> Sequence[RunSpan] | Sequence[Bucket]:
        """Return how long runs of a job took, each or in buckets, oldest first; raises JobNotFound."""
        self._expect(job_id)
        return await read_durations(self._storage, job_id, since=since, until=until, buckets=buckets)

    def _find(self, job_id: JobId) -> LiveJob | None:
        return self._engine.jobs().get(job_id) or self._engine.removed(job_id)

    def _expect(self, job_id: JobId) -> LiveJob:
        found = self._find(job_id)
        if found is None:
            raise job_not_found(job_id, self._engine.jobs())
        return found
