"""What is kept, and what may go: by age, by count, by the room that logs take.

Storage has the last word: what something that is kept still needs stays, however old it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from petit.core.clock import Millis
from petit.core.ids import RunId

DAY_MS: Millis = 24 * 3600 * 1000
BATCH_ROWS = 100
"""Rows that one transaction removes at most, if a run has not more by itself: a few milliseconds."""


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """How much is kept. None: all of it.

    Attributes:
        max_age_ms: Runs that ended longer ago go, and what else is as old.
        max_runs: Runs of a job beyond the newest so many go; so do due times of it that did not run.
        max_log_bytes: While logs take more room on the disk, those of the oldest runs go.
    """

    max_age_ms: Millis | None = 90 * DAY_MS
    max_runs: int | None = 1_000
    max_log_bytes: int | None = 2_000_000_000

    def before(self, now: Millis) -> Millis | None:
        """Return the moment before which all is too old."""
        return None if self.max_age_ms is None else now - self.max_age_ms


DEFAULT_POLICY = Policy()


class OldRun(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A run, as far as it matters here.

    Attributes:
        rows: About how many rows it takes.
    """

    id: RunId
    created_at: Millis
    ended_at: Millis | None
    rows: int


class RunLogs(msgspec.Struct, frozen=True, gc=False):
    """The room that the logs of a run take."""

    run_id: RunId
    size: int


def is_beyond(run: OldRun, policy: Policy, *, now: Millis, newest_beyond: RunId | None) -> bool:
    """Say whether a run may go: it is over, and too old or one too many.

    Args:
        run: The run.
        policy: How much is kept.
        now: The time.
        newest_beyond: The newest run of its job that has `max_runs` newer ones, where there is one.
    """
    if run.ended_at is None:
        return False
    before = policy.before(now)
    is_old = before is not None and run.ended_at < before
    return is_old or (newest_beyond is not None and run.id <= newest_beyond)


def may_follow(run: OldRun, policy: Policy, *, now: Millis, newest_beyond: RunId | None) -> bool:
    """Say whether runs with greater ids than this one's might be beyond: they were made later."""
    before = policy.before(now)
    return (newest_beyond is not None and run.id < newest_beyond) or (
        before is not None and run.created_at < before
    )


def batches(runs: Iterable[OldRun], *, rows: int = BATCH_ROWS) -> Iterator[tuple[RunId, ...]]:
    """Put runs into batches of so many rows; a run that has more is one by itself."""
    batch: list[RunId] = []
    held = 0
    for run in runs:
        if batch and held + run.rows > rows:
            yield tuple(batch)
            batch, held = [], 0
        batch.append(run.id)
        held += run.rows
    if batch:
        yield tuple(batch)


def fates_end(policy: Policy, *, now: Millis, newest_beyond: Millis | None) -> Millis | None:
    """Return the moment before which due times that did not run are forgotten; None: none are.

    Args:
        policy: How much is kept.
        now: The time.
        newest_beyond: The last due time of the newest such row of the job that has `max_runs` newer ones.
    """
    ends = [policy.before(now), None if newest_beyond is None else newest_beyond + 1]
    return max((each for each in ends if each is not None), default=None)


def logs_beyond(logs: Sequence[RunLogs], *, over: int, kept: frozenset[RunId]) -> list[RunLogs]:
    """Return whose logs go, of these in this order, until `over` bytes are free; never those of `kept`."""
    chosen: list[RunLogs] = []
    for each in logs:
        if over <= 0:
            break
        if each.size and each.run_id not in kept:
            chosen.append(each)
            over -= each.size
    return chosen
