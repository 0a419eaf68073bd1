"""Schedules: what is due now, what was missed, what comes next."""

from __future__ import annotations

from collections.abc import Mapping

from petit.core.clock import Millis
from petit.core.ids import JobId
from petit.core.job import Job
from petit.core.occurrence import Absence, GapVerdict, is_late, judge_gap
from petit.core.occurrence_catchup import make_up
from petit.core.schedule import Schedule
from petit.scheduler.agenda import Agenda, Slot
from petit.scheduler.fates import Fates
from petit.scheduler.jobs import Jobs, Known


class Firing:
    """Keeps the agenda of due times and hands over what has come due."""

    def __init__(self, *, jobs: Jobs, agenda: Agenda, fates: Fates) -> None:
        self._jobs = jobs
        self._agenda = agenda
        self._fates = fates
        self._decided: dict[Slot, Millis] = {}

    # --- what comes ---------------------------------------------------------------------------------------
    def arm(self, now: Millis) -> None:
        """Put the next due time of every schedule in force on the agenda, counting from `now`."""
        wanted = {(job_id, each.key): each for job_id, each in self._jobs.schedules(self._jobs.live)}
        for slot in self._agenda.slots():
            if slot not in wanted:
                self._agenda.drop(slot)
        for slot, schedule in wanted.items():
            if slot not in self._agenda:
                self._agenda.put(slot, schedule.next_after(now))
        for job_id in list(self._jobs.live):
            self._note_next(job_id)

    def rearm(self, now: Millis) -> None:
        """Begin anew from `now`, after the wall clock stepped back; UNIQUE prevents doubles (decision 10).

        What has come due all the same, as the machine slept after that, stays on the agenda.
        """
        for slot in self._agenda.slots():
            due = self._agenda.due_of(slot)
            if due is not None and due > now:
                self.note_decided(slot, due - 1)
                self._agenda.drop(slot)
        self.arm(now)

    def note_decided(self, slot: Slot, until: Millis) -> None:
        """Note that a schedule's due times have their fates until then, though the clock says it is earlier.

        Should the clock step forward again, the gap that there seems to be begins only there.
        """
        self._decided[slot] = max(self._decided.get(slot, until), until)

    def _note_next(self, job_id: JobId) -> None:
        live = self._jobs.live.get(job_id)
        if live is None:
            return
        job = live.definition.job
        dues = [self._agenda.due_of((job_id, schedule.key)) for schedule in job.schedules]
        coming = [due for due in dues if due is not None]
        self._jobs.set_next(job_id, min(coming) if coming and job.enabled else None)

    # --- what is due --------------------------------------------------------------------------------------
    def fire(self, now: Millis) -> None:
        """Take what is due off the agenda and begin to decide it; what comes after is put on."""
        on_time: dict[tuple[JobId, Millis], list[Schedule]] = {}
        overslept: dict[JobId, dict[str, Millis]] = {}
        for due, (job_id, key) in list(self._agenda.take(now)):
            schedule = Schedule.from_key(key)
            if is_late(due, now):
                overslept.setdefault(job_id, {})[key] = max(due - 1, self._decided.get((job_id, key), 0))
                self._agenda.put((job_id, key), schedule.next_after(now))
            else:
                on_time.setdefault((job_id, due), []).append(schedule)
                self._agenda.put((job_id, key), schedule.next_after(due))
            self._note_next(job_id)
        for (job_id, due), schedules in on_time.items():
            self._fates.decide(job_id, due, schedules)
        for job_id, after in overslept.items():
            known = self._jobs.known.get(job_id)
            if known is not None:
                self.judge(known, after, until=now, down_since=min(after.values()) + 1, reason="asleep")

    def reboot(self, now: Millis) -> None:
        """Let every `@reboot` schedule be due now: called once for each boot of the machine (decision 9)."""
        for job_id, schedule in list(self._jobs.schedules(self._jobs.live)):
            if schedule.is_reboot:
                self._fates.decide(job_id, now, [schedule])

    # --- what was missed ----------------------------------------------------------------------------------
    def judge(
        self,
        known: Known,
        after: Mapping[str, Millis],
        *,
        until: Millis,
        down_since: Millis | None,
        reason: Absence = "down",
    ) -> None:
        """Begin to give all that a job missed its fate.

        Args:
            known: The job as it was before the gap.
            after: For each of its schedules, by key, when it was decided last.
            until: Now.
            down_since: When the gap began, where that is known.
            reason: What kept the engine away.
        """
        job = known.definition.job
        gaps = {
            key: self.gap(
                job, Schedule.from_key(key), after=last, until=until, down_since=down_since, reason=reason
            )
            for key, last in after.items()
        }
        self._fates.make_up(known.definition, make_up(gaps, job.catchup))

    def gap(
        self,
        job: Job,
        schedule: Schedule,
        *,
        after: Millis,
        until: Millis,
        down_since: Millis | None,
        reason: Absence = "down",
        changed: bool = False,
    ) -> GapVerdict:
        """Judge the due times in (after, until] by the definition that was in force (decision 7)."""
        return judge_gap(
            schedule,
            after=after,
            until=until,
            catchup=job.catchup,
            window_ms=job.catchup_window_ms,
            pause=self._jobs.pause_of(""),
            job_pause=self._jobs.pause_of(job.id),
            enabled=job.enabled,
            down_since=down_since,
            reason=reason,
            schedule_changed=changed,
        )
