"""How the tasks of many runs went: tasks down, runs across, a character for each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import msgspec

from petit.core.graph import topological_order
from petit.core.ids import TaskId
from petit.core.job import Definition, Job, Task, decode_job
from petit.storage.base import Storage
from petit.storage.records import RunRow

_NO_SUCH_TASK = "-"
_NOT_TRIED = "."


class GridTask(msgspec.Struct, frozen=True):
    """A task of a job: one that the job has now, or one that it had (`gone`) when a run was made."""

    id: TaskId
    name: str
    gone: bool


class Grid(NamedTuple):
    """The tasks of a job, and how each went.

    Attributes:
        tasks: Those of the newest definition in topological order, then those that are gone.
        cells: For each task one character for each run, as in `petit.core.states.LETTERS`; "-" where the run
            had no such task.
        attempts: The same of how often it was tried: "0" to "9", "+" for more, "." for no such task.
    """

    tasks: tuple[GridTask, ...]
    cells: dict[TaskId, str]
    attempts: dict[TaskId, str]


async def read_grid(storage: Storage, newest: Definition, runs: Sequence[RunRow]) -> Grid:
    """Return the grid of runs of a job, in their order."""
    cells = await storage.cells([run.id for run in runs])
    own = tuple(sorted(task.id for task in newest.job.tasks))
    # A run has no tasks but those of its definition. So one that is pinned to the newest has exactly these if
    # it has as many; what others have is looked up.
    others = [
        run.id
        for run, each in zip(runs, cells, strict=True)
        if run.definition != newest.hash or len(each.statuses) != len(own)
    ]
    looked_up = dict(zip(others, await storage.task_ids(others), strict=True))
    ids = [looked_up.get(run.id, own) for run in runs]
    gone = await _gone(storage, newest, runs, ids)
    tasks = (*(GridTask(task.id, task.name, gone=False) for task in _ordered(newest.job)), *gone)
    names = own if not gone else tuple(sorted(task.id for task in tasks))
    return Grid(
        tasks,
        _across(names, ids, [each.statuses for each in cells], _NO_SUCH_TASK),
        _across(names, ids, [each.attempts for each in cells], _NOT_TRIED),
    )


async def _gone(
    storage: Storage, newest: Definition, runs: Sequence[RunRow], ids: Iterable[tuple[TaskId, ...]]
) -> list[GridTask]:
    """Return the tasks that these runs had and the job has no more, as the newest of them knew them."""
    known = {task.id for task in newest.job.tasks}
    gone: list[GridTask] = []
    for run, had in zip(runs, ids, strict=True):
        missing = set(had) - known
        if not missing:
            continue
        known |= missing
        row = await storage.definition(run.definition)
        then = () if row is None else tuple(_ordered(decode_job(row.body)))
        gone += [GridTask(task.id, task.name, gone=True) for task in then if task.id in missing]
        told = {task.id for task in then}
        gone += [GridTask(task_id, task_id, gone=True) for task_id in sorted(missing - told)]
    return gone


def _ordered(job: Job) -> Iterator[Task]:
    """Walk the tasks of a job in topological order."""
    by_id = {task.id: task for task in job.tasks}
    return (by_id[task_id] for task_id in topological_order({each.id: each.depends_on for each in job.tasks}))


def _across(
    names: tuple[TaskId, ...], ids: Iterable[tuple[TaskId, ...]], columns: Iterable[str], blank: str
) -> dict[TaskId, str]:
    """Turn one text for each run into one for each task."""
    blanks = blank * len(names)
    aligned = (
        column if had == names else "".join(map(dict(zip(had, column, strict=True)).get, names, blanks))
        for had, column in zip(ids, columns, strict=True)
    )
    rows = list(zip(*aligned, strict=True)) or [()] * len(names)
    return {name: "".join(row) for name, row in zip(names, rows, strict=True)}
