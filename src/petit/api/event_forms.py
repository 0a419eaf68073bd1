"""Facts as the API tells them: their own members, and the row that they changed as its route shows it."""

from __future__ import annotations

from typing import Any

from petit.api.responses import encode
from petit.api.views import Run, TaskRun
from petit.events.facts import Fact, name_of
from petit.storage.records import RunRow, TaskRow

ROWS = frozenset({"run", "task", "executor"})
"""Members that are shown in another form, and not at all where there is nothing in them."""


def event_data(fact: Fact) -> bytes:
    """Write a fact as the data of an event."""
    members: dict[str, Any] = {"type": name_of(fact)}
    for name in fact.__struct_fields__:
        if name not in ROWS:
            members[name] = getattr(fact, name)
    run: RunRow | None = getattr(fact, "run", None)
    if run is not None:
        members["run"] = Run.of(run)
    task: TaskRow | None = getattr(fact, "task", None)
    if task is not None:
        executor: str | None = getattr(fact, "executor", None)
        members["task"] = TaskRun.of(task, {} if executor is None else {task.task_id: executor})
    return encode(members)
