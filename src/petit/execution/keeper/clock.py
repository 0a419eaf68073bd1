"""The keeper's two clocks, in milliseconds.

Timeouts run on the boot-time clock: it never jumps and goes on while the machine sleeps.
"""

from __future__ import annotations

from time import CLOCK_BOOTTIME, CLOCK_REALTIME, clock_gettime_ns


def wall_ms() -> int:
    """Milliseconds since the Unix epoch (UTC)."""
    return clock_gettime_ns(CLOCK_REALTIME) // 1_000_000


def boot_ms() -> int:
    """Milliseconds since the machine started."""
    return clock_gettime_ns(CLOCK_BOOTTIME) // 1_000_000


def boot_ns() -> int:
    """Nanoseconds since the machine started: never twice the same for one keeper, nor for two in practice."""
    return clock_gettime_ns(CLOCK_BOOTTIME)
