"""The pause of one job."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from petit.api import body
from petit.api.context import caller_of, handle_of
from petit.api.handlers.scheduler import PauseBody, ResumeBody, check_until
from petit.api.responses import json_response
from petit.scheduler.commands import Pause, Resume


async def pause(request: Request) -> Response:
    """Stop scheduled runs of a job; it can still be triggered by hand.

    What comes due meanwhile is recorded as skipped, `job_paused`. Asking again changes reason and end, not
    the beginning. The pause survives a restart and ends by itself at `until`, where that is given.
    """
    wanted = await body.read(request, PauseBody)
    handle, job_id = handle_of(request), request.path_params["job_id"]
    check_until(wanted.until, handle.now())
    command = Pause(job_id=job_id, reason=wanted.reason, until=wanted.until, caller=caller_of(request))
    await handle.pause(command)
    return json_response({"message": f"job '{job_id}' paused", "job_id": job_id})


async def resume(request: Request) -> Response:
    """Let scheduled runs of a job go on; what the pause skipped stays skipped. Harmless where it has none."""
    await body.read(request, ResumeBody)
    job_id = request.path_params["job_id"]
    await handle_of(request).resume(Resume(job_id=job_id, caller=caller_of(request)))
    return json_response({"message": f"job '{job_id}' resumed", "job_id": job_id})
