"""What happened to a job on each day, of any zone, put together from the tallies of its hours."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta

import msgspec

from petit.core.clock import Millis
from petit.core.schedule import Schedule
from petit.core.schedule_count import count_due
from petit.core.tally import (
    CANCELLED,
    COMPLETED,
    FAILED,
    HOUR_MS,
    INTERRUPTED,
    MISSED,
    PARTIAL,
    QUARTER_MS,
    SKIPPED,
    Sizes,
    read_tally,
    read_word,
)
from petit.storage.past import HourTally, Stretch, Tallies


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """A day on which something happened: runs that ended on it, and due times of it at which nothing ran.

    Attributes:
        median_ms: Duration that half of the completed runs did not exceed, to a sixteenth; reruns of some
            tasks do not count. Null without any.
    """

    day: str
    completed: int = 0
    failed: int = 0
    interrupted: int = 0
    cancelled: int = 0
    skipped: int = 0
    missed: int = 0
    median_ms: Millis | None = None


def days_of(tallies: Tallies, first: date, begins: Sequence[Millis]) -> list[Day]:
    """Return the days on which something happened, oldest first.

    Args:
        tallies: What happened while these days lasted; more does not matter.
        first: The first day.
        begins: When each of the days begins, and the one after the last.
    """
    days = _Days(begins)
    for hour in tallies.hours:
        days.add_hour(hour)
    for stretch in tallies.stretches:
        days.add_stretch(stretch)
    return [
        Day(
            day=(first + timedelta(days=place)).isoformat(),
            median_ms=Sizes.of(days.sizes[place]).quantile(0.5) if days.sizes[place] else None,
            completed=counts[COMPLETED] + counts[PARTIAL],
            failed=counts[FAILED],
            interrupted=counts[INTERRUPTED],
            cancelled=counts[CANCELLED],
            skipped=counts[SKIPPED],
            missed=counts[MISSED],
        )
        for place, counts in enumerate(days.counts)
        if counts
    ]


class _Days:
    """Counts of each day by the letter of what happened, and of durations of completed runs by size."""

    def __init__(self, begins: Sequence[Millis]) -> None:
        self._begins = begins
        self.counts: list[Counter[str]] = [Counter() for _ in begins[1:]]
        self.sizes: list[Counter[int]] = [Counter() for _ in begins[1:]]

    def add_hour(self, hour: HourTally) -> None:
        """Put an hour in its day, or each quarter in its own."""
        begin = hour.hour * HOUR_MS
        places = [self._place(begin + quarter * QUARTER_MS) for quarter in range(HOUR_MS // QUARTER_MS)]
        for word, count in read_tally(hour.tally).items():
            letter, quarter, size = read_word(word)
            place = places[quarter]
            if not 0 <= place < len(self.counts):
                continue
            self.counts[place][letter] += count
            if letter == COMPLETED and size is not None:
                self.sizes[place][size] += count

    def add_stretch(self, stretch: Stretch) -> None:
        """Work out how many due times of a stretch lie in each day."""
        schedule, end = Schedule.from_key(stretch.schedule), stretch.last_due + 1
        for place in range(max(self._place(stretch.first_due), 0), len(self.counts)):
            begin = max(self._begins[place], stretch.first_due)
            if begin >= end:
                break
            count = count_due(schedule, begin, min(self._begins[place + 1], end))
            if count:
                self.counts[place][stretch.fate[0]] += count

    def _place(self, at: Millis) -> int:
        return bisect_right(self._begins, at) - 1
