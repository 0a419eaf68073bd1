"""Storage in a SQLite file: one thread writes; reads run in place (33 us; a thread hop costs 150)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Literal

from petit.core.clock import Millis
from petit.core.ids import JobId, RunId, TaskId
from petit.core.sessions import Session
from petit.core.tokens import Token
from petit.storage import (
    rules,
    sqlite_access,
    sqlite_create,
    sqlite_episodes,
    sqlite_figures,
    sqlite_jobs,
    sqlite_ledger,
    sqlite_past,
    sqlite_runs,
    sqlite_steps,
    sqlite_tallies,
)
from petit.storage.base import (
    CreateOutcome,
    IdempotencyKey,
    NewRun,
    OccurrenceFilter,
    Registry,
    Reload,
    Replayed,
    RunFilter,
    Step,
)
from petit.storage.episodes import Episodes
from petit.storage.figures import Ended, JobMarks
from petit.storage.past import RunCells, RunSpan, Tallies
from petit.storage.records import (
    AttemptRow,
    AuditRow,
    DefinitionRow,
    JobActivity,
    OccurrenceRow,
    PauseRow,
    RunRow,
    TaskRow,
)
from petit.storage.retention import RetentionStorage
from petit.storage.sqlite_connections import Connections


class SqliteStorage(Connections):
    """Keeps jobs, runs and the ledger in one file. Open and close it on the same event loop.

    Args:
        path: The database file; its directory must exist.
        busy_timeout_s: How long a write waits for another process's lock before it fails with cause "locked".
    """

    kind: Literal["sqlite", "memory"] = "sqlite"

    @cached_property
    def retention(self) -> RetentionStorage:
        """How it forgets."""
        from petit.storage.sqlite_retention import SqliteRetention  # noqa: PLC0415 - not before something is old

        return SqliteRetention(self._read, self._write)

    async def size(self) -> int | None:
        """Return the bytes that it takes on the disk."""
        return sqlite_figures.size(self.path)

    async def ended(self, *, since: Millis, until: Millis) -> Ended:
        """Count the runs that ended between two moments."""
        return self._read(lambda connection: sqlite_figures.ended(connection, since=since, until=until))

    # --- jobs -----------------------------------------------------------------------------------------------
    async def registry(self) -> Registry:
        """Read all jobs, the definitions they name, schedules that have not ended, pauses."""
        return self._read_at_once(sqlite_jobs.registry)

    async def reload(self, reload: Reload) -> tuple[RunId, ...]:
        """Write a new generation of jobs. Returns the pending runs that this cancelled."""
        return await self._write(
            lambda transaction: sqlite_jobs.reload(transaction, reload), rows=_rows_of(reload)
        )

    async def definition(self, definition_hash: str) -> DefinitionRow | None:
        """Read a definition by its hash."""
        return self._read(lambda connection: sqlite_jobs.definition(connection, definition_hash))

    async def definitions(self, job_id: JobId) -> Sequence[DefinitionRow]:
        """Read all stored definitions of a job, newest first."""
        return self._read(lambda connection: sqlite_jobs.definitions(connection, job_id))

    async def activity(self, job_ids: Sequence[JobId] | None = None) -> Mapping[JobId, JobActivity]:
        """Read the activity of these jobs, or of all that ever ran."""
        return self._read_at_once(lambda connection: sqlite_runs.activity(connection, job_ids))

    async def marks(self, *, limit: int, after: JobId = "") -> Sequence[JobMarks]:
        """Read how jobs did last."""
        return self._read(lambda connection: sqlite_figures.marks(connection, limit=limit, after=after))

    # --- runs -----------------------------------------------------------------------------------------------
    async def create_run(self, new: NewRun) -> CreateOutcome:
        """Create a run."""
        rules.check_new(new)
        return await self._write(
            lambda transaction: sqlite_create.create_run(transaction, new), rows=len(new.tasks)
        )

    async def replay(self, key: IdempotencyKey, *, at: Millis | None = None) -> Replayed | None:
        """Look up what an idempotency key made."""
        return self._read(lambda connection: sqlite_create.replay(connection.execute, key, at))

    async def advance(self, steps: Sequence[Step]) -> Sequence[bool]:
        """Write steps, each whole or not at all."""
        for step in steps:
            if step.run is not None:
                rules.check_run_change(step.run)
        fixed = tuple(steps)
        return await self._write(
            lambda transaction: sqlite_steps.advance(transaction, fixed),
            rows=sum(len(step.tasks) + len(step.opened) for step in fixed),
        )

    async def run(self, run_id: RunId) -> RunRow | None:
        """Read a run."""
        return self._read(lambda connection: sqlite_runs.run(connection, run_id))

    async def runs(
        self, which: RunFilter, *, limit: int, before: RunId | None = None, after: RunId | None = None
    ) -> Sequence[RunRow]:
        """Read runs, newest first."""
        return self._read_at_once(
            lambda connection: sqlite_runs.page(connection, which, limit=limit, before=before, after=after)
        )

    async def active_runs(self) -> Sequence[RunRow]:
        """Read all pending and running runs, oldest first."""
        return self._read(sqlite_runs.active)

    async def tasks(self, run_id: RunId) -> Sequence[TaskRow]:
        """Read the tasks of a run in topological order."""
        return self._read(lambda connection: sqlite_runs.tasks(connection, run_id))

    async def attempts(self, run_id: RunId, task_id: TaskId | None = None) -> Sequence[AttemptRow]:
        """Read attempts by task position and number."""
        return self._read(lambda connection: sqlite_runs.attempts(connection, run_id, task_id))

    async def last_ended(self, job_id: JobId) -> RunRow | None:
        """Read the run of a job that ended last, of those that took a slot."""
        return self._read(lambda connection: sqlite_runs.last_ended(connection, job_id))

    async def last_completed(self, job_id: JobId) -> RunRow | None:
        """Read the run of a job that completed last."""
        return self._read(lambda connection: sqlite_runs.last_completed(connection, job_id))

    # --- ledger ---------------------------------------------------------------------------------------------
    async def record(self, rows: Sequence[OccurrenceRow]) -> Sequence[bool]:
        """Write fates without a run."""
        fixed = tuple(rows)
        return await self._write(
            lambda transaction: sqlite_ledger.record(transaction, fixed), rows=len(fixed)
        )

    async def occurrences(
        self, which: OccurrenceFilter, *, limit: int, before: rules.Place | None = None
    ) -> Sequence[OccurrenceRow]:
        """Read ledger rows by (last_due, job_id, schedule), greatest first."""
        return self._read_at_once(
            lambda connection: sqlite_ledger.page(connection, which, limit=limit, before=before)
        )

    async def reaching(self, which: OccurrenceFilter, *, place: rules.Place) -> Sequence[OccurrenceRow]:
        """Read the ranges that reach over `place`."""
        return self._read(lambda connection: sqlite_ledger.reaching(connection, which, place))

    # --- pauses ---------------------------------------------------------------------------------------------
    async def set_pause(self, pause: PauseRow) -> None:
        """Begin or replace the pause of a scope."""
        await self._write(lambda transaction: sqlite_jobs.set_pause(transaction, pause))

    async def end_pause(self, scope: str, occurrences: Sequence[OccurrenceRow] = ()) -> bool:
        """End the pause of a scope, recording what it skipped."""
        fixed = tuple(occurrences)
        return await self._write(
            lambda transaction: sqlite_jobs.end_pause(transaction, scope, fixed), rows=len(fixed)
        )

    # --- what needs somebody --------------------------------------------------------------------------------
    async def episodes(self, *, recovered_since: Millis, limit: int) -> Episodes:
        """Read what needs somebody, of jobs that are present."""
        return self._read_at_once(
            lambda connection: sqlite_episodes.episodes(
                connection, recovered_since=recovered_since, limit=limit
            )
        )

    # --- the past as a whole --------------------------------------------------------------------------------
    async def cells(self, run_ids: Sequence[RunId]) -> Sequence[RunCells]:
        """Read the tasks of each of these runs, a character for each."""
        return self._read_at_once(lambda connection: sqlite_past.cells(connection, run_ids))

    async def task_ids(self, run_ids: Sequence[RunId]) -> Sequence[tuple[TaskId, ...]]:
        """Read the ids of the tasks of each of these runs."""
        return self._read_at_once(lambda connection: sqlite_past.task_ids(connection, run_ids))

    async def tallies(self, job_id: JobId, *, since: Millis, until: Millis) -> Tallies:
        """Read what happened to a job in the hours of [since, until), and the stretches that meet them."""
        return self._read_at_once(
            lambda connection: sqlite_tallies.tallies(connection, job_id, since=since, until=until)
        )

    async def first_hour(self, job_id: JobId) -> int | None:
        """Return the number of the first hour in which something happened to a job."""
        return self._read(lambda connection: sqlite_tallies.first_hour(connection, job_id))

    async def spans(
        self, job_id: JobId, *, since: Millis | None, until: Millis | None, limit: int
    ) -> Sequence[RunSpan]:
        """Read runs of a job that began and are over, newest first."""
        return self._read(
            lambda connection: sqlite_past.spans(connection, job_id, since=since, until=until, limit=limit)
        )

    # --- who may call, who did ------------------------------------------------------------------------------
    async def add_token(self, token: Token) -> bool:
        """Store a token whose name is free."""
        return await self._write(lambda transaction: sqlite_access.add_token(transaction, token))

    async def tokens(self) -> Sequence[Token]:
        """Read all tokens, oldest first."""
        return self._read(sqlite_access.tokens)

    async def token_by_hash(self, token_hash: str) -> Token | None:
        """Read the token of a secret."""
        return self._read(lambda connection: sqlite_access.token_by_hash(connection, token_hash))

    async def revoke_token(self, name: str, *, at: Millis) -> Token | None:
        """Revoke the token that has this name."""
        return await self._write(lambda transaction: sqlite_access.revoke_token(transaction, name, at))

    async def add_session(self, session: Session) -> None:
        """Store a session."""
        await self._write(lambda transaction: sqlite_access.add_session(transaction, session))

    async def session(self, session_hash: str) -> tuple[Session, Token] | None:
        """Read the session of a cookie, and its token."""
        return self._read(lambda connection: sqlite_access.session(connection, session_hash))

    async def end_session(self, session_hash: str) -> bool:
        """Forget a session."""
        return await self._write(lambda transaction: sqlite_access.end_session(transaction, session_hash))

    async def append_audit(self, rows: Sequence[AuditRow]) -> None:
        """Add to the audit record."""
        fixed = tuple(rows)
        await self._write(lambda transaction: sqlite_access.append_audit(transaction, fixed), rows=len(fixed))

    async def audit(self, *, limit: int, before: int | None = None) -> Sequence[AuditRow]:
        """Read the audit record, newest first."""
        return self._read(lambda connection: sqlite_access.audit(connection, limit, before))

    # --- facts about this database --------------------------------------------------------------------------
    async def set_state_dir(self, path: str) -> None:
        """Store the state directory, unless another process has stored one meanwhile."""
        known = self.state_dir
        self.state_dir = await self._write(
            lambda transaction: sqlite_jobs.set_state_dir(transaction, path, instead_of=known)
        )

    async def probe(self) -> None:
        """Write and commit something small."""
        await self._write(sqlite_jobs.probe)

    async def last_run_ms(self) -> Millis:
        """Return the greatest time that a stored run id carries."""
        return self._read(sqlite_runs.last_ms)

    async def meta(self, key: str) -> str | None:
        """Read a small stored fact."""
        return self._read(lambda connection: sqlite_jobs.meta(connection, key))

    async def set_meta(self, key: str, value: str) -> None:
        """Store a small fact."""
        await self._write(lambda transaction: sqlite_jobs.set_meta(transaction, key, value))


def _rows_of(reload: Reload) -> int:
    return (
        len(reload.jobs)
        + len(reload.definitions)
        + len(reload.schedules_begun)
        + len(reload.schedules_ended)
        + len(reload.occurrences)
        + len(reload.removed)
    )
