"""What happened to a job within an hour, counted: how runs ended, what did not run, how long runs took.

A tally maps short keys to counts. Outcomes are counted by quarters of an hour: in every zone days begin on
one, so that days of any zone can be put together. Durations are counted by size: eight sizes from a power of
two to the next, so that what is told of a duration is off by a sixteenth at most. Hours are those of UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from petit.core.clock import Millis
from petit.core.figures import quantile_place
from petit.core.states import LETTERS, RunStatus

QUARTER_MS: Millis = 900_000
HOUR_MS: Millis = 3_600_000

USUAL = "t"
OTHER = "u"
"""What the keys of durations begin with; those of outcomes begin with the letter of the outcome."""

_OCTAVE_BITS = 3
_EXACT = 2 << _OCTAVE_BITS  # milliseconds below which each has a size of its own
_LARGEST = (1 << 40) - 1  # 34 years


class Sizes(NamedTuple):
    """How many durations there are of each size, the shortest first."""

    counts: tuple[tuple[int, int], ...]
    total: int

    @classmethod
    def of(cls, counts: Mapping[int, int]) -> Sizes:
        """Put counts in order."""
        return cls(tuple(sorted(counts.items())), sum(counts.values()))

    def quantile(self, share: float) -> Millis:
        """Return about the least duration that a share of all do not exceed: the middle of its size.

        There must be some.
        """
        place = quantile_place(self.total, share)
        for size, count in self.counts:
            place -= count
            if place < 0:
                first, end = size_span(size)
                return (first + end - 1) // 2
        raise ValueError("there are no durations")


def outcome_key(status: RunStatus, at: Millis) -> str:
    """Return what a run that ended so and then is counted under."""
    return f"{LETTERS[status]}{at % HOUR_MS // QUARTER_MS}"


def fate_key(fate: str, due: Millis) -> str:
    """Return what a due time that was skipped or missed is counted under."""
    return f"{fate[0]}{due % HOUR_MS // QUARTER_MS}"


def duration_key(status: RunStatus, duration_ms: Millis, *, is_whole: bool) -> str | None:
    """Return what the duration of a run that ended so is counted under, None where it is not counted.

    Runs that completed, and were of all tasks, tell how long a run takes; those that were cancelled tell
    nothing.
    """
    if status == "cancelled":
        return None
    return f"{USUAL if status == 'completed' and is_whole else OTHER}{size_of(duration_ms)}"


def size_of(duration_ms: Millis) -> int:
    """Return the size that a duration has; longer ones have greater sizes."""
    duration_ms = min(max(duration_ms, 0), _LARGEST)
    if duration_ms < _EXACT:
        return duration_ms
    octave = duration_ms.bit_length() - 1 - _OCTAVE_BITS
    return (octave << _OCTAVE_BITS) + (duration_ms >> octave)


def size_span(size: int) -> tuple[Millis, Millis]:
    """Return the first duration of a size, and the first that is longer than all of it."""
    if size < _EXACT:
        return size, size + 1
    octave = (size >> _OCTAVE_BITS) - 1
    first = (size - (octave << _OCTAVE_BITS)) << octave
    return first, first + (1 << octave)
