"""One due time, one fate: a run with its ledger row, or a row that says why there is none."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from petit.core.clock import Millis
from petit.core.errors import RunIsOver, RunNotFound, StorageUnavailable
from petit.core.ids import JobId, RunId
from petit.core.job import Definition, Job
from petit.core.occurrence import LedgerRange
from petit.core.occurrence_catchup import CatchUp, MadeUp
from petit.core.occurrence_live import (
    MAX_PENDING,
    CancelOldest,
    InstantFate,
    Run,
    Skip,
    live_refusal,
    same_instant,
)
from petit.core.schedule import Schedule
from petit.events.bus import Bus
from petit.events.facts import OccurrenceMissed, OccurrenceSkipped
from petit.scheduler.chains import Chains
from petit.scheduler.dependencies import unmet_dependencies
from petit.scheduler.jobs import Jobs
from petit.scheduler.requests import RunRequest
from petit.scheduler.runs import Runs
from petit.scheduler.timer import Timer
from petit.storage.base import Created, CreateOutcome, Full, Storage
from petit.storage.records import OccurrenceRow

RACE_MS: Millis = 5
"""Pause before deciding anew where another run took the slot between decision and transaction."""


class Fates:
    """Decides on due times and writes what was decided."""

    def __init__(
        self, *, storage: Storage, timer: Timer, jobs: Jobs, runs: Runs, chains: Chains, bus: Bus
    ) -> None:
        self._storage = storage
        self._timer = timer
        self._jobs = jobs
        self._runs = runs
        self._chains = chains
        self._bus = bus

    def decide(self, job_id: JobId, due: Millis, schedules: Sequence[Schedule]) -> None:
        """Begin to decide on a job that is due by one or more of its schedules."""
        keys = [schedule.key for schedule in schedules]
        self._chains.add(job_id, lambda: self._decide(job_id, due, keys))

    def make_up(self, definition: Definition, made_up: MadeUp) -> None:
        """Begin to record what a gap skipped and missed, and to make up for it, by due time.

        The order matters: what is recorded counts as decided, with all before it, should Petit be killed.
        """
        job_id = definition.job.id
        work: list[tuple[Millis, str, LedgerRange | CatchUp]] = [
            (each.first_due, key, each) for key, ranges in made_up.ranges.items() for each in ranges
        ]
        work.extend((each.due, "", each) for each in made_up.runs)
        for _, key, each in sorted(work, key=lambda entry: entry[:2]):
            if isinstance(each, CatchUp):
                self._chains.add(job_id, lambda each=each: self._catch_up(definition, each))  # type: ignore[misc]  # mypy cannot infer a default
            else:
                row = range_row(definition, key, each, self._timer.now())
                self._chains.add(job_id, lambda row=row: self._record([row]))  # type: ignore[misc]  # mypy cannot infer a default

    # --- one due time -------------------------------------------------------------------------------------
    async def _decide(self, job_id: JobId, due: Millis, keys: list[str]) -> None:
        while True:
            live = self._jobs.live.get(job_id)
            if live is None:
                return
            definition = live.definition
            unmet = await self._unmet(definition.job)
            scheduled = [row for row in self._runs.queue.line(job_id) if row.trigger == "schedule"]
            verdict = live_refusal(
                definition.job,
                due=due,
                pause=self._jobs.pause_of(""),
                job_pause=self._jobs.pause_of(job_id),
                unmet=unmet,
                running=self._runs.holders(job_id),
                waiting=[row.id for row in scheduled if not row.catchup],
                pending=len(scheduled),
            )
            if isinstance(verdict, Skip):
                await self._skip(definition, due, keys, verdict)
                return
            if not await self._run(definition, due, keys, verdict):
                return
            await self._timer.sleep(RACE_MS)

    async def _run(
        self, definition: Definition, due: Millis, keys: list[str], verdict: Run | CancelOldest
    ) -> bool:
        """Create the run; True: the slot was taken meanwhile, and it has to be decided anew."""
        makes_way = isinstance(verdict, CancelOldest) or definition.job.overlap == "queue"
        outcome = await self._create(definition, due, keys, "queue" if makes_way else "queue_total", verdict)
        if isinstance(verdict, CancelOldest) and isinstance(outcome, Created) and outcome.status == "pending":
            # Only now: a due time that has its fate already, after the clock was set back, ends nothing.
            with suppress(RunIsOver, RunNotFound, StorageUnavailable):
                await self._runs.cancel(verdict.run_id, "overlap: cancel_running")
        return isinstance(outcome, Full)

    async def _create(
        self,
        definition: Definition,
        due: Millis,
        keys: Sequence[str],
        when_full: str,
        verdict: Run | CancelOldest,
        *,
        catchup: bool = False,
    ) -> CreateOutcome:
        now = self._timer.now()
        rows: tuple[OccurrenceRow, ...] = ()

        def occurrences(run_id: RunId) -> tuple[OccurrenceRow, ...]:
            nonlocal rows
            rows = tuple(
                _fate_row(definition, due, fate, now) for fate in same_instant(keys, verdict, run_id)
            )
            return rows

        _, outcome = await self._runs.create(
            RunRequest(
                job=definition.job,
                definition=definition.hash,
                trigger="schedule",
                when_full=when_full,
                caller="schedule",
                scheduled_for=due,
                schedule=keys[0],
                catchup=catchup,
                occurrences=occurrences,
                max_pending=None if catchup else MAX_PENDING,
            )
        )
        if isinstance(outcome, Created):
            self._bus.publish([occurrence_fact(row, now) for row in rows if row.fate != "ran"])
        return outcome

    async def _skip(self, definition: Definition, due: Millis, keys: list[str], verdict: Skip) -> None:
        now = self._timer.now()
        await self._record(
            [_fate_row(definition, due, fate, now) for fate in same_instant(keys, verdict, "")]
        )

    async def _record(self, rows: list[OccurrenceRow]) -> None:
        written = await self._storage.record(rows)
        now = self._timer.now()
        self._bus.publish(
            [occurrence_fact(row, now) for row, good in zip(rows, written, strict=True) if good]
        )

    async def _unmet(self, job: Job) -> list[dict[str, Any]]:
        if not job.depends_on:
            return []
        unmet = await unmet_dependencies(self._storage, job, self._timer.now())
        return [each.as_evidence() for each in unmet]

    async def _catch_up(self, definition: Definition, made_up: CatchUp) -> None:
        """Create a run that makes up for a missed occurrence: it waits for a slot, one at a time."""
        current = self._jobs.definition(definition.job.id) or definition
        unmet = await self._unmet(current.job)
        keys = list(made_up.schedules)
        if unmet:
            await self._skip(current, made_up.due, keys, Skip("dependency", {"dependencies": unmet}))
        else:
            await self._create(current, made_up.due, keys, "queue", Run("queued"), catchup=True)


def range_row(definition: Definition, key: str, missed: LedgerRange, now: Millis) -> OccurrenceRow:
    """Return the ledger row of a range of due times without a run."""
    return OccurrenceRow(
        job_id=definition.job.id,
        schedule=key,
        first_due=missed.first_due,
        last_due=missed.last_due,
        fate=missed.fate,
        decided_at=now,
        reason=missed.reason,
        evidence=missed.evidence,
        definition=definition.hash,
    )


def _fate_row(definition: Definition, due: Millis, fate: InstantFate, now: Millis) -> OccurrenceRow:
    return OccurrenceRow(
        job_id=definition.job.id,
        schedule=fate.schedule,
        first_due=due,
        last_due=due,
        fate=fate.fate,
        decided_at=now,
        reason=fate.reason,
        evidence=fate.evidence,
        run_id=fate.run_id,
        definition=definition.hash,
    )


def occurrence_fact(row: OccurrenceRow, now: Millis) -> OccurrenceSkipped | OccurrenceMissed:
    """Return the fact that due times got a fate without a run of their own."""
    kind = OccurrenceSkipped if row.fate == "skipped" else OccurrenceMissed
    return kind(
        at=now,
        job_id=row.job_id,
        schedule=row.schedule,
        first_due=row.first_due,
        last_due=row.last_due,
        reason=row.reason or "",
        evidence=row.evidence,
    )
