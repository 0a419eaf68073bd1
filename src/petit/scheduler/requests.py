"""What somebody or a schedule wants to run."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from petit.core.clock import Millis
from petit.core.ids import RunId
from petit.core.job import Definition
from petit.core.states import Trigger
from petit.storage.base import IdempotencyKey, NewRun, Slots
from petit.storage.records import AttemptRow, OccurrenceRow, RunRow, TaskRow


def no_occurrences(_: RunId) -> tuple[OccurrenceRow, ...]:
    """Return the ledger rows of a run that no schedule asked for: none."""
    return ()


class RunRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A run to be made of a definition; see `petit.storage.base.NewRun` for the rest."""

    definition: Definition
    trigger: Trigger
    when_full: str = "refuse"
    reason: str | None = None
    caller: str | None = None
    scheduled_for: Millis | None = None
    schedule: str | None = None
    catchup: bool = False
    occurrences: Callable[[RunId], tuple[OccurrenceRow, ...]] = no_occurrences
    idempotency: IdempotencyKey | None = None
    max_pending: int | None = None

    def row(self, run_id: RunId, now: Millis) -> RunRow:
        """Return the row of the run, pending."""
        return RunRow(
            id=run_id,
            job_id=self.definition.job.id,
            status="pending",
            trigger=self.trigger,
            created_at=now,
            definition=self.definition.hash,
            scheduled_for=self.scheduled_for,
            schedule=self.schedule,
            reason=self.reason,
            caller=self.caller,
            catchup=self.catchup,
        )

    def new(
        self, run: RunRow, tasks: tuple[TaskRow, ...], attempts: tuple[AttemptRow, ...], slots: Slots
    ) -> NewRun:
        """Return all that is written for the run."""
        return NewRun(
            run=run,
            tasks=tasks,
            attempts=attempts,
            slots=slots,
            when_full=self.when_full,
            occurrences=self.occurrences(run.id),
            idempotency=self.idempotency,
            max_pending=self.max_pending,
        )
