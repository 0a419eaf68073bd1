"""What a run would be, if it were started now."""

from __future__ import annotations

from petit.core.ids import TaskId
from petit.core.outset import Outset
from petit.core.progress import Progress
from petit.scheduler.commands import PlannedTask, Preview
from petit.scheduler.requests import RunRequest


def preview_of(request: RunRequest, *, position: int | None) -> Preview:
    """Return what would become of a request; `position` is its place in line, None: it would get a slot."""
    outset = request.outset or Outset()
    progress = Progress.begin(request.job, 1, outset)
    skipped = {**outset.skipped, **{skip.task_id: skip.reason for skip in progress.first_skips}}
    waits = position is not None or not request.may_begin_at_once
    return Preview(
        job_id=request.job.id,
        status="pending" if waits else "running",
        position=position,
        definition=request.definition,
        run_at=request.run_at,
        rerun_of=request.rerun_of,
        tasks=tuple(_planned(task_id, outset, skipped.get(task_id)) for task_id in progress.order),
    )


def _planned(task_id: TaskId, outset: Outset, why_skipped: str | None) -> PlannedTask:
    if why_skipped is not None:
        return PlannedTask(task_id=task_id, will="skip", reason=why_skipped)
    reused_from = outset.reused.get(task_id)
    if reused_from is not None:
        return PlannedTask(task_id=task_id, will="reuse", reused_from=reused_from)
    return PlannedTask(task_id=task_id, will="run")
