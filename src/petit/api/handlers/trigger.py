"""Starting a run by hand."""

from __future__ import annotations

import hashlib
import re
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from petit.api import body, query
from petit.api.context import caller_of, context_of, handle_of
from petit.api.errors import BadRequest
from petit.api.handlers.scheduler import Reason
from petit.api.responses import json_response, path_of
from petit.api.views import Run
from petit.core.clock import Millis
from petit.core.errors import InvalidRequestError
from petit.scheduler.commands import Triggered, TriggerRun
from petit.storage.base import IdempotencyKey
from petit.storage.records import RunRow

KEY_KEPT_MS: Millis = 24 * 3600 * 1000
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_CANONICAL = msgspec.json.Encoder(order="deterministic")
_NOT_YET = "is not supported by this version"


class TriggerBody(body.Body, frozen=True):
    """What a trigger may say.

    Attributes:
        queue: Wait for a slot instead of being refused.
        params, run_at, tasks, dry_run: Known, and refused where they ask for something.
    """

    reason: Reason | None = None
    queue: bool = False
    params: dict[str, Any] | None = None
    run_at: int | None = None
    tasks: list[str] | None = None
    dry_run: bool = False


async def trigger(request: Request) -> Response:
    """Start a run; with `?wait=` answer when it is over, with an Idempotency-Key only once."""
    handle, job_id = handle_of(request), request.path_params["job_id"]
    wait_ms = query.duration(request, "wait", longest=context_of(request).settings.max_wait_ms)
    key = _key_of(request)
    sent = await body.read_json(request)
    try:
        wanted = _understand(sent)
    except InvalidRequestError:
        handle.expect_accepting(job_id)  # that there is no such job comes first (api.md)
        raise
    caller = caller_of(request)
    command = TriggerRun(
        job_id=job_id,
        queue=wanted.queue,
        reason=wanted.reason,
        caller=caller,
        idempotency=None if key is None else _idempotency(key, request, wanted),
    )
    triggered = await handle.trigger(command)
    run = await _waited(request, triggered, wait_ms) if wait_ms is not None else None
    return _accepted(triggered, run)


def _understand(sent: Any) -> TriggerBody:
    wanted = body.convert(sent, TriggerBody)
    asked = {
        "params": bool(wanted.params),
        "run_at": wanted.run_at is not None,
        "tasks": wanted.tasks is not None,
        "dry_run": wanted.dry_run,
    }
    refused = [(body.pointer(name), _NOT_YET) for name, is_asked in asked.items() if is_asked]
    if refused:
        raise InvalidRequestError(refused)
    return msgspec.structs.replace(wanted, params=None)


def _key_of(request: Request) -> str | None:
    keys = request.headers.getlist("idempotency-key")
    if not keys:
        return None
    if len(keys) > 1 or not _KEY.fullmatch(keys[0]):
        raise BadRequest("an Idempotency-Key has 1 to 255 visible ASCII characters", header="Idempotency-Key")
    return keys[0]


def _idempotency(key: str, request: Request, wanted: TriggerBody) -> IdempotencyKey:
    """Scope the key to (caller, method, path) and take the fingerprint of what was asked (decision 26)."""
    return IdempotencyKey(
        scope=f"{caller_of(request)} {request.method} {path_of(request)}",
        key=key,
        fingerprint=hashlib.sha256(_CANONICAL.encode(wanted)).hexdigest(),
        expires_at=handle_of(request).now() + KEY_KEPT_MS,
    )


async def _waited(request: Request, triggered: Triggered, wait_ms: Millis) -> RunRow:
    """Hold the answer until the run is over, the time is, the client goes or the server closes."""
    handle = handle_of(request)
    work = handle.wait_for_run(triggered.run_id, wait_ms)
    ended = await context_of(request).held.until(request, work)
    return await handle.run(triggered.run_id) if ended is None else ended


def _accepted(triggered: Triggered, run: RunRow | None) -> Response:
    answer: dict[str, Any] = {
        "run_id": triggered.run_id,
        "job_id": triggered.job_id,
        "message": f"job '{triggered.job_id}' triggered",
        "status": triggered.status if run is None else run.status,
    }
    if triggered.position is not None:
        answer["position"] = triggered.position
    if run is not None:
        answer["run"] = Run.of(run)
    headers = {"location": f"/api/runs/{triggered.run_id}"}
    if triggered.replayed:
        headers["idempotency-replayed"] = "true"
    return json_response(answer, headers=headers)
