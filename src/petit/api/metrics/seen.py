"""What is told in /metrics, as it was at one moment."""

from __future__ import annotations

import msgspec

from petit.api.counts import Counts
from petit.events.tally import Tally
from petit.scheduler.commands import Check, StateView
from petit.scheduler.handle import Figures


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """All but what is told of each job.

    Attributes:
        streams: Event streams and followed logs that are open.
        max_streams: How many may be.
    """

    tally: Tally
    counts: Counts
    state: StateView
    checks: tuple[Check, ...]
    figures: Figures
    streams: int
    max_streams: int
