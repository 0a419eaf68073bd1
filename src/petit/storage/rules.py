"""What the contract's words mean, as pure functions that every backend shares."""

from __future__ import annotations

from typing import Any

import msgspec

from petit.core.clock import Millis
from petit.core.ids import JobId, RunId, is_run_id, run_id_ms
from petit.core.states import RUN_OVER
from petit.storage.base import Full, NewRun, OccurrenceFilter, RunChange, RunFilter
from petit.storage.records import OccurrenceRow, RunRow, TaskRow

Place = tuple[Millis, JobId, str]
"""Where a ledger row stands in the listing: (last due time, job, schedule)."""

_EVIDENCE = msgspec.json.Encoder(order="deterministic")


def place_of(row: OccurrenceRow) -> Place:
    """Return where a ledger row stands in the listing."""
    return (row.last_due, row.job_id, row.schedule)


def selects_run(which: RunFilter, row: RunRow) -> bool:
    """Say whether a filter selects a run."""
    return (
        (which.job_id is None or row.job_id == which.job_id)
        and (not which.statuses or row.status in which.statuses)
        and (which.trigger is None or row.trigger == which.trigger)
        and (which.since is None or row.created_at >= which.since)
        and (which.until is None or row.created_at < which.until)
        and (which.id_prefix is None or row.id.startswith(which.id_prefix))
    )


def selects_occurrence(which: OccurrenceFilter, row: OccurrenceRow) -> bool:
    """Say whether a filter selects a ledger row."""
    return (
        (which.job_id is None or row.job_id == which.job_id)
        and (which.fate is None or row.fate == which.fate)
        and not (which.without_run and row.fate == "ran")
        and (which.reason is None or row.reason == which.reason)
        and (which.since is None or row.last_due >= which.since)
        and (which.until is None or row.first_due < which.until)
    )


def reaches(row: OccurrenceRow, place: Place) -> bool:
    """Say whether a row is a range that stands at or above `place` but begins at or below its time."""
    return row.first_due < row.last_due and row.first_due <= place[0] and place_of(row) >= place


def extends(row: OccurrenceRow, newest: OccurrenceRow, alive_since: Millis | None) -> bool:
    """Say whether `row` continues `newest`, the newest row of its schedule, as one range.

    A range never reaches over the end of a schedule's life: between two lives nothing was due.
    """
    return (
        row.first_due > newest.last_due
        and row.run_id is None
        and newest.run_id is None
        and (row.fate, row.reason, row.definition) == (newest.fate, newest.reason, newest.definition)
        and encode_evidence(row.evidence) == encode_evidence(newest.evidence)
        and (alive_since is None or newest.last_due >= alive_since)
    )


def encode_evidence(evidence: dict[str, Any] | None) -> str | None:
    """Return the canonical JSON text of evidence: the same for equal evidence."""
    return None if evidence is None else _EVIDENCE.encode(evidence).decode()


def waiting(new: NewRun) -> NewRun:
    """Return `new` as it is stored where the run must wait: nothing of it was decided."""
    tasks = tuple(
        task
        if task.status == "pending" or task.task_id in new.settled
        else TaskRow(run_id=task.run_id, task_id=task.task_id, position=task.position)
        for task in new.tasks
    )
    run = msgspec.structs.replace(new.run, status="pending", started_at=None)
    return msgspec.structs.replace(new, run=run, tasks=tasks, attempts=())


def stands_in_line(run: RunRow, now: Millis) -> bool:
    """Say whether a pending run waits for a slot, and not for its time."""
    return run.run_at is None or run.run_at <= now


def is_whole(run: RunRow) -> bool:
    """Say whether a run tells how long a run of its job takes: not if it is, or may be, one of some tasks."""
    return run.rerun_of is None and run.selected is None


def may_queue(new: NewRun, full: Full) -> bool:
    """Say whether a run that finds no slot is stored as waiting rather than refused."""
    return new.when_full == "queue" or (new.when_full == "queue_total" and full.scope == "total")


def is_off_clock(run: RunRow) -> bool:
    """Say whether the time that a run's id carries is not that of its creation."""
    return not is_run_id(run.id) or run_id_ms(run.id) != run.created_at


def check_new(new: NewRun) -> None:
    """Raise ValueError for a run that cannot be created: it must be pending or running."""
    if new.run.status in RUN_OVER:
        raise ValueError(f"a run cannot be created {new.run.status}")


def check_run_change(change: RunChange) -> None:
    """Raise ValueError for an ending without its time: what ended last could not be told."""
    if change.status in RUN_OVER and change.ended_at is None:
        raise ValueError(f"a run that becomes {change.status} needs ended_at")


def end_of(row: RunRow) -> tuple[Millis, RunId]:
    """Return what orders the runs of a job that are over, the one that ended last at the end."""
    return (row.ended_at or 0, row.id)
