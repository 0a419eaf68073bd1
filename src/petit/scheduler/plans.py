"""What a run is pinned to: the definition that it was made from, and how long its tasks usually take."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median
from typing import NamedTuple

from petit.core.clock import Millis
from petit.core.ids import TaskId
from petit.core.job import Job, decode_job
from petit.storage.base import RunFilter, Storage
from petit.storage.records import RunRow

_MOST_RUNS = 20
_MOST_TASKS = 2_000  # task runs that are read for the medians: a few milliseconds
_LEAST_RUNS = 3


class Plan(NamedTuple):
    """A run, the job as it was when the run was made, and the usual durations of its tasks.

    Attributes:
        run: The run.
        job: Its job, in the version that the run is pinned to.
        usual_ms: The median over the last completed runs of the job, of those tasks that completed in them.
    """

    run: RunRow
    job: Job
    usual_ms: Mapping[TaskId, Millis]


async def plan_of(storage: Storage, run: RunRow) -> Plan:
    """Return the plan of a run."""
    row = await storage.definition(run.definition)
    assert row is not None, "a definition is kept as long as a run is pinned to it"
    job = decode_job(row.body)
    limit = max(_LEAST_RUNS, min(_MOST_RUNS, _MOST_TASKS // max(len(job.tasks), 1)))
    seen: dict[TaskId, list[Millis]] = {}
    for other in await storage.runs(RunFilter(job_id=run.job_id, statuses=("completed",)), limit=limit):
        for task in await storage.tasks(other.id):
            if task.status == "completed" and task.started_at is not None and task.ended_at is not None:
                seen.setdefault(task.task_id, []).append(task.ended_at - task.started_at)
    return Plan(run, job, {task_id: round(median(spans)) for task_id, spans in seen.items()})
