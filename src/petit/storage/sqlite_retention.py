"""Forgetting in SQLite: each method one short transaction, each statement served by an index."""

# ruff: noqa: S608 - statements are put together from constants of this package; values are always bound

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from petit.core.clock import Millis
from petit.core.ids import JobId, RunId
from petit.core.retention import OldRun
from petit.storage.retention import UsedDefinitions
from petit.storage.sqlite_writer import Transaction

READ_JOB_IDS = "SELECT job_id FROM jobs WHERE job_id > ? ORDER BY job_id LIMIT ?"
"""Jobs, removed ones too."""

READ_OLDEST = """
SELECT id, created_at, ended_at, 2 + 2 * (SELECT count(*) FROM tasks WHERE run_id = runs.id)
FROM runs INDEXED BY runs_by_job WHERE job_id = ? AND id > ? ORDER BY id LIMIT ?
"""
"""Runs of a job, the oldest first, with about how many rows each takes."""

READ_RUN_BEYOND = (
    "SELECT id FROM runs INDEXED BY runs_by_job WHERE job_id = ? ORDER BY id DESC LIMIT 1 OFFSET ?"
)
"""The newest run that has so many newer ones: as many steps through an index as are kept, no more."""

_KEPT_FOR_JOB = """EXISTS (
    SELECT 1 FROM job_marks AS m WHERE m.job_id = runs.job_id
    AND runs.id IN (m.last_run, m.last_ended, m.last_completed, m.last_failed, m.recovered_by)
)"""
"""The run is one that its job is judged by."""

_IS_NEWEST = """EXISTS (
    SELECT 1 FROM schedules AS s
    WHERE s.job_id = o.job_id AND s.schedule = o.schedule AND s.until IS NULL
) AND NOT EXISTS (
    SELECT 1 FROM occurrences AS later
    WHERE later.job_id = o.job_id AND later.schedule = o.schedule AND later.first_due > o.first_due
)"""
"""The row `o` of the ledger is the newest one of a schedule in force."""

REMOVE_RUN = f"""
DELETE FROM runs WHERE id = :run AND ended_at IS NOT NULL AND NOT {_KEPT_FOR_JOB}
AND NOT EXISTS (SELECT 1 FROM tasks AS t INDEXED BY tasks_reused WHERE t.reused_from = runs.id)
AND NOT EXISTS (
    SELECT 1 FROM idempotency AS i INDEXED BY idempotency_by_run
    WHERE i.run_id = runs.id AND i.expires_at > :now
)
AND NOT EXISTS (
    SELECT 1 FROM occurrences AS o INDEXED BY occurrences_of_job
    WHERE o.job_id = runs.job_id AND o.last_due = runs.scheduled_for AND o.run_id = runs.id AND {_IS_NEWEST}
)
RETURNING job_id, scheduled_for
"""
"""A run that is over and that nothing needs."""

REMOVE_PARTS = (
    "DELETE FROM attempts WHERE run_id = ?",
    "DELETE FROM tasks WHERE run_id = ?",
    "DELETE FROM removed_logs WHERE run_id = ?",
)
"""What belongs to it alone."""

REMOVE_ITS_FATE = """
DELETE FROM occurrences INDEXED BY occurrences_of_job WHERE job_id = ? AND last_due = ? AND run_id = ?
"""
"""Its rows in the ledger."""

READ_FATE_BEYOND = """
SELECT last_due FROM occurrences INDEXED BY occurrences_of_job_not_run
WHERE fate <> 'ran' AND job_id = ? ORDER BY last_due DESC LIMIT 1 OFFSET ?
"""
"""The newest row without a run that has so many newer ones."""

READ_OLDEST_FATE = """
SELECT last_due FROM occurrences INDEXED BY occurrences_of_job_not_run
WHERE fate <> 'ran' AND job_id = ? ORDER BY last_due LIMIT 1
"""
"""The oldest row without a run."""

REMOVE_FATES = f"""
DELETE FROM occurrences WHERE (job_id, schedule, first_due) IN (
    SELECT job_id, schedule, first_due FROM occurrences AS o INDEXED BY occurrences_of_job_not_run
    WHERE fate <> 'ran' AND job_id = :job AND last_due < :before AND NOT ({_IS_NEWEST})
    AND NOT EXISTS (
        SELECT 1 FROM job_marks AS m
        WHERE m.job_id = o.job_id AND m.missed_schedule = o.schedule AND m.missed_first_due = o.first_due
    )
    ORDER BY last_due LIMIT :limit
) RETURNING last_due
"""
"""Old rows without a run."""

