"""Starting a run by hand."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from petit.api import body
from petit.api.context import caller_of, handle_of
from petit.api.handlers.scheduler import Reason
from petit.api.starting import idempotency, key_of, previewed, started, wait_of
from petit.core.clock import Millis
from petit.core.errors import InvalidRequestError
from petit.scheduler.commands import TriggerRun

_NOT_YET = "is not supported by this version"
_MOST_TASKS = 10_000
_LATEST: Millis = 253_402_300_799_999  # the end of the year 9999: what is later cannot be written as a date


class TriggerBody(body.Body, frozen=True):
    """What a trigger may say.

    Attributes:
        queue: Wait for a slot instead of being refused.
        run_at: Begin at this moment (milliseconds since the epoch); until then the run is pending.
        tasks: Run only these.
        dry_run: Answer with what would happen, and do nothing.
        params: Known, and refused where it asks for something.
    """

    reason: Reason | None = None
    queue: bool = False
    params: dict[str, Any] | None = None
    run_at: Annotated[int, msgspec.Meta(ge=0, le=_LATEST)] | None = None
    tasks: Annotated[list[str], msgspec.Meta(max_length=_MOST_TASKS)] | None = None
    dry_run: bool = False


async def trigger(request: Request) -> Response:
    """Start a run; with `?wait=` answer when it is over, with an Idempotency-Key only once.

    With `dry_run` nothing is started or stored, whatever the key: the answer says what would be.
    """
    job_id = request.path_params["job_id"]
    wait_ms, key = wait_of(request), key_of(request)
    sent = await body.read_json(request)
    try:
        wanted = _understand(sent)
    except InvalidRequestError:
        await handle_of(request).expect(_gist(job_id, sent))
        raise
    command = TriggerRun(
        job_id=job_id,
        queue=wanted.queue,
        tasks=None if wanted.tasks is None else tuple(wanted.tasks),
        run_at=wanted.run_at,
        reason=wanted.reason,
        caller=caller_of(request),
        idempotency=idempotency(key, request, wanted),
    )
    if wanted.dry_run:
        return await previewed(request, command)
    return await started(request, command, f"job '{job_id}' triggered", wait_ms=wait_ms)


def _understand(sent: Any) -> TriggerBody:
    wanted = body.convert(sent, TriggerBody)
    if wanted.params:
        raise InvalidRequestError([(body.pointer("params"), _NOT_YET)])
    return msgspec.structs.replace(wanted, params=None)


def _gist(job_id: str, sent: Any) -> TriggerRun:
    """Return what a wrong body asks for, as far as it matters to what is told before its faults are."""
    said = sent if isinstance(sent, dict) else {}
    run_at = None if said.get("run_at") is None else 0
    return TriggerRun(job_id=job_id, queue=said.get("queue") is True, run_at=run_at)
