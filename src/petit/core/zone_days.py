"""Where the days of a zone begin."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from petit.core.clock import Millis
from petit.core.schedule_zone import span_at

_DAY_S = 86_400


def day_begins(zone: str, first: date, count: int) -> list[Millis]:
    """Return when each of so many days begins, and last when the day after them does.

    Where the clock leaves midnight out, the day begins with the first time that it shows; where it shows
    midnight twice, with the first of them. A day that a country left out begins when the next one does.
    """
    days = (first + timedelta(days=number) for number in range(count + 1))
    return [_begins(zone, day) * 1000 for day in days]


def day_of(zone: str, at: Millis) -> date:
    """Return which day it is."""
    return datetime.fromtimestamp(at / 1000, ZoneInfo(zone)).date()


def _begins(zone: str, day: date) -> int:
    midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
    second = round(midnight.timestamp())
    begin, _, offset, before = span_at(zone, second)
    # What the clock shows then is midnight, unless it was left out: then it is later.
    is_left_out = before < offset and (second + offset) % _DAY_S != 0
    return begin if is_left_out else second