NOTE_FORGOTTEN = """
UPDATE jobs SET forgotten_until = max(coalesce(forgotten_until, :due), :due) WHERE job_id = :job
"""
"""Fates up to this due time may be gone: whoever checks the ledger begins behind it."""

READ_SPARE = """
SELECT hash FROM definitions AS d INDEXED BY definitions_of_job WHERE job_id = ? AND stored_at < ?
AND NOT EXISTS (SELECT 1 FROM jobs WHERE jobs.job_id = d.job_id AND jobs.definition = d.hash)
"""
"""Old definitions of a job that are not its present one."""

READ_USED = """
SELECT definition, id FROM runs INDEXED BY runs_by_job WHERE job_id = ? AND id > ? ORDER BY id LIMIT ?
"""
"""What runs are pinned to."""

REMOVE_DEFINITION = """
DELETE FROM definitions WHERE hash = ? AND NOT EXISTS (
    SELECT 1 FROM jobs WHERE jobs.job_id = definitions.job_id AND jobs.definition = definitions.hash
)
"""
"""A definition that no job has at present."""

_TOKENS_OVER = "SELECT id FROM tokens WHERE revoked_at < :before OR expires_at < :before"

REMOVE_EXPIRED = (
    "DELETE FROM sessions WHERE expires_at <= :now",
    """
    DELETE FROM idempotency WHERE (scope, key) IN (
        SELECT scope, key FROM idempotency WHERE expires_at <= :now ORDER BY expires_at LIMIT :limit
    )
    """,
)
"""What is worth nothing any more."""

REMOVE_OLD = (
    f"DELETE FROM sessions WHERE token_id IN ({_TOKENS_OVER})",
    "DELETE FROM tokens WHERE revoked_at < :before OR expires_at < :before",
    """
    DELETE FROM audit WHERE number IN (
        SELECT number FROM (SELECT number, at FROM audit ORDER BY number LIMIT :limit) WHERE at < :before
    )
    """,
)
"""What was over long ago."""

READ_LOGS_REMOVED = "SELECT removed_at FROM removed_logs WHERE run_id = ?"
"""When the logs of a run were removed."""

NOTE_LOGS_REMOVED = f"""
INSERT INTO removed_logs (run_id, removed_at)
    SELECT id, ? FROM runs WHERE id = ? AND ended_at IS NOT NULL AND NOT {_KEPT_FOR_JOB}
ON CONFLICT (run_id) DO UPDATE SET removed_at = removed_at RETURNING run_id
"""
"""The logs of a run that is over are to go; one that is noted already keeps its moment."""


