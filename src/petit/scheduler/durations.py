"""How long the runs of a job took: each of them, or in buckets where they are many."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence

import msgspec

from petit.core.clock import Millis
from petit.core.ids import JobId
from petit.core.tally import (
    COMPLETED,
    FAILED,
    HOUR_MS,
    INTERRUPTED,
    PARTIAL,
    Sizes,
    read_tally,
    read_word,
    size_span,
)
from petit.storage.base import Storage
from petit.storage.past import HourTally, RunSpan

MOST_RUNS = 2_000
LONGEST_MS: Millis = 1_100 * 24 * HOUR_MS
"""How far buckets go back at most: three years."""


class Bucket(msgspec.Struct, frozen=True, kw_only=True):
    """Runs that ended within [`from`, `to`).

    Quantiles are those of the runs that completed, without reruns of some tasks; where there are none, of the
    others. They are worked out from counts by size, and true to a sixteenth.

    Attributes:
        count: How many ended, without those that were cancelled.
        failed: How many of these failed or were interrupted.
    """

    since: Millis = msgspec.field(name="from")
    until: Millis = msgspec.field(name="to")
    count: int
    failed: int
    min_ms: Millis
    p25_ms: Millis
    median_ms: Millis
    p75_ms: Millis
    p95_ms: Millis
    max_ms: Millis


async def read_durations(
    storage: Storage, job_id: JobId, *, since: Millis | None, until: Millis | None, buckets: int
) -> Sequence[RunSpan] | Sequence[Bucket]:
    """Return runs of a job made within [since, until), or buckets of those that ended then, oldest first."""
    spans = await storage.spans(job_id, since=since, until=until, limit=MOST_RUNS + 1)
    if len(spans) <= MOST_RUNS:
        return spans[::-1]
    end = max(span.ended_at for span in spans) + 1
    end = end if until is None else min(end, until)
    first_hour = await storage.first_hour(job_id)
    begin = max(since or 0, (first_hour or 0) * HOUR_MS, end - LONGEST_MS)
    tallies = await storage.tallies(job_id, since=begin, until=end)
    return await asyncio.to_thread(buckets_of, tallies.hours, buckets)


def buckets_of(hours: Sequence[HourTally], most: int) -> list[Bucket]:
    """Return at most so many buckets of one length, a whole number of hours, without the empty ones."""
    if not hours:
        return []
    first = hours[0].hour
    length = -(-(hours[-1].hour + 1 - first) // most)
    found: dict[int, list[HourTally]] = {}
    for hour in hours:
        found.setdefault((hour.hour - first) // length, []).append(hour)
    made = (_bucket(first + place * length, length, within) for place, within in found.items())
    return [bucket for bucket in made if bucket is not None]


def _bucket(hour: int, length: int, hours: Sequence[HourTally]) -> Bucket | None:
    """Make a bucket of hours; None where no run ended in them."""
    usual: Counter[int] = Counter()
    other: Counter[int] = Counter()
    ended: Counter[str] = Counter()
    for each in hours:
        for word, count in read_tally(each.tally).items():
            letter, _, size = read_word(word)
            ended[letter] += count
            if size is not None:
                (usual if letter == COMPLETED else other)[size] += count
    told = Sizes.of(usual or other)
    if not told.total:
        return None
    failed = ended[FAILED] + ended[INTERRUPTED]
    return Bucket(
        since=hour * HOUR_MS,
        until=(hour + length) * HOUR_MS,
        count=ended[COMPLETED] + ended[PARTIAL] + failed,
        failed=failed,
        min_ms=size_span(told.counts[0][0])[0],
        p25_ms=told.quantile(0.25),
        median_ms=told.quantile(0.5),
        p75_ms=told.quantile(0.75),
        p95_ms=told.quantile(0.95),
        max_ms=size_span(told.counts[-1][0])[1] - 1,
    )
