"""What routes that start a run have in common: keys, waiting, the answer, the answer of a dry run."""

from __future__ import annotations

import hashlib
import re
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from petit.api import query
from petit.api.context import UNCHANGED, caller_of, context_of, handle_of
from petit.api.errors import BadRequest
from petit.api.held import CallerIsOver
from petit.api.responses import json_response, path_of
from petit.api.views import Run
from petit.core.clock import Millis
from petit.scheduler.commands import Preview, RerunRun, Triggered, TriggerRun
from petit.storage.base import IdempotencyKey
from petit.storage.records import RunRow

KEY_KEPT_MS: Millis = 24 * 3600 * 1000
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_CANONICAL = msgspec.json.Encoder(order="deterministic")


def wait_of(request: Request) -> Millis | None:
    """Read how long the answer is to be held back until the run is over."""
    return query.duration(request, "wait", longest=context_of(request).settings.max_wait_ms)


def key_of(request: Request) -> str | None:
    """Read the Idempotency-Key."""
    keys = request.headers.getlist("idempotency-key")
    if not keys:
        return None
    if len(keys) > 1 or not _KEY.fullmatch(keys[0]):
        raise BadRequest("an Idempotency-Key has 1 to 255 visible ASCII characters", header="Idempotency-Key")
    return keys[0]


def idempotency(key: str | None, request: Request, wanted: msgspec.Struct) -> IdempotencyKey | None:
    """Scope a key to (caller, method, path) and take the fingerprint of what was asked (decision 26)."""
    if key is None:
        return None
    return IdempotencyKey(
        scope=f"{caller_of(request)} {request.method} {path_of(request)}",
        key=key,
        fingerprint=hashlib.sha256(_CANONICAL.encode(wanted)).hexdigest(),
        expires_at=handle_of(request).now() + KEY_KEPT_MS,
    )


async def started(
    request: Request,
    command: TriggerRun | RerunRun,
    message: str,
    *,
    wait_ms: Millis | None,
    status: int = 200,
) -> Response:
    """Start a run and answer with it, after waiting for its end where that is asked for."""
    triggered = await handle_of(request).trigger(command)
    run = await _waited(request, triggered, wait_ms) if wait_ms is not None else None
    answer: dict[str, Any] = {
        "run_id": triggered.run_id,
        "job_id": triggered.job_id,
        "message": message,
        "status": triggered.status if run is None else run.status,
    }
    if triggered.position is not None:
        answer["position"] = triggered.position
    if run is not None:
        answer["run"] = Run.of(run)
    headers = {"location": f"/api/runs/{triggered.run_id}"}
    if triggered.replayed:
        headers["idempotency-replayed"] = "true"
    return json_response(answer, status=status, headers=headers)


async def _waited(request: Request, triggered: Triggered, wait_ms: Millis) -> RunRow | None:
    """Hold the answer until the run is over, the time is, the client goes or the server closes.

    Returns:
        The run as it is then; None for a caller whose token was revoked meanwhile, who is told no more of it.
    """
    handle = handle_of(request)
    work = handle.wait_for_run(triggered.run_id, wait_ms)
    try:
        ended = await context_of(request).held.until(request, work)
    except CallerIsOver:
        return None
    return await handle.run(triggered.run_id) if ended is None else ended


async def previewed(request: Request, command: TriggerRun | RerunRun) -> Response:
    """Answer with what would happen. Nobody is told of it: nothing has."""
    request.scope[UNCHANGED] = True
    preview: Preview = await handle_of(request).preview(command)
    given = {name: value for name, value in msgspec.structs.asdict(preview).items() if value is not None}
    return json_response({"dry_run": True, **given})
