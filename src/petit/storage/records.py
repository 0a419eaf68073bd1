"""The rows that storage keeps, as values."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from petit.core.clock import Millis
from petit.core.figures import Figures
from petit.core.ids import JobId, RunId, TaskId
from petit.core.states import AttemptStatus, RunStatus, TaskStatus, Trigger

Fate = Literal["ran", "skipped", "missed"]


class RunRow(msgspec.Struct, frozen=True, kw_only=True):
    """One run.

    Attributes:
        created_at: When it was accepted.
        started_at: When it took its slot; None while pending.
        ended_at: When it was over.
        scheduled_for: Due time of the occurrence that it runs; None for manual runs.
        schedule: Key of the schedule of that occurrence.
        definition: Hash of the definition that it is pinned to.
        reason: What the caller gave as the reason, or why it was cancelled.
        caller: Who asked, in words ("uid 1000", "schedule").
        rerun_of: The run that it repeats.
        run_at: When it is to begin at the earliest; None: when it was accepted.
        selected: The tasks that it is limited to; None for all.
        cancel_requested_at: When somebody asked to end it; None where nobody did.
        catchup: Whether it makes up for a missed occurrence.
        changed: Change number of the last transaction that wrote this row; set by storage.
    """

    id: RunId
    job_id: JobId
    status: RunStatus
    trigger: Trigger
    created_at: Millis
    definition: str
    started_at: Millis | None = None
    ended_at: Millis | None = None
    scheduled_for: Millis | None = None
    schedule: str | None = None
    error: str | None = None
    reason: str | None = None
    caller: str | None = None
    rerun_of: RunId | None = None
    cancel_requested_at: Millis | None = None
    catchup: bool = False
    run_at: Millis | None = None
    selected: tuple[TaskId, ...] | None = None
    changed: int = 0


class TaskRow(msgspec.Struct, frozen=True, kw_only=True):
    """One task of a run.

    Attributes:
        position: Its place in topological order.
        reason: Why it was skipped.
        reused_from: The run that really ran it, where it completed before this one began.
    """

    run_id: RunId
    task_id: TaskId
    position: int
    status: TaskStatus = "pending"
    attempts: int = 0
    started_at: Millis | None = None
    ended_at: Millis | None = None
    exit_code: int | None = None
    signal: int | None = None
    error: str | None = None
    reason: str | None = None
    reused_from: RunId | None = None
    changed: int = 0


class Wait(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something an attempt waited for before it started; `until` None while it still waits."""

    kind: Literal["dependency", "slot", "retry"]
    since: Millis
    until: Millis | None = None
    on: str | None = None


class AttemptRow(msgspec.Struct, frozen=True, kw_only=True):
    """One try of a task.

    Attributes:
        number: From 1.
        opened_at: When the decision to start it was written.
        ready_at: When its dependencies were over (or the retry's delay).
        started_at: When its process existed; None before, and for ever if it could not start.
        ended_at: When the main process ended.
        cause: Why it ended other than by itself: "timeout", "cancelled", "lost", "could_not_start", or None.
        waits: What it waited for.
    """

    run_id: RunId
    task_id: TaskId
    number: int
    status: AttemptStatus
    opened_at: Millis
    executor: str = "local"
    host: str | None = None
    pid: int | None = None
    ready_at: Millis | None = None
    started_at: Millis | None = None
    ended_at: Millis | None = None
    exit_code: int | None = None
    signal: int | None = None
    cause: str | None = None
    error: str | None = None
    waits: tuple[Wait, ...] = ()


class OccurrenceRow(msgspec.Struct, frozen=True, kw_only=True):
    """The fate of the due times of a schedule from `first_due` to `last_due` (the same for a single one).

    Ranges hold equal fates without a run (decision 8). `evidence` is a JSON-able object that says more.
    """

    job_id: JobId
    schedule: str
    first_due: Millis
    last_due: Millis
    fate: Fate
    decided_at: Millis
    reason: str | None = None
    evidence: dict[str, Any] | None = None
    run_id: RunId | None = None
    definition: str | None = None


class PauseRow(msgspec.Struct, frozen=True, kw_only=True):
    """A pause in force. `scope` is "" for the scheduler, else a job id; `until` None means until resumed."""

    scope: str
    since: Millis
    until: Millis | None = None
    reason: str | None = None
    by: str | None = None


class ScheduleRow(msgspec.Struct, frozen=True, kw_only=True):
    """A schedule of a job, alive from its first load until it is edited away (decision 6).

    `decided_until` is the last due time with a row in the ledger, or None.
    """

    job_id: JobId
    schedule: str
    since: Millis
    until: Millis | None = None
    decided_until: Millis | None = None


class JobRow(msgspec.Struct, frozen=True, kw_only=True):
    """What is stored of a job beside its definitions."""

    job_id: JobId
    definition: str
    file: str
    first_seen: Millis
    removed_at: Millis | None = None
    stale: bool = False


class DefinitionRow(msgspec.Struct, frozen=True, kw_only=True):
    """A stored definition; `body` is `petit.core.job.encode_job` of it."""

    hash: str
    job_id: JobId
    body: bytes
    source: str
    stored_at: Millis


class JobActivity(msgspec.Struct, frozen=True, kw_only=True):
    """A job's runs in short: how many hold a slot, how many wait, and the newest.

    `figures` are about those that ended last, in the order in which their ends were written.
    """

    running: int = 0
    queued: int = 0
    last_run: RunRow | None = None
    figures: Figures = Figures()


class AuditRow(msgspec.Struct, frozen=True, kw_only=True):
    """A changing call: who, from where, what, and how it was answered.

    Attributes:
        number: Place in the order of writing, from 1; set by storage.
        at: When it was answered.
        caller: As in runs: "uid 1000", "token ci".
        address: Address of the other machine; "local" for a Unix socket and for this one's command line.
        path: What was called, without its query.
        job_id: The job that it was about, where it was about one.
        run_id: The run that it was about, or that it made.
        status: Of the answer.
    """

    at: Millis
    caller: str
    address: str
    method: str
    path: str
    status: int
    job_id: JobId | None = None
    run_id: RunId | None = None
    request_id: str | None = None
    number: int = 0
