from __future__ import annotations

from typing import Any

import pytest

from petit.core.job import Job, Overlap
from petit.core.occurrence_live import (
    MAX_PENDING,
    CancelOldest,
    InstantFate,
    Run,
    Skip,
    Verdict,
    live_refusal,
    same_instant,
)

DUE = 1_000_000


def job(*, enabled: bool = True, overlap: Overlap | None = None, max_concurrency: int | None = None) -> Job:
    return Job(
        id="job", name="job", tasks=(), enabled=enabled, overlap=overlap, max_concurrency=max_concurrency
    )


REASONS: list[tuple[str, dict[str, Any], dict[str, Any] | None]] = [
    ("disabled", {"job": job(enabled=False, overlap="skip")}, None),
    ("paused", {"pause": (5, None, "move")}, {"since": 5, "until": None, "reason": "move"}),
    ("job_paused", {"job_pause": (6, DUE + 1, None)}, {"since": 6, "until": DUE + 1, "reason": None}),
    ("dependency", {"unmet": [{"job": "up"}]}, {"dependencies": [{"job": "up"}]}),
    ("overlap", {"running": ["a"]}, {"max_concurrency": 1, "running": ["a"]}),
]


@pytest.mark.parametrize("first", range(len(REASONS)), ids=[reason for reason, _, _ in REASONS])
def test_the_first_reason_that_holds_is_told(first: int) -> None:
    facts: dict[str, Any] = {"job": job(overlap="skip")}
    for _, each, _ in reversed(REASONS[first:]):
        facts |= each
    reason, _, evidence = REASONS[first]
    assert live_refusal(facts.pop("job"), due=DUE, **facts) == Skip(reason, evidence)  # type: ignore[arg-type]  # from the table


@pytest.mark.parametrize(
    ("pause", "is_held"),
    [
        pytest.param((DUE - 5, None, None), True, id="in force when it was due"),
        pytest.param((DUE + 5, None, None), True, id="begun since: nothing starts once someone has paused"),
        pytest.param((DUE - 5, DUE + 1, None), True, id="ended since: what was due in it stays skipped"),
        pytest.param((DUE - 5, DUE, None), False, id="ended when it was due"),
    ],
)
@pytest.mark.parametrize("scope", ["pause", "job_pause"])
def test_a_pause_holds_back(scope: str, pause: tuple[int, int | None, None], is_held: bool) -> None:
    facts: dict[str, Any] = {scope: pause}
    assert isinstance(live_refusal(job(), due=DUE, **facts), Skip) is is_held


