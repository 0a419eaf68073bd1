"""Forgetting in memory: what the contract means, in plain words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from petit.core.clock import Millis
from petit.core.ids import JobId, RunId
from petit.core.retention import OldRun
from petit.storage import rules
from petit.storage.base import IdempotencyKey
from petit.storage.memory_access import MemoryAccess
from petit.storage.memory_episodes import MemoryEpisodes
from petit.storage.memory_ledger import MemoryLedger
from petit.storage.memory_runs import MemoryRuns
from petit.storage.records import DefinitionRow, JobRow, OccurrenceRow, RunRow, ScheduleRow
from petit.storage.retention import UsedDefinitions

T = TypeVar("T")

Keys = dict[tuple[str, str], tuple[IdempotencyKey, RunId]]


class MemoryRetention:
    """The forgetting of a MemoryStorage, whose parts it is given."""

    def __init__(
        self,
        jobs: Mapping[JobId, JobRow],
        definitions: dict[str, DefinitionRow],
        schedules: Mapping[tuple[JobId, str], ScheduleRow],
        runs: MemoryRuns,
        ledger: MemoryLedger,
        episodes: MemoryEpisodes,
        access: MemoryAccess,
        keys: Keys,
        stamp: Callable[[], int],
    ) -> None:
        self._jobs = jobs
        self._definitions = definitions
        self._schedules = schedules
        self._runs = runs
        self._ledger = ledger
        self._episodes = episodes
        self._access = access
        self._keys = keys
        self._stamp = stamp
        self._logs_removed: dict[RunId, Millis] = {}

    async def job_ids(self, *, after: JobId, limit: int) -> Sequence[JobId]:
        """Read the ids of jobs."""
        return sorted(job_id for job_id in self._jobs if job_id > after)[:limit]

    # --- runs -----------------------------------------------------------------------------------------------
    async def oldest_runs(self, job_id: JobId, *, after: RunId, limit: int) -> Sequence[OldRun]:
        """Read the oldest runs of a job."""
        rows = [row for row in self._runs.of_job(job_id) if row.id > after][:limit]
        return [
            OldRun(
                id=row.id,
                created_at=row.created_at,
                ended_at=row.ended_at,
                rows=2 + 2 * len(self._runs.tasks(row.id)),
            )
            for row in rows
        ]

    async def run_beyond(self, job_id: JobId, count: int) -> RunId | None:
        """Return the newest run that has `count` newer ones."""
        ids = [row.id for row in self._runs.of_job(job_id)]
        return ids[-count - 1] if len(ids) > count else None

    async def remove_runs(self, run_ids: Sequence[RunId], *, now: Millis) -> Sequence[RunId]:
        """Forget runs."""
        gone = [run_id for run_id in run_ids if self._remove_run(run_id, now)]
        return self._changed(gone)

    def _remove_run(self, run_id: RunId, now: Millis) -> bool:
        row = self._runs.get(run_id)
        if row is None or row.ended_at is None or run_id in self._kept_for_job(row.job_id):
            return False
        has_key = any(made == run_id and key.expires_at > now for key, made in self._keys.values())
        if has_key or self._runs.is_reused(run_id) or self._is_newest_of_a_schedule(row):
            return False
        self._runs.remove(run_id)
        self._ledger.remove(row.job_id, lambda each: each.run_id == run_id)
        self._logs_removed.pop(run_id, None)
        return True

    def _kept_for_job(self, job_id: JobId) -> frozenset[RunId]:
        ended = list(self._runs.ended(job_id))
        completed = [row for row in ended if row.status == "completed"]
        newest = [row.id for row in self._runs.of_job(job_id)][-1:]
        last = [max(rows, key=rules.end_of).id for rows in (ended, completed) if rows]
        return frozenset((*newest, *last, *self._episodes.runs(job_id)))

    def _is_newest_of_a_schedule(self, run: RunRow) -> bool:
        newest = (self._ledger.newest(*key) for key in self._schedules if key[0] == run.job_id)
        return any(row is not None and row.run_id == run.id for row in newest)

    async def known_runs(self, run_ids: Sequence[RunId]) -> frozenset[RunId]:
        """Return those that are stored."""
        return frozenset(run_id for run_id in run_ids if self._runs.get(run_id) is not None)

    # --- ledger ---------------------------------------------------------------------------------------------
    async def fate_beyond(self, job_id: JobId, count: int) -> Millis | None:
        """Return the last due time of the newest row without a run that has `count` newer ones."""
        dues = sorted(row.last_due for row in self._ledger.of_job(job_id) if row.fate != "ran")
        return dues[-count - 1] if len(dues) > count else None

    async def oldest_fate(self, job_id: JobId) -> Millis | None:
        """Return the last due time of the oldest row without a run."""
        return min((row.last_due for row in self._ledger.of_job(job_id) if row.fate != "ran"), default=None)

    async def remove_fates(self, job_id: JobId, *, before: Millis, limit: int) -> int:
        """Forget rows without a run."""
        newest = [self._ledger.newest(*key) for key in self._schedules if key[0] == job_id]
        needed = {_place(row) for row in newest if row is not None} | self._episodes.missed_places(job_id)
        old = [
            row
            for row in self._ledger.of_job(job_id)
            if row.fate != "ran" and row.last_due < before and _place(row) not in needed
        ]
        old.sort(key=lambda row: row.last_due)
        going = {_place(row) for row in old[:limit]}
        self._ledger.remove(job_id, lambda row: _place(row) in going)
        return len(self._changed(list(going)))

    # --- definitions ----------------------------------------------------------------------------------------
    async def spare_definitions(self, job_id: JobId, *, before: Millis) -> Sequence[str]:
        """Read the hashes of old definitions."""
        return [
            row.hash
            for row in sorted(self._definitions.values(), key=lambda row: (row.stored_at, row.hash))
            if row.job_id == job_id and row.stored_at < before and not self._is_present(row)
        ]

    def _is_present(self, row: DefinitionRow) -> bool:
        job = self._jobs.get(row.job_id)
        return job is not None and job.definition == row.hash

    async def definitions_used(self, job_id: JobId, *, after: RunId, limit: int) -> UsedDefinitions:
        """Read what runs are pinned to."""
        rows = [row for row in self._runs.of_job(job_id) if row.id > after][:limit]
        return UsedDefinitions(frozenset(row.definition for row in rows), rows[-1].id if rows else None)

    async def remove_definitions(self, hashes: Sequence[str]) -> int:
        """Forget definitions."""
        going = [
            each
            for each in hashes
            if each in self._definitions and not self._is_present(self._definitions[each])
        ]
        for each in going:
            del self._definitions[each]
        return len(self._changed(going))

    # --- the rest -------------------------------------------------------------------------------------------
    async def remove_rest(self, *, now: Millis, before: Millis | None, limit: int) -> int:
        """Forget what has expired, and what was over before a moment."""
        expired = [place for place, (key, _) in self._keys.items() if key.expires_at <= now][:limit]
        for place in expired:
            del self._keys[place]
        count = len(expired) + self._access.forget(now=now, before=before, limit=limit)
        return len(self._changed(list(range(count))))

    # --- logs -----------------------------------------------------------------------------------------------
    async def logs_removed(self, run_id: RunId) -> Millis | None:
        """Return when the logs of a run were removed."""
        return self._logs_removed.get(run_id)

    async def note_logs_removed(self, run_ids: Sequence[RunId], *, at: Millis) -> Sequence[RunId]:
        """Note that logs are removed."""
        noted = [run_id for run_id in run_ids if self._may_lose_logs(run_id)]
        for run_id in noted:
            self._logs_removed.setdefault(run_id, at)
        return self._changed(noted)

    def _may_lose_logs(self, run_id: RunId) -> bool:
        row = self._runs.get(run_id)
        return row is not None and row.ended_at is not None and run_id not in self._kept_for_job(row.job_id)

    def _changed(self, rows: list[T]) -> list[T]:
        if rows:
            self._stamp()
        return rows


def _place(row: OccurrenceRow) -> tuple[str, Millis]:
    return (row.schedule, row.first_due)
