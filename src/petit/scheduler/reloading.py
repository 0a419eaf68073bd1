"""Generations of job files: the first one at the start, the next ones while jobs run."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

import msgspec

from petit.config.diagnostics import Diagnostic
from petit.config.directory import JobDirectory
from petit.config.loader import Loaded
from petit.core.clock import Millis
from petit.core.errors import ReloadRefused
from petit.core.ids import JobId, RunId
from petit.events.bus import Bus
from petit.events.facts import JobsReloaded
from petit.scheduler.chains import Chains
from petit.scheduler.commands import Problem, Reloaded
from petit.scheduler.fates import occurrence_fact
from petit.scheduler.firing import Firing
from petit.scheduler.jobs import Jobs, Known, Plan, plan
from petit.scheduler.runs import Runs
from petit.scheduler.startup import Downtime
from petit.scheduler.timer import Timer
from petit.storage.base import Reload, Storage
from petit.storage.records import OccurrenceRow


class Reloading:
    """Reads the job files and puts them in force, all at once.

    Attributes:
        lock: Held while a generation changes; what is due then waits for the next generation's decision.
    """

    def __init__(
        self,
        *,
        storage: Storage,
        source: JobDirectory,
        timer: Timer,
        jobs: Jobs,
        runs: Runs,
        firing: Firing,
        chains: Chains,
        bus: Bus,
        fire: bool,
    ) -> None:
        self._storage = storage
        self._source = source
        self._timer = timer
        self._jobs = jobs
        self._runs = runs
        self._firing = firing
        self._chains = chains
        self._bus = bus
        self._fire = fire
        self.lock = asyncio.Lock()

    async def first(self, before: Mapping[JobId, Known], downtime: Downtime, now: Millis) -> None:
        """Put the first generation in force; raises ReloadRefused."""
        changes = plan(before, self._load(before), now)
        ended = changes.reload.schedules_ended if self._fire else ()
        fates = downtime.judge_ended(self._firing, ended)
        await self._write(changes, fates)
        self._bus.publish([occurrence_fact(row, now) for row in fates])

    async def again(self, is_firing: Callable[[], bool]) -> Reloaded:
        """Put another generation in force; raises ReloadRefused, StorageUnavailable."""
        async with self.lock:
            loaded = self._load(self._jobs.known)
            now = self._timer.now()
            if is_firing():
                # What is due by now is decided by the generation that goes; nothing fires until the next one
                # is in force, which decides on what is due from now on.
                self._firing.fire(now)
                await self._chains.settled()
            changes = plan(self._jobs.known, loaded, now)
            if not changes.changes_nothing:
                await self._change(changes, now)
        result = Reloaded(
            added=changes.added,
            changed=changes.changed,
            removed=changes.removed,
            stale=changes.stale,
            problems=self._jobs.problems,
        )
        self._bus.publish([_fact(result, now)])
        return result

    async def _change(self, changes: Plan, now: Millis) -> None:
        cancelled = await self._write(changes)
        if self._fire:
            self._firing.arm(now)
        await self._runs.forget(cancelled, "job removed")
        self._runs.queue.admit()

    async def _write(self, changes: Plan, occurrences: tuple[OccurrenceRow, ...] = ()) -> tuple[RunId, ...]:
        """Write a generation; a one-shot run ends no schedule and removes no job, as it judges nothing."""
        reload = changes.reload
        if self._fire:
            reload = msgspec.structs.replace(reload, occurrences=occurrences)
        else:
            rows = tuple(row for row in reload.jobs if row.removed_at is None)
            reload = Reload(at=reload.at, jobs=rows, definitions=reload.definitions)
        cancelled = await self._storage.reload(reload)
        self._jobs.install(changes.known)
        return cancelled

    def _load(self, before: Mapping[JobId, Known]) -> Loaded:
        loaded = self._source.load(known_jobs=frozenset(before))
        present = [job_id for job_id, known in before.items() if known.row.removed_at is None]
        if present and not loaded.definitions and not loaded.broken:
            raise ReloadRefused(
                f"no job files in '{self._source.path}', where {len(present)} jobs were: nothing was removed",
                jobs=len(present),
            )
        jobs = {known.row.file: job_id for job_id, known in before.items() if known.row.removed_at is None}
        jobs |= {file: job_id for file, job_id in loaded.broken.items() if job_id is not None}
        jobs |= {definition.file: definition.job.id for definition in loaded.definitions}
        self._jobs.problems = tuple(_problem(each, jobs.get(each.file)) for each in loaded.diagnostics)
        return loaded


def _problem(found: Diagnostic, job_id: JobId | None) -> Problem:
    return Problem(
        file=found.file,
        line=found.line,
        column=found.column,
        severity=found.severity,
        message=found.message,
        hint=found.hint,
        text=found.render(),
        job_id=job_id,
    )


def _fact(result: Reloaded, now: Millis) -> JobsReloaded:
    return JobsReloaded(
        at=now,
        added=result.added,
        changed=result.changed,
        removed=result.removed,
        stale=result.stale,
        problems=len(result.problems),
    )
