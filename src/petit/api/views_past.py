"""The shapes of the answers that tell of many runs at once. Times and durations are milliseconds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal

import msgspec

from petit.api.views import Run, span
from petit.core.clock import Millis
from petit.core.ids import JobId, RunId, TaskId
from petit.core.states import LETTERS, RunStatus
from petit.scheduler.days import Day
from petit.scheduler.durations import Bucket
from petit.scheduler.grid import Grid, GridTask
from petit.scheduler.history import JobHistory
from petit.scheduler.ledger import Occurrence
from petit.storage.past import RunSpan
from petit.storage.records import Fate, RunRow


class HistoryRun(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A run in short. `duration_ms` is null until it is over."""

    id: RunId
    status: RunStatus
    created_at: Millis
    started_at: Millis | None
    ended_at: Millis | None
    duration_ms: Millis | None
    scheduled_for: Millis | None

    @classmethod
    def of(cls, row: RunRow) -> HistoryRun:
        """Show a stored run."""
        return cls(
            id=row.id,
            status=row.status,
            created_at=row.created_at,
            started_at=row.started_at,
            ended_at=row.ended_at,
            duration_ms=span(row.started_at, row.ended_at),
            scheduled_for=row.scheduled_for,
        )


class Gap(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A due time at which nothing ran."""

    due_at: Millis
    fate: Fate
    reason: str | None

    @classmethod
    def of(cls, occurrence: Occurrence) -> Gap:
        """Show a row of the ledger."""
        return cls(due_at=occurrence.due_at, fate=occurrence.fate, reason=occurrence.reason)


class History(msgspec.Struct, frozen=True, kw_only=True):
    """The last runs of a job, newest first, and its due times since the oldest of them at which nothing ran.

    Between `p5_ms` and `p95_ms` lie the durations of nine of ten of these runs; null where none is over.
    """

    job_id: JobId
    runs: list[HistoryRun]
    gaps: list[Gap]
    p5_ms: Millis | None
    p95_ms: Millis | None

    @classmethod
    def of(cls, history: JobHistory) -> History:
        """Show the last runs of a job."""
        return cls(
            job_id=history.job_id,
            runs=[HistoryRun.of(row) for row in history.runs],
            gaps=[Gap.of(each) for each in history.gaps],
            p5_ms=history.p5_ms,
            p95_ms=history.p95_ms,
        )


class GridPage(msgspec.Struct, frozen=True, kw_only=True):
    """How the tasks of a page of runs went.

    Attributes:
        tasks: Those that the job has now, in topological order, then those that it has no more (`gone`).
        runs: Newest first.
        cells: For each task, one character for each run, in the same order: `c` completed, `f` failed,
            `i` interrupted, `x` cancelled, `s` skipped, `r` running, `t` retrying, `p` pending, `-` for a run
            that had no such task.
        attempts: The same of how often it was tried: `0` to `9`, `+` for more, `.` for no such task.
        count: Runs of this page.
        next_cursor: Leads to older runs; null where there are none.
        prev_cursor: Leads back to newer ones; null where there are none, or no cursor was given.
    """

    job_id: JobId
    tasks: tuple[GridTask, ...]
    runs: list[Run]
    cells: dict[TaskId, str]
    attempts: dict[TaskId, str]
    count: int
    next_cursor: str | None
    prev_cursor: str | None

    @classmethod
    def of(
        cls, job_id: JobId, rows: Sequence[RunRow], grid: Grid, *, older: str | None, newer: str | None
    ) -> GridPage:
        """Show the tasks of runs."""
        return cls(
            job_id=job_id,
            tasks=grid.tasks,
            runs=[Run.of(row) for row in rows],
            cells=grid.cells,
            attempts=grid.attempts,
            count=len(rows),
            next_cursor=older,
            prev_cursor=newer,
        )


class Days(msgspec.Struct, frozen=True, kw_only=True):
    """The days, from `from` to `to`, on which something happened, oldest first."""

    job_id: JobId
    zone: str
    first: str = msgspec.field(name="from")
    last: str = msgspec.field(name="to")
    days: list[Day]
    count: int

    @classmethod
    def of(cls, job_id: JobId, zone: str, first: date, last: date, days: list[Day]) -> Days:
        """Show days."""
        return cls(
            job_id=job_id,
            zone=zone,
            first=first.isoformat(),
            last=last.isoformat(),
            days=days,
            count=len(days),
        )


class RunColumns(msgspec.Struct, frozen=True, kw_only=True):
    """Runs, oldest first: the same place in each list, and in the text, is the same run.

    Attributes:
        at: When each began.
        status: A character each: `c` completed, `f` failed, `i` interrupted, `x` cancelled.
    """

    id: list[RunId]
    at: list[Millis]
    duration_ms: list[Millis]
    status: str


class Durations(msgspec.Struct, frozen=True, kw_only=True):
    """How long the runs of a job took. What is not of this `kind` is null.

    Attributes:
        count: How many runs these are, or how many buckets.
    """

    job_id: JobId
    kind: Literal["runs", "buckets"]
    runs: RunColumns | None
    buckets: list[Bucket] | None
    count: int

    @classmethod
    def of(cls, job_id: JobId, found: Sequence[RunSpan] | Sequence[Bucket]) -> Durations:
        """Show runs, or buckets of them."""
        spans = [each for each in found if isinstance(each, RunSpan)]
        buckets = [each for each in found if isinstance(each, Bucket)]
        runs = RunColumns(
            id=[span.id for span in spans],
            at=[span.started_at for span in spans],
            duration_ms=[span.ended_at - span.started_at for span in spans],
            status="".join(LETTERS[span.status] for span in spans),
        )
        return cls(
            job_id=job_id,
            kind="buckets" if buckets else "runs",
            runs=None if buckets else runs,
            buckets=buckets or None,
            count=len(found),
        )
