"""The shapes of those answers that handlers write member by member. Times and durations are milliseconds."""

from __future__ import annotations

from typing import Literal

import msgspec

from petit.api.views import Run
from petit.api.views_token import TokenView
from petit.core.clock import Millis
from petit.core.ids import JobId, RunId
from petit.core.states import RunStatus
from petit.scheduler.commands import (
    DiskView,
    EngineState,
    ExecutorView,
    LimitView,
    PauseView,
    PlannedTask,
    Problem,
)
from petit.storage.figures import Ended


class CheckResult(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a part is well, and what is known of it."""

    ok: bool
    detail: str | None


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """All is well."""

    status: Literal["ok"]
    version: str


class Degraded(msgspec.Struct, frozen=True, kw_only=True):
    """Something is not well; `checks` says what, under the name of each part."""

    status: Literal["degraded"]
    version: str
    checks: dict[str, CheckResult]


class Readiness(msgspec.Struct, frozen=True, kw_only=True):
    """Whether triggers are taken. A paused scheduler takes them."""

    status: Literal["ready", "not ready"]
    version: str
    phase: EngineState
    checks: dict[str, CheckResult]


class Alive(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody answers."""

    status: Literal["ok"]


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """It is done; `message` says so in words."""

    message: str


class JobMessage(msgspec.Struct, frozen=True, kw_only=True):
    """It is done with this job; `message` says so in words."""

    message: str
    job_id: JobId


class StorageFacts(msgspec.Struct, frozen=True, kw_only=True):
    """Where history is kept. `path` is the name of the file, without its directory."""

    kind: Literal["sqlite", "memory"]
    size_bytes: int | None
    path: str | None


class SchedulerState(msgspec.Struct, frozen=True, kw_only=True):
    """How the scheduler is. `is_running` is false while it is paused.

    `phase` tells starting and stopping apart, which `state` shows as stopped. `lag_ms` is how late the latest
    scheduled run was decided after it was due. `health` and `checks` are as `/api/health/ready` tells them;
    `loop_lag_ms` is how late the event loop came to its last look at itself, null before the first, and
    `waiting_writes` what the storage has not answered yet. `problems` are those of job files. `timezone` is
    that of schedules that name none. `last_day` counts runs that ended in the last 24 hours, to ten minutes;
    cancelled ones are left out, and interrupted ones count as failed.
    """

    state: Literal["running", "paused", "stopped"]
    is_running: bool
    is_paused: bool
    phase: EngineState
    started_at: Millis | None
    pause: PauseView | None
    running_runs: int
    queued_runs: int
    running_tasks: int
    max_jobs: int | None
    max_tasks: int
    lag_ms: Millis | None
    loop_lag_ms: Millis | None
    waiting_writes: int
    jobs: int
    problems: list[Problem]
    version: str
    timezone: str
    limits: list[LimitView]
    executors: list[ExecutorView]
    disk: DiskView | None
    storage: StorageFacts
    last_day: Ended
    health: Literal["ok", "degraded"]
    checks: dict[str, CheckResult]


class ReloadResult(msgspec.Struct, frozen=True, kw_only=True):
    """What a reload changed. Jobs of files with `problems` keep their last good version (`stale`)."""

    message: str
    added: list[JobId]
    changed: list[JobId]
    removed: list[JobId]
    stale: list[JobId]
    problems: list[Problem]


class TriggerResult(msgspec.Struct, frozen=True, kw_only=True):
    """The run that was made. `position` is its place in the queue, `run` is there with `?wait=`."""

    run_id: RunId
    job_id: JobId
    message: str
    status: RunStatus
    position: int | msgspec.UnsetType = msgspec.UNSET
    run: Run | msgspec.UnsetType = msgspec.UNSET


class PreviewResult(msgspec.Struct, frozen=True, kw_only=True):
    """What a dry run found: nothing was started. `tasks` are in the order in which they may run."""

    dry_run: Literal[True]
    job_id: JobId
    status: RunStatus
    definition: str
    tasks: list[PlannedTask]
    position: int | msgspec.UnsetType = msgspec.UNSET
    run_at: Millis | msgspec.UnsetType = msgspec.UNSET
    rerun_of: RunId | msgspec.UnsetType = msgspec.UNSET


class CancelResult(msgspec.Struct, frozen=True, kw_only=True):
    """The run is being cancelled."""

    run_id: RunId
    job_id: JobId
    message: str


class TokenMade(msgspec.Struct, frozen=True, kw_only=True):
    """A new token. Its `secret` is told here and never again."""

    token: TokenView
    secret: str


class TokenRevoked(msgspec.Struct, frozen=True, kw_only=True):
    """A token that is worth nothing any more."""

    token: TokenView
