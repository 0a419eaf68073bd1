"""Conditions: what must have become of a task's dependencies for it to start."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from petit.core.ids import TaskId
from petit.core.job import Condition
from petit.core.states import TaskStatus

COUNTS_AS_FAILURE: frozenset[TaskStatus] = frozenset({"failed", "interrupted", "cancelled"})
"""Decision 11; timed out is `failed`. A cancelled task among them was cancelled without its run."""

_SHOWN = 3
_VERBS: dict[TaskStatus, str] = {
    "failed": "failed",
    "interrupted": "was interrupted",
    "cancelled": "was cancelled",
    "skipped": "was skipped",
}


def _all_completed(statuses: Sequence[TaskStatus]) -> bool:
    return all(status == "completed" for status in statuses)


def _some_completed(statuses: Sequence[TaskStatus]) -> bool:
    return any(status == "completed" for status in statuses)


def _some_failed(statuses: Sequence[TaskStatus]) -> bool:
    return any(status in COUNTS_AS_FAILURE for status in statuses)


def _none_failed(statuses: Sequence[TaskStatus]) -> bool:
    return not _some_failed(statuses)


def _all_over(_: Sequence[TaskStatus]) -> bool:
    return True


_HOLDS: dict[Condition, Callable[[Sequence[TaskStatus]], bool]] = {
    "all_success": _all_completed,
    "on_failure": _some_failed,
    "all_done": _all_over,
    "one_success": _some_completed,
    "none_failed": _none_failed,
}


def holds(condition: Condition, statuses: Sequence[TaskStatus]) -> bool:
    """Say whether a task may start whose dependencies are all over, with these statuses.

    `all_success`: every one completed. `on_failure`: at least one failed; skipped is not failed. `all_done`:
    however they ended. `one_success`: at least one completed. `none_failed`: each completed or was skipped.
    A task that failed under `allow_failure` has failed here too: that key speaks of the run's result only.

    Without dependencies, `on_failure` and `one_success` never hold; the others do.
    """
    return _HOLDS[condition](statuses)


def why_not(condition: Condition, deps: Sequence[tuple[TaskId, TaskStatus]]) -> str:
    """Say why a condition does not hold: "condition all_success: 'load' failed"."""
    return f"condition {condition}: {_fault(condition, deps)}"


def _fault(condition: Condition, deps: Sequence[tuple[TaskId, TaskStatus]]) -> str:
    if not deps:
        return "there is no dependency"
    if condition == "on_failure":
        return "no dependency failed"
    if condition == "one_success":
        return "no dependency completed"
    accepted = COUNTS_AS_FAILURE if condition == "none_failed" else _VERBS.keys()
    to_blame = [f"'{task_id}' {_VERBS[status]}" for task_id, status in deps if status in accepted]
    text = ", ".join(to_blame[:_SHOWN])
    return f"{text} and {len(to_blame) - _SHOWN} more" if len(to_blame) > _SHOWN else text
