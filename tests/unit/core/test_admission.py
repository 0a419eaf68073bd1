from __future__ import annotations

import pytest

from petit.core.admission import LastRun, Unmet, Waiting, dependency_verdict, next_admissions
from petit.core.job import JobDependency

NOW = 10_000_000
COMPLETED = LastRun("r1", "completed", NOW - 5_000)
FAILED = LastRun("r2", "failed", NOW - 1_000)
INTERRUPTED = LastRun("r3", "interrupted", NOW - 1_000)
CANCELLED = LastRun("r4", "cancelled", NOW - 1_000)
SUCCESS = JobDependency("up", "last_success")
COMPLETE = JobDependency("up", "last_complete")
MINUTE = JobDependency("up", "within_window", 60_000)


@pytest.mark.parametrize(
    ("dep", "last", "completed_ago", "reason"),
    [
        pytest.param(SUCCESS, COMPLETED, 5_000, None, id="last_success holds after a completed run"),
        pytest.param(SUCCESS, None, None, "no run of it has ended", id="last_success wants a run"),
        pytest.param(SUCCESS, FAILED, 5_000, "its last run failed", id="last_success sees the last run only"),
        pytest.param(
            SUCCESS, INTERRUPTED, None, "its last run was interrupted", id="an interrupted run is no success"
        ),
        pytest.param(
            SUCCESS, CANCELLED, None, "its last run was cancelled", id="a cancelled run is no success"
        ),
        pytest.param(COMPLETE, FAILED, None, None, id="last_complete takes a failed run"),
        pytest.param(COMPLETE, CANCELLED, None, None, id="last_complete takes a cancelled run"),
        pytest.param(COMPLETE, None, None, "no run of it has ended", id="last_complete wants a run"),
        pytest.param(MINUTE, COMPLETED, 60_000, None, id="the window includes its edge"),
        pytest.param(
            MINUTE, FAILED, 5_000, None, id="a failure after a completed run does not close the window"
        ),
        pytest.param(
            MINUTE,
            COMPLETED,
            72_400,
            "its last completed run ended 1 m 12 s ago, more than 1 m 00 s",
            id="a run before the window does not count",
        ),
        pytest.param(
            MINUTE, FAILED, None, "no run of it has completed", id="the window wants a completed run"
        ),
        pytest.param(MINUTE, COMPLETED, -5_000, None, id="a run from the future is in the window"),
        pytest.param(
            JobDependency("up", "within_window"),
            COMPLETED,
            1,
            "its last completed run ended 1 ms ago, more than 0 ms",
            id="a window without a length is empty",
        ),
    ],
)
def test_dependency_verdict(
    dep: JobDependency, last: LastRun | None, completed_ago: int | None, reason: str | None
) -> None:
    completed_at = None if completed_ago is None else NOW - completed_ago
    verdict = dependency_verdict(dep, last_ended=last, last_completed_at=completed_at, now=NOW)
    if reason is None:
        assert verdict is None
    elif last is None:
        assert verdict == Unmet("up", dep.condition, reason, None, None)
    else:
        assert verdict == Unmet("up", dep.condition, reason, last.id, last.status)


def test_an_unmet_dependency_is_shown_with_its_run() -> None:
    assert Unmet("up", "last_success", "its last run failed", "r2", "failed").as_evidence() == {
        "job": "up",
        "condition": "last_success",
        "reason": "its last run failed",
        "last_run": "r2",
        "last_status": "failed",
    }


def test_waiting_runs_are_read_no_further_than_there_are_slots() -> None:
    waiting = iter([Waiting(str(number), "a") for number in range(9)])
    assert next_admissions(waiting, running_by_job={"x": 1}, running_total=1, max_jobs=3) == ["0", "1"]
    assert len(list(waiting)) == 6


@pytest.mark.parametrize(
    ("pending", "running", "max_jobs", "admitted"),
    [
        pytest.param("", {}, None, "", id="nobody waits"),
        pytest.param("a a b", {}, None, "1 2 3", id="without limits all go"),
        pytest.param("a b c", {}, 2, "1 2", id="the oldest take the slots of the scheduler"),
        pytest.param("a b", {"x": 2}, 2, "", id="no slot of the scheduler is free"),
        pytest.param("a b", {"x": 3}, 2, "", id="more run than a lowered limit allows"),
        pytest.param("a:1 a:1 b:1", {}, None, "1 3", id="a job takes no more than its limit"),
        pytest.param("a:1 b:1", {"a": 1}, None, "2", id="a job at its limit does not hold up others"),
        pytest.param("a:3 a:3 a:3", {"a": 1}, None, "1 2", id="slots already taken count"),
        pytest.param(
            "a:1 a:1 b:1 c:1", {"x": 1}, 3, "1 3", id="a job at its limit takes no slot of the scheduler"
        ),
        pytest.param("a:1 a b:1", {"a": 1}, 2, "2", id="limits are those of each waiting run"),
    ],
)
def test_next_admissions(pending: str, running: dict[str, int], max_jobs: int | None, admitted: str) -> None:
    waiting = []
    for number, item in enumerate(pending.split(), 1):
        job, _, limit = item.partition(":")
        waiting.append(Waiting(str(number), job, int(limit) if limit else None))
    assert next_admissions(
        waiting, running_by_job=running, running_total=sum(running.values()), max_jobs=max_jobs
    ) == (admitted.split())
