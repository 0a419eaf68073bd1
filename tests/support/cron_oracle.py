"""A second opinion on schedules, slow and plain: it walks minutes and asks zoneinfo what a wall clock shows.

Nothing here is shared with `petit.core`: expressions are read naively, and the DST rule is told the other way
round, as Debian's cron carries it out: a clock is watched, with a high-water mark of what it has shown.
"""

from __future__ import annotations

import calendar
import itertools
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

UTC = ZoneInfo("UTC")
DAY = 1440
WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")


@lru_cache(maxsize=1024)
def numbers(text: str, low: int, high: int, names: tuple[str, ...] = ()) -> frozenset[int]:
    """Read a field of plain values, ranges and steps into the set of its values."""
    found: set[int] = set()
    for item in text.split(","):
        body, _, step = item.partition("/")
        for place, name in enumerate(names):
            body = body.replace(name, str(place + low))
        first, _, last = body.partition("-")
        if body == "*":
            first, last = str(low), str(high)
        elif not last:
            last = str(high) if step else first
        found |= set(range(int(first), int(last) + 1, int(step or 1)))
    return frozenset(found)


def day_matches(day: date, days: str, months: str, weekdays: str) -> bool:
    """Say whether three fields of an expression name a day."""
    if day.month not in numbers(months, 1, 12, MONTHS):
        return False
    by_day = any(_names_day(day, item) for item in days.split(","))
    by_weekday = any(_names_weekday(day, item) for item in weekdays.split(","))
    if days.startswith("*") or weekdays.startswith("*"):
        return by_day and by_weekday
    return by_day or by_weekday


def _names_day(day: date, item: str) -> bool:
    last = calendar.monthrange(day.year, day.month)[1]
    if item == "L":
        return day.day == last
    if item == "LW":
        workdays = [each for each in range(1, last + 1) if day.replace(day=each).weekday() < 5]
        return day.day == workdays[-1]
    return day.day in numbers(item, 1, 31)


def _names_weekday(day: date, item: str) -> bool:
    is_weekday = day.isoweekday() % 7
    if item.endswith("L"):
        return _weekday(item[:-1]) == is_weekday and (day + timedelta(days=7)).month != day.month
    if "#" in item:
        name, _, nth = item.partition("#")
        return _weekday(name) == is_weekday and (day.day - 1) // 7 + 1 == int(nth)
    return is_weekday in {value % 7 for value in numbers(item, 0, 7, WEEKDAYS)}


def _weekday(name: str) -> int:
    return WEEKDAYS.index(name) if name in WEEKDAYS else int(name) % 7


class Walk:
    """What a wall clock shows from `begin` to before `end` (Unix seconds), by the minute of its day.

    Attributes:
        seen: For each minute of the day, the instants at which the clock shows it, each with its date.
        fresh: Likewise, but only what it shows for the first time; what it jumps over counts after the jump.
    """

    def __init__(self, zone: str, begin: int, end: int) -> None:
        self.begin, self.end = begin // 60 * 60, end // 60 * 60
        self.seen: dict[int, list[tuple[int, int]]] = {}
        self.fresh: dict[int, list[tuple[int, int]]] = {}
        tz = ZoneInfo(zone)
        shown = None
        for at in range(self.begin, self.end, 60):
            wall = _minutes(datetime.fromtimestamp(at, tz))
            self.seen.setdefault(wall % DAY, []).append((at, wall // DAY))
            shown = wall - 1 if shown is None else shown
            for each in range(shown + 1, wall + 1):
                self.fresh.setdefault(each % DAY, []).append((at, each // DAY))
            shown = max(shown, wall)


def _minutes(shown: datetime) -> int:
    return shown.toordinal() * DAY + shown.hour * 60 + shown.minute


class Pattern:
    """An expression of five or six fields, read naively."""

    def __init__(self, text: str) -> None:
        fields = text.upper().split()
        self.seconds = sorted(numbers(fields.pop(0) if len(fields) == 6 else "0", 0, 59))
        minutes, hours = numbers(fields[0], 0, 59), numbers(fields[1], 0, 23)
        self.of_day = [hour * 60 + minute for hour in hours for minute in minutes]
        self.is_fixed = not fields[0].startswith("*") and not fields[1].startswith("*")
        self.date_fields = fields[2:]

    def due(self, walk: Walk) -> list[int]:
        """Return the due seconds of a walk that does not begin near a change of the clock."""
        shown = walk.fresh if self.is_fixed else walk.seen
        days: dict[int, bool] = {}
        minutes = set()
        for minute in self.of_day:
            for at, day in shown.get(minute, ()):
                if day not in days:
                    days[day] = day_matches(date.fromordinal(day), *self.date_fields)
                if days[day]:
                    minutes.add(at)
        return [minute + second for minute in sorted(minutes) for second in self.seconds]


def changes(zone: str, first_year: int, last_year: int) -> list[int]:
    """Return the instants, to six hours, at which a zone's offset had changed (Unix seconds)."""
    tz = ZoneInfo(zone)
    begin = int(datetime(first_year, 1, 1, tzinfo=UTC).timestamp())
    end = int(datetime(last_year + 1, 1, 1, tzinfo=UTC).timestamp())
    offsets = [(at, datetime.fromtimestamp(at, tz).utcoffset()) for at in range(begin, end, 6 * 3600)]
    return [at for (_, before), (at, after) in itertools.pairwise(offsets) if before != after]
