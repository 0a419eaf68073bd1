"""The states of runs, task runs and attempts, and the one table that says how they move (P10)."""

from __future__ import annotations

from typing import Literal

RunStatus = Literal["pending", "running", "completed", "failed", "interrupted", "cancelled"]
TaskStatus = Literal[
    "pending", "running", "retrying", "completed", "failed", "skipped", "cancelled", "interrupted"
]
AttemptStatus = Literal["running", "completed", "failed", "cancelled", "interrupted"]
Trigger = Literal["schedule", "manual", "upstream", "backfill", "rerun"]

RUN_MAY_BECOME: dict[RunStatus, frozenset[RunStatus]] = {
    "pending": frozenset({"running", "cancelled"}),
    "running": frozenset({"completed", "failed", "interrupted", "cancelled"}),
    "completed": frozenset(),
    "failed": frozenset(),
    "interrupted": frozenset(),
    "cancelled": frozenset(),
}

TASK_MAY_BECOME: dict[TaskStatus, frozenset[TaskStatus]] = {
    "pending": frozenset({"running", "skipped", "cancelled"}),
    "running": frozenset({"completed", "failed", "cancelled", "interrupted", "retrying"}),
    "retrying": frozenset({"running", "failed", "cancelled", "interrupted"}),
    "completed": frozenset(),
    "failed": frozenset(),
    "skipped": frozenset(),
    "cancelled": frozenset(),
    "interrupted": frozenset(),
}

ATTEMPT_MAY_BECOME: dict[AttemptStatus, frozenset[AttemptStatus]] = {
    "running": frozenset({"completed", "failed", "cancelled", "interrupted"}),
    "completed": frozenset(),
    "failed": frozenset(),
    "cancelled": frozenset(),
    "interrupted": frozenset(),
}

LETTERS: dict[str, str] = {
    "completed": "c",
    "failed": "f",
    "interrupted": "i",
    "cancelled": "x",
    "skipped": "s",
    "running": "r",
    "retrying": "t",
    "pending": "p",
}
"""One character for each status of runs and tasks, where many are told at once."""

RUN_OVER: frozenset[str] = frozenset(state for state, after in RUN_MAY_BECOME.items() if not after)
TASK_OVER: frozenset[str] = frozenset(state for state, after in TASK_MAY_BECOME.items() if not after)
COUNTS_AS_FAILED: frozenset[str] = frozenset({"failed", "interrupted"})
"""For conditions and for the run's result, an interrupted task counts as failed (decision 11)."""

RUN_BEFORE: dict[str, tuple[RunStatus, ...]] = {
    state: tuple(before for before, after in RUN_MAY_BECOME.items() if state in after)
    for state in RUN_MAY_BECOME
}
TASK_BEFORE: dict[str, tuple[TaskStatus, ...]] = {
    state: tuple(before for before, after in TASK_MAY_BECOME.items() if state in after)
    for state in TASK_MAY_BECOME
}
