from __future__ import annotations

import inspect
from typing import Any

import pytest

from petit.core import errors
from petit.core.errors import (
    DatabaseRefused,
    DependencyNotSatisfied,
    IdempotencyConflict,
    InvalidRequestError,
    JobNotFound,
    MaxConcurrentRunsExceeded,
    NotFoundError,
    PetitError,
    ReloadRefused,
    RunIsOver,
    RunNotFound,
    SchedulerAlreadyRunning,
    SchedulerNotRunning,
    SettingsError,
    StorageError,
    StorageUnavailable,
    TaskNotFound,
)

UNMET: list[dict[str, Any]] = [
    {"job": "up", "condition": "last_success", "reason": "its last run failed", "last_run": "r1"},
    {"job": "low", "condition": "last_complete", "reason": "no run of it has ended", "last_run": None},
]


@pytest.mark.parametrize(
    ("error", "sentence", "evidence"),
    [
        pytest.param(PetitError("no", a=1), "no", {"a": 1}, id="any error carries what it is given"),
        pytest.param(JobNotFound("x"), "no job 'x'", {"job_id": "x", "nearest": []}, id="an unknown job"),
        pytest.param(
            JobNotFound("x", nearest=("xy", "xz")),
            "no job 'x'; did you mean 'xy', 'xz'?",
            {"job_id": "x", "nearest": ["xy", "xz"]},
            id="an unknown job with near ones",
        ),
        pytest.param(
            JobNotFound("x", removed_at=0),
            "job 'x' was removed",
            {"job_id": "x", "nearest": []},
            id="a removed job",
        ),
        pytest.param(RunNotFound("r"), "no run 'r'", {"run_id": "r"}, id="an unknown run"),
        pytest.param(TaskNotFound("no task", task_id="t"), "no task", {"task_id": "t"}, id="an unknown task"),
        pytest.param(
            DependencyNotSatisfied("x", UNMET),
            "job 'x' waits for: up (its last run failed), low (no run of it has ended)",
            {"job_id": "x", "dependencies": UNMET},
            id="unmet dependencies with their reasons",
        ),
        pytest.param(
            MaxConcurrentRunsExceeded("x", scope="job", limit=1, holders=("r1",)),
            "max_concurrency of job 'x' is reached: 1 of 1 running",
            {"job_id": "x", "scope": "job", "limit": 1, "holders": ["r1"]},
            id="the limit of a job with its holders",
        ),
        pytest.param(
            MaxConcurrentRunsExceeded("x", scope="scheduler", limit=2, holders=("r1", "r2")),
            "max_jobs of the scheduler is reached: 2 of 2 running",
            {"job_id": "x", "scope": "scheduler", "limit": 2, "holders": ["r1", "r2"]},
            id="the limit of the scheduler",
        ),
        pytest.param(
            SchedulerNotRunning("stopping"),
            "the scheduler is stopping",
            {"state": "stopping", "retry_after_s": 5},
            id="a scheduler that stops",
        ),
        pytest.param(
            RunIsOver("r", "failed"),
            "run 'r' is over: failed",
            {"run_id": "r", "status": "failed"},
            id="a run that is over",
        ),
        pytest.param(
            IdempotencyConflict("k", "r"),
            "Idempotency-Key 'k' was used for run 'r' with another body",
            {"key": "k", "run_id": "r"},
            id="a key used twice",
        ),
        pytest.param(
            InvalidRequestError([("/params/day", "is no date"), ("", "is not an object")]),
            "/params/day: is no date; /: is not an object",
            {
                "errors": [
                    {"pointer": "/params/day", "message": "is no date"},
                    {"pointer": "", "message": "is not an object"},
                ]
            },
            id="each problem of a request with its place",
        ),
        pytest.param(
            StorageUnavailable("disk full", cause="disk_full"),
            "disk full",
            {"cause": "disk_full"},
            id="storage that is out of order for now",
        ),
        pytest.param(
            SchedulerAlreadyRunning("/s", pid=7, started_at=9, address="http://x"),
            "another scheduler (pid 7) is running on '/s', its API is at http://x",
            {"pid": 7, "started_at": 9, "address": "http://x"},
            id="another scheduler",
        ),
        pytest.param(
            SchedulerAlreadyRunning("/s", pid=None),
            "another scheduler of another machine or container is running on '/s'",
            {"pid": None, "started_at": None, "address": None},
            id="another scheduler of which nothing is known",
        ),
    ],
)
def test_each_is_a_sentence_with_evidence(error: PetitError, sentence: str, evidence: dict[str, Any]) -> None:
    assert str(error) == sentence
    assert error.evidence == evidence


@pytest.mark.parametrize(
    ("kind", "parent"),
    [
        (JobNotFound, NotFoundError),
        (RunNotFound, NotFoundError),
        (TaskNotFound, NotFoundError),
        (StorageUnavailable, StorageError),
        (DatabaseRefused, StorageError),
        (SchedulerAlreadyRunning, DatabaseRefused),
        (SettingsError, PetitError),
        (ReloadRefused, PetitError),
    ],
)
def test_what_is_a_kind_of_what(kind: type[PetitError], parent: type[PetitError]) -> None:
    assert issubclass(kind, parent)


def test_all_errors_of_the_module_are_of_one_tree() -> None:
    kinds = [
        each for _, each in inspect.getmembers(errors, inspect.isclass) if each.__module__ == errors.__name__
    ]
    assert len(kinds) > 10
    assert [each for each in kinds if not issubclass(each, PetitError)] == []
