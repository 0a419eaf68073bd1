"""One decision about one run: what it writes, and what follows once that is durable."""

from __future__ import annotations

from petit.core.clock import Millis
from petit.core.ids import AttemptId, RunId, TaskId
from petit.events.facts import Fact
from petit.execution.base import AttemptSpec, Report
from petit.storage.base import AttemptEnded, AttemptStarted, CancelIntent, RunChange, Slots, Step, TaskChange
from petit.storage.records import AttemptRow


class Turn:
    """Collects the changes of one decision.

    Attributes:
        specs: Attempts to submit once their opening is durable.
        unlaunchable: Attempts that cannot even be specified; they end as if the executor had said so.
        acknowledge: Ends that the executor may forget once they are durable.
        cancel: Attempts to end once the intent is durable.
        retries: Tasks that wait for a retry, with the wait in milliseconds.
    """

    __slots__ = (
        "acknowledge",
        "at",
        "cancel",
        "ended",
        "facts",
        "intent",
        "opened",
        "retries",
        "run",
        "run_id",
        "slots",
        "specs",
        "started",
        "tasks",
        "unlaunchable",
    )

    def __init__(self, run_id: RunId, at: Millis) -> None:
        self.run_id = run_id
        self.at = at
        self.tasks: list[TaskChange] = []
        self.opened: list[AttemptRow] = []
        self.started: list[AttemptStarted] = []
        self.ended: list[AttemptEnded] = []
        self.run: RunChange | None = None
        self.slots: Slots | None = None
        self.intent: CancelIntent | None = None
        self.specs: list[AttemptSpec] = []
        self.unlaunchable: list[Report] = []
        self.acknowledge: list[AttemptId] = []
        self.cancel: list[AttemptId] = []
        self.retries: list[tuple[TaskId, Millis]] = []
        self.facts: list[Fact] = []

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to write."""
        return not (self.tasks or self.opened or self.started or self.ended or self.run or self.intent)

    def step(self) -> Step:
        """Return what is to be written."""
        return Step(
            run_id=self.run_id,
            tasks=tuple(self.tasks),
            opened=tuple(self.opened),
            started=tuple(self.started),
            ended=tuple(self.ended),
            run=self.run,
            slots=self.slots,
            cancel=self.intent,
        )
