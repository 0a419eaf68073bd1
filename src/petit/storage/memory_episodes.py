"""Episodes in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from petit.core.clock import Millis
from petit.core.ids import JobId, RunId
from petit.storage.episodes import Episodes, Failing, Recovered
from petit.storage.records import OccurrenceRow, RunRow


class _Failures(NamedTuple):
    since: Millis
    number: int
    last: RunId


class MemoryEpisodes:
    """What needs somebody, by job, as it was told."""

    def __init__(self) -> None:
        self._failing: dict[JobId, _Failures] = {}
        self._recovered: dict[JobId, Recovered] = {}
        self._missed: dict[JobId, OccurrenceRow] = {}

    def created(self, job_id: JobId) -> None:
        """A run was made: what was missed before it is made up for."""
        self._missed.pop(job_id, None)

    def missed(self, row: OccurrenceRow) -> None:
        """Take note of a row of the ledger that was written or grew."""
        known = self._missed.get(row.job_id)
        if known is None or known.last_due <= row.last_due:
            self._missed[row.job_id] = row

    def ended(self, run: RunRow) -> None:
        """Take note of the end of a run."""
        if run.ended_at is None or run.started_at is None:
            return
        known = self._failing.get(run.job_id)
        if run.status in {"failed", "interrupted"}:
            since, number = (run.ended_at, 0) if known is None else known[:2]
            self._failing[run.job_id] = _Failures(since, number + 1, run.id)
        elif run.status == "completed" and known is not None:
            del self._failing[run.job_id]
            self._recovered[run.job_id] = Recovered(
                job_id=run.job_id,
                since=known.since,
                failures=known.number,
                recovered_at=run.ended_at,
                run_id=run.id,
            )

    def runs(self, job_id: JobId) -> list[RunId]:
        """Return the runs that episodes of a job name."""
        failing, recovered = self._failing.get(job_id), self._recovered.get(job_id)
        return [
            *([] if failing is None else [failing.last]),
            *([] if recovered is None else [recovered.run_id]),
        ]

    def missed_places(self, job_id: JobId) -> set[tuple[str, Millis]]:
        """Return the rows of the ledger that were missed and not made up for: schedule and first due time."""
        row = self._missed.get(job_id)
        return set() if row is None else {(row.schedule, row.first_due)}

    def read(
        self,
        present: Iterable[JobId],
        run: Callable[[RunId], RunRow | None],
        *,
        recovered_since: Millis,
        limit: int,
    ) -> Episodes:
        """Return what needs somebody of the jobs that are present."""
        jobs = frozenset(present)
        failing = [
            Failing(job_id=job_id, since=each.since, failures=each.number, run=run(each.last))
            for job_id, each in self._failing.items()
            if job_id in jobs
        ]
        missed = [row for row in self._missed.values() if row.job_id in jobs]
        recovered = [
            each
            for each in self._recovered.values()
            if each.recovered_at >= recovered_since
            and each.job_id in jobs
            and each.job_id not in self._failing
        ]
        failing.sort(key=lambda each: (each.since, each.job_id), reverse=True)
        missed.sort(key=lambda row: (row.first_due, row.job_id), reverse=True)
        recovered.sort(key=lambda each: (each.recovered_at, each.job_id), reverse=True)
        return Episodes(
            failing=tuple(failing[:limit]),
            missed=tuple(missed[:limit]),
            recovered=tuple(recovered[:limit]),
            count=len(failing) + len(missed),
        )
