"""What has happened: facts, announced only after they are durable."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from petit.core.clock import Millis
from petit.core.ids import JobId, RunId, TaskId

_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")


def _snake(name: str) -> str:
    return _HUMP.sub("_", name).lower()


class Fact(msgspec.Struct, frozen=True, kw_only=True, tag=_snake):
    """Something that has happened, at `at`. Its `type` in JSON is its name in snake case."""

    at: Millis


class RunFact(Fact, frozen=True, kw_only=True):
    """Something happened to a run.

    Attributes:
        run: Its row as it is from then on (a `petit.storage.records.RunRow`), for those who show it; not told
            with what happened to one of its tasks.
    """

    run_id: RunId
    job_id: JobId
    run: Any = None


class RunQueued(RunFact, frozen=True, kw_only=True):
    """A run was accepted and waits for a slot, before that for `run_at` where it has one."""

    trigger: str
    run_at: Millis | None = None


class RunStarted(RunFact, frozen=True, kw_only=True):
    """A run took its slot. `queued_at` is since when it waited for one, None where one was free."""

    trigger: str
    scheduled_for: Millis | None = None
    queued_at: Millis | None = None


class RunEnding(RunFact, frozen=True, kw_only=True):
    """A run is over. `started_at` is when it took its slot, None where it never had one."""

    started_at: Millis | None = None


class RunCompleted(RunEnding, frozen=True, kw_only=True):
    """A run ended well."""


class RunFailed(RunEnding, frozen=True, kw_only=True):
    """A run ended with a failed task, or by its timeout."""

    error: str | None = None


class RunInterrupted(RunEnding, frozen=True, kw_only=True):
    """A run ended because nobody can know how one of its tasks did."""

    error: str | None = None


class RunCancelled(RunEnding, frozen=True, kw_only=True):
    """A run was cancelled."""

    reason: str | None = None


RUN_ENDINGS = (RunCompleted, RunFailed, RunInterrupted, RunCancelled)


class RunCancelRequested(RunFact, frozen=True, kw_only=True):
    """A run is to be ended; its tasks are told to. One that waits is cancelled at once, without this."""

    reason: str | None = None


class TaskFact(RunFact, frozen=True, kw_only=True):
    """Something happened to a task of a run.

    Attributes:
        task: Its row as it is from then on (a `petit.storage.records.TaskRow`), for those who show it.
        executor: That of its newest attempt, shown with the row.
    """

    task_id: TaskId
    task: Any = None
    executor: str | None = None


class TaskStarted(TaskFact, frozen=True, kw_only=True):
    """The process of an attempt exists."""

    attempt: int
    pid: int


class TaskRetrying(TaskFact, frozen=True, kw_only=True):
    """An attempt failed, or was interrupted, as `status` says, and another will be made at `next_at`."""

    attempt: int
    status: str
    error: str | None
    next_at: Millis


class TaskCompleted(TaskFact, frozen=True, kw_only=True):
    """A task ended well."""

    attempt: int


class TaskFailed(TaskFact, frozen=True, kw_only=True):
    """A task failed for good."""

    attempt: int
    error: str | None


class TaskSkipped(TaskFact, frozen=True, kw_only=True):
    """A task will not run: its condition does not hold."""

    reason: str


class TaskCancelled(TaskFact, frozen=True, kw_only=True):
    """A task was cancelled. `attempt` is the one that this ended, None where none ran."""

    attempt: int | None = None


class TaskInterrupted(TaskFact, frozen=True, kw_only=True):
    """Nobody can know how the last attempt of a task ended."""

    attempt: int
    error: str | None


class OccurrenceFact(Fact, frozen=True, kw_only=True):
    """Due times of a schedule got their fate without a run."""

    job_id: JobId
    schedule: str
    first_due: Millis
    last_due: Millis
    reason: str
    evidence: dict[str, Any] | None = None


class OccurrenceSkipped(OccurrenceFact, frozen=True, kw_only=True):
    """Due while Petit ran, and not run on purpose."""


class OccurrenceMissed(OccurrenceFact, frozen=True, kw_only=True):
    """Due while Petit could not see to it."""


class SchedulerPaused(Fact, frozen=True, kw_only=True):
    """Scheduled triggers stopped, or stand still for another reason or until another time."""

    reason: str | None = None
    by: str | None = None
    until: Millis | None = None


class SchedulerResumed(Fact, frozen=True, kw_only=True):
    """Scheduled triggers go on."""

    by: str | None = None


class JobPaused(Fact, frozen=True, kw_only=True):
    """Scheduled runs of a job stopped, or stand still for another reason or until another time."""

    job_id: JobId
    reason: str | None = None
    by: str | None = None
    until: Millis | None = None


class JobResumed(Fact, frozen=True, kw_only=True):
    """Scheduled runs of a job go on."""

    job_id: JobId
    by: str | None = None


class JobsReloaded(Fact, frozen=True, kw_only=True):
    """The job files were read again, and what they say is in force. `stale` jobs have a bad file now."""

    added: tuple[JobId, ...] = ()
    changed: tuple[JobId, ...] = ()
    removed: tuple[JobId, ...] = ()
    stale: tuple[JobId, ...] = ()
    problems: int = 0


def name_of(fact: Fact | type[Fact]) -> str:
    """Return a fact's name in snake case: its `type` in JSON."""
    tag: str = fact.__struct_config__.tag  # type: ignore[assignment]  # all facts have a text for a tag
    return tag


def kinds(of: type[Fact] = Fact) -> tuple[type[Fact], ...]:
    """Return all kinds of facts, as they stand in this file."""
    below = of.__subclasses__()
    return (of,) if not below else tuple(kind for each in below for kind in kinds(each))
