"""What has happened since the start, counted: plain numbers that only grow, whoever may ask for them.

Each fact is counted once. This goes on always, so that the first question is answered in full; it costs less
than a microsecond for a fact, and nothing is imported for it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from petit.core.clock import Millis
from petit.core.ids import JobId
from petit.events import facts

LAGS_MS = (1, 2, 5, 10, 20, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000)
"""Upper bounds: Petit promises 50 ms, and takes what is 30 s late for a sleep."""

DURATIONS_MS = (
    *(10, 50, 100, 500, 1_000, 5_000, 15_000, 60_000),
    *(300_000, 900_000, 3_600_000, 4 * 3_600_000, 12 * 3_600_000, 86_400_000),
)
"""Upper bounds: from `true` to a day."""

ENDINGS: tuple[tuple[type[facts.RunEnding], str], ...] = (
    (facts.RunCompleted, "completed"),
    (facts.RunFailed, "failed"),
    (facts.RunInterrupted, "interrupted"),
    (facts.RunCancelled, "cancelled"),
)

TRIGGERS = ("schedule", "manual", "upstream", "backfill", "rerun")
REASONS = {
    "skipped": (
        *("disabled", "paused", "job_paused", "dependency"),
        *("overlap", "queue_full", "same_instant"),
    ),
    "missed": ("down", "asleep", "catchup_limit", "schedule_changed"),
}
"""Counts begin at 0, where they are known: what goes from nothing to 1 is no increase to Prometheus."""


class Spread:
    """How often durations of which length were seen: counts below upper bounds, and their sum."""

    __slots__ = ("bounds_ms", "counts", "total_ms")

    def __init__(self, bounds_ms: tuple[Millis, ...]) -> None:
        self.bounds_ms = bounds_ms
        self.counts = [0] * (len(bounds_ms) + 1)
        self.total_ms = 0

    def add(self, ms: Millis) -> None:
        """Count a duration; one that a stepped clock made negative is none."""
        ms = max(ms, 0)
        self.counts[bisect_left(self.bounds_ms, ms)] += 1
        self.total_ms += ms


class Tally:
    """Counts of facts.

    Attributes:
        created: Runs that were accepted, by trigger.
        ended: Runs that are over, by job and then by status.
        lag: From the due time of a scheduled run to its slot, where it waited for none.
        queued: From being accepted to the slot, of runs that waited.
        duration: From the slot to the end of a run.
        attempts_started: Attempts whose process came to be.
        attempts: Attempts that are over, by status.
        tasks: Tasks that are over, by status.
        retries: Attempts that are followed by another.
        occurrences: Due times that were decided, by fate and reason.
        gaps: Stretches of due times that were decided as one, by fate and reason; how many due times they
            hold is never counted (a year of a job that is due each second is a gap, too).
        reloads: Generations of job files since the first.
    """

    def __init__(self) -> None:
        self.created = defaultdict(int, dict.fromkeys(TRIGGERS, 0))
        self.ended: dict[JobId, dict[str, int]] = {}
        self.lag = Spread(LAGS_MS)
        self.queued = Spread(DURATIONS_MS)
        self.duration = Spread(DURATIONS_MS)
        self.attempts_started = 0
        self.attempts = dict.fromkeys(("completed", "failed", "cancelled", "interrupted"), 0)
        self.tasks = dict.fromkeys(("completed", "failed", "skipped", "cancelled", "interrupted"), 0)
        self.retries = 0
        fates = {(fate, reason): 0 for fate, reasons in REASONS.items() for reason in reasons}
        self.occurrences = defaultdict(int, {("ran", ""): 0, **fates})
        self.gaps = defaultdict(int, fates)
        self.reloads = 0
        self._takers = self._all_takers()

    def add(self, fact: facts.Fact) -> None:
        """Count a fact that was announced."""
        taker = self._takers.get(type(fact))
        if taker is not None:
            taker(fact)

    def _all_takers(self) -> dict[type[facts.Fact], Callable[[Any], None]]:
        return {
            facts.RunQueued: self._created,
            facts.RunStarted: self._run_started,
            **{kind: self._ending(status) for kind, status in ENDINGS},
            facts.TaskStarted: self._task_started,
            facts.TaskRetrying: self._retrying,
            facts.TaskCompleted: self._over("completed"),
            facts.TaskFailed: self._over("failed"),
            facts.TaskSkipped: self._skipped,
            facts.TaskCancelled: self._cancelled,
            facts.TaskInterrupted: self._over("interrupted"),
            facts.OccurrenceSkipped: self._fate("skipped"),
            facts.OccurrenceMissed: self._fate("missed"),
            facts.JobsReloaded: self._reloaded,
        }

    # --- runs ---------------------------------------------------------------------------------------------
    def _created(self, fact: facts.RunQueued | facts.RunStarted) -> None:
        self.created[fact.trigger] += 1
        if fact.trigger == "schedule":
            self.occurrences["ran", ""] += 1

    def _run_started(self, fact: facts.RunStarted) -> None:
        if fact.queued_at is not None:
            self.queued.add(fact.at - fact.queued_at)
            return
        self._created(fact)
        if fact.scheduled_for is not None:
            self.lag.add(fact.at - fact.scheduled_for)

    def _ending(self, status: str) -> Callable[[facts.RunEnding], None]:
        def take(fact: facts.RunEnding) -> None:
            counts = self.ended.get(fact.job_id)
            if counts is None:
                counts = self.ended[fact.job_id] = {status: 0 for _, status in ENDINGS}
            counts[status] += 1
            if fact.started_at is not None:
                self.duration.add(fact.at - fact.started_at)

        return take

    # --- tasks --------------------------------------------------------------------------------------------
    def _task_started(self, _fact: facts.TaskStarted) -> None:
        self.attempts_started += 1

    def _retrying(self, fact: facts.TaskRetrying) -> None:
        self.attempts[fact.status] += 1
        self.retries += 1

    def _over(self, status: str) -> Callable[[facts.TaskFact], None]:
        def take(_fact: facts.TaskFact) -> None:
            self.attempts[status] += 1
            self.tasks[status] += 1

        return take

    def _skipped(self, _fact: facts.TaskSkipped) -> None:
        self.tasks["skipped"] += 1

    def _cancelled(self, fact: facts.TaskCancelled) -> None:
        self.tasks["cancelled"] += 1
        if fact.attempt is not None:
            self.attempts["cancelled"] += 1

    # --- the ledger, the files ----------------------------------------------------------------------------
    def _fate(self, fate: str) -> Callable[[facts.OccurrenceFact], None]:
        def take(fact: facts.OccurrenceFact) -> None:
            counts = self.occurrences if fact.first_due == fact.last_due else self.gaps
            counts[fate, fact.reason] += 1

        return take

    def _reloaded(self, _fact: facts.JobsReloaded) -> None:
        self.reloads += 1
