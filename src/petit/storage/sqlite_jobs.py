"""Jobs, definitions, schedules, pauses and small facts in SQLite."""

# ruff: noqa: S608 - statements are put together from constants of this package; values are always bound

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from petit.core.clock import Millis
from petit.core.ids import JobId, RunId
from petit.core.tally import run_word
from petit.storage import sqlite_ledger, sqlite_tallies
from petit.storage.base import Registry, Reload
from petit.storage.records import DefinitionRow, OccurrenceRow, PauseRow
from petit.storage.sqlite_rows import (
    DEFINITION_COLUMNS,
    JOB_COLUMNS,
    PAUSE_COLUMNS,
    definition_of,
    job_of,
    marks,
    of_definition,
    of_job,
    of_pause,
    pause_of,
    qualified,
    schedule_of,
)
from petit.storage.sqlite_writer import Transaction

READ_JOBS = f"SELECT {JOB_COLUMNS} FROM jobs ORDER BY job_id"
"""All jobs, removed ones too."""

READ_NAMED_DEFINITIONS = f"""
SELECT {qualified(DEFINITION_COLUMNS, "definitions")}
FROM jobs JOIN definitions ON definitions.hash = jobs.definition
"""
"""The definitions that jobs name."""

READ_SCHEDULES = """
SELECT job_id, schedule, since, until, (
    SELECT last_due FROM occurrences AS o WHERE o.job_id = s.job_id AND o.schedule = s.schedule
    ORDER BY first_due DESC LIMIT 1
)
FROM schedules AS s INDEXED BY schedules_alive WHERE until IS NULL ORDER BY job_id, schedule
"""
"""The schedules that have not ended, with the last due time that has its fate: one seek each."""

READ_PAUSES = f"SELECT {PAUSE_COLUMNS} FROM pauses ORDER BY scope"
"""All pauses in force."""

READ_DEFINITION = f"SELECT {DEFINITION_COLUMNS} FROM definitions WHERE hash = ?"
"""A definition by its hash."""

READ_DEFINITIONS = f"""
SELECT {DEFINITION_COLUMNS} FROM definitions WHERE job_id = ? ORDER BY stored_at DESC, hash DESC
"""
"""The definitions of a job, newest first."""

ADD_DEFINITION = f"""
INSERT INTO definitions ({DEFINITION_COLUMNS}) VALUES ({marks(DEFINITION_COLUMNS)})
ON CONFLICT (hash) DO NOTHING
"""
"""A definition; one stored already is left as it is."""

PUT_JOB = f"""
INSERT INTO jobs ({JOB_COLUMNS}) VALUES ({marks(JOB_COLUMNS)})
ON CONFLICT (job_id) DO UPDATE SET
    definition = excluded.definition, file = excluded.file,
    removed_at = excluded.removed_at, stale = excluded.stale
"""
"""A job as it is now; when it was first seen stays."""

REMOVE_JOB = "UPDATE jobs SET removed_at = ? WHERE job_id = ? AND removed_at IS NULL"
"""A job is gone from the directory; its row and history stay."""

BEGIN_SCHEDULE = """
INSERT INTO schedules (job_id, schedule, since) VALUES (?, ?, ?)
ON CONFLICT (job_id, schedule) WHERE until IS NULL DO NOTHING
"""
"""A schedule begins a life, unless it lives already."""

END_SCHEDULE = "UPDATE schedules SET until = ? WHERE job_id = ? AND schedule = ? AND until IS NULL"
"""A schedule's life ends."""

PENDING_OF_JOB = """
SELECT id FROM runs INDEXED BY runs_active
WHERE ended_at IS NULL AND status = 'pending' AND job_id = ? ORDER BY id
"""
"""The runs of a job that wait."""

CANCEL_PENDING_RUN = """
UPDATE runs SET status = 'cancelled', ended_at = ?, reason = 'job removed', changed = ?
WHERE id = ? AND status = 'pending'
"""
"""A waiting run of a removed job never starts."""

CANCEL_TASKS = """
UPDATE tasks SET status = 'cancelled', ended_at = ?, reason = 'job removed', changed = ?
WHERE run_id = ? AND status IN ('pending', 'running', 'retrying')
"""
"""Its tasks neither."""

PUT_PAUSE = f"INSERT OR REPLACE INTO pauses ({PAUSE_COLUMNS}) VALUES ({marks(PAUSE_COLUMNS)})"
"""The pause of a scope, in place of the one before."""

END_PAUSE = "DELETE FROM pauses WHERE scope = ?"
"""A pause is over."""

