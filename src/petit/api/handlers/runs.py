"""Runs: one of them, its tasks, its end."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from petit.api import body
from petit.api.context import caller_of, handle_of
from petit.api.handlers.scheduler import Reason
from petit.api.responses import encode, json_response, tagged
from petit.api.views import Attempt, Run, TaskRun
from petit.api.views_job import PlanView
from petit.scheduler.commands import CancelRun


class CancelBody(body.Body, frozen=True):
    """Why."""

    reason: Reason | None = None


async def get_run(request: Request) -> Response:
    """Show a run."""
    return tagged(request, encode(Run.of(await handle_of(request).run(request.path_params["run_id"]))))


async def cancel_run(request: Request) -> Response:
    """End a run: no further task starts, running ones are ended. Answers before that is done."""
    wanted = await body.read(request, CancelBody)
    handle = handle_of(request)
    run = await handle.run(request.path_params["run_id"])
    await handle.cancel(CancelRun(run_id=run.id, reason=wanted.reason, caller=caller_of(request)))
    answer = {"run_id": run.id, "job_id": run.job_id, "message": f"run '{run.id}' is being cancelled"}
    return json_response(answer, status=202, headers={"location": f"/api/runs/{run.id}"})


async def list_tasks(request: Request) -> Response:
    """List the tasks of a run in topological order."""
    handle, run_id = handle_of(request), request.path_params["run_id"]
    rows = await handle.tasks(run_id)
    executors = await handle.executors(run_id)
    tasks = [TaskRun.of(row, executors) for row in rows]
    return tagged(request, encode({"tasks": tasks, "count": len(tasks)}))


async def list_all_attempts(request: Request) -> Response:
    """List the attempts of all tasks of a run, by task in topological order, oldest first."""
    rows = await handle_of(request).all_attempts(request.path_params["run_id"])
    attempts = [Attempt.of(row) for row in rows]
    return tagged(request, encode({"attempts": attempts, "count": len(attempts)}))


async def get_plan(request: Request) -> Response:
    """Show what a run is pinned to: its tasks as they were defined then, and how long they usually take."""
    plan = await handle_of(request).plan(request.path_params["run_id"])
    return tagged(request, encode(PlanView.of(plan)))


async def list_attempts(request: Request) -> Response:
    """List the attempts of a task of a run, oldest first."""
    params = request.path_params
    rows = await handle_of(request).attempts(params["run_id"], params["task_id"])
    attempts = [Attempt.of(row) for row in rows]
    return tagged(request, encode({"attempts": attempts, "count": len(attempts)}))
