"""Is it well? `/api/health` tells the truth, `/api/health/live` that somebody answers."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from petit.api.context import handle_of
from petit.api.responses import json_response
from petit.version import VERSION


async def health(request: Request) -> Response:
    """Say whether loop, storage and disk are well: 200, or 503 with `checks` saying what is not."""
    checks = handle_of(request).checks()
    if all(check.ok for check in checks):
        return json_response({"status": "ok", "version": VERSION})
    told = {check.name: {"ok": check.ok, "detail": check.detail} for check in checks}
    return json_response({"status": "degraded", "version": VERSION, "checks": told}, status=503)


async def live(_request: Request) -> Response:
    """Say that the process answers; open to every local user."""
    return json_response({"status": "ok"})
