"""The scheduler looks after itself: event loop, storage and clock, once a second."""

from __future__ import annotations

import logging
from collections.abc import Callable

from petit.core.clock import Clock, Millis
from petit.core.duration import format_duration
from petit.core.pulse import SHOWN_MS, STILL_MS, Beat, Pulse, first_pulse, next_pulse
from petit.storage.base import Storage

_log = logging.getLogger(__name__)


class SelfWatch:
    """Holds what the last look saw. Nobody need look: then nothing is known, and nothing is found wrong.

    Args:
        wake: Called where the wall clock was set: what is due is another matter then.
    """

    def __init__(self, storage: Storage, clock: Clock, wake: Callable[[], None]) -> None:
        self._storage = storage
        self._clock = clock
        self._wake = wake
        self._pulse: Pulse | None = None

    def look(self, *, every_ms: Millis) -> None:
        """Look once. It is cheap, and never waits."""
        backlog = self._storage.backlog
        beat = Beat(self._clock.now(), self._clock.monotonic(), backlog.waiting, backlog.answered)
        pulse = first_pulse(beat) if self._pulse is None else next_pulse(self._pulse, beat, every_ms=every_ms)
        self._pulse = pulse
        if pulse.moved_ms > 0:  # the engine's loop tells of a step back
            _log.warning("the wall clock was set forward by %d ms", pulse.moved_ms)
        if pulse.moved_ms:
            self._wake()

    @property
    def loop_lag_ms(self) -> Millis | None:
        """How late the event loop came to the last look."""
        return None if self._pulse is None else self._pulse.late_ms

    @property
    def standstill(self) -> str | None:
        """What is to be said of an event loop that stood still lately."""
        pulse = self._pulse
        if pulse is None or not pulse.still_ms:
            return None
        ago = self._clock.monotonic() - pulse.still_until
        if ago > SHOWN_MS:
            return None
        return (
            f"the event loop stood still, or the machine slept, for {format_duration(pulse.still_ms)}"
            f" until {format_duration(ago)} ago"
        )

    @property
    def stuck(self) -> str | None:
        """What is to be said of a storage that does not answer."""
        pulse = self._pulse
        if pulse is None or pulse.stuck_ms < STILL_MS:
            return None
        waiting = pulse.beat.waiting
        writes = "1 write waits" if waiting == 1 else f"{waiting} writes wait"
        return f"the database has not answered for {format_duration(pulse.stuck_ms)}; {writes}"
