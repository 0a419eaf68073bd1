"""Running a run that is over once more, or a part of it."""

from __future__ import annotations

from typing import Annotated

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from petit.api import body
from petit.api.context import caller_of, handle_of
from petit.api.handlers.scheduler import Reason
from petit.api.starting import idempotency, key_of, previewed, started, wait_of
from petit.core.errors import InvalidRequestError
from petit.scheduler.commands import RerunRun


class RerunBody(body.Body, frozen=True):
    """Where to begin, and what a trigger may say, too.

    Attributes:
        start: Named `from`: `failed`: what failed, was interrupted or cancelled, and all that depends on it.
            `start`: all tasks. Else a task, and all that depends on it; `task:NAME` where its name is one of
            these words. `failed` if the run did not complete, else `start`, unless given.
        queue: Wait for a slot instead of being refused.
        dry_run: Answer with what would happen, and do nothing.
    """

    start: Annotated[str, msgspec.Meta(min_length=1, max_length=200)] | None = msgspec.field(
        default=None, name="from"
    )
    reason: Reason | None = None
    queue: bool = False
    dry_run: bool = False


async def rerun_run(request: Request) -> Response:
    """Run a run that is over once more, with the definition that it was pinned to, or only a part of it.

    Tasks that completed and are not run again are `completed` in the new run from the beginning, with
    `reused_from`: the run whose attempts and logs are theirs. `?wait=` and Idempotency-Key work as with a
    trigger.
    """
    handle = handle_of(request)
    wait_ms, key = wait_of(request), key_of(request)
    run = await handle.run(request.path_params["run_id"])
    sent = await body.read_json(request)
    gist = RerunRun(run_id=run.id, job_id=run.job_id)
    try:
        wanted = body.convert(sent, RerunBody)
    except InvalidRequestError:
        is_queued = isinstance(sent, dict) and sent.get("queue") is True
        await handle.expect(msgspec.structs.replace(gist, queue=is_queued))
        raise
    command = msgspec.structs.replace(
        gist,
        start=wanted.start,
        queue=wanted.queue,
        reason=wanted.reason,
        caller=caller_of(request),
        idempotency=idempotency(key, request, wanted),
    )
    if wanted.dry_run:
        return await previewed(request, command)
    return await started(request, command, f"run '{run.id}' started again", wait_ms=wait_ms, status=201)
