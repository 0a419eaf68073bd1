"""The part of the storage contract about forgetting. Rules are those of `petit.storage.base`.

Each method is small: it takes milliseconds, and leaves nothing half forgotten. What is kept and needs
something else keeps that too; the methods look for themselves, in the transaction that removes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from petit.core.clock import Millis
from petit.core.ids import JobId, RunId
from petit.core.retention import OldRun


class UsedDefinitions(NamedTuple):
    """The definitions that some runs of a job are pinned to, and the last of these runs; None: no more."""

    hashes: frozenset[str]
    last: RunId | None


class RetentionStorage(Protocol):
    """Forgets what is old."""

    async def job_ids(self, *, after: JobId, limit: int) -> Sequence[JobId]:
        """Read the ids of jobs, removed ones too, in order, greater than `after`."""
        ...

    # --- runs ---------------------------------------------------------------------------------------------
    async def oldest_runs(self, job_id: JobId, *, after: RunId, limit: int) -> Sequence[OldRun]:
        """Read the runs of a job, the smallest id first, greater than `after`."""
        ...

    async def run_beyond(self, job_id: JobId, count: int) -> RunId | None:
        """Return the newest run of a job that has `count` newer ones; None: it has no more than that."""
        ...

    async def remove_runs(self, run_ids: Sequence[RunId], *, now: Millis) -> Sequence[RunId]:
        """Forget runs with their tasks, attempts and rows of the ledger; return those that went.

        These stay: runs that are not over; of each job the newest, the last that ended and that completed,
        the last that failed in an episode and the one that ended it; the one that the newest row of a
        schedule in force is about; those that a kept run took tasks from; those that an idempotency key in
        force made.
        """
        ...

    async def known_runs(self, run_ids: Sequence[RunId]) -> frozenset[RunId]:
        """Return those of these runs that are stored."""
        ...

    # --- ledger -------------------------------------------------------------------------------------------
    async def fate_beyond(self, job_id: JobId, count: int) -> Millis | None:
        """Return the last due time of the newest row without a run of a job that has `count` newer ones."""
        ...

    async def oldest_fate(self, job_id: JobId) -> Millis | None:
        """Return the last due time of the oldest row without a run of a job."""
        ...

    async def remove_fates(self, job_id: JobId, *, before: Millis, limit: int) -> int:
        """Forget rows of a job without a run whose last due time lies before a moment; return how many went.

        The newest row of a schedule in force stays, for it tells until when all is decided; so does what was
        missed and not made up for.
        """
        ...

    # --- definitions --------------------------------------------------------------------------------------
    async def spare_definitions(self, job_id: JobId, *, before: Millis) -> Sequence[str]:
        """Read the hashes of old definitions of a job: stored before a moment, and not its present one."""
        ...

    async def definitions_used(self, job_id: JobId, *, after: RunId, limit: int) -> UsedDefinitions:
        """Read what runs of a job with ids greater than `after` are pinned to."""
        ...

    async def remove_definitions(self, hashes: Sequence[str]) -> int:
        """Forget definitions, but none that a job has at present; return how many went."""
        ...

    # --- the rest -----------------------------------------------------------------------------------------
    async def remove_rest(self, *, now: Millis, before: Millis | None, limit: int) -> int:
        """Forget sessions and idempotency keys that have expired, and what was over before a moment.

        That is: tokens that were revoked or had expired by then, and the audit record up to then. Returns how
        many rows went; there may be more as long as it is not 0.
        """
        ...

    # --- logs ---------------------------------------------------------------------------------------------
    async def logs_removed(self, run_id: RunId) -> Millis | None:
        """Return when the logs of a run that is kept were removed; None: they were not."""
        ...

    async def note_logs_removed(self, run_ids: Sequence[RunId], *, at: Millis) -> Sequence[RunId]:
        """Note that the logs of these runs are removed; return those whose logs may be.

        Those of runs that are not over stay, and those of the runs of a job that `remove_runs` keeps for it.
        """
        ...


class Forgetful(Protocol):
    """Storage that can forget."""

    @property
    def retention(self) -> RetentionStorage:
        """How it forgets."""
        ...
