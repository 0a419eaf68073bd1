"""Schedules: what is due gets its fate, one row in the ledger each."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from petit.core.clock import Millis
from petit.core.errors import StorageUnavailable
from petit.core.ids import JobId
from petit.core.job import Definition, Job
from petit.core.occurrence import LATE_MS, GapVerdict, LedgerRange, judge_gap
from petit.core.schedule import Schedule
from petit.events.bus import Bus
from petit.events.facts import OccurrenceMissed, OccurrenceSkipped
from petit.scheduler.agenda import Agenda
from petit.scheduler.commands import LiveJob
from petit.scheduler.dependencies import unmet_dependencies
from petit.scheduler.jobs import Jobs
from petit.scheduler.runs import RunRequest, Runs
from petit.scheduler.timer import Timer
from petit.storage.base import Full, Storage
from petit.storage.records import Fate, OccurrenceRow, PauseRow

_log = logging.getLogger(__name__)

RETRY_MS: Millis = 250
MAX_PENDING_SCHEDULED = 100
"""Scheduled runs of a job that may wait; beyond it occurrences are skipped: queue_full (decision 2)."""

Evidence = dict[str, object] | None


class Firing:
    """Gives each due time its fate. Decisions of one job are made one after the other, those of several at once."""

    def __init__(
        self, *, storage: Storage, timer: Timer, jobs: Jobs, runs: Runs, agenda: Agenda, bus: Bus
    ) -> None:
        self._storage = storage
        self._timer = timer
        self._jobs = jobs
        self._runs = runs
        self._agenda = agenda
        self._bus = bus
        self._last: dict[JobId, asyncio.Task[None]] = {}
        self.trouble: str | None = None

    # --- arming -----------------------------------------------------------------------------------------------------
    def arm(self, now: Millis) -> None:
        """Put the next due time of every schedule in force on the agenda, counting from `now`."""
        wanted = {}
        for job_id, schedule in self._jobs.schedules(self._jobs.live):
            wanted[job_id, schedule.key] = schedule
        for slot in self._agenda.slots():
            if slot not in wanted:
                self._agenda.drop(slot)
        for slot, schedule in wanted.items():
            if slot not in self._agenda:
                self._agenda.put(slot, schedule.next_after(now))
        for job_id in self._jobs.live:
            self._note_next(job_id)

    def rearm(self, now: Millis) -> None:
        """Begin anew from `now`, after the wall clock stepped back; UNIQUE prevents doubles (decision 10)."""
        for slot in self._agenda.slots():
            self._agenda.drop(slot)
        self.arm(now)

    def _note_next(self, job_id: JobId) -> None:
        live = self._jobs.live.get(job_id)
        if live is None:
            return
        job = live.definition.job
        dues = [self._agenda.due_of((job_id, schedule.key)) for schedule in job.schedules]
        coming = [due for due in dues if due is not None]
        self._jobs.set_next(job_id, min(coming) if coming and job.enabled else None)

    # --- firing -----------------------------------------------------------------------------------------------------
    def fire(self, now: Millis) -> None:
        """Take what is due off the agenda and begin to decide it; what comes after is put on."""
        on_time: dict[tuple[JobId, Millis], list[Schedule]] = {}
        for due, (job_id, key) in list(self._agenda.take(now)):
            schedule = Schedule.from_key(key)
            if now - due > LATE_MS:
                self._agenda.put((job_id, key), schedule.next_after(now))
                self._asleep(job_id, schedule, due, now)
            else:
                self._agenda.put((job_id, key), schedule.next_after(due))
                on_time.setdefault((job_id, due), []).append(schedule)
            self._note_next(job_id)
        for (job_id, due), schedules in on_time.items():
            self._chain(job_id, lambda job_id=job_id, due=due, all_=schedules: self._decide(job_id, due, all_))

    def reboot(self, now: Millis) -> None:
        """Let every `@reboot` schedule be due now: called once for each boot of the machine (decision 9)."""
        for job_id, schedule in self._jobs.schedules(list(self._jobs.live)):
            if schedule.is_reboot:
                self._chain(
                    job_id, lambda job_id=job_id, schedule=schedule: self._decide(job_id, now, [schedule])
                )

    def _chain(self, job_id: JobId, work: Callable[[], Awaitable[None]]) -> None:
        """Do this after what is being decided for the job already."""
        before = self._last.get(job_id)

        async def run() -> None:
            if before is not None:
                await asyncio.wait({before})
            try:
                await self._insist(work)
            finally:
                if self._last.get(job_id) is task:
                    del self._last[job_id]

        task = asyncio.get_running_loop().create_task(run())
        self._last[job_id] = task
        task.add_done_callback(_report)

    async def _insist(self, work: Callable[[], Awaitable[None]]) -> None:
        """Repeat until the database takes it: no due time may go without a fate."""
        while True:
            try:
                await work()
            except StorageUnavailable as error:
                if self.trouble is None:
                    _log.error("cannot record what is due, trying again: %s", error)
                self.trouble = str(error)
                await self._timer.sleep(RETRY_MS)
            else:
                self.trouble = None
                return

    async def settled(self) -> None:
        """Return when all that was due has its fate, or the storage is in trouble."""
        while self._last and self.trouble is None:
            await asyncio.wait(set(self._last.values()), timeout=RETRY_MS / 1000)

    async def close(self) -> None:
        """Finish deciding, unless the storage is in trouble: what is left is judged at the next start."""
        await self.settled()
        for task in list(self._last.values()):
            task.cancel()

    # --- one due time -----------------------------------------------------------------------------------------------
    async def _decide(self, job_id: JobId, due: Millis, schedules: list[Schedule]) -> None:
        live = self._jobs.live.get(job_id)
        if live is None:
            return
        refusal = self._standing_refusal(live, due) or await self._dependency_refusal(live.definition.job)
        if refusal is not None:
            reason, evidence = refusal
            await self._skip(live.definition, due, schedules, reason, evidence)
        else:
            await self._run(live.definition, due, schedules)

    def _standing_refusal(self, live: LiveJob, due: Millis) -> tuple[str, Evidence] | None:
        """Disabled, paused, job_paused: tried in this order (decision 3)."""
        if not live.definition.job.enabled:
            return "disabled", None
        for reason, scope in (("paused", ""), ("job_paused", live.definition.job.id)):
            pause = self._jobs.pauses.get(scope)
            if pause is not None and (pause.until is None or due < pause.until):
                return reason, {"since": pause.since, "until": pause.until, "reason": pause.reason, "by": pause.by}
        return None

    async def _dependency_refusal(self, job: Job) -> tuple[str, Evidence] | None:
        if not job.depends_on:
            return None
        unmet = await unmet_dependencies(self._storage, job, self._timer.now())
        if not unmet:
            return None
        return "dependency", {"dependencies": [each.as_evidence() for each in unmet]}

    async def _run(self, definition: Definition, due: Millis, schedules: list[Schedule]) -> None:
        policy = definition.job.overlap or "skip"
        when_full = "queue" if policy == "queue" else "queue_total"
        outcome = await self._create(definition, due, schedules, when_full)
        if isinstance(outcome, Full) and outcome.scope == "job" and policy == "cancel_running":
            oldest = self._runs.active_of(definition.job.id)
            if oldest:
                await self._runs.cancel(oldest[0], f"overlap: the occurrence of {due} is due")
            outcome = await self._create(definition, due, schedules, "queue")
        if isinstance(outcome, Full):
            reason = "queue_full" if outcome.scope == "queue" else "overlap"
            evidence = {"runs": list(outcome.holders), "limit": outcome.limit}
            await self._skip(definition, due, schedules, reason, evidence)

    async def _create(
        self, definition: Definition, due: Millis, schedules: Sequence[Schedule], when_full: str, *, catchup: bool = False
    ) -> object:
        first, *others = schedules
        now = self._timer.now()
        job = definition.job
        rows = [_row(job.id, first, due, "ran", now, definition)]
        rows.extend(_row(job.id, each, due, "skipped", now, definition, "same_instant") for each in others)
        _, outcome = await self._runs.create(
            RunRequest(
                definition=definition,
                trigger="schedule",
                when_full=when_full,
                caller="schedule",
                scheduled_for=due,
                schedule=first.key,
                catchup=catchup,
                occurrences=tuple(rows),
                max_pending=None if catchup else MAX_PENDING_SCHEDULED,
                run_at_once=not catchup,
            )
        )
        return outcome

    async def _skip(
        self, definition: Definition, due: Millis, schedules: Sequence[Schedule], reason: str, evidence: Evidence
    ) -> None:
        now = self._timer.now()
        rows = [
            _row(definition.job.id, each, due, "skipped", now, definition, reason, evidence) for each in schedules
        ]
        await self._record(rows)

    async def _record(self, rows: list[OccurrenceRow]) -> None:
        written = await self._storage.record(rows)
        now = self._timer.now()
        self._bus.publish([_fact(row, now) for row, good in zip(rows, written, strict=True) if good])

    # --- gaps -------------------------------------------------------------------------------------------------------
    def _asleep(self, job_id: JobId, schedule: Schedule, due: Millis, now: Millis) -> None:
        live = self._jobs.live.get(job_id)
        if live is not None:
            verdict = self.judge(
                live.definition.job, schedule, after=due - 1, until=now, down_since=due, reason="asleep"
            )
            self.make_up(live.definition, schedule, verdict)

    def judge(
        self,
        job: Job,
        schedule: Schedule,
        *,
        after: Millis,
        until: Millis,
        down_since: Millis | None,
        reason: str = "down",
        changed: bool = False,
    ) -> GapVerdict:
        """Judge the due times in (after, until] by the definition that was in force (decision 7)."""
        return judge_gap(
            schedule,
            after=after,
            until=until,
            catchup=job.catchup,
            window_ms=job.catchup_window_ms,
            pause=_pause(self._jobs.pauses.get("")),
            job_pause=_pause(self._jobs.pauses.get(job.id)),
            enabled=job.enabled,
            down_since=down_since,
            reason=reason,
            schedule_changed=changed,
        )

    def make_up(self, definition: Definition, schedule: Schedule, verdict: GapVerdict) -> None:
        """Record what a gap skipped and missed, and create the runs that make up for it, in order of their due time."""
        events: list[tuple[Millis, LedgerRange | None]] = [(each.first_due, each) for each in verdict.ranges]
        events.extend((due, None) for due in verdict.runs)
        for due, missed in sorted(events, key=lambda event: event[0]):
            self._chain(
                definition.job.id,
                lambda due=due, missed=missed: self._make_up_one(definition, schedule, due, missed),
            )

    async def _make_up_one(
        self, definition: Definition, schedule: Schedule, due: Millis, missed: LedgerRange | None
    ) -> None:
        if missed is not None:
            await self._record([range_row(definition, schedule, missed, self._timer.now())])
            return
        current = self._jobs.definition(definition.job.id) or definition
        refusal = await self._dependency_refusal(current.job)
        if refusal is not None:
            await self._skip(current, due, [schedule], *refusal)
        else:
            await self._create(current, due, [schedule], "queue", catchup=True)


def range_row(definition: Definition, schedule: Schedule, missed: LedgerRange, now: Millis) -> OccurrenceRow:
    """Return the ledger row of a range of due times without a run."""
    return OccurrenceRow(
        job_id=definition.job.id,
        schedule=schedule.key,
        first_due=missed.first_due,
        last_due=missed.last_due,
        fate=missed.fate,
        decided_at=now,
        reason=missed.reason,
        evidence=missed.evidence,
        definition=definition.hash,
    )


def _row(
    job_id: JobId,
    schedule: Schedule,
    due: Millis,
    fate: Fate,
    now: Millis,
    definition: Definition,
    reason: str | None = None,
    evidence: Evidence = None,
) -> OccurrenceRow:
    return OccurrenceRow(
        job_id=job_id,
        schedule=schedule.key,
        first_due=due,
        last_due=due,
        fate=fate,
        decided_at=now,
        reason=reason,
        evidence=evidence,
        definition=definition.hash,
    )


def _fact(row: OccurrenceRow, now: Millis) -> OccurrenceSkipped | OccurrenceMissed:
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


def _pause(pause: PauseRow | None) -> tuple[Millis, Millis | None, str | None] | None:
    return None if pause is None else (pause.since, pause.until, pause.reason)


def _report(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        _log.error("internal error while deciding what is due", exc_info=task.exception())
