"""The seams through which time and chance enter; nothing else in Petit reads them."""

from __future__ import annotations

from typing import Protocol

Millis = int
"""Milliseconds: since the Unix epoch (UTC) for a moment, a plain count for a duration (`*_ms`)."""


class Clock(Protocol):
    """Where the wall time and the monotonic time come from."""

    def now(self) -> Millis:
        """Return the wall time in milliseconds since the Unix epoch (UTC)."""
        ...

    def monotonic(self) -> Millis:
        """Return milliseconds on a clock that never jumps and counts suspended time (boot time)."""
        ...


class Entropy(Protocol):
    """Where random bits come from."""

    def bits(self, count: int) -> int:
        """Return `count` random bits as a non-negative integer."""
        ...
