"""Rows for tests of storage, written short."""

from __future__ import annotations

from typing import Any

import msgspec

from petit.storage.base import AttemptEnded, NewRun, RunChange, Step, TaskChange
from petit.storage.records import AttemptRow, DefinitionRow, JobRow, OccurrenceRow, RunRow, TaskRow

T0 = 1_750_000_000_000
"""When the tests' time begins."""


def run_id(number: int, *, at: int | None = None) -> str:
    """A UUIDv7 whose time is `at`, or T0 + number."""
    digits = f"{T0 + number if at is None else at:012x}7{number % 0x1000:03x}8{number:015x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def new_run(number: int, job: str = "job", *, tasks: int = 1, **given: Any) -> NewRun:
    """A run that starts at once with its first task; members of NewRun and of its RunRow may be given."""
    members = {name: given.pop(name) for name in list(given) if name in NewRun.__struct_fields__}
    at = given.get("created_at", T0 + number)
    row: dict[str, Any] = {
        "id": run_id(number), "job_id": job, "status": "running", "trigger": "manual", "created_at": at,
        "definition": "d1", **given,
    }  # fmt: skip
    if row["status"] == "running":
        row.setdefault("started_at", at)
    run = RunRow(**row)
    rows = tuple(
        TaskRow(
            run_id=run.id,
            task_id=f"t{place}",
            position=place,
            status="running" if place == 0 else "pending",
            attempts=1 if place == 0 else 0,
            started_at=at if place == 0 else None,
        )
        for place in range(tasks)
    )
    first = AttemptRow(run_id=run.id, task_id="t0", number=1, status="running", opened_at=at)
    return NewRun(run=run, **{"tasks": rows, "attempts": (first,), **members})


def with_tasks(new: NewRun, *tasks: TaskRow, settled: str = "") -> NewRun:
    """The same run with these tasks, of which some are over before it begins."""
    return msgspec.structs.replace(new, tasks=tasks, attempts=(), settled=frozenset(settled.split()))


def finish(number: int, *, at: int, status: Any = "completed", task: str = "t0") -> Step:
    """The step that ends a run of one task, all of it."""
    result: Any = "completed" if status == "completed" else "failed" if status == "failed" else status
    return Step(
        run_id=run_id(number),
        tasks=(TaskChange(task_id=task, status=result, ended_at=at, exit_code=0),),
        ended=(AttemptEnded(task_id=task, number=1, status=result, ended_at=at, exit_code=0),),
        run=RunChange(status=status, ended_at=at),
    )


def fate(due: int, last: int | None = None, **given: Any) -> OccurrenceRow:
    """A skipped occurrence of the schedule "s" of "job", or a range of such."""
    members: dict[str, Any] = {
        "job_id": "job", "schedule": "s", "first_due": due, "last_due": due if last is None else last,
        "fate": "skipped", "reason": "paused", "decided_at": due, **given,
    }  # fmt: skip
    return OccurrenceRow(**members)


def ran(due: int, **given: Any) -> OccurrenceRow:
    """An occurrence that a run is created for."""
    return fate(due, **{"fate": "ran", "reason": None, **given})


def job_row(job: str = "job", **given: Any) -> JobRow:
    """A stored job."""
    return JobRow(
        **{"job_id": job, "definition": f"{job}-1", "file": f"{job}.yaml", "first_seen": T0, **given}
    )


def definition(job: str = "job", version: int = 1) -> DefinitionRow:
    """A stored definition of a job."""
    return DefinitionRow(
        hash=f"{job}-{version}", job_id=job, body=b"{}", source=f"id: {job}", stored_at=T0 + version
    )
