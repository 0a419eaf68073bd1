"""Every route of the API, as data."""

from __future__ import annotations

from petit.api.handlers import health, home, jobs, logs, occurrences, runs, scheduler, trigger
from petit.api.routing import Route

ROUTES: tuple[Route, ...] = (
    Route("GET", "/", home.home),
    Route("GET", "/api/health", health.health),
    Route("GET", "/api/health/live", health.live, is_open=True),
    Route("GET", "/api/scheduler/state", scheduler.state),
    Route("POST", "/api/scheduler/pause", scheduler.pause),
    Route("POST", "/api/scheduler/resume", scheduler.resume),
    Route("POST", "/api/reload", scheduler.reload),
    Route("GET", "/api/jobs", jobs.list_jobs, is_tagged=True),
    Route("GET", "/api/jobs/{job_id}", jobs.get_job, is_tagged=True),
    Route("POST", "/api/jobs/{job_id}/trigger", trigger.trigger),
    Route("GET", "/api/jobs/{job_id}/runs", jobs.list_runs, is_tagged=True),
    Route("GET", "/api/jobs/{job_id}/occurrences", occurrences.list_of_job, is_tagged=True),
    Route("GET", "/api/occurrences", occurrences.list_all, is_tagged=True),
    Route("GET", "/api/runs/{run_id}", runs.get_run, is_tagged=True),
    Route("POST", "/api/runs/{run_id}/cancel", runs.cancel_run),
    Route("GET", "/api/runs/{run_id}/tasks", runs.list_tasks, is_tagged=True),
    Route("GET", "/api/runs/{run_id}/tasks/{task_id}/attempts", runs.list_attempts, is_tagged=True),
    Route("GET", "/api/runs/{run_id}/tasks/{task_id}/logs", logs.task_log),
)
