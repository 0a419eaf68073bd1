"""A long log at a first look."""

from __future__ import annotations

from typing import Literal

from starlette.requests import Request
from starlette.responses import Response

from petit.api import query
from petit.api.context import handle_of
from petit.api.responses import json_response
from petit.core.ids import TaskId
from petit.core.states import TASK_OVER
from petit.scheduler.handle import SchedulerHandle

STREAMS: tuple[Literal["stdout", "stderr"], ...] = ("stdout", "stderr")


async def log_index(request: Request) -> Response:
    """Tell of a log how long it is, what to show first, where its lines are, and its first error.

    Whoever shows the log asks for its last 64 KiB by range and for this. With `marks=false` the answer is
    quick, however long the log is; else it is read from its beginning, once. A line tells of an error if it
    has the word error, fatal or panic or names an exception; of a Python traceback it is the line behind it.
    """
    from petit.api.views_log import Dropped, LogIndex  # noqa: PLC0415 - only the dashboard asks
    from petit.scheduler.log_sights import LogSight  # noqa: PLC0415 - the same

    stream = query.choice(request, "stream", STREAMS) or "stdout"
    number = query.whole(request, "attempt")
    is_whole = "marks" not in request.query_params or query.flag(request, "marks")
    handle = handle_of(request)
    run_id, task_id = request.path_params["run_id"], request.path_params["task_id"]
    attempt = await handle.attempt(run_id, task_id, number)
    found = None if attempt is None else await handle.log_sight(attempt, stream, is_whole=is_whole)
    sight = found or LogSight(lines=0 if is_whole else None)
    index = LogIndex(
        run_id=run_id.lower(),
        task_id=task_id,
        attempt=None if attempt is None else attempt.number,
        stream=stream,
        size=sight.size,
        is_live=await _may_begin(handle, run_id, task_id) if attempt is None else attempt.status == "running",
        lines=sight.lines,
        marks=sight.marks,
        first_error=sight.first_error,
        landing=sight.landing,
        dropped=None if sight.dropped is None else Dropped(*sight.dropped),
    )
    return json_response(index)


async def _may_begin(handle: SchedulerHandle, run_id: str, task_id: TaskId) -> bool:
    """Say whether a task without an attempt may still have one."""
    tasks = await handle.tasks(run_id)
    return any(task.task_id == task_id and task.status not in TASK_OVER for task in tasks)
