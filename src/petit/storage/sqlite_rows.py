"""Rows of SQLite tables as values, and back."""

from __future__ import annotations

from typing import Any

import msgspec

from petit.storage import rules
from petit.storage.records import (
    AttemptRow,
    DefinitionRow,
    JobRow,
    OccurrenceRow,
    PauseRow,
    RunRow,
    ScheduleRow,
    TaskRow,
    Wait,
)

Row = tuple[Any, ...]

RUN_COLUMNS = (
    "id, job_id, status, trigger, created_at, definition, started_at, ended_at, scheduled_for, schedule,"
    " error, reason, caller, rerun_of, cancel_requested_at, catchup, run_at, selected, changed"
)
TASK_COLUMNS = (
    "run_id, task_id, position, status, attempts, started_at, ended_at, exit_code, signal, error, reason,"
    " reused_from, changed"
)
ATTEMPT_COLUMNS = (
    "run_id, task_id, number, status, opened_at, executor, host, pid, ready_at, started_at, ended_at,"
    " exit_code, signal, cause, error, waits"
)
OCCURRENCE_COLUMNS = (
    "job_id, schedule, first_due, last_due, fate, decided_at, reason, evidence, run_id, definition"
)
JOB_COLUMNS = "job_id, definition, file, first_seen, removed_at, stale"
DEFINITION_COLUMNS = "hash, job_id, body, source, stored_at"
PAUSE_COLUMNS = "scope, since, until, reason, by"

_WAITS = msgspec.json.Decoder(tuple[Wait, ...])
_SELECTED = msgspec.json.Decoder(tuple[str, ...])


def marks(columns: str) -> str:
    """Return as many placeholders as there are columns."""
    return ", ".join("?" for _ in columns.split(","))


def qualified(columns: str, table: str) -> str:
    """Return the columns, each with the table's name."""
    return ", ".join(f"{table}.{column.strip()}" for column in columns.split(","))


def run_of(row: Row) -> RunRow:
    """Read a run."""
    return RunRow(
        id=row[0],
        job_id=row[1],
        status=row[2],
        trigger=row[3],
        created_at=row[4],
        definition=row[5],
        started_at=row[6],
        ended_at=row[7],
        scheduled_for=row[8],
        schedule=row[9],
        error=row[10],
        reason=row[11],
        caller=row[12],
        rerun_of=row[13],
        cancel_requested_at=row[14],
        catchup=bool(row[15]),
        run_at=row[16],
        selected=None if row[17] is None else _SELECTED.decode(row[17]),
        changed=row[18],
    )


def of_run(run: RunRow, changed: int) -> Row:
    """Write a run, with the mark that its id does not carry its creation time."""
    return (
        run.id,
        run.job_id,
        run.status,
        run.trigger,
        run.created_at,
        run.definition,
        run.started_at,
        run.ended_at,
        run.scheduled_for,
        run.schedule,
        run.error,
        run.reason,
        run.caller,
        run.rerun_of,
        run.cancel_requested_at,
        run.catchup,
        run.run_at,
        None if run.selected is None else msgspec.json.encode(run.selected).decode(),
        changed,
        rules.is_off_clock(run),
    )


def task_of(row: Row) -> TaskRow:
    """Read a task."""
    return TaskRow(
        run_id=row[0],
        task_id=row[1],
        position=row[2],
        status=row[3],
        attempts=row[4],
        started_at=row[5],
        ended_at=row[6],
        exit_code=row[7],
        signal=row[8],
        error=row[9],
        reason=row[10],
        reused_from=row[11],
        changed=row[12],
    )


def of_task(task: TaskRow, changed: int) -> Row:
    """Write a task."""
    return (
        task.run_id,
        task.task_id,
        task.position,
        task.status,
        task.attempts,
        task.started_at,
        task.ended_at,
        task.exit_code,
        task.signal,
        task.error,
        task.reason,
        task.reused_from,
        changed,
    )


def attempt_of(row: Row) -> AttemptRow:
    """Read an attempt."""
    return AttemptRow(
        run_id=row[0],
        task_id=row[1],
        number=row[2],
        status=row[3],
        opened_at=row[4],
        executor=row[5],
        host=row[6],
        pid=row[7],
        ready_at=row[8],
        started_at=row[9],
        ended_at=row[10],
        exit_code=row[11],
        signal=row[12],
        cause=row[13],
        error=row[14],
        waits=() if row[15] is None else _WAITS.decode(row[15]),
    )


def of_attempt(attempt: AttemptRow) -> Row:
    """Write an attempt."""
    return (
        attempt.run_id,
        attempt.task_id,
        attempt.number,
        attempt.status,
        attempt.opened_at,
        attempt.executor,
        attempt.host,
        attempt.pid,
        attempt.ready_at,
        attempt.started_at,
        attempt.ended_at,
        attempt.exit_code,
        attempt.signal,
        attempt.cause,
        attempt.error,
        msgspec.json.encode(attempt.waits).decode() if attempt.waits else None,
    )


def occurrence_of(row: Row) -> OccurrenceRow:
    """Read a ledger row."""
    return OccurrenceRow(
        job_id=row[0],
        schedule=row[1],
        first_due=row[2],
        last_due=row[3],
        fate=row[4],
        decided_at=row[5],
        reason=row[6],
        evidence=None if row[7] is None else msgspec.json.decode(row[7]),
        run_id=row[8],
        definition=row[9],
    )


def of_occurrence(row: OccurrenceRow) -> Row:
    """Write a ledger row."""
    return (
        row.job_id,
        row.schedule,
        row.first_due,
        row.last_due,
        row.fate,
        row.decided_at,
        row.reason,
        rules.encode_evidence(row.evidence),
        row.run_id,
        row.definition,
    )


def job_of(row: Row) -> JobRow:
    """Read a job."""
    return JobRow(
        job_id=row[0],
        definition=row[1],
        file=row[2],
        first_seen=row[3],
        removed_at=row[4],
        stale=bool(row[5]),
    )


def of_job(job: JobRow) -> Row:
    """Write a job."""
    return (job.job_id, job.definition, job.file, job.first_seen, job.removed_at, job.stale)


def definition_of(row: Row) -> DefinitionRow:
    """Read a definition."""
    return DefinitionRow(hash=row[0], job_id=row[1], body=row[2], source=row[3], stored_at=row[4])


def of_definition(definition: DefinitionRow) -> Row:
    """Write a definition."""
    return (definition.hash, definition.job_id, definition.body, definition.source, definition.stored_at)


def schedule_of(row: Row) -> ScheduleRow:
    """Read a schedule."""
    return ScheduleRow(job_id=row[0], schedule=row[1], since=row[2], until=row[3], decided_until=row[4])


def pause_of(row: Row) -> PauseRow:
    """Read a pause."""
    return PauseRow(scope=row[0], since=row[1], until=row[2], reason=row[3], by=row[4])


def of_pause(pause: PauseRow) -> Row:
    """Write a pause."""
    return (pause.scope, pause.since, pause.until, pause.reason, pause.by)
