from __future__ import annotations

from typing import Any, get_args

import pytest

from petit.core.occurrence import Reason
from petit.core.states import RUN_OVER, AttemptStatus, TaskStatus, Trigger
from petit.events import facts
from petit.events.tally import DURATIONS_MS, ENDINGS, LAGS_MS, REASONS, TRIGGERS, Spread, Tally


def run_fact(kind: type[facts.RunFact], at: int = 0, **more: Any) -> facts.Fact:
    return kind(at=at, run_id="r", job_id="job", **more)


def task_fact(kind: type[facts.TaskFact], **more: Any) -> facts.Fact:
    return kind(at=0, run_id="r", job_id="job", task_id="t", **more)


def fate(kind: type[facts.OccurrenceFact], first: int, last: int, reason: str) -> facts.Fact:
    return kind(at=9, job_id="job", schedule="s", first_due=first, last_due=last, reason=reason)


def tally_of(*told: facts.Fact) -> Tally:
    tally = Tally()
    for fact in told:
        tally.add(fact)
    return tally


def test_what_there_can_be_is_counted_from_nothing_on() -> None:
    tally = Tally()
    assert set(TRIGGERS) == set(get_args(Trigger)) == set(tally.created)
    assert {status for _, status in ENDINGS} == set(RUN_OVER)
    assert {each for reasons in REASONS.values() for each in reasons} == set(get_args(Reason))
    assert set(tally.attempts) == set(get_args(AttemptStatus)) - {"running"}
    assert set(tally.tasks) == set(get_args(TaskStatus)) - {"pending", "running", "retrying"}
    assert not any((*tally.created.values(), *tally.occurrences.values(), *tally.gaps.values()))


def test_a_run_that_queued_is_created_once() -> None:
    tally = tally_of(
        run_fact(facts.RunQueued, trigger="manual"),
        run_fact(facts.RunStarted, at=40_000, trigger="manual", queued_at=10_000),
    )
    assert tally.created["manual"] == 1
    assert (tally.queued.total_ms, sum(tally.queued.counts), sum(tally.lag.counts)) == (30_000, 1, 0)


def test_a_run_that_its_schedule_created_is_an_occurrence() -> None:
    tally = tally_of(
        run_fact(facts.RunStarted, at=1_007, trigger="schedule", scheduled_for=1_000),
        run_fact(facts.RunQueued, trigger="schedule"),
        run_fact(facts.RunStarted, at=9_000, trigger="schedule", scheduled_for=1_000, queued_at=2_000),
    )
    assert (tally.created["schedule"], tally.occurrences["ran", ""]) == (2, 2)
    assert (sum(tally.lag.counts), tally.lag.total_ms) == (1, 7), "waiting in the queue is no lag"


@pytest.mark.parametrize(("kind", "status"), ENDINGS, ids=[status for _, status in ENDINGS])
def test_a_run_ends_once(kind: type[facts.RunEnding], status: str) -> None:
    tally = tally_of(run_fact(kind, at=700, started_at=200))
    assert tally.ended == {"job": {other: int(other == status) for _, other in ENDINGS}}
    assert (sum(tally.duration.counts), tally.duration.total_ms) == (1, 500)


def test_a_run_that_never_had_a_slot_has_no_duration() -> None:
    tally = tally_of(run_fact(facts.RunCancelled, at=700))
    assert tally.ended["job"]["cancelled"] == 1
    assert sum(tally.duration.counts) == 0


TASKS = {
    "completed": (task_fact(facts.TaskCompleted, attempt=1), {"completed": 1}, {"completed": 1}),
    "failed": (task_fact(facts.TaskFailed, attempt=1, error=None), {"failed": 1}, {"failed": 1}),
    "interrupted": (
        task_fact(facts.TaskInterrupted, attempt=1, error=None),
        {"interrupted": 1},
        {"interrupted": 1},
    ),
    "cancelled while it ran": (task_fact(facts.TaskCancelled, attempt=2), {"cancelled": 1}, {"cancelled": 1}),
    "cancelled before it ran": (task_fact(facts.TaskCancelled), {}, {"cancelled": 1}),
    "skipped": (task_fact(facts.TaskSkipped, reason="x"), {}, {"skipped": 1}),
    "failed, with another attempt to come": (
        task_fact(facts.TaskRetrying, attempt=1, status="failed", error=None, next_at=9),
        {"failed": 1},
        {},
    ),
    "interrupted, with another attempt to come": (
        task_fact(facts.TaskRetrying, attempt=1, status="interrupted", error=None, next_at=9),
        {"interrupted": 1},
        {},
    ),
}


@pytest.mark.parametrize(("fact", "attempts", "tasks"), TASKS.values(), ids=TASKS)
def test_an_attempt_and_a_task_end_once(
    fact: facts.Fact, attempts: dict[str, int], tasks: dict[str, int]
) -> None:
    tally = tally_of(fact)
    assert {status: count for status, count in tally.attempts.items() if count} == attempts
    assert {status: count for status, count in tally.tasks.items() if count} == tasks
    assert tally.retries == int(isinstance(fact, facts.TaskRetrying))


def test_a_stretch_of_due_times_is_one_gap() -> None:
    tally = tally_of(
        fate(facts.OccurrenceSkipped, 1, 1, "overlap"),
        fate(facts.OccurrenceMissed, 1, 1, "down"),
        fate(facts.OccurrenceMissed, 1, 60, "down"),
    )
    assert (tally.occurrences["skipped", "overlap"], tally.occurrences["missed", "down"]) == (1, 1)
    assert tally.gaps["missed", "down"] == 1


def test_other_facts_are_passed_over() -> None:
    tally = tally_of(facts.SchedulerPaused(at=0), facts.JobsReloaded(at=0))
    assert tally.reloads == 1


def test_a_duration_is_counted_below_the_bound_that_holds_it() -> None:
    spread = Spread((10, 20))
    for ms in (-5, 0, 10, 11, 20, 21, 99):
        spread.add(ms)
    assert (spread.counts, spread.total_ms) == ([3, 2, 2], 161)


@pytest.mark.parametrize("bounds", [LAGS_MS, DURATIONS_MS])
def test_bounds_rise(bounds: tuple[int, ...]) -> None:
    assert list(bounds) == sorted(set(bounds))
