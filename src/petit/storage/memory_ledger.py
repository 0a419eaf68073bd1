"""The ledger in memory."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence

import msgspec

from petit.core.clock import Millis
from petit.core.ids import JobId
from petit.storage import rules
from petit.storage.base import OccurrenceFilter
from petit.storage.memory_tallies import MemoryTallies
from petit.storage.records import OccurrenceRow

ScheduleKey = tuple[JobId, str]


class MemoryLedger:
    """Fates of due times: for each schedule its rows by due time, which never overlap."""

    def __init__(self, tallies: MemoryTallies) -> None:
        self._tallies = tallies
        self._rows: dict[ScheduleKey, list[OccurrenceRow]] = {}

    def overlapping(self, row: OccurrenceRow) -> OccurrenceRow | None:
        """Return the newest stored row that shares due times with `row`."""
        rows = self._rows.get((row.job_id, row.schedule), [])
        at = bisect_right(rows, row.last_due, key=lambda each: each.first_due)
        return rows[at - 1] if at and rows[at - 1].last_due >= row.first_due else None

    def add(self, row: OccurrenceRow) -> None:
        """Store a row whose due times have no fate yet."""
        rows = self._rows.setdefault((row.job_id, row.schedule), [])
        at = bisect_right(rows, row.first_due, key=lambda each: each.first_due)
        rows.insert(at, msgspec.structs.replace(row, evidence=_as_stored(row)))
        if row.fate != "ran":
            self._tallies.decided(row)

    def record(self, rows: Sequence[OccurrenceRow], alive: Mapping[ScheduleKey, Millis]) -> list[bool]:
        """Store fates without a run, extending ranges; False where the due time had its fate already."""
        return [self._record(row, alive.get((row.job_id, row.schedule))) for row in rows]

    def _record(self, row: OccurrenceRow, alive_since: Millis | None) -> bool:
        if self.overlapping(row) is not None:
            return False
        known = self._rows.get((row.job_id, row.schedule))
        if known and rules.extends(row, known[-1], alive_since):
            known[-1] = msgspec.structs.replace(known[-1], last_due=row.last_due, decided_at=row.decided_at)
            self._tallies.decided(row)
        else:
            self.add(row)
        return True

    def decided_until(self, job_id: JobId, schedule: str) -> Millis | None:
        """Return the last due time of a schedule that has its fate."""
        rows = self._rows.get((job_id, schedule))
        return rows[-1].last_due if rows else None

    def newest(self, job_id: JobId, schedule: str) -> OccurrenceRow | None:
        """Return the newest row of a schedule."""
        rows = self._rows.get((job_id, schedule))
        return rows[-1] if rows else None

    def of_job(self, job_id: JobId) -> list[OccurrenceRow]:
        """Return all rows of a job."""
        return [row for row in self._all() if row.job_id == job_id]

    def remove(self, job_id: JobId, goes: Callable[[OccurrenceRow], bool]) -> None:
        """Forget rows of a job."""
        for key, rows in self._rows.items():
            if key[0] == job_id:
                rows[:] = [row for row in rows if not goes(row)]

    def page(self, which: OccurrenceFilter, *, limit: int, before: rules.Place | None) -> list[OccurrenceRow]:
        """Return rows by place, greatest first."""
        selected = (
            row
            for row in self._all()
            if rules.selects_occurrence(which, row) and (before is None or rules.place_of(row) < before)
        )
        return sorted(selected, key=rules.place_of, reverse=True)[:limit]

    def reaching(self, which: OccurrenceFilter, place: rules.Place) -> list[OccurrenceRow]:
        """Return the ranges that reach over `place`, greatest first."""
        selected = (
            row for row in self._all() if rules.reaches(row, place) and rules.selects_occurrence(which, row)
        )
        return sorted(selected, key=rules.place_of, reverse=True)

    def _all(self) -> Iterator[OccurrenceRow]:
        return (row for rows in self._rows.values() for row in rows)


def _as_stored(row: OccurrenceRow) -> dict[str, object] | None:
    """Return evidence as it would come back from JSON, so that both backends answer alike."""
    text = rules.encode_evidence(row.evidence)
    return None if text is None else msgspec.json.decode(text)
