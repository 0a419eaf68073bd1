"""How the scheduler is, as it is shown."""

from __future__ import annotations

import os

from petit.core.clock import Millis
from petit.scheduler.commands import Capacity, DiskView, EngineState, ExecutorView, LimitView, StateView
from petit.scheduler.jobs import Jobs, pause_view
from petit.scheduler.options import EngineOptions
from petit.scheduler.runs import Runs

MOST_HOLDERS = 100


def state_view(
    state: EngineState,
    *,
    started_at: Millis | None,
    now: Millis,
    jobs: Jobs,
    runs: Runs,
    options: EngineOptions,
    keeper_pid: int | None,
    loop_lag_ms: Millis | None,
    waiting_writes: int,
) -> StateView:
    """Return the state; a pause whose time is over is none, even if its end is not written yet."""
    pause = jobs.pauses.get("")
    if pause is not None and pause.until is not None and pause.until <= now:
        pause = None
    return StateView(
        state="paused" if pause is not None and state == "running" else state,
        started_at=started_at,
        pause=pause_view(pause),
        running_runs=runs.running,
        queued_runs=len(runs.queue),
        running_tasks=runs.running_tasks,
        max_jobs=options.max_jobs,
        max_tasks=options.max_tasks,
        lag_ms=runs.lag_ms,
        jobs=len(jobs.live),
        problems=jobs.problems,
        keeper_pid=keeper_pid,
        loop_lag_ms=loop_lag_ms,
        waiting_writes=waiting_writes,
    )


def capacity_of(runs: Runs, options: EngineOptions, executor: str) -> Capacity:
    """Return what there is room for, and who takes it."""
    jobs = LimitView(
        name="max_jobs",
        limit=options.max_jobs,
        used=runs.running,
        holders=tuple(runs.holders()[:MOST_HOLDERS]),
    )
    return Capacity(
        limits=(jobs,),
        executors=(ExecutorView(name=executor, running=runs.running_tasks),),
        disk=_disk(options.logs_dir),
    )


def _disk(directory: str) -> DiskView | None:
    try:
        facts = os.statvfs(directory)
    except OSError:
        return None
    return DiskView(free_bytes=facts.f_bavail * facts.f_frsize, total_bytes=facts.f_blocks * facts.f_frsize)
