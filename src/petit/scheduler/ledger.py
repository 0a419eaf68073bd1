"""Reading the ledger: ranges of equal fates expanded to single occurrences, page by page (decision 8)."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from typing import Any

import msgspec

from petit.core.clock import Millis
from petit.core.ids import JobId, RunId
from petit.core.schedule import Schedule
from petit.storage.base import OccurrenceFilter, Storage
from petit.storage.records import Fate, OccurrenceRow

Place = tuple[Millis, JobId, str]
"""Where an occurrence stands in the listing: (due, job, schedule), greatest first."""


class Occurrence(msgspec.Struct, frozen=True, kw_only=True):
    """One due time of a schedule and its fate."""

    job_id: JobId
    schedule: str
    due_at: Millis
    fate: Fate
    reason: str | None = None
    evidence: dict[str, Any] | None = None
    run_id: RunId | None = None

    @property
    def place(self) -> Place:
        """Where it stands in the listing."""
        return (self.due_at, self.job_id, self.schedule)


async def expand(
    storage: Storage, which: OccurrenceFilter, *, limit: int, before: Place | None
) -> list[Occurrence]:
    """Read one page of single occurrences, greatest place first, below `before`.

    Rows come by their last due time; a row's occurrences merge with those of rows that begin before it ends.
    No more due times are computed than the page shows.
    """
    if limit <= 0:
        return []
    if which.until is not None:
        # The same limit as a place: rows come by their last due time, which may be long after `until`.
        end: Place = (which.until, "", "")
        before = end if before is None else min(before, end)
    rows = await _rows_from(storage, which, limit, before)
    streams = [_single(row, which, before) for row in rows]
    merged = heapq.merge(*streams, key=lambda occurrence: occurrence.place, reverse=True)
    return [occurrence for occurrence, _ in zip(merged, range(limit), strict=False)]


async def _rows_from(
    storage: Storage, which: OccurrenceFilter, limit: int, before: Place | None
) -> list[OccurrenceRow]:
    """Read enough rows for a page: those that reach over the place, and the next ones below it."""
    rows: list[OccurrenceRow] = []
    if before is not None:
        # Ranges that end above the place but begin below it still have occurrences to show.
        reaching = OccurrenceFilter(
            job_id=which.job_id,
            fate=which.fate,
            without_run=which.without_run,
            reason=which.reason,
            since=max(which.since or 0, 0),
            until=which.until,
        )
        rows.extend(
            row for row in await storage.reaching(reaching, place=before) if row.first_due <= before[0]
        )
    rows.extend(await storage.occurrences(which, limit=limit, before=before))
    return rows


def _single(row: OccurrenceRow, which: OccurrenceFilter, before: Place | None) -> Iterator[Occurrence]:
    """Walk the due times of a row backwards, those within the filter and below the place."""
    for due in _dues(row, which, before):
        occurrence = Occurrence(
            job_id=row.job_id,
            schedule=row.schedule,
            due_at=due,
            fate=row.fate,
            reason=row.reason,
            evidence=row.evidence,
            run_id=row.run_id,
        )
        if before is None or occurrence.place < before:
            yield occurrence


def _dues(row: OccurrenceRow, which: OccurrenceFilter, before: Place | None) -> Iterator[Millis]:
    upper = row.last_due if which.until is None else min(row.last_due, which.until - 1)
    if before is not None:
        upper = min(upper, before[0])
    lower = row.first_due if which.since is None else max(row.first_due, which.since)
    if row.first_due == row.last_due:
        if lower <= row.first_due <= upper:
            yield row.first_due
        return
    schedule = Schedule.from_key(row.schedule)
    due = schedule.previous_before(upper + 1)
    while due is not None and due >= lower:
        yield due
        due = schedule.previous_before(due)
