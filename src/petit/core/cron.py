"""A cron expression as bit sets, and the steps from one matching wall minute to the next.

Wall time here is a plain count of seconds since 1970-01-01T00:00 as a clock on the wall shows it: no zone,
no DST.
"""

from __future__ import annotations

from datetime import date

import msgspec

MINUTE = 60
DAY = 86_400
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_EPOCH_WEEKDAY = 4  # a Thursday; Sunday is 0
_DAYS_IN_MONTH = (0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_SUNDAYS = 1 << 1 | 1 << 8 | 1 << 15 | 1 << 22 | 1 << 29 | 1 << 36
EVERY_MONTH = sum(1 << month for month in range(1, 13))
EVERY_DAY = sum(1 << day for day in range(1, 32))
EVERY_WEEKDAY = 0b111_1111


def lowest_bit(bits: int) -> int:
    """Return the place of the lowest set bit of a non-zero number."""
    return (bits & -bits).bit_length() - 1


def days_in_month(year: int, month: int) -> int:
    """Return the length of a month in days."""
    leap = month == 2 and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return _DAYS_IN_MONTH[month] + leap


class Days(msgspec.Struct, frozen=True):
    """Which days a cron expression names.

    Attributes:
        months: Bit 1 is January.
        days: Bit n is the n-th of the month.
        last_day: `L`, the last day of the month.
        last_workday: `LW`, the last Monday to Friday of the month.
        weekdays: Bit 0 is Sunday.
        nth: For each of the 1st to the 5th of its kind in the month, weekdays as in `weekdays` (`5#2`).
        last: Weekdays of which the last one in the month is meant (`5L`).
        both: Day of month and weekday must both match: one of them begins with `*`, as in Debian's cron.
    """

    months: int = EVERY_MONTH
    days: int = EVERY_DAY
    last_day: bool = False
    last_workday: bool = False
    weekdays: int = EVERY_WEEKDAY
    nth: tuple[int, ...] = ()
    last: int = 0
    both: bool = True

    def in_month(self, month: int, length: int, first_weekday: int) -> int:
        """Return the days that match in a month of `length` days; bit n is the n-th."""
        if not self.months >> month & 1:
            return 0
        of_month = self._by_day(length, first_weekday)
        of_week = self._by_weekday(length, first_weekday)
        found = of_month & of_week if self.both else of_month | of_week
        return found & ((2 << length) - 2)

    def _by_day(self, length: int, first_weekday: int) -> int:
        found = self.days
        if self.last_day:
            found |= 1 << length
        if self.last_workday:
            weekday = (first_weekday + length - 1) % 7
            found |= 1 << length - {6: 1, 0: 2}.get(weekday, 0)
        return found

    def _by_weekday(self, length: int, first_weekday: int) -> int:
        if self.weekdays == EVERY_WEEKDAY:
            return EVERY_DAY
        found = _days_of(self.weekdays, first_weekday)
        for index, weekdays in enumerate(self.nth):
            found |= _days_of(weekdays, first_weekday) & 0b1111_1110 << 7 * index
        if self.last:
            found |= _days_of(self.last, first_weekday) & 0b111_1111 << length - 6
        return found

    def can_match(self) -> bool:
        """Say whether any day of the Gregorian calendar matches."""
        return any(
            self.in_month(month, length, first_weekday)
            for month in range(1, 13)
            for length in {_DAYS_IN_MONTH[month], days_in_month(2000, month)}
            for first_weekday in range(7)
        )


def _days_of(weekdays: int, first_weekday: int) -> int:
    """Return the days that fall on `weekdays` in a month whose 1st is a `first_weekday`."""
    found = 0
    while weekdays:
        weekday = lowest_bit(weekdays)
        found |= _SUNDAYS << (weekday - first_weekday) % 7
        weekdays &= weekdays - 1
    return found


class Cron(msgspec.Struct, frozen=True):
    """A parsed expression.

    Attributes:
        text: Normalised: one blank between fields, numbers for names, Sunday is 0.
        seconds: Bit n is second n of a matching minute.
        minutes: Bit n is minute n of the day (0 to 1439).
        days: Which days.
        every_day: All of them, which spares the calendar.
        fixed: Neither minute nor hour begins with `*`: Debian's cron shields such jobs from DST changes.
    """

    text: str
    seconds: int
    minutes: int
    days: Days
    every_day: bool
    fixed: bool

    def first_in(self, begin: int, end: int) -> int | None:
        """Return the first matching minute in [begin, end), in wall seconds; `begin` is a whole minute."""
        day, second = divmod(begin, DAY)
        minutes = self.minutes >> second // MINUTE
        if minutes and (self.every_day or self._day_from(day, day) is not None):
            found = begin + lowest_bit(minutes) * MINUTE
            return found if found < end else None
        last_day = (end - 1) // DAY
        later = day + 1 if self.every_day else self._day_from(day + 1, last_day)
        if later is None:
            return None
        found = later * DAY + lowest_bit(self.minutes) * MINUTE
        return found if found < end else None

    def last_in(self, begin: int, end: int) -> int | None:
        """Return the last matching minute in [begin, end), in wall seconds; `end` is a whole minute."""
        day, second = divmod(end - MINUTE, DAY)
        minutes = self.minutes & (2 << second // MINUTE) - 1
        if minutes and (self.every_day or self._day_from(day, day) is not None):
            found = day * DAY + (minutes.bit_length() - 1) * MINUTE
            return found if found >= begin else None
        earlier = day - 1 if self.every_day else self._day_to(day - 1, begin // DAY)
        if earlier is None:
            return None
        found = earlier * DAY + (self.minutes.bit_length() - 1) * MINUTE
        return found if found >= begin else None

    def count_in(self, begin: int, end: int) -> int:
        """Count the matching minutes in [begin, end), in wall seconds; both are whole minutes."""
        found, day = 0, begin // DAY
        while day * DAY < end:
            if self.every_day or self._day_from(day, day) is not None:
                first = max(begin - day * DAY, 0) // MINUTE
                last = min(end - day * DAY, DAY) // MINUTE
                found += (self.minutes >> first & (1 << last - first) - 1).bit_count()
            day += 1
        return found

    def _day_from(self, day: int, last: int) -> int | None:
        """Return the first matching day in [day, last], in days since 1970-01-01."""
        if day > last:
            return None
        year, month, of_month = _calendar(day)
        first = day - of_month + 1
        while first <= last:
            length = days_in_month(year, month)
            found = self.days.in_month(month, length, (first + _EPOCH_WEEKDAY) % 7) >> of_month
            if found:
                day = first + of_month - 1 + lowest_bit(found)
                return day if day <= last else None
            first, of_month = first + length, 1
            year, month = (year, month + 1) if month < 12 else (year + 1, 1)
        return None

    def _day_to(self, day: int, first_allowed: int) -> int | None:
        """Return the last matching day in [first_allowed, day], in days since 1970-01-01."""
        if day < first_allowed:
            return None
        year, month, of_month = _calendar(day)
        first = day - of_month + 1
        upto = (2 << of_month) - 1
        while True:
            length = days_in_month(year, month)
            found = self.days.in_month(month, length, (first + _EPOCH_WEEKDAY) % 7) & upto
            if found:
                day = first + found.bit_length() - 2
                return day if day >= first_allowed else None
            if first <= first_allowed:
                return None
            year, month = (year, month - 1) if month > 1 else (year - 1, 12)
            first, upto = first - days_in_month(year, month), -1


def _calendar(day: int) -> tuple[int, int, int]:
    """Return year, month and day of the month of a count of days since 1970-01-01."""
    when = date.fromordinal(day + _EPOCH_ORDINAL)
    return when.year, when.month, when.day
