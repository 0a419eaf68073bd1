from __future__ import annotations

from typing import get_args

import pytest

from petit.core.duration import LONGEST_MS
from petit.core.job import NO_RETRY, Retry, RetryCondition
from petit.core.retry import Failure, FailureKind, is_transient, next_retry

EXIT_1 = Failure("exit", 1)
KINDS = [Failure(kind, 1 if kind == "exit" else None) for kind in get_args(FailureKind)]


def wait(retry: Retry, *, done: int = 0, failure: Failure = EXIT_1, roll: float = 0.0) -> int | None:
    return next_retry(retry, retries_done=done, failure=failure, roll=roll)


def twice(
    *,
    condition: RetryCondition = "always",
    exit_codes: tuple[int, ...] = (),
    transient_exit_codes: tuple[int, ...] = (),
) -> Retry:
    return Retry(
        max_attempts=2,
        delay_ms=7,
        condition=condition,
        exit_codes=exit_codes,
        transient_exit_codes=transient_exit_codes,
    )


def test_max_attempts_counts_the_retries_after_the_first_try() -> None:
    assert [wait(twice(), done=done) for done in range(4)] == [7, 7, None, None]


def test_without_a_policy_nothing_is_tried_again() -> None:
    assert [wait(NO_RETRY, failure=failure) for failure in KINDS] == [None] * len(KINDS)


@pytest.mark.parametrize(
    ("retry", "retried"),
    [
        pytest.param(
            twice(), {"exit", "signal", "timeout", "could_not_start", "lost"}, id="always retries all"
        ),
        pytest.param(twice(condition="never"), set(), id="never retries nothing"),
        pytest.param(
            twice(condition="transient_only"),
            {"timeout", "could_not_start", "lost"},
            id="transient_only retries what the task did not decide itself",
        ),
        pytest.param(
            twice(condition="transient_only", transient_exit_codes=(1, 75)),
            {"exit", "timeout", "could_not_start", "lost"},
            id="transient_only retries a transient exit code too",
        ),
        pytest.param(
            twice(condition="transient_only", transient_exit_codes=(75,)),
            {"timeout", "could_not_start", "lost"},
            id="transient_only retries no other exit code",
        ),
        pytest.param(
            twice(exit_codes=(1, 2)), {"exit"}, id="given exit codes, only an exit with one is retried"
        ),
        pytest.param(twice(exit_codes=(2,)), set(), id="given exit codes, no other is retried"),
        pytest.param(
            twice(condition="transient_only", exit_codes=(1, 2), transient_exit_codes=(1,)),
            {"exit"},
            id="exit codes narrow transient_only",
        ),
        pytest.param(
            twice(condition="transient_only", exit_codes=(1,), transient_exit_codes=(2,)),
            set(),
            id="an exit code that is not transient is not retried for being listed",
        ),
    ],
)
def test_which_failures_are_retried(retry: Retry, retried: set[str]) -> None:
    assert {failure.kind for failure in KINDS if wait(retry, failure=failure) is not None} == retried


def test_an_unknown_exit_code_is_not_transient() -> None:
    assert not is_transient(twice(transient_exit_codes=(1,)), Failure("exit"))


@pytest.mark.parametrize(
    ("retry", "waits"),
    [
        pytest.param(Retry(max_attempts=5), [0, 0, 0, 0, 0], id="no delay is no wait"),
        pytest.param(Retry(max_attempts=5, delay_ms=10), [10] * 5, id="a fixed delay stays"),
        pytest.param(
            Retry(max_attempts=5, delay_ms=10, max_delay_ms=4), [4] * 5, id="max_delay bounds a fixed delay"
        ),
        pytest.param(
            Retry(max_attempts=5, delay_ms=10, backoff="exponential"),
            [10, 20, 40, 80, 160],
            id="exponential doubles from the base",
        ),
        pytest.param(
            Retry(max_attempts=5, delay_ms=10, backoff="exponential", max_delay_ms=50),
            [10, 20, 40, 50, 50],
            id="exponential stays at max_delay",
        ),
        pytest.param(
            Retry(max_attempts=5, backoff="exponential"), [0, 0, 0, 0, 0], id="nothing doubled is nothing"
        ),
    ],
)
def test_waits(retry: Retry, waits: list[int]) -> None:
    assert [wait(retry, done=done) for done in range(5)] == waits


def test_exponential_never_grows_out_of_bounds() -> None:
    unbounded = Retry(max_attempts=10**9, delay_ms=1, backoff="exponential")
    assert wait(unbounded, done=10**9 - 1) == LONGEST_MS
    bounded = Retry(max_attempts=10**9, delay_ms=1, backoff="exponential", max_delay_ms=60_000)
    assert wait(bounded, done=10**9 - 1) == 60_000


@pytest.mark.parametrize(
    ("jitter", "roll", "expected"),
    [
        pytest.param(0.0, 0.99, 1000, id="without jitter chance has no say"),
        pytest.param(0.5, 0.0, 500, id="the least is what is not random"),
        pytest.param(0.5, 0.5, 750, id="the random share is spread evenly"),
        pytest.param(1.0, 0.0, 0, id="full jitter may be no wait at all"),
        pytest.param(1.0, 0.999, 999, id="the delay is never passed"),
    ],
)
def test_jitter(jitter: float, roll: float, expected: int) -> None:
    assert wait(Retry(max_attempts=1, delay_ms=1000, jitter=jitter), roll=roll) == expected
