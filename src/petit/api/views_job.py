"""The shapes of the answers about jobs. Times and durations are milliseconds."""

from __future__ import annotations

from typing import Any

import msgspec

from petit.api.views import Run
from petit.core.clock import Millis
from petit.core.ids import JobId, RunId, TaskId
from petit.core.job import Catchup, Condition, Job, JobDependency, OnInterrupt, Overlap, Retry, Task, TaskKind
from petit.core.schedule import Schedule
from petit.core.schedule_words import schedule_words
from petit.scheduler.commands import LiveJob, PauseView
from petit.scheduler.handle import JobView
from petit.scheduler.plans import Plan


class ScheduleView(msgspec.Struct, frozen=True):
    """A schedule: its normalised text and its zone. `key` is its name in the ledger.

    `words` say when it is due, by the wall clock of its zone: "every day at 02:00". Where no short sentence
    is true they are the text.
    """

    text: str
    timezone: str
    key: str
    words: str

    @classmethod
    def of(cls, schedule: Schedule) -> ScheduleView:
        """Show a schedule."""
        return cls(schedule.text, schedule.zone, schedule.key, schedule_words(schedule))


class JobSummary(msgspec.Struct, kw_only=True):
    """A job in the list. `paused` is about this job alone; `pause` says since when, why and by whom.

    `recent_runs` is how many of its last finished runs, at most 30, the figures are about; cancelled ones do
    not count. `success_rate` is the share of them that completed, `median_ms` and `p90_ms` are durations of
    those that did: half of them, and nine of ten, took at most as long.
    """

    id: JobId
    name: str
    enabled: bool
    scheduled: bool
    task_count: int
    description: str
    tags: tuple[str, ...]
    schedules: tuple[ScheduleView, ...]
    next_run_at: Millis | None
    last_run: Run | None
    running_runs: int
    queued_runs: int
    paused: bool
    pause: PauseView | None
    max_concurrency: int | None
    removed: bool
    stale: bool
    success_rate: float | None
    recent_runs: int
    recent_completed: int
    median_ms: Millis | None
    p90_ms: Millis | None

    @classmethod
    def of(cls, view: JobView) -> JobSummary:
        """Show a job."""
        return cls(**_summary(view))


class TaskView(msgspec.Struct, frozen=True, kw_only=True):
    """A task as its file defines it. Its environment is not shown: passwords are often kept there."""

    id: TaskId
    name: str
    type: TaskKind
    command: str | None
    args: tuple[str, ...]
    script: str | None
    inline: bool
    working_dir: str | None
    depends_on: tuple[TaskId, ...]
    condition: Condition
    timeout_ms: Millis | None
    grace_ms: Millis
    retry: dict[str, Any]
    allow_failure: bool
    on_interrupt: OnInterrupt

    @classmethod
    def of(cls, task: Task) -> TaskView:
        """Show a task."""
        return cls(
            id=task.id,
            name=task.name,
            type=task.kind,
            command=task.command,
            args=task.args,
            script=task.script,
            inline=task.inline,
            working_dir=task.working_dir,
            depends_on=task.depends_on,
            condition=task.condition,
            timeout_ms=task.timeout_ms,
            grace_ms=task.grace_ms,
            retry=_whole(task.retry),
            allow_failure=task.allow_failure,
            on_interrupt=task.on_interrupt,
        )


class PlanView(msgspec.Struct, frozen=True, kw_only=True):
    """What a run is pinned to. `environment` has names without values, by task, those of the job included.

    `usual_ms` is the median duration of each task over the last completed runs of the job.
    """

    run_id: RunId
    job_id: JobId
    definition: str
    tasks: tuple[TaskView, ...]
    environment: dict[TaskId, tuple[str, ...]]
    usual_ms: dict[TaskId, Millis]

    @classmethod
    def of(cls, plan: Plan) -> PlanView:
        """Show a plan."""
        job = plan.job
        return cls(
            run_id=plan.run.id,
            job_id=job.id,
            definition=plan.run.definition,
            tasks=tuple(TaskView.of(task) for task in job.tasks),
            environment={
                task.id: tuple(sorted(job.environment.keys() | task.environment.keys())) for task in job.tasks
            },
            usual_ms=dict(plan.usual_ms),
        )


class JobDetail(JobSummary, kw_only=True):
    """A job with all that its file says. `definition` is the hash that runs are pinned to."""

    tasks: tuple[TaskView, ...]
    depends_on: tuple[dict[str, Any], ...]
    config: dict[str, Any]
    params: dict[str, Any]
    file: str
    definition: str
    overlap: Overlap | None
    catchup: Catchup
    catchup_window_ms: Millis
    max_tasks: int | None
    timeout_ms: Millis | None
    removed_at: Millis | None

    @classmethod
    def of(cls, view: JobView) -> JobDetail:
        """Show a job."""
        definition = view.live.definition
        job = definition.job
        return cls(
            **_summary(view),
            tasks=tuple(TaskView.of(task) for task in job.tasks),
            depends_on=tuple(_whole(dependency) for dependency in job.depends_on),
            config=job.config,
            params={},
            file=definition.file,
            definition=definition.hash,
            overlap=job.overlap,
            catchup=job.catchup,
            catchup_window_ms=job.catchup_window_ms,
            max_tasks=job.max_tasks,
            timeout_ms=job.timeout_ms,
            removed_at=view.live.removed_at,
        )


def _summary(view: JobView) -> dict[str, Any]:
    live, activity = view.live, view.activity
    figures = activity.figures
    job: Job = live.definition.job
    return {
        "id": job.id,
        "name": job.name,
        "enabled": job.enabled,
        "scheduled": bool(job.schedules),
        "task_count": len(job.tasks),
        "description": job.description,
        "tags": job.tags,
        "schedules": tuple(ScheduleView.of(schedule) for schedule in job.schedules),
        "next_run_at": _next_run_at(live),
        "last_run": None if activity.last_run is None else Run.of(activity.last_run),
        "running_runs": activity.running,
        "queued_runs": activity.queued,
        "paused": live.paused is not None,
        "pause": live.paused,
        "max_concurrency": job.effective_max_concurrency,
        "removed": live.removed_at is not None,
        "stale": live.stale,
        "success_rate": figures.success_rate,
        "recent_runs": figures.recent_runs,
        "recent_completed": figures.recent_completed,
        "median_ms": figures.median_ms,
        "p90_ms": figures.p90_ms,
    }


def _next_run_at(live: LiveJob) -> Millis | None:
    return None if live.removed_at is not None else live.next_run_at


def _whole(value: Retry | JobDependency) -> dict[str, Any]:
    """Return all members, those that have their default too."""
    return {name: getattr(value, name) for name in value.__struct_fields__}
