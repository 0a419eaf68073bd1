"""Runs that wait, for their time or for a slot, and who gets one next."""

from __future__ import annotations

import heapq
import itertools
import logging
from collections.abc import Callable, Iterable, Iterator
from functools import partial

import msgspec

from petit.core.admission import Waiting, next_admissions
from petit.core.clock import Millis
from petit.core.errors import DependencyNotSatisfied, RunIsOver, StorageUnavailable
from petit.core.ids import JobId, RunId
from petit.core.job import Definition, Job, decode_job
from petit.core.progress import Progress
from petit.core.states import TASK_OVER
from petit.events.bus import Bus
from petit.events.facts import Fact
from petit.scheduler import telling
from petit.scheduler.agenda import Timers
from petit.scheduler.background import Background
from petit.scheduler.dependencies import unmet_dependencies
from petit.scheduler.later import Later
from petit.scheduler.opening import taken_up
from petit.scheduler.roster import Pending, Roster, UnderWay
from petit.scheduler.run import RunDriver, Surroundings
from petit.scheduler.timer import Timer
from petit.scheduler.turn import Turn
from petit.storage.base import CancelIntent, RunChange, Slots, Storage, TaskChange
from petit.storage.records import RunRow, TaskRow

_log = logging.getLogger(__name__)
_replace = msgspec.structs.replace

RETRY_MS: Millis = 1_000
"""How soon something is tried again that the storage did not take."""

UNREADABLE = "its definition is missing from the database"