class SqliteRetention:
    """The forgetting of a SqliteStorage."""

    def __init__(
        self,
        read: Callable[[Callable[[sqlite3.Connection], Any]], Any],
        write: Callable[[Callable[[Transaction], Any]], Awaitable[Any]],
    ) -> None:
        self._read = read
        self._write = write

    async def job_ids(self, *, after: JobId, limit: int) -> Sequence[JobId]:
        """Read the ids of jobs."""
        return self._column(READ_JOB_IDS, after, limit)

    # --- runs -----------------------------------------------------------------------------------------------
    async def oldest_runs(self, job_id: JobId, *, after: RunId, limit: int) -> Sequence[OldRun]:
        """Read the oldest runs of a job."""
        return [
            OldRun(id=run_id, created_at=created_at, ended_at=ended_at, rows=rows)
            for run_id, created_at, ended_at, rows in self._rows(READ_OLDEST, job_id, after, limit)
        ]

    async def run_beyond(self, job_id: JobId, count: int) -> RunId | None:
        """Return the newest run that has `count` newer ones."""
        return next(iter(self._column(READ_RUN_BEYOND, job_id, count)), None)

    async def remove_runs(self, run_ids: Sequence[RunId], *, now: Millis) -> Sequence[RunId]:
        """Forget runs."""

        def remove(transaction: Transaction) -> list[RunId]:
            gone = [run_id for run_id in run_ids if _remove_run(transaction, run_id, now)]
            if gone:
                transaction.change()
            return gone

        removed: list[RunId] = await self._write(remove)
        return removed

    async def known_runs(self, run_ids: Sequence[RunId]) -> frozenset[RunId]:
        """Return those that are stored."""
        if not run_ids:
            return frozenset()
        places = ", ".join("?" * len(run_ids))
        return frozenset(self._column(f"SELECT id FROM runs WHERE id IN ({places})", *run_ids))

    # --- ledger ---------------------------------------------------------------------------------------------
    async def fate_beyond(self, job_id: JobId, count: int) -> Millis | None:
        """Return the last due time of the newest row without a run that has `count` newer ones."""
        return next(iter(self._column(READ_FATE_BEYOND, job_id, count)), None)

    async def oldest_fate(self, job_id: JobId) -> Millis | None:
        """Return the last due time of the oldest row without a run."""
        return next(iter(self._column(READ_OLDEST_FATE, job_id)), None)

    async def remove_fates(self, job_id: JobId, *, before: Millis, limit: int) -> int:
        """Forget rows without a run."""

        def remove(transaction: Transaction) -> int:
            values = {"job": job_id, "before": before, "limit": limit}
            dues = [due for (due,) in transaction.execute(REMOVE_FATES, values).fetchall()]
            if dues:
                transaction.change()
                transaction.execute(NOTE_FORGOTTEN, {"job": job_id, "due": max(dues)})
            return len(dues)

        count: int = await self._write(remove)
        return count

    # --- definitions ----------------------------------------------------------------------------------------
    async def spare_definitions(self, job_id: JobId, *, before: Millis) -> Sequence[str]:
        """Read the hashes of old definitions."""
        return self._column(READ_SPARE, job_id, before)

    async def definitions_used(self, job_id: JobId, *, after: RunId, limit: int) -> UsedDefinitions:
        """Read what runs are pinned to."""
        rows = self._rows(READ_USED, job_id, after, limit)
        return UsedDefinitions(frozenset(row[0] for row in rows), rows[-1][1] if rows else None)

    async def remove_definitions(self, hashes: Sequence[str]) -> int:
        """Forget definitions."""
        return await self._remove([(REMOVE_DEFINITION, (each,)) for each in hashes])

    # --- the rest -------------------------------------------------------------------------------------------
    async def remove_rest(self, *, now: Millis, before: Millis | None, limit: int) -> int:
        """Forget what has expired, and what was over before a moment."""
        values = {"now": now, "before": before, "limit": limit}
        statements = REMOVE_EXPIRED if before is None else (*REMOVE_EXPIRED, *REMOVE_OLD)
        return await self._remove([(sql, values) for sql in statements])

    # --- logs -----------------------------------------------------------------------------------------------
    async def logs_removed(self, run_id: RunId) -> Millis | None:
        """Return when the logs of a run were removed."""
        return next(iter(self._column(READ_LOGS_REMOVED, run_id)), None)

    async def note_logs_removed(self, run_ids: Sequence[RunId], *, at: Millis) -> Sequence[RunId]:
        """Note that logs are removed."""

        def note(transaction: Transaction) -> list[RunId]:
            noted = [
                run_id
                for run_id in run_ids
                if transaction.execute(NOTE_LOGS_REMOVED, (at, run_id)).fetchone() is not None
            ]
            if noted:
                transaction.change()
            return noted

        noted: list[RunId] = await self._write(note)
        return noted

    # --- the two ways ---------------------------------------------------------------------------------------
    def _rows(self, sql: str, *values: object) -> list[Any]:
        rows: list[Any] = self._read(lambda connection: connection.execute(sql, values).fetchall())
        return rows

    def _column(self, sql: str, *values: object) -> list[Any]:
        return [row[0] for row in self._rows(sql, *values)]

    async def _remove(self, statements: Sequence[tuple[str, Any]]) -> int:
        def remove(transaction: Transaction) -> int:
            count = sum(max(transaction.execute(sql, values).rowcount, 0) for sql, values in statements)
            if count:
                transaction.change()
            return count

        count: int = await self._write(remove)
        return count


def _remove_run(transaction: Transaction, run_id: RunId, now: Millis) -> bool:
    found = transaction.execute(REMOVE_RUN, {"run": run_id, "now": now}).fetchone()
    if found is None:
        return False
    for sql in REMOVE_PARTS:
        transaction.execute(sql, (run_id,))
    job_id, due = found
    if due is not None:
        transaction.execute(REMOVE_ITS_FATE, (job_id, due, run_id))
        transaction.execute(NOTE_FORGOTTEN, {"job": job_id, "due": due})
    return True
