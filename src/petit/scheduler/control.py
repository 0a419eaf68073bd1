"""Commands from outside about what there is: cancel, pause, resume."""

from __future__ import annotations

import logging

from petit.core.clock import Millis
from petit.core.errors import StorageUnavailable
from petit.core.ids import JobId
from petit.events.bus import Bus
from petit.events.facts import Fact, JobPaused, JobResumed, SchedulerPaused, SchedulerResumed
from petit.scheduler.background import Background
from petit.scheduler.chains import Chains
from petit.scheduler.commands import CancelRun, Pause, Resume
from petit.scheduler.jobs import Jobs
from petit.scheduler.runs import Runs
from petit.scheduler.timer import Timer
from petit.storage.base import Storage
from petit.storage.records import PauseRow

_log = logging.getLogger(__name__)


class Control:
    """Carries out what people and tools ask for."""

    def __init__(
        self,
        *,
        storage: Storage,
        timer: Timer,
        jobs: Jobs,
        runs: Runs,
        bus: Bus,
        chains: Chains,
        background: Background,
    ) -> None:
        self._storage = storage
        self._timer = timer
        self._jobs = jobs
        self._runs = runs
        self._bus = bus
        self._chains = chains
        self._background = background
        self._is_ending_pauses = False

    # --- runs ---------------------------------------------------------------------------------------------
    async def cancel(self, command: CancelRun) -> None:
        """End a run; the intent is durable when this returns."""
        reason = command.reason or (f"cancelled by {command.caller}" if command.caller else None)
        await self._runs.cancel(command.run_id, reason)

    # --- pauses -------------------------------------------------------------------------------------------
    async def pause(self, command: Pause) -> None:
        """Stop scheduled triggers; a second pause changes the reason and the end, not the beginning."""
        scope = self._scope(command.job_id)
        now = self._timer.now()
        standing = self._jobs.pauses.get(scope)
        if standing is not None and standing.until is not None and standing.until <= now:
            standing = None
        pause = PauseRow(
            scope=scope,
            since=now if standing is None else standing.since,
            until=command.until,
            reason=command.reason,
            by=command.caller,
        )
        await self._storage.set_pause(pause)
        self._jobs.set_pause(scope, pause)
        self._bus.publish([_paused(now, command)])

    async def resume(self, command: Resume) -> None:
        """Let scheduled triggers go on."""
        scope = self._scope(command.job_id)
        if scope in self._jobs.pauses:
            await self.end_pause(scope, by=command.caller)

    async def end_pause(self, scope: str, *, by: str | None) -> None:
        """End a pause that is in force."""
        await self._storage.end_pause(scope)
        self._jobs.set_pause(scope, None)
        now = self._timer.now()
        self._bus.publish(
            [JobResumed(at=now, job_id=scope, by=by) if scope else SchedulerResumed(at=now, by=by)]
        )

    def end_pauses(self, now: Millis) -> None:
        """Begin to end the pauses whose time is over."""
        end = self._jobs.first_pause_end
        if end is not None and end <= now and not self._is_ending_pauses:
            self._is_ending_pauses = True
            self._background.add(self._end_pauses(now))

    async def _end_pauses(self, now: Millis) -> None:
        """End pauses once what was due in them has its fate."""
        try:
            await self._chains.settled()
            for scope in self._jobs.pauses_over(now):
                await self.end_pause(scope, by="its end")
        except StorageUnavailable as error:
            _log.error("cannot record the end of a pause: %s", error)
        finally:
            self._is_ending_pauses = False

    def _scope(self, job_id: JobId | None) -> str:
        if job_id is None:
            return ""
        if job_id not in self._jobs.live:
            raise self._jobs.not_found(job_id)
        return job_id


def _paused(now: Millis, command: Pause) -> Fact:
    if command.job_id is None:
        return SchedulerPaused(at=now, reason=command.reason, by=command.caller, until=command.until)
    return JobPaused(
        at=now, job_id=command.job_id, reason=command.reason, by=command.caller, until=command.until
    )
