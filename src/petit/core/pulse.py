"""Is the machinery turning? What two looks at it, a moment apart, say."""

from __future__ import annotations

import msgspec

from petit.core.clock import Millis

EVERY_MS: Millis = 1_000
"""How often to look."""

STILL_MS: Millis = 4_000
"""Whatever has not moved for this long stands still. With a look each second it is known within 6 s."""

SHOWN_MS: Millis = 10_000
"""A standstill of the event loop is shown so long after it is over: while it lasts nobody is answered."""

STEP_MS: Millis = 1_000
"""A wall clock that gains or loses more than this on the monotonic one between two looks was set."""


class Beat(msgspec.Struct, frozen=True):
    """What one look sees.

    Attributes:
        wall: The wall clock.
        steady: The monotonic clock, time asleep included.
        waiting: Writes that the storage has been given and has not answered.
        answered: How many times it has answered so far.
    """

    wall: Millis
    steady: Millis
    waiting: int = 0
    answered: int = 0


class Pulse(msgspec.Struct, frozen=True):
    """What is known after a look.

    Attributes:
        beat: What it saw.
        late_ms: How much later than it should have the look came: so long nothing else was done either.
        moved_ms: How far the wall clock was set since the look before; 0 where it was not.
        stuck_since: Since when (monotonic) the storage has been asked and has answered nothing.
        still_ms: How long the event loop stood still when it last did; 0 where that is long ago.
        still_until: When (monotonic) that was over.
    """

    beat: Beat
    late_ms: Millis = 0
    moved_ms: Millis = 0
    stuck_since: Millis | None = None
    still_ms: Millis = 0
    still_until: Millis = 0

    @property
    def stuck_ms(self) -> Millis:
        """How long the storage has not answered what it was asked."""
        return 0 if self.stuck_since is None else self.beat.steady - self.stuck_since


def first_pulse(beat: Beat) -> Pulse:
    """Return what the first look tells."""
    return Pulse(beat, stuck_since=beat.steady if beat.waiting else None)


def next_pulse(before: Pulse, beat: Beat, *, every_ms: Millis = EVERY_MS) -> Pulse:
    """Return what a further look tells, `every_ms` after the one before or whenever it came to pass."""
    passed = beat.steady - before.beat.steady
    late = max(passed - every_ms, 0)
    moved = beat.wall - before.beat.wall - passed
    still, until = before.still_ms, before.still_until
    if late >= STILL_MS:
        still, until = late, beat.steady
    elif beat.steady - until > SHOWN_MS:
        still = 0
    return Pulse(
        beat,
        late_ms=late,
        moved_ms=moved if abs(moved) > STEP_MS else 0,
        stuck_since=_stuck_since(before, beat, late),
        still_ms=still,
        still_until=until,
    )


def _stuck_since(before: Pulse, beat: Beat, late: Millis) -> Millis | None:
    """Where the loop itself stood still, the storage may have answered long ago: that is not its fault."""
    if not beat.waiting:
        return None
    if before.stuck_since is None or beat.answered != before.beat.answered or late >= STILL_MS:
        return beat.steady
    return before.stuck_since
