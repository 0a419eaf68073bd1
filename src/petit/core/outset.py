"""How the tasks of a run stand before it begins: what it takes over, and what it leaves out."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from petit.core.condition import COUNTS_AS_FAILURE, holds, why_not
from petit.core.errors import CannotRerun, InvalidRequestError
from petit.core.graph import downstream
from petit.core.ids import RunId, TaskId, is_valid_id
from petit.core.job import Job, Task
from petit.core.states import TaskStatus

NOT_SELECTED = "not selected"
"""Why a task is skipped that the trigger's `tasks` did not name."""

FAILED, START = "failed", "start"
"""Where a rerun may begin beside a task."""

TASK_PREFIX = "task:"
"""Says that a task is meant, also where it is called like one of the words above: ids hold no colon."""

MOST_NEAREST = 3
"""For so many unknown tasks the nearest one is looked for, which takes a while in a large job."""


class Outset(msgspec.Struct, frozen=True):
    """The tasks of a run that are over before it begins; all others are pending.

    Attributes:
        reused: Tasks that completed in another run, with the run that really ran them.
        skipped: Tasks that will not run, with the reason.
        selected: The tasks that the run is limited to; None for all.
    """

    reused: Mapping[TaskId, RunId] = {}
    skipped: Mapping[TaskId, str] = {}
    selected: tuple[TaskId, ...] | None = None

    @property
    def statuses(self) -> dict[TaskId, TaskStatus]:
        """The tasks that are over, and how."""
        return {**dict.fromkeys(self.reused, "completed"), **dict.fromkeys(self.skipped, "skipped")}


class Past(msgspec.Struct, frozen=True):
    """How a task stands in the run that is to be repeated; `reused_from` is the run that really ran it."""

    status: TaskStatus
    reason: str | None = None
    reused_from: RunId | None = None


def needs_of(job: Job, selected: Sequence[TaskId] | None) -> dict[TaskId, tuple[TaskId, ...]]:
    """Return the dependencies of each task that count in a run: those that were not selected do not."""
    if selected is None:
        return {task.id: task.depends_on for task in job.tasks}
    within = frozenset(selected)
    return {
        task.id: tuple(each for each in task.depends_on if task.id in within and each in within)
        for task in job.tasks
    }


def may_begin(task: Task, statuses: Sequence[TaskStatus]) -> bool:
    """Say whether a task may start whose dependencies that count are over, with these statuses.

    Where none of its dependencies counts, it was asked for by itself: there is nothing to hold it back.
    """
    return holds(task.condition, statuses) or (not statuses and bool(task.depends_on))


# --- only some tasks ----------------------------------------------------------------------------------------
def problems_of_selection(job: Job, named: Sequence[str]) -> list[tuple[str, str]]:
    """Return what is wrong with a list of tasks: a JSON pointer into `tasks`, and a sentence, for each."""
    known = {task.id: task for task in job.tasks}
    problems = [] if named else [("/tasks", "names no task; leave it out to run all of them")]
    seen: set[str] = set()
    for place, task_id in enumerate(named):
        if task_id not in known:
            near = known if len(problems) < MOST_NEAREST else ()
            problems.append((f"/tasks/{place}", _no_task(task_id, near)))
        elif task_id in seen:
            problems.append((f"/tasks/{place}", f"names task '{task_id}' once more"))
        seen.add(task_id)
    return problems


def outset_of_selection(job: Job, named: Sequence[TaskId]) -> Outset:
    """Return the outset of a run of these tasks only; all of them exist."""
    within = frozenset(named)
    return Outset(
        skipped={task.id: NOT_SELECTED for task in job.tasks if task.id not in within},
        selected=tuple(task.id for task in job.tasks if task.id in within),
    )


def _no_task(task_id: str, known: Iterable[TaskId]) -> str:
    near = difflib.get_close_matches(task_id, list(known), n=1) if is_valid_id(task_id) else []
    return f"no task '{task_id}'" + (f"; did you mean '{near[0]}'?" if near else "")


# --- once more ----------------------------------------------------------------------------------------------
def outset_of_rerun(
    job: Job,
    run_id: RunId,
    past: Mapping[TaskId, Past],
    *,
    start: str | None = None,
    selected: tuple[TaskId, ...] | None = None,
    has_completed: bool = False,
) -> Outset:
    """Return the outset of a run that repeats another one, or a part of it.

    What runs again is decided afresh, conditions too. Of the rest, what completed is reused, and what did not
    stays out of this run.

    Args:
        job: The definition that the run was pinned to.
        run_id: The run that is repeated.
        past: How its tasks ended.
        start: "failed": what failed, and all that depends on it; "start": everything; else a task, and all
            that depends on it. None: "failed" where something did and the run did not complete, or "start".
        selected: The tasks that it was limited to.
        has_completed: Whether the run completed.

    Raises:
        CannotRerun: Nothing failed, or what the task depends on did not complete.
        InvalidRequestError: There is no such task.
    """
    needs = needs_of(job, selected)
    failed = [task_id for task_id in needs if past[task_id].status in COUNTS_AS_FAILURE]
    if start is None:
        start = FAILED if failed and not has_completed else START
    if start == START:
        again = set(needs if selected is None else selected)
    elif start == FAILED:
        if not failed:
            raise CannotRerun(
                f"nothing failed in run '{run_id}'; to run all of it again, begin at its start",
                run_id,
                job.id,
            )
        again = downstream(needs, failed)
    else:
        task_id = start.removeprefix(TASK_PREFIX)
        _expect_task(run_id, task_id, needs, selected)
        _expect_ready(job, run_id, task_id, needs, past)
        again = downstream(needs, [task_id])
    kept = [(task_id, past[task_id]) for task_id in needs if task_id not in again]
    return Outset(
        reused={id_: each.reused_from or run_id for id_, each in kept if each.status == "completed"},
        skipped={id_: _why_out(each) for id_, each in kept if each.status != "completed"},
        selected=selected,
    )


def _expect_task(
    run_id: RunId, task_id: str, needs: Mapping[TaskId, object], selected: Sequence[TaskId] | None
) -> None:
    if task_id not in needs:
        raise InvalidRequestError([("/from", _no_task(task_id, needs))])
    if selected is not None and task_id not in selected:
        raise InvalidRequestError([("/from", f"task '{task_id}' was not selected in run '{run_id}'")])


def _expect_ready(
    job: Job,
    run_id: RunId,
    task_id: TaskId,
    needs: Mapping[TaskId, tuple[TaskId, ...]],
    past: Mapping[TaskId, Past],
) -> None:
    """Raise CannotRerun where a task would wait for what is not run again, or be skipped at once."""
    task = next(each for each in job.tasks if each.id == task_id)
    before = [(each, past[each].status) for each in needs[task_id]]
    unready = [(each, status) for each, status in before if status not in {"completed", "skipped"}]
    if unready:
        told = ", ".join(f"'{each}' ({status})" for each, status in unready)
        why = f"it depends on what did not complete in run '{run_id}': {told}; begin there"
    elif not may_begin(task, [status for _, status in before]):
        why = why_not(task.condition, before)
    else:
        return
    raise CannotRerun(
        f"task '{task_id}' cannot be run again: {why}",
        run_id,
        job.id,
        tasks=[{"task_id": each, "status": status} for each, status in before if status != "completed"],
    )


def _why_out(past: Past) -> str:
    if past.status == "skipped":
        return past.reason or "skipped"
    return f"not run again: {past.status} before"
