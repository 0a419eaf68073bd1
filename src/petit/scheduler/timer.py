"""What the engine needs of time beyond reading it."""

from __future__ import annotations

from typing import Protocol

from petit.core.clock import Clock, Millis


class Timer(Clock, Protocol):
    """A clock that can also be waited on; virtual in tests and simulation."""

    async def sleep(self, ms: Millis) -> None:
        """Suspend the caller for `ms` milliseconds of this clock's monotonic time."""
        ...
