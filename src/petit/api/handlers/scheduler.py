"""The scheduler as a whole: its state, its pause."""

from __future__ import annotations

from typing import Annotated

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from petit.api import body
from petit.api.context import CALLER, caller_of, handle_of
from petit.api.handlers.health import told
from petit.api.responses import json_response
from petit.core.clock import Millis
from petit.core.errors import InvalidRequestError
from petit.scheduler.commands import Pause, Problem, Resume, StateView
from petit.version import VERSION

Reason = Annotated[str, msgspec.Meta(max_length=1000)]
Moment = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]

_SHOWN = {"running": "running", "paused": "paused"}


class PauseBody(body.Body, frozen=True):
    """Why, and until when: milliseconds since the epoch."""

    reason: Reason | None = None
    until: Moment | None = None


class ResumeBody(body.Body, frozen=True):
    """Nothing is to be said."""


async def state(request: Request) -> Response:
    """Say how the scheduler is. `phase` tells starting and stopping apart, which `state` shows as stopped."""
    handle = handle_of(request)
    capacity, figures, last_day = handle.capacity(), await handle.figures(), await handle.last_day()
    checks = handle.checks()
    further = {
        "health": "ok" if all(check.ok for check in checks) else "degraded",
        "checks": told(checks),
        "version": VERSION,
        "timezone": handle.timezone,
        "limits": capacity.limits,
        "executors": capacity.executors,
        "disk": capacity.disk,
        "storage": {"kind": figures.kind, "size_bytes": figures.size, "path": figures.name},
        "last_day": last_day,
        "problems": _problems(request, handle.state()),
    }
    return json_response(_shown(handle.state()) | further)


def _shown(view: StateView) -> dict[str, object]:
    return {
        "state": _SHOWN.get(view.state, "stopped"),
        "is_running": view.state == "running",
        "is_paused": view.state == "paused",
        "phase": view.state,
        "started_at": view.started_at,
        "pause": view.pause,
        "running_runs": view.running_runs,
        "queued_runs": view.queued_runs,
        "running_tasks": view.running_tasks,
        "max_jobs": view.max_jobs,
        "max_tasks": view.max_tasks,
        "lag_ms": view.lag_ms,
        "loop_lag_ms": view.loop_lag_ms,
        "waiting_writes": view.waiting_writes,
        "jobs": view.jobs,
    }


def _problems(request: Request, view: StateView) -> list[Problem]:
    """Show what is wrong in job files; their lines, which may hold a password, to admin alone."""
    if request.scope[CALLER].scope == "admin":
        return list(view.problems)
    return [msgspec.structs.replace(each, text=each.message) for each in view.problems]


async def pause(request: Request) -> Response:
    """Stop scheduled triggers; manual ones still work."""
    wanted = await body.read(request, PauseBody)
    check_until(wanted.until, handle_of(request).now())
    command = Pause(reason=wanted.reason, until=wanted.until, caller=caller_of(request))
    await handle_of(request).pause(command)
    return json_response({"message": "scheduler paused"})


def check_until(until: Millis | None, now: Millis) -> None:
    """Raise InvalidRequestError for an end that has passed."""
    if until is not None and until <= now:
        raise InvalidRequestError([("/until", f"is in the past: now is {now}")])


async def resume(request: Request) -> Response:
    """Let scheduled triggers go on; what the pause skipped stays skipped."""
    await body.read(request, ResumeBody)
    await handle_of(request).resume(Resume(caller=caller_of(request)))
    return json_response({"message": "scheduler resumed"})


async def reload(request: Request) -> Response:
    """Read the job files again, and tell what that changed and what is wrong in them."""
    await body.read(request, ResumeBody)
    changed = await handle_of(request).reload()
    return json_response({"message": "job files reloaded", **_members(changed)})


def _members(value: msgspec.Struct) -> dict[str, object]:
    return {name: getattr(value, name) for name in value.__struct_fields__}