class Queue:
    """The pending runs. The database has the last word on slots; this only proposes.

    Attributes:
        later: Those whose time has not come; all others stand in line, first come, first served.
    """

    def __init__(
        self,
        *,
        storage: Storage,
        timer: Timer,
        timers: Timers,
        bus: Bus,
        around: Surroundings,
        background: Background,
        roster: Roster,
        under_way: UnderWay,
        max_jobs: int | None,
        current: Callable[[JobId], Definition | None],
        wake: Callable[[], None],
        on_admitted: Callable[[RunDriver, Turn], None],
        on_over: Callable[[RunId], None],
    ) -> None:
        self._storage = storage
        self._timer = timer
        self._timers = timers
        self._bus = bus
        self._around = around
        self._background = background
        self._roster = roster
        self._under_way = under_way
        self._max_jobs = max_jobs
        self._current = current
        self._on_admitted = on_admitted
        self._on_over = on_over
        self._pending = Pending()
        self.later = Later(wake)
        self._is_admitting = False
        self._again = False
        self.is_frozen = False

    def __contains__(self, run_id: RunId) -> bool:
        return run_id in self._pending or run_id in self.later

    def __len__(self) -> int:
        return len(self._pending) + len(self.later)

    def line(self, job_id: JobId) -> Iterator[RunRow]:
        """Walk the runs of a job that wait for a slot, in order."""
        return self._pending.line(job_id)

    def add(self, row: RunRow) -> None:
        """Take in a pending run."""
        if row.run_at is None:
            self._pending.add(row)
        else:
            self.later.add(row)

    # --- their time -----------------------------------------------------------------------------------------
    def call_up(self, now: Millis) -> None:
        """Begin to let those stand in line whose time has come."""
        if not self.is_frozen:
            for row in self.later.take(now):
                self._background.add(self._stand_in_line(row.id))

    async def _stand_in_line(self, run_id: RunId) -> None:
        """Judge a run on its job's dependencies and let it wait for a slot, or end it (decision 18).

        Where it waits over a restart it is judged once more: nothing is written of the first time.
        """
        await self._under_way.known(run_id)
        row = self.later.get(run_id)
        if row is None or self.is_frozen:
            return
        try:
            with self._under_way.of(run_id):
                refusal = await self._refusal(row.job_id)
                if refusal is not None:
                    await self._end(row, str(refusal))
                    return
                self.later.remove(run_id)
                self._pending.add(row)
        except StorageUnavailable:
            self._timers.after(RETRY_MS, partial(self._again_later, row))
            return
        self.admit()

    async def _refusal(self, job_id: JobId) -> DependencyNotSatisfied | None:
        definition = self._current(job_id)
        if definition is None:
            return None
        unmet = await unmet_dependencies(self._storage, definition.job, self._timer.now())
        return DependencyNotSatisfied(job_id, [each.as_evidence() for each in unmet]) if unmet else None

    def _again_later(self, row: RunRow) -> None:
        if row.id in self.later:
            self.later.add(row)

    # --- admitting ----------------------------------------------------------------------------------------
    def admit(self) -> None:
        """Begin to give free slots to waiting runs, in the order in which they stand in line."""
        self._again = True
        if self._pending and not self._is_admitting and not self.is_frozen:
            self._is_admitting = True
            self._background.add(self._admit_all())

    async def _admit_all(self) -> None:
        try:
            while self._again and not self.is_frozen:
                self._again = False
                for run_id in self._next():
                    if not self.is_frozen:
                        await self._admit(run_id)
        except StorageUnavailable:
            self._timers.after(RETRY_MS, self.admit)
        finally:
            self._is_admitting = False

    def _next(self) -> list[RunId]:
        return next_admissions(
            self._candidates(),
            running_by_job={job_id: self._roster.count(job_id) for job_id in self._pending.jobs()},
            running_total=len(self._roster),
            max_jobs=self._max_jobs,
        )

    def _candidates(self) -> Iterator[Waiting]:
        """Walk the runs that their jobs have room for, in order; what is not taken costs nothing."""
        lines = map(self._line, self._pending.jobs())
        return heapq.merge(*lines, key=lambda waiting: self._pending.place(waiting.run_id))

    def _line(self, job_id: JobId) -> Iterator[Waiting]:
        """Walk the runs of a job that it has room for; of those that catch up, one at a time (decision 7)."""
        limit = self._limit(job_id)
        room = None if limit is None else max(limit - self._roster.count(job_id), 0)
        is_catching_up = self._roster.is_catching_up(job_id)
        takes_part = (row for row in self._pending.line(job_id) if not (row.catchup and is_catching_up))
        for row in itertools.islice(takes_part, room):
            is_catching_up = is_catching_up or row.catchup
            yield Waiting(row.id, job_id, limit)

    def _limit(self, job_id: JobId) -> int | None:
        """Limits follow the newest definition (decision 15)."""
        definition = self._current(job_id)
        return None if definition is None else definition.job.effective_max_concurrency

    async def _admit(self, run_id: RunId) -> None:
        await self._under_way.known(run_id)
        row = self._pending.get(run_id)
        if row is None:
            return
        with self._under_way.of(run_id):
            job = await self.pinned(row)
            if job is None:
                await self._end(row, UNREADABLE)
                return
            driver = RunDriver(row, job, self._around, progress=await self._progress(row, job))
            turn = Turn(run_id, self._timer.now())
            driver.admit(turn, queued_at=row.run_at or row.created_at)
            turn.slots = Slots(self._limit(row.job_id), self._max_jobs)
            end = turn.run if driver.is_over else None
            if end is not None:
                turn.run = RunChange(status="running", started_at=turn.at)
            (is_admitted,) = await self._storage.advance([turn.step()])
            if not is_admitted:
                await self._look_again(run_id)
                return
            self._pending.remove(run_id)
            turn.run = end
            self._on_admitted(driver, turn)

    async def _progress(self, row: RunRow, job: Job) -> Progress | None:
        """Return how far a run is before it begins; None, as for nearly all: all of its tasks are pending."""
        if row.rerun_of is None and row.selected is None:
            return None
        tasks = await self._storage.tasks(row.id)
        return taken_up(row, job, tasks, max_tasks=self._around.max_tasks)

    async def _look_again(self, run_id: RunId) -> None:
        """Let go of a run that the database says waits no more: it would stand in the way of others."""
        stored = await self._storage.run(run_id)
        if stored is None or stored.status != "pending":
            self._pending.remove(run_id)
            self._on_over(run_id)

    async def pinned(self, row: RunRow) -> Job | None:
        """Return the definition that a run is pinned to."""
        current = self._current(row.job_id)
        if current is not None and current.hash == row.definition:
            return current.job
        stored = await self._storage.definition(row.definition)
        try:
            if stored is not None:
                return decode_job(stored.body)
        except msgspec.MsgspecError as error:
            _log.error("run %s: its definition %s cannot be read: %s", row.id, row.definition[:12], error)
        else:
            _log.error("run %s: its definition %s is not in the database", row.id, row.definition[:12])
        return None

    # --- ending -------------------------------------------------------------------------------------------
    async def cancel(self, run_id: RunId, reason: str | None) -> None:
        """Cancel a run that waits and about which nothing is under way; durable when this returns.

        Raises:
            RunIsOver: Somebody else ended it.
            StorageUnavailable: It waits as before.
        """
        row = self._pending.get(run_id) or self.later.get(run_id)
        assert row is not None
        with self._under_way.of(run_id):
            if not await self._end(row, reason):
                stored = await self._storage.run(run_id)
                raise RunIsOver(run_id, "cancelled" if stored is None else stored.status)

    async def _end(self, row: RunRow, reason: str | None) -> bool:
        """Write the end of a run that never had a slot. False: the database knew better."""
        now = self._timer.now()
        turn = Turn(row.id, now)
        turn.intent = CancelIntent(at=now, reason=reason)
        turn.run = RunChange(status="cancelled", ended_at=now, reason=reason)
        tasks = [each for each in await self._storage.tasks(row.id) if each.status not in TASK_OVER]
        turn.tasks = [TaskChange(task_id=each.task_id, status="cancelled", ended_at=now) for each in tasks]
        (is_done,) = await self._storage.advance([turn.step()])
        self._remove(row.id)
        if is_done:
            over = {"status": "cancelled", "ended_at": now}
            run = _replace(row, **over, cancel_requested_at=now, reason=reason or row.reason)
            self._tell_cancelled(run, [_replace(each, **over) for each in tasks], reason)
        self._on_over(row.id)
        return is_done

    async def forget(self, run_id: RunId, reason: str) -> None:
        """Drop a waiting run that a reload cancelled."""
        row = self._remove(run_id)
        if row is not None:
            run, tasks = await self._storage.run(run_id), await self._storage.tasks(run_id)
            self._tell_cancelled(run or row, [each for each in tasks if each.status == "cancelled"], reason)
            self._on_over(run_id)

    def _remove(self, run_id: RunId) -> RunRow | None:
        return self._pending.remove(run_id) or self.later.remove(run_id)

    def _tell_cancelled(self, run: RunRow, tasks: Iterable[TaskRow], reason: str | None) -> None:
        now, teller = self._timer.now(), telling.Teller(run, self._around.executor)
        told: list[Fact] = [teller.cancelled(now, each) for each in tasks]
        told.append(telling.run_ended(run, now, reason))
        self._bus.publish(told)
