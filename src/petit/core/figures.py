"""Figures of runs: how many of the last ones completed, and how long such a run takes.

The last runs of a job are kept as one text, a fixed number of characters for each, newest first. So the
statement that ends a run can put it in front and cut the oldest off, and nobody has to read what was there.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import msgspec

from petit.core.clock import Millis
from petit.core.states import LETTERS, RunStatus

RECENT_RUNS = 30
"""How many of the last runs of a job its figures are about."""

_WIDTH = 10
RECENT_LENGTH = RECENT_RUNS * _WIDTH
"""Characters that they take."""

_LONGEST_MS = 16 ** (_WIDTH - 1) - 1  # two years
_COUNTED = frozenset({"completed", "failed", "interrupted"})
_KEPT = 8192  # texts of jobs, 1 KB each: a list of jobs is asked for again and again


class Figures(msgspec.Struct, frozen=True):
    """What the last finished runs of a job were like.

    Cancelled ones say nothing about it and are left out, as are reruns and runs of some tasks only.

    Attributes:
        recent_runs: How many these are, at most 30.
        recent_completed: How many of them completed.
        median_ms: Duration that half of those take at most; None where none completed.
        p90_ms: Duration that nine of ten of those take at most.
    """

    recent_runs: int = 0
    recent_completed: int = 0
    median_ms: Millis | None = None
    p90_ms: Millis | None = None

    @property
    def success_rate(self) -> float | None:
        """Share of these runs that completed, from 0 to 1; None without runs."""
        return self.recent_completed / self.recent_runs if self.recent_runs else None


def recent_entry(status: RunStatus, duration_ms: Millis) -> str:
    """Write what is kept of a run that is over: nothing, where it does not count."""
    return f"{LETTERS[status]}{min(max(duration_ms, 0), _LONGEST_MS):09x}" if status in _COUNTED else ""


def recent_with(recent: str, entry: str) -> str:
    """Put a run in front of those that are kept."""
    return (entry + recent)[:RECENT_LENGTH]


@lru_cache(maxsize=_KEPT)
def figures_of(recent: str) -> Figures:
    """Return the figures of the runs that are kept."""
    durations = sorted(
        int(recent[at + 1 : at + _WIDTH], 16) for at in range(0, len(recent), _WIDTH) if recent[at] == "c"
    )
    return Figures(len(recent) // _WIDTH, len(durations), quantile(durations, 0.5), quantile(durations, 0.9))


def quantile(ordered: Sequence[Millis], share: float) -> Millis | None:
    """Return the least of these values, in ascending order, that a share of them do not exceed."""
    return ordered[quantile_place(len(ordered), share)] if ordered else None


def quantile_place(count: int, share: float) -> int:
    """Return the place, from 0, of the least of so many values that a share of them do not exceed."""
    return max(-(-round(share * 100) * count // 100) - 1, 0)
