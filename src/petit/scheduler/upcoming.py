"""What is to come: due times of schedules, runs with a time of their own, and what will become of them."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

import msgspec

from petit.core.clock import Millis
from petit.core.figures import Figures
from petit.core.ids import JobId, RunId
from petit.core.job import Job
from petit.core.occurrence import Pause
from petit.core.occurrence_live import CancelOldest, Run, Verdict, live_refusal
from petit.scheduler.commands import LiveJob, PauseView
from petit.storage.records import JobActivity, RunRow

Will = Literal["run", "wait", "skip"]


class Upcoming(msgspec.Struct, frozen=True, kw_only=True):
    """A due time to come.

    Attributes:
        name: That of the job.
        schedule: Key of the schedule; None for a run that was triggered to begin at this time.
        run_id: That run.
        will: What will become of it if things stay as they are. "wait" is a run that queues.
        reason: Why it will not run at once, as in the ledger; None where it will.
        expected_ms: How long a run takes: half of the last ones that completed took at most as long.
        p90_ms: Nine of ten took at most as long.
    """

    due_at: Millis
    job_id: JobId
    name: str
    schedule: str | None
    will: Will
    run_id: RunId | None = None
    reason: str | None = None
    evidence: dict[str, Any] | None = None
    expected_ms: Millis | None = None
    p90_ms: Millis | None = None


class Outlook(msgspec.Struct, frozen=True, kw_only=True):
    """What is looked at: a picture of the engine at one moment.

    Attributes:
        jobs: The jobs to look at.
        planned: Runs that begin at a time of their own, of these jobs.
        pause: That of the scheduler.
        now: What is due later is told.
    """

    jobs: Mapping[JobId, LiveJob]
    planned: Sequence[RunRow]
    pause: PauseView | None
    now: Millis


def upcoming(outlook: Outlook, *, limit: int, until: Millis | None) -> list[Upcoming]:
    """Return the next due times, the earliest first, before `until`.

    Costs a step of a schedule for each that is told. Jobs that are armed have their first one already; only
    disabled ones, which nobody arms, cost a step each to begin with.
    """
    told: list[Upcoming] = []
    heap = [(due, job_id) for job_id, live in outlook.jobs.items() for due in _first(live, outlook.now)]
    heapq.heapify(heap)
    while heap and len(told) < limit and (until is None or heap[0][0] < until):
        due, job_id = heap[0]
        job = outlook.jobs[job_id].definition.job
        verdict = _verdict(outlook, job_id, due)
        told.extend(_at(job, due, verdict))
        following = _next(job, due)
        if following is None:
            heapq.heappop(heap)
        else:
            heapq.heapreplace(heap, (following, job_id))
    return list(heapq.merge(told, _planned(outlook, until), key=lambda each: each.due_at))[:limit]


def _planned(outlook: Outlook, until: Millis | None) -> list[Upcoming]:
    """Tell the runs that wait for their time; no pause holds them up."""
    told = [
        Upcoming(
            due_at=row.run_at,
            job_id=row.job_id,
            name=outlook.jobs[row.job_id].definition.job.name,
            schedule=None,
            will="run",
            run_id=row.id,
        )
        for row in outlook.planned
        if row.run_at is not None and (until is None or row.run_at < until)
    ]
    return sorted(told, key=lambda each: each.due_at)


def with_activity(
    told: list[Upcoming], jobs: Mapping[JobId, LiveJob], activity: Mapping[JobId, JobActivity]
) -> list[Upcoming]:
    """Say how long each will take, and what becomes of the first of each job if those of now go on."""
    running = {job_id: each.running for job_id, each in activity.items()}
    return [
        _hindered(
            _expected(each, activity[each.job_id].figures),
            jobs[each.job_id].definition.job,
            running.pop(each.job_id, 0),
        )
        for each in told
    ]


def _expected(coming: Upcoming, figures: Figures) -> Upcoming:
    return msgspec.structs.replace(coming, expected_ms=figures.median_ms, p90_ms=figures.p90_ms)


def _hindered(next_one: Upcoming, job: Job, running: int) -> Upcoming:
    limit = job.effective_max_concurrency
    if next_one.will != "run" or limit is None or running < limit:
        return next_one
    is_skipped = next_one.run_id is None and (job.overlap or "skip") == "skip"
    will: Will = "skip" if is_skipped else "wait"
    evidence = {"max_concurrency": limit, "running_runs": running}
    return msgspec.structs.replace(next_one, will=will, reason="overlap", evidence=evidence)


def _first(live: LiveJob, now: Millis) -> Iterator[Millis]:
    job = live.definition.job
    due = live.next_run_at if job.enabled else _next(job, now)
    if due is not None:
        yield due


def _next(job: Job, after: Millis) -> Millis | None:
    dues = (schedule.next_after(after) for schedule in job.schedules)
    return min((due for due in dues if due is not None), default=None)


def _verdict(outlook: Outlook, job_id: JobId, due: Millis) -> Verdict:
    live = outlook.jobs[job_id]
    return live_refusal(
        live.definition.job, due=due, pause=_as_pause(outlook.pause), job_pause=_as_pause(live.paused)
    )


def _as_pause(pause: PauseView | None) -> Pause | None:
    return None if pause is None else (pause.since, pause.until, pause.reason)


def _at(job: Job, due: Millis, verdict: Verdict) -> Iterator[Upcoming]:
    """Tell each schedule that is due at this instant: the first one runs, the others say so (decision 5)."""
    keys = [schedule.key for schedule in job.schedules if schedule.next_after(due - 1) == due]
    for number, key in enumerate(keys):
        if isinstance(verdict, Run | CancelOldest) and number:
            yield Upcoming(
                due_at=due, job_id=job.id, name=job.name, schedule=key, will="skip", reason="same_instant",
                evidence={"schedule": keys[0]},
            )  # fmt: skip
        elif isinstance(verdict, Run | CancelOldest):
            yield Upcoming(due_at=due, job_id=job.id, name=job.name, schedule=key, will="run")
        else:
            yield Upcoming(
                due_at=due, job_id=job.id, name=job.name, schedule=key, will="skip", reason=verdict.reason,
                evidence=verdict.evidence,
            )  # fmt: skip
