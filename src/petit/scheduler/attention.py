"""What needs somebody: jobs that fail, with the line of output that tells why, and what was missed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import msgspec

from petit.core.clock import Millis
from petit.core.ids import JobId, RunId, TaskId
from petit.core.job import Job, decode_job
from petit.core.log_errors import plain
from petit.core.schedule import Schedule
from petit.execution.last_words import last_words
from petit.scheduler.commands import LiveJob
from petit.scheduler.recent import Recent
from petit.storage.base import Storage
from petit.storage.episodes import Failing, Recovered
from petit.storage.records import OccurrenceRow, RunRow, TaskRow

LATELY_MS: Millis = 24 * 3600 * 1000
LONGEST_LINE = 500
"""Characters of an error line that are told."""

MOST_COUNTED = 1_000
_KEPT = 512

LogDir = Callable[[RunId, TaskId, int], str]


class Culprit(msgspec.Struct, frozen=True, kw_only=True):
    """What failed first in a run, and the line of its output that tells best why.

    Attributes:
        task_id: The task that failed first and whose failure counts; None where no task did, as with the
            timeout of a run that waited.
        attempt: Its last attempt.
        stream: Where the line was written; None where nothing was.
        line: Plain text.
        offset: The first byte of the line in the stream.
    """

    task_id: TaskId | None = None
    attempt: int | None = None
    stream: Literal["stdout", "stderr"] | None = None
    line: str | None = None
    offset: int | None = None


class Missed(msgspec.Struct, frozen=True, kw_only=True):
    """Due times that were missed and not made up for. `count` is null where there are more than 1,000."""

    schedule: str
    first_due: Millis
    last_due: Millis
    count: int | None
    reason: str | None
    evidence: dict[str, Any] | None


class Trouble(msgspec.Struct, frozen=True, kw_only=True):
    """A job that needs somebody.

    Attributes:
        since: When the first of the runs that failed ended, or the first time that was missed.
        failures: Runs that failed one after the other.
        run: The last of them; None where it is stored no more, and for what was missed.
        culprit: What failed in it.
    """

    job_id: JobId
    name: str
    kind: Literal["failing", "missed"]
    since: Millis
    failures: int = 0
    run: RunRow | None = None
    culprit: Culprit = Culprit()
    missed: Missed | None = None


class Sight(msgspec.Struct, frozen=True, kw_only=True):
    """What there is to see.

    Attributes:
        troubles: The newest first.
        recovered: Jobs that recovered lately, each with its name.
        total: How many troubles there are in all.
    """

    troubles: tuple[Trouble, ...]
    recovered: tuple[tuple[Recovered, str], ...]
    total: int


class Attention:
    """Looks for what needs somebody. Costs what is wrong now, however much is stored.

    What is found out about a run that is over is kept: neither its tasks nor its logs change any more.
    """

    def __init__(self, storage: Storage, log_dir: LogDir) -> None:
        self._storage = storage
        self._log_dir = log_dir
        self._culprits: Recent[RunId, Culprit] = Recent(_KEPT)
        self._missed: Recent[tuple[JobId, str, Millis, Millis], Missed] = Recent(_KEPT)

    async def look(self, jobs: Mapping[JobId, LiveJob], *, now: Millis, limit: int) -> Sight:
        """Return what needs somebody, `limit` entries at most."""
        found = await self._storage.episodes(recovered_since=now - LATELY_MS, limit=limit)
        newest: list[Failing | OccurrenceRow] = [*found.failing, *found.missed]
        newest.sort(key=_begun, reverse=True)
        troubles = [
            await self._failing(jobs[each.job_id], each)
            if isinstance(each, Failing)
            else await self._not_made_up(jobs[each.job_id], each)
            for each in newest[:limit]
            if each.job_id in jobs
        ]
        recovered = tuple(
            (each, jobs[each.job_id].definition.job.name) for each in found.recovered if each.job_id in jobs
        )
        return Sight(troubles=tuple(troubles), recovered=recovered, total=found.count)

    # --- jobs that fail -------------------------------------------------------------------------------------
    async def _failing(self, live: LiveJob, failing: Failing) -> Trouble:
        return Trouble(
            job_id=failing.job_id,
            name=live.definition.job.name,
            kind="failing",
            since=failing.since,
            failures=failing.failures,
            run=failing.run,
            culprit=Culprit() if failing.run is None else await self._culprit(live, failing.run),
        )

    async def _culprit(self, live: LiveJob, run: RunRow) -> Culprit:
        known = self._culprits.get(run.id)
        if known is None:
            job = await self._pinned(live, run)
            known = await self._described(first_failed(await self._storage.tasks(run.id), job))
            self._culprits.put(run.id, known)
        return known

    async def _described(self, task: TaskRow | None) -> Culprit:
        if task is None:
            return Culprit()
        where = Path(self._log_dir(task.run_id, task.task_id, task.attempts))
        words = await asyncio.to_thread(last_words, where)
        if words is None:
            return Culprit(task_id=task.task_id, attempt=task.attempts)
        return Culprit(
            task_id=task.task_id,
            attempt=task.attempts,
            stream=words.stream,
            line=plain(words.line, LONGEST_LINE),
            offset=words.offset,
        )

    async def _pinned(self, live: LiveJob, run: RunRow) -> Job | None:
        """Return the definition that a run is pinned to; None where it cannot be read."""
        if live.definition.hash == run.definition:
            return live.definition.job
        stored = await self._storage.definition(run.definition)
        try:
            return None if stored is None else decode_job(stored.body)
        except msgspec.MsgspecError:
            return None

    # --- what was missed ------------------------------------------------------------------------------------
    async def _not_made_up(self, live: LiveJob, row: OccurrenceRow) -> Trouble:
        key = (row.job_id, row.schedule, row.first_due, row.last_due)
        missed = self._missed.get(key)
        if missed is None:
            missed = self._missed.put(key, await asyncio.to_thread(_counted, row))
        return Trouble(
            job_id=row.job_id,
            name=live.definition.job.name,
            kind="missed",
            since=row.first_due,
            missed=missed,
        )


def first_failed(tasks: Iterable[TaskRow], job: Job | None) -> TaskRow | None:
    """Return the task that failed first of those whose failure counts; its followers were skipped for it."""
    allowed = frozenset[TaskId]() if job is None else {task.id for task in job.tasks if task.allow_failure}
    counts = (row for row in tasks if row.status in {"failed", "interrupted"} and row.task_id not in allowed)
    return min(counts, key=lambda row: (row.ended_at or 0, row.position), default=None)


def _begun(each: Failing | OccurrenceRow) -> tuple[Millis, JobId]:
    return (each.since if isinstance(each, Failing) else each.first_due, each.job_id)


def _counted(row: OccurrenceRow) -> Missed:
    """Show a range of the ledger with the number of its due times: a step of the schedule for each."""
    number = 1
    if row.first_due < row.last_due:
        dues = Schedule.from_key(row.schedule).between(row.first_due, row.last_due)
        number += sum(1 for _ in islice(dues, MOST_COUNTED))
    return Missed(
        schedule=row.schedule,
        first_due=row.first_due,
        last_due=row.last_due,
        count=number if number <= MOST_COUNTED else None,
        reason=row.reason,
        evidence=row.evidence,
    )
