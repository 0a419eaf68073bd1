"""How a scheduler was told to stop, perhaps more than once."""

from __future__ import annotations

from petit.core.clock import Millis
from petit.scheduler.commands import StopMode


class StopWish:
    """What is wanted; a later wish takes over from an earlier one, except from "cancel".

    Attributes:
        mode: How to stop; None while nobody wants it.
        leave_at: Monotonic time at which running tasks are left to the next start; None: they are waited for.
    """

    def __init__(self) -> None:
        self.mode: StopMode | None = None
        self.leave_at: Millis | None = None

    def ask(self, mode: StopMode, *, now: Millis, drain_ms: Millis) -> bool:
        """Take note of a wish. True: it is the first one."""
        is_first = self.mode is None
        if self.mode != "cancel":
            leave_at = now + drain_ms
            if self.mode == "leave" and self.leave_at is not None:
                leave_at = min(leave_at, self.leave_at)
            self.leave_at = leave_at if mode == "leave" else None
            self.mode = mode
        return is_first
