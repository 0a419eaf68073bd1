"""What happened to a job within an hour (UTC), counted: how runs ended, how long they took, what did not run.

A tally is a text of short words. Each has the letter of what happened, the quarter of the hour, and of a run
that took time its size: "c2_163". Words are put behind the text as things happen, and merged now and then:
"c2_163*14 x0 |c2_163 c1_9 ". So the statement that counts need not read what was there.

In every zone days begin on a quarter: so days of any zone can be put together. There are eight sizes from a
power of two to the next: so what is told of a duration is true to a sixteenth.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from petit.core.clock import Millis
from petit.core.figures import quantile_place
from petit.core.states import LETTERS, RunStatus

QUARTER_MS: Millis = 900_000
HOUR_MS: Millis = 3_600_000

COMPLETED, FAILED, INTERRUPTED, CANCELLED = (
    LETTERS[status] for status in ("completed", "failed", "interrupted", "cancelled")
)
SKIPPED, MISSED = "s", "m"
PARTIAL = "p"
"""What stands for a run of some tasks that completed: it does not tell how long a run takes."""

MERGED_FROM = 200
"""Characters of words that are not merged yet, from which they are merged: 30 runs or so."""

_OCTAVE_BITS = 3
_EXACT = 2 << _OCTAVE_BITS  # milliseconds below which each has a size of its own
_LARGEST = (1 << 40) - 1  # 34 years
_KEPT = 4096  # a year of tallies has some hundred words, each thousands of times


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


class Event(NamedTuple):
    """What a word says.

    Attributes:
        letter: `COMPLETED` and so on.
        quarter: From 0 to 3.
        size: That of the duration; None where nothing took time, or was cancelled.
    """

    letter: str
    quarter: int
    size: int | None


def run_word(status: RunStatus, at: Millis, took: Millis | None, *, is_whole: bool) -> str:
    """Return the word for a run that ended so and then.

    Args:
        status: How it ended.
        at: When.
        took: How long it took; None where it never began.
        is_whole: Whether it was one of all tasks.
    """
    letter = PARTIAL if status == "completed" and not is_whole else LETTERS[status]
    word = f"{letter}{at % HOUR_MS // QUARTER_MS}"
    return word if took is None or status == "cancelled" else f"{word}_{size_of(took)}"


def fate_word(fate: str, due: Millis) -> str:
    """Return the word for a due time that was skipped or missed."""
    return f"{fate[0]}{due % HOUR_MS // QUARTER_MS}"


@lru_cache(maxsize=_KEPT)
def read_word(word: str) -> Event:
    """Return what a word says."""
    letter, quarter, size = word[0], int(word[1]), word[3:]
    return Event(letter, quarter, int(size) if size else None)


def tally_with(tally: str, words: str) -> str:
    """Put words, each with a blank behind it, behind a tally; "" is that of an hour that just began.

    SQLite does the same by itself, see `petit.storage.sqlite_tallies`.
    """
    if not tally:
        return f"|{words}"
    return merged(tally + words) if len(tally) - tally.index("|") > MERGED_FROM else tally + words


def merged(tally: str) -> str:
    """Return a tally that says the same, each word once."""
    counts = read_tally(tally)
    return "".join(f"{word} " if count == 1 else f"{word}*{count} " for word, count in counts.items()) + "|"


def read_tally(tally: str) -> dict[str, int]:
    """Return how often each word was counted."""
    counts: dict[str, int] = {}
    for each in tally.replace("|", "").split():
        word, _, count = each.partition("*")
        counts[word] = counts.get(word, 0) + int(count or 1)
    return counts


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
