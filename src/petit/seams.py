"""The seam to the machine: the only place that reads clocks, sleeps or draws random bits."""

from __future__ import annotations

import asyncio
import secrets
import time

from petit.core.clock import Millis

LONGEST_SLEEP_MS = 30_000
"""A sleeping loop looks at the clocks this often, so that a stepped wall clock or a suspend is noticed."""


class SystemClock:
    """The machine's clocks."""

    def now(self) -> Millis:
        """Return the wall time in milliseconds since the Unix epoch (UTC)."""
        return time.time_ns() // 1_000_000

    def monotonic(self) -> Millis:
        """Return milliseconds of boot time where there is such a clock: it counts time spent suspended."""
        return time.clock_gettime_ns(_BOOT_CLOCK) // 1_000_000

    async def sleep(self, ms: Millis) -> None:
        """Suspend the caller for `ms` milliseconds."""
        await asyncio.sleep(ms / 1000)


_BOOT_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class SystemEntropy:
    """The kernel's random bits."""

    def bits(self, count: int) -> int:
        """Return `count` random bits as a non-negative integer."""
        return secrets.randbits(count)
