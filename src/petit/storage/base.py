"""The storage contract: what the engine writes and the API reads. Each method is one transaction.

Writers return once what they wrote is durable. They raise `StorageUnavailable` when that could not be done,
and then nothing of the call was written. A caller that is cancelled while it waits does not learn whether it
was. Readers see all that was acknowledged before they began.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec

from petit.core.clock import Millis
from petit.core.ids import JobId, RunId, TaskId
from petit.core.states import AttemptStatus, RunStatus, TaskStatus
from petit.storage.access import AccessStorage
from petit.storage.episodes import EpisodeStorage
from petit.storage.figures import FiguresStorage
from petit.storage.past import PastStorage
from petit.storage.records import (
    AttemptRow,
    DefinitionRow,
    JobActivity,
    JobRow,
    OccurrenceRow,
    PauseRow,
    RunRow,
    ScheduleRow,
    TaskRow,
)
from petit.storage.retention import Forgetful


class Slots(msgspec.Struct, frozen=True):
    """The limits that a run is admitted under, counted from rows with status `running`. None: no limit."""

    job: int | None = None
    total: int | None = None


class IdempotencyKey(msgspec.Struct, frozen=True):
    """A caller's promise that two requests are one.

    `scope` is (caller, method, path), `fingerprint` that of the body.
    """

    scope: str
    key: str
    fingerprint: str
    expires_at: Millis


class NewRun(msgspec.Struct, frozen=True, kw_only=True):
    """A run to be created, with everything that belongs in its transaction.

    Attributes:
        run: With status "running" (and `started_at`): take a slot now. With status "pending": wait, whatever
            is free. Other statuses are a ValueError.
        tasks: One row for each task. With "running" they and `attempts` are written as they are; where the
            run must wait, all but those that are `settled` are written pending, without attempts.
        settled: Tasks that are over before the run begins: reused, or no part of it.
        attempts: First attempts of the tasks that start at once.
        slots: Counted in the same transaction.
        when_full: "refuse" writes nothing; "queue" writes the run pending, without `started_at`;
            "queue_total" writes nothing where the job's own limit is reached, and the run pending where only
            the total is.
        occurrences: Ledger rows; if one of their due times has its fate already, nothing is written. Those
            with fate "ran" get this run's id.
        max_pending: Pending scheduled runs of the job at most; beyond it nothing is written (decision 2).
    """

    run: RunRow
    tasks: tuple[TaskRow, ...]
    settled: frozenset[TaskId] = frozenset()
    attempts: tuple[AttemptRow, ...] = ()
    slots: Slots = Slots()
    when_full: str = "refuse"
    occurrences: tuple[OccurrenceRow, ...] = ()
    idempotency: IdempotencyKey | None = None
    max_pending: int | None = None


class Created(msgspec.Struct, frozen=True):
    """The run is stored. `position` is its place in its job's line, from 1, where it waits for a slot."""

    status: RunStatus
    position: int | None = None


class Full(msgspec.Struct, frozen=True):
    """Nothing was written: a limit is reached. `scope` is "job", "total" or "queue"."""

    scope: str
    limit: int
    holders: tuple[RunId, ...]


class AlreadyDecided(msgspec.Struct, frozen=True):
    """Nothing was written: the occurrence has its fate. `run_id` is that of its run, where it ran."""

    run_id: RunId | None


class Replayed(msgspec.Struct, frozen=True):
    """Nothing was written: this idempotency key made `run_id` before, perhaps for another body."""

    run_id: RunId
    same_body: bool


CreateOutcome = Created | Full | AlreadyDecided | Replayed


class TaskChange(msgspec.Struct, frozen=True, kw_only=True):
    """A task moves to `status`; the other members are written where they are not UNSET."""

    task_id: TaskId
    status: TaskStatus
    attempts: int | msgspec.UnsetType = msgspec.UNSET
    started_at: Millis | msgspec.UnsetType = msgspec.UNSET
    ended_at: Millis | msgspec.UnsetType = msgspec.UNSET
    exit_code: int | msgspec.UnsetType | None = msgspec.UNSET
    signal: int | msgspec.UnsetType | None = msgspec.UNSET
    error: str | msgspec.UnsetType | None = msgspec.UNSET
    reason: str | msgspec.UnsetType | None = msgspec.UNSET


class AttemptStarted(msgspec.Struct, frozen=True, kw_only=True):
    """The process of an attempt exists. On an attempt that has ended it only fills the blanks."""

    task_id: TaskId
    number: int
    pid: int
    started_at: Millis


