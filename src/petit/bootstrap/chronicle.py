"""The daemon's log of runs and tasks: their starts and ends, not their output (decision 28)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, cast

from petit.core.clock import Millis
from petit.core.ids import RunId, TaskId
from petit.events import facts
from petit.events.bus import Bus
from petit.scheduler.commands import Problem

_log = logging.getLogger("petit")

Line = tuple[int, str, dict[str, Any]]
"""Level, message and facts of a log line."""


class Chronicle:
    """Writes a line for each fact that people want to see."""

    def __init__(self, problems: Callable[[], Sequence[Problem]] = tuple) -> None:
        """Make one; `problems` returns what is wrong with job files, to be told after each reload."""
        self._problems = problems
        self._begun: dict[tuple[RunId, TaskId | None], Millis] = {}

    def follow(self, bus: Bus) -> Callable[[], None]:
        """Write what `bus` announces from now on; the answer ends that."""
        return bus.subscribe(self._write)

    def _write(self, fact: facts.Fact) -> None:
        if not _log.isEnabledFor(logging.WARNING):
            return
        line = self.line(fact)
        if line is not None:
            level, message, details = line
            _log.log(level, message, extra=details)
        if isinstance(fact, facts.JobsReloaded) and fact.problems:
            for each in self._problems():
                _log.warning("%s:%d:%d: %s", each.file, each.line, each.column, each.message)

    def line(self, fact: facts.Fact) -> Line | None:
        """Return the line for a fact; None where nobody wants one."""
        if isinstance(fact, facts.TaskFact):
            return self._task(fact)
        if isinstance(fact, facts.RunFact):
            return self._run(fact)
        teller = _OTHERS.get(type(fact))
        return None if teller is None else teller(fact)

    def _run(self, fact: facts.RunFact) -> Line:
        details: dict[str, Any] = {"run": fact.run_id}
        level, message = logging.INFO, f"{fact.job_id} {_WORDS[type(fact)]}"
        if isinstance(fact, facts.RunStarted):
            self._begun[fact.run_id, None] = fact.at
            details["due"] = None if fact.scheduled_for is None else _moment(fact.scheduled_for)
        elif isinstance(fact, facts.RunQueued):
            details["run_at"] = None if fact.run_at is None else _moment(fact.run_at)
        elif not isinstance(fact, facts.RunCancelRequested):
            details["took_ms"] = self._took(fact.run_id, None, fact.at)
        details["trigger"] = getattr(fact, "trigger", None)
        details["error"] = getattr(fact, "error", None)
        details["reason"] = getattr(fact, "reason", None)
        if isinstance(fact, facts.RunFailed | facts.RunInterrupted):
            level = logging.WARNING
        return level, message, details

    def _task(self, fact: facts.TaskFact) -> Line:
        details: dict[str, Any] = {"run": fact.run_id, "attempt": getattr(fact, "attempt", None)}
        level, message = logging.INFO, f"{fact.job_id}/{fact.task_id} {_WORDS[type(fact)]}"
        if isinstance(fact, facts.TaskStarted):
            self._begun[fact.run_id, fact.task_id] = fact.at
            details["pid"] = fact.pid
        else:
            details["took_ms"] = self._took(fact.run_id, fact.task_id, fact.at)
        if isinstance(fact, facts.TaskRetrying):
            details["next_in_ms"] = max(fact.next_at - fact.at, 0)
        details["error"] = getattr(fact, "error", None)
        details["reason"] = getattr(fact, "reason", None)
        if isinstance(fact, facts.TaskFailed | facts.TaskInterrupted | facts.TaskRetrying):
            level = logging.WARNING
        return level, message, details

    def _took(self, run_id: RunId, task_id: TaskId | None, ended_at: Millis) -> Millis | None:
        begun = self._begun.pop((run_id, task_id), None)
        return None if begun is None else max(ended_at - begun, 0)


def _moment(ms: Millis) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _occurrence(fact: facts.Fact) -> Line:
    due = cast(facts.OccurrenceFact, fact)
    is_missed = isinstance(fact, facts.OccurrenceMissed)
    details = {
        "reason": due.reason,
        "due": _moment(due.first_due),
        "until": None if due.last_due == due.first_due else _moment(due.last_due),
        "schedule": due.schedule,
    }
    level = logging.WARNING if is_missed else logging.INFO
    return level, f"{due.job_id} {'missed' if is_missed else 'skipped'}", details


def _paused(fact: facts.Fact) -> Line:
    paused = cast(facts.SchedulerPaused, fact)
    return logging.INFO, "scheduler paused", {"reason": paused.reason, "by": paused.by}


def _resumed(fact: facts.Fact) -> Line:
    return logging.INFO, "scheduler resumed", {"by": cast(facts.SchedulerResumed, fact).by}


def _job_paused(fact: facts.Fact) -> Line:
    paused = cast(facts.JobPaused, fact)
    return logging.INFO, f"{paused.job_id} paused", {"reason": paused.reason, "by": paused.by}


def _job_resumed(fact: facts.Fact) -> Line:
    resumed = cast(facts.JobResumed, fact)
    return logging.INFO, f"{resumed.job_id} resumed", {"by": resumed.by}


def _reloaded(fact: facts.Fact) -> Line | None:
    reloaded = cast(facts.JobsReloaded, fact)
    details = {
        "added": ",".join(reloaded.added) or None,
        "changed": ",".join(reloaded.changed) or None,
        "removed": ",".join(reloaded.removed) or None,
        "stale": ",".join(reloaded.stale) or None,
        "problems": reloaded.problems or None,
    }
    return (logging.WARNING if reloaded.problems else logging.INFO), "job files reloaded", details


_OTHERS: dict[type[facts.Fact], Callable[[facts.Fact], Line | None]] = {
    facts.OccurrenceSkipped: _occurrence,
    facts.OccurrenceMissed: _occurrence,
    facts.SchedulerPaused: _paused,
    facts.SchedulerResumed: _resumed,
    facts.JobPaused: _job_paused,
    facts.JobResumed: _job_resumed,
    facts.JobsReloaded: _reloaded,
}

_WORDS: dict[type[facts.Fact], str] = {
    facts.RunQueued: "queued",
    facts.RunStarted: "started",
    facts.RunCancelRequested: "is to be cancelled",
    facts.RunCompleted: "completed",
    facts.RunFailed: "failed",
    facts.RunInterrupted: "interrupted",
    facts.RunCancelled: "cancelled",
    facts.TaskStarted: "started",
    facts.TaskRetrying: "failed, will be tried again",
    facts.TaskCompleted: "completed",
    facts.TaskFailed: "failed",
    facts.TaskSkipped: "skipped",
    facts.TaskCancelled: "cancelled",
    facts.TaskInterrupted: "interrupted",
}