@pytest.mark.parametrize(
    ("overlap", "max_concurrency", "running", "pending", "verdict"),
    [
        pytest.param(None, None, 9, 0, Run("admitted"), id="without either, runs may overlap"),
        pytest.param("allow", None, 9, 0, Run("admitted"), id="allow lets them overlap"),
        pytest.param("skip", None, 0, 0, Run("admitted"), id="skip: a free slot is taken"),
        pytest.param(
            "skip", None, 1, 0, Skip("overlap", {"max_concurrency": 1, "running": ["run-0"]}),
            id="skip alone implies one run at a time",
        ),
        pytest.param(None, 2, 1, 0, Run("admitted"), id="a limit alone admits up to it"),
        pytest.param(
            None, 2, 2, 0, Skip("overlap", {"max_concurrency": 2, "running": ["run-0", "run-1"]}),
            id="a limit alone skips beyond it",
        ),
        pytest.param("queue", None, 1, 0, Run("queued"), id="queue alone implies one run at a time"),
        pytest.param("queue", 3, 2, 0, Run("admitted"), id="queue: a free slot is taken"),
        pytest.param("queue", 3, 3, 99, Run("queued"), id="queue: the hundredth may wait"),
        pytest.param(
            "queue", 3, 3, MAX_PENDING, Skip("queue_full", {"limit": 100, "pending": 100}),
            id="queue: the hundred-and-first may not",
        ),
        pytest.param("cancel_running", None, 0, 0, Run("admitted"), id="cancel_running: nothing to cancel"),
        pytest.param("cancel_running", None, 1, 0, CancelOldest("run-0"), id="cancel_running: the only run"),
        pytest.param("cancel_running", 2, 2, 0, CancelOldest("run-0"), id="cancel_running: the oldest run"),
        pytest.param(
            "cancel_running", None, 1, MAX_PENDING, Skip("queue_full", {"limit": 100, "pending": 100}),
            id="cancel_running: nothing is cancelled for a run that cannot wait",
        ),
        pytest.param(
            None, None, 0, MAX_PENDING, Skip("queue_full", {"limit": 100, "pending": 100}),
            id="whatever the policy, a hundred may wait for max_jobs",
        ),
        pytest.param(
            "skip", None, 1, MAX_PENDING, Skip("overlap", {"max_concurrency": 1, "running": ["run-0"]}),
            id="overlap is told before a full queue",
        ),
    ],
)  # fmt: skip
def test_overlap_decides(
    overlap: Overlap | None, max_concurrency: int | None, running: int, pending: int, verdict: Verdict
) -> None:
    found = live_refusal(
        job(overlap=overlap, max_concurrency=max_concurrency),
        due=DUE,
        running=[f"run-{place}" for place in range(running)],
        pending=pending,
    )
    assert found == verdict


@pytest.mark.parametrize(
    ("overlap", "max_concurrency", "running", "verdict"),
    [
        pytest.param(
            "skip",
            None,
            [],
            Skip("overlap", {"max_concurrency": 1, "running": [], "waiting": ["w"]}),
            id="skip: a run that waits for max_jobs is as good as one that runs",
        ),
        pytest.param(
            None,
            2,
            ["a"],
            Skip("overlap", {"max_concurrency": 2, "running": ["a"], "waiting": ["w"]}),
            id="together they reach the limit",
        ),
        pytest.param(None, 3, ["a"], Run("admitted"), id="or they do not"),
        pytest.param(None, None, ["a"], Run("admitted"), id="without a limit, nothing is reached"),
        pytest.param("queue", None, [], Run("admitted"), id="queue: the next one waits, too"),
        pytest.param("cancel_running", None, [], Run("admitted"), id="cancel_running: nothing runs"),
    ],
)
def test_a_run_that_waits_is_skipped_behind(
    overlap: Overlap | None, max_concurrency: int | None, running: list[str], verdict: Verdict
) -> None:
    found = live_refusal(
        job(overlap=overlap, max_concurrency=max_concurrency),
        due=DUE,
        running=running,
        waiting=["w"],
        pending=1,
    )
    assert found == verdict


@pytest.mark.parametrize("verdict", [Run("admitted"), Run("queued"), CancelOldest("old")])
def test_schedules_due_at_one_instant_give_one_run(verdict: Verdict) -> None:
    evidence = {"run_id": "run", "schedule": "a"}
    assert same_instant(["a", "b", "c"], verdict, "run") == (
        InstantFate(schedule="a", fate="ran", run_id="run"),
        InstantFate(schedule="b", fate="skipped", reason="same_instant", evidence=evidence),
        InstantFate(schedule="c", fate="skipped", reason="same_instant", evidence=evidence),
    )


def test_a_reason_not_to_run_is_the_reason_of_each_schedule() -> None:
    assert same_instant(["a", "b"], Skip("overlap", {"limit": 1}), "run") == (
        InstantFate(schedule="a", fate="skipped", reason="overlap", evidence={"limit": 1}),
        InstantFate(schedule="b", fate="skipped", reason="overlap", evidence={"limit": 1}),
    )


def test_a_single_schedule_simply_runs() -> None:
    assert same_instant(["a"], Run("admitted"), "run") == (
        InstantFate(schedule="a", fate="ran", run_id="run"),
    )