class AttemptEnded(msgspec.Struct, frozen=True, kw_only=True):
    """An attempt is over."""

    task_id: TaskId
    number: int
    status: AttemptStatus
    ended_at: Millis
    exit_code: int | None = None
    signal: int | None = None
    cause: str | None = None
    error: str | None = None


class RunChange(msgspec.Struct, frozen=True, kw_only=True):
    """A run moves to `status`; None leaves a member as it is. Endings need `ended_at` (else ValueError)."""

    status: RunStatus
    started_at: Millis | None = None
    ended_at: Millis | None = None
    error: str | None = None
    reason: str | None = None


class CancelIntent(msgspec.Struct, frozen=True, kw_only=True):
    """A run is to be ended: written to `cancel_requested_at` and `reason` of a run that is not over."""

    at: Millis
    reason: str | None = None


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """What one decision changes in one run: all of it is written, or nothing.

    A change that the tables of `petit.core.states` forbid makes the whole step void. With `slots`, the step
    is void as well unless a slot is free (used where `run` moves to "running").
    """

    run_id: RunId
    tasks: tuple[TaskChange, ...] = ()
    opened: tuple[AttemptRow, ...] = ()
    started: tuple[AttemptStarted, ...] = ()
    ended: tuple[AttemptEnded, ...] = ()
    run: RunChange | None = None
    slots: Slots | None = None
    cancel: CancelIntent | None = None


class Reload(msgspec.Struct, frozen=True, kw_only=True):
    """What one generation of job files changes.

    Attributes:
        jobs: Rows of jobs that are new or changed (a job seen again after removal has `removed_at` None); the
            stored `first_seen` of a known job stays.
        definitions: Definitions not stored yet; those stored already are left as they are.
        schedules_begun: New schedules (since = now).
        schedules_ended: Schedules edited away or removed, with `until` set.
        removed: Jobs that are gone; their pending runs, tasks too, are cancelled with the reason "job
            removed".
        occurrences: Fates decided by the change (what was due before it).
        at: Now.
    """

    at: Millis
    jobs: tuple[JobRow, ...] = ()
    definitions: tuple[DefinitionRow, ...] = ()
    schedules_begun: tuple[ScheduleRow, ...] = ()
    schedules_ended: tuple[ScheduleRow, ...] = ()
    removed: tuple[JobId, ...] = ()
    occurrences: tuple[OccurrenceRow, ...] = ()


class Registry(msgspec.Struct, frozen=True, kw_only=True):
    """What a starting engine reads of jobs: rows, the definitions they name, schedules alive, pauses."""

    jobs: tuple[JobRow, ...]
    definitions: dict[str, DefinitionRow]
    schedules: tuple[ScheduleRow, ...]
    pauses: tuple[PauseRow, ...]


class RunFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which runs; None does not filter. Times are of creation, `since` inclusive, `until` exclusive.

    `id_prefix` is the beginning of a run id, in lower case.
    """

    job_id: JobId | None = None
    statuses: tuple[RunStatus, ...] = ()
    trigger: str | None = None
    since: Millis | None = None
    until: Millis | None = None
    id_prefix: str | None = None


class OccurrenceFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which ledger rows: those whose range meets [since, until); `without_run` leaves out those that ran."""

    job_id: JobId | None = None
    fate: str | None = None
    without_run: bool = False
    reason: str | None = None
    since: Millis | None = None
    until: Millis | None = None


