"""How often a schedule is due within a time, without walking from one due time to the next."""

from __future__ import annotations

from petit.core.clock import Millis
from petit.core.cron import MINUTE, Cron
from petit.core.schedule import Schedule, falls_between
from petit.core.schedule_zone import span_at

_SECOND_MS = 1000


def count_due(schedule: Schedule, begin: Millis, end: Millis) -> int:
    """Return the number of due times in [begin, end). Costs a look at each of its days."""
    if schedule.is_reboot or begin >= end:
        return 0
    interval = schedule.interval_ms
    if interval is not None:
        return (end - 1) // interval - (begin - 1) // interval
    first, last = -(-begin // _SECOND_MS), -(-end // _SECOND_MS)
    return _until(schedule.cron, schedule.zone, first, last)


def _until(cron: Cron, zone: str, first: int, last: int) -> int:
    """Count the due seconds in [first, last): whole minutes, then the odd ends."""
    low, high = first - first % MINUTE, last - last % MINUTE
    found = _minutes(cron, zone, low, high) * cron.seconds.bit_count()
    if first > low and _minutes(cron, zone, low, low + MINUTE):
        found -= (cron.seconds & (1 << first - low) - 1).bit_count()
    if last > high and _minutes(cron, zone, high, high + MINUTE):
        found += (cron.seconds & (1 << last - high) - 1).bit_count()
    return found


def _minutes(cron: Cron, zone: str, low: int, high: int) -> int:
    """Count the due minutes in [low, high), from span to span of constant offset as `Schedule` walks them."""
    found, instant = 0, low
    while instant < high:
        begin, end, offset, before = span_at(zone, instant)
        wall = instant + offset
        if cron.fixed and before != offset:
            if instant == begin and falls_between(cron, begin + before, begin + offset):
                found += (
                    1  # what the missing time would have brought comes once, in the first minute after it
                )
                wall += MINUTE
            wall = max(wall, begin + before)
        found += cron.count_in(wall, min(end, high) + offset)
        instant = end
    return found
