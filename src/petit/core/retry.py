"""Retries: whether a failed task is tried again, and after what wait."""

from __future__ import annotations

from typing import Literal

import msgspec

from petit.core.clock import Millis
from petit.core.duration import LONGEST_MS
from petit.core.job import Retry

FailureKind = Literal["exit", "signal", "timeout", "could_not_start", "lost"]

ALWAYS_TRANSIENT: frozenset[FailureKind] = frozenset({"timeout", "could_not_start", "lost"})
_MOST_DOUBLINGS = 60
"""Doubling one millisecond so often passes any bound; more would only make large numbers."""


class Failure(msgspec.Struct, frozen=True):
    """How an attempt failed; `exit_code` only of kind "exit"."""

    kind: FailureKind
    exit_code: int | None = None


def is_transient(retry: Retry, failure: Failure) -> bool:
    """Say whether a failure may pass by itself: not started, timed out, lost, a transient exit code."""
    if failure.kind == "exit":
        return failure.exit_code in retry.transient_exit_codes
    return failure.kind in ALWAYS_TRANSIENT


def next_retry(retry: Retry, *, retries_done: int, failure: Failure, roll: float) -> Millis | None:
    """Return the wait before the next try in milliseconds, or None: no more.

    Where `exit_codes` are given, only an exit with one of them is retried, whatever the condition.

    Args:
        retry: The task's policy.
        retries_done: Tries after the first one so far.
        failure: How the last one failed.
        roll: Chance for the jitter, in [0, 1).
    """
    if retries_done >= retry.max_attempts or retry.condition == "never":
        return None
    if retry.exit_codes and (failure.kind != "exit" or failure.exit_code not in retry.exit_codes):
        return None
    if retry.condition == "transient_only" and not is_transient(retry, failure):
        return None
    return _wait(retry, retries_done, roll)


def _wait(retry: Retry, retries_done: int, roll: float) -> Millis:
    doublings = min(retries_done, _MOST_DOUBLINGS) if retry.backoff == "exponential" else 0
    longest = LONGEST_MS if retry.max_delay_ms is None else retry.max_delay_ms
    wait = min(retry.delay_ms << doublings, longest)
    return round(wait * (1 - retry.jitter) + wait * retry.jitter * roll) if retry.jitter else wait