class Storage(AccessStorage, EpisodeStorage, FiguresStorage, Forgetful, PastStorage, Protocol):
    """Keeps jobs, runs, ledger, tokens and the audit record; knows what needs somebody, and figures."""

    uuid: str
    """Identity of this database, made with it."""

    state_dir: str | None
    """The absolute state directory stored in the database (decision 21)."""

    @property
    def change(self) -> int:
        """Number of the last committed change; it grows with every write and survives restarts."""
        ...

    async def open(self) -> None:
        """Open or create, migrate. Raises DatabaseRefused, leaving the file untouched."""
        ...

    async def close(self) -> None:
        """Finish what is queued and let go. Closing twice is harmless."""
        ...

    async def set_state_dir(self, path: str) -> None:
        """Store the state directory that this database's logs and sockets live in.

        Another process may have stored one since `state_dir` was read: then that one stays, and is read.
        """
        ...

    async def probe(self) -> None:
        """Write and commit something small: raises StorageUnavailable where that fails (health)."""
        ...

    # --- jobs ---------------------------------------------------------------------------------------------
    async def registry(self) -> Registry:
        """Read all jobs (removed ones too), the definitions they name, schedules alive, pauses."""
        ...

    async def reload(self, reload: Reload) -> tuple[RunId, ...]:
        """Write a new generation of jobs. Returns the pending runs that this cancelled."""
        ...

    async def definition(self, definition_hash: str) -> DefinitionRow | None:
        """Read a definition by its hash."""
        ...

    async def definitions(self, job_id: JobId) -> Sequence[DefinitionRow]:
        """Read all stored definitions of a job, newest first."""
        ...

    async def activity(self, job_ids: Sequence[JobId] | None = None) -> Mapping[JobId, JobActivity]:
        """Read the activity of these jobs (each is in the answer), or of all that ever ran.

        Cost grows with the jobs and the active runs, never with the runs stored.
        """
        ...

    # --- runs ---------------------------------------------------------------------------------------------
    async def create_run(self, new: NewRun) -> CreateOutcome:
        """Create a run.

        Checked in this order: idempotency, occurrence, pending limit, the job's slots, all slots.
        """
        ...

    async def replay(self, key: IdempotencyKey, *, at: Millis | None = None) -> Replayed | None:
        """Look up what an idempotency key made, if it made something and has not expired at `at`.

        Without `at`, a key counts for as long as it is stored: a while longer than it should.
        """
        ...

    async def advance(self, steps: Sequence[Step]) -> Sequence[bool]:
        """Write steps, each whole or not at all. False: that step was void."""
        ...

    async def run(self, run_id: RunId) -> RunRow | None:
        """Read a run."""
        ...

    async def runs(
        self, which: RunFilter, *, limit: int, before: RunId | None = None, after: RunId | None = None
    ) -> Sequence[RunRow]:
        """Read runs, newest (greatest id) first, next below `before` or above `after`, by an index."""
        ...

    async def active_runs(self) -> Sequence[RunRow]:
        """Read all pending and running runs, oldest first."""
        ...

    async def tasks(self, run_id: RunId) -> Sequence[TaskRow]:
        """Read the tasks of a run in topological order."""
        ...

    async def attempts(self, run_id: RunId, task_id: TaskId | None = None) -> Sequence[AttemptRow]:
        """Read attempts by task position and number."""
        ...

    async def last_ended(self, job_id: JobId) -> RunRow | None:
        """Read the run of a job that ended last (by ended_at, then id), of those that took a slot; else None.

        Runs cancelled while pending never ran and do not count.
        """
        ...

    async def last_completed(self, job_id: JobId) -> RunRow | None:
        """Read the run of a job that completed last (greatest ended_at), else None."""
        ...

    # --- ledger -------------------------------------------------------------------------------------------
    async def record(self, rows: Sequence[OccurrenceRow]) -> Sequence[bool]:
        """Write fates without a run. False: the due time had its fate; nothing of that row is written.

        A row whose schedule's newest row is alike (fate, reason, evidence, definition, no run) and whose
        `first_due` follows it extends that row; `decided_at` is then that of the extension. Rows of an
        earlier life of the schedule are not extended: between two lives nothing was due. The caller orders
        rows by due time for each schedule.
        """
        ...

    async def occurrences(
        self, which: OccurrenceFilter, *, limit: int, before: tuple[Millis, JobId, str] | None = None
    ) -> Sequence[OccurrenceRow]:
        """Read ledger rows by (last_due, job_id, schedule), greatest first, below `before`."""
        ...

    async def reaching(
        self, which: OccurrenceFilter, *, place: tuple[Millis, JobId, str]
    ) -> Sequence[OccurrenceRow]:
        """Read the ranges that `which` selects and that reach over `place`.

        They stand at or above it, but begin at or below its time. Greatest place first. These are few: at
        most one for each schedule. Single due times are no ranges.
        """
        ...

    # --- pauses -------------------------------------------------------------------------------------------
    async def set_pause(self, pause: PauseRow) -> None:
        """Begin or replace the pause of a scope."""
        ...

    async def end_pause(self, scope: str, occurrences: Sequence[OccurrenceRow] = ()) -> bool:
        """End the pause of a scope, recording what it skipped. False: there was none; nothing was written."""
        ...

    # --- facts about this database ------------------------------------------------------------------------
    async def last_run_ms(self) -> Millis:
        """Return the greatest time that a stored run id carries, 0 if there is none (ids never go back)."""
        ...

    async def meta(self, key: str) -> str | None:
        """Read a small stored fact (the last boot id, say)."""
        ...

    async def set_meta(self, key: str, value: str) -> None:
        """Store a small fact."""
        ...
