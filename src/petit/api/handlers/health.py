"""Is it well? `/api/health` tells the truth, `/api/health/live` that somebody answers."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.requests import Request
from starlette.responses import Response

from petit.api.context import handle_of
from petit.api.responses import json_response
from petit.scheduler.commands import Check
from petit.version import VERSION


async def health(request: Request) -> Response:
    """Say whether loop, storage and disk are well: 200, or 503 with `checks` saying what is not."""
    checks = handle_of(request).checks()
    if all(check.ok for check in checks):
        return json_response({"status": "ok", "version": VERSION})
    return json_response({"status": "degraded", "version": VERSION, "checks": told(checks)}, status=503)


async def ready(request: Request) -> Response:
    """Say whether a trigger would be taken now: 200, or 503 while starting, stopping or not well.

    A paused scheduler is ready: it takes triggers. `phase` is that of the scheduler's state.
    """
    handle = handle_of(request)
    phase, checks = handle.state().state, handle.checks()
    is_ready = phase in {"running", "paused"} and all(check.ok for check in checks)
    status, answer = (200, "ready") if is_ready else (503, "not ready")
    told_checks = told(checks)
    return json_response(
        {"status": answer, "version": VERSION, "phase": phase, "checks": told_checks}, status=status
    )


def told(checks: Iterable[Check]) -> dict[str, dict[str, object]]:
    """Show the checks by name."""
    return {check.name: {"ok": check.ok, "detail": check.detail} for check in checks}


async def live(_request: Request) -> Response:
    """Say that the process answers; open to every local user."""
    return json_response({"status": "ok"})
