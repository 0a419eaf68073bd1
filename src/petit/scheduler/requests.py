"""What somebody or a schedule wants to run."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from petit.core.clock import Millis
from petit.core.ids import RunId
from petit.core.job import Job
from petit.core.outset import Outset
from petit.core.states import Trigger
from petit.storage.base import IdempotencyKey, NewRun, Slots
from petit.storage.records import AttemptRow, OccurrenceRow, RunRow, TaskRow


def no_occurrences(_: RunId) -> tuple[OccurrenceRow, ...]:
    """Return the ledger rows of a run that no schedule asked for: none."""
    return ()


class RunRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A run to be made of a definition; see `petit.storage.base.NewRun` for the rest.

    Attributes:
        job: What is run.
        definition: Its hash, which the run is pinned to.
        newest: The newest definition of the job where that is another one: limits follow it (decision 15).
        outset: Which tasks are over before the run begins; None: none.
        run_at: When it is to begin; None: as soon as it may.
    """

    job: Job
    definition: str
    newest: Job | None = None
    outset: Outset | None = None
    trigger: Trigger
    when_full: str = "refuse"
    reason: str | None = None
    caller: str | None = None
    scheduled_for: Millis | None = None
    schedule: str | None = None
    rerun_of: RunId | None = None
    run_at: Millis | None = None
    catchup: bool = False
    occurrences: Callable[[RunId], tuple[OccurrenceRow, ...]] = no_occurrences
    idempotency: IdempotencyKey | None = None
    max_pending: int | None = None

    @property
    def may_begin_at_once(self) -> bool:
        """Whether it takes a slot if one is free, and does not wait in any case."""
        return not self.catchup and self.run_at is None

    @property
    def job_limit(self) -> int | None:
        """Runs of the job at a time."""
        return (self.newest or self.job).effective_max_concurrency

    def row(self, run_id: RunId, now: Millis) -> RunRow:
        """Return the row of the run, pending."""
        return RunRow(
            id=run_id,
            job_id=self.job.id,
            status="pending",
            trigger=self.trigger,
            created_at=now,
            definition=self.definition,
            scheduled_for=self.scheduled_for,
            schedule=self.schedule,
            reason=self.reason,
            caller=self.caller,
            rerun_of=self.rerun_of,
            run_at=self.run_at,
            selected=None if self.outset is None else self.outset.selected,
            catchup=self.catchup,
        )

    def new(
        self, run: RunRow, tasks: tuple[TaskRow, ...], attempts: tuple[AttemptRow, ...], slots: Slots
    ) -> NewRun:
        """Return all that is written for the run."""
        return NewRun(
            run=run,
            tasks=tasks,
            settled=frozenset() if self.outset is None else frozenset(self.outset.statuses),
            attempts=attempts,
            slots=slots,
            when_full=self.when_full,
            occurrences=self.occurrences(run.id),
            idempotency=self.idempotency,
            max_pending=self.max_pending,
        )