READ_META = "SELECT value FROM meta WHERE key = ?"
"""A small fact."""

PUT_META = "INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)"
"""A small fact, in place of what was known."""

PUT_STATE_DIR = "UPDATE database SET state_dir = ? WHERE state_dir IS ?"
"""Where this database's logs and sockets live, if what is stored is still what was read."""

READ_STATE_DIR = "SELECT state_dir FROM database"
"""Where they live."""

PROBE = "UPDATE database SET probes = probes + 1"
"""Something small to write; not a change that anybody is told of."""


# --- writing ------------------------------------------------------------------------------------------------
def reload(transaction: Transaction, new: Reload) -> tuple[RunId, ...]:
    """Write a new generation of jobs. Returns the pending runs that this cancelled."""
    transaction.change()
    # Fates first: they belong to the lives of schedules that may end here.
    sqlite_ledger.record(transaction, new.occurrences)
    transaction.executemany(ADD_DEFINITION, map(of_definition, new.definitions))
    transaction.executemany(PUT_JOB, map(of_job, new.jobs))
    transaction.executemany(
        END_SCHEDULE, [(row.until, row.job_id, row.schedule) for row in new.schedules_ended]
    )
    transaction.executemany(
        BEGIN_SCHEDULE, [(row.job_id, row.schedule, row.since) for row in new.schedules_begun]
    )
    return tuple(sorted(run_id for job_id in new.removed for run_id in _remove(transaction, job_id, new.at)))


def _remove(transaction: Transaction, job_id: JobId, at: Millis) -> list[RunId]:
    transaction.execute(REMOVE_JOB, (at, job_id))
    cancelled = [run_id for (run_id,) in transaction.execute(PENDING_OF_JOB, (job_id,)).fetchall()]
    ended = [(at, transaction.change(), run_id) for run_id in cancelled]
    transaction.executemany(CANCEL_PENDING_RUN, ended)
    transaction.executemany(CANCEL_TASKS, ended)
    if cancelled:
        word = run_word("cancelled", at, None, is_whole=True)
        sqlite_tallies.count(transaction, job_id, at, word, len(cancelled))
    return cancelled


def set_pause(transaction: Transaction, pause: PauseRow) -> None:
    """Begin or replace the pause of a scope."""
    transaction.change()
    transaction.execute(PUT_PAUSE, of_pause(pause))


def end_pause(transaction: Transaction, scope: str, occurrences: Sequence[OccurrenceRow]) -> bool:
    """End the pause of a scope and record what it skipped."""
    if transaction.execute(END_PAUSE, (scope,)).rowcount == 0:
        return False
    transaction.change()
    sqlite_ledger.record(transaction, occurrences)
    return True


def set_meta(transaction: Transaction, key: str, value: str) -> None:
    """Store a small fact."""
    transaction.change()
    transaction.execute(PUT_META, (key, value))


def set_state_dir(transaction: Transaction, path: str, *, instead_of: str | None) -> str | None:
    """Store the state directory in place of the one that was read; return the one that is stored now."""
    if transaction.execute(PUT_STATE_DIR, (path, instead_of)).rowcount:
        transaction.change()
        return path
    stored: str | None = transaction.execute(READ_STATE_DIR).fetchone()[0]
    return stored


def probe(transaction: Transaction) -> None:
    """Write something small."""
    transaction.execute(PROBE)


# --- reading ------------------------------------------------------------------------------------------------
def registry(connection: sqlite3.Connection) -> Registry:
    """Read all that a starting engine needs to know about jobs."""
    definitions = map(definition_of, connection.execute(READ_NAMED_DEFINITIONS))
    return Registry(
        jobs=tuple(map(job_of, connection.execute(READ_JOBS))),
        definitions={row.hash: row for row in definitions},
        schedules=tuple(map(schedule_of, connection.execute(READ_SCHEDULES))),
        pauses=tuple(map(pause_of, connection.execute(READ_PAUSES))),
    )


def definition(connection: sqlite3.Connection, definition_hash: str) -> DefinitionRow | None:
    """Read a definition."""
    row = connection.execute(READ_DEFINITION, (definition_hash,)).fetchone()
    return None if row is None else definition_of(row)


def definitions(connection: sqlite3.Connection, job_id: JobId) -> list[DefinitionRow]:
    """Read the definitions of a job, newest first."""
    return [definition_of(row) for row in connection.execute(READ_DEFINITIONS, (job_id,))]


def meta(connection: sqlite3.Connection, key: str) -> str | None:
    """Read a small fact."""
    row = connection.execute(READ_META, (key,)).fetchone()
    return None if row is None else row[0]
