"""Schedules as sentences: "every day at 02:00", "Mondays to Fridays every 15 minutes from 09:00 to 17:45".

A sentence says neither less nor more than its schedule; its zone, and what DST does to it, are told apart.
Where no short sentence is true the cron text stands for itself: better a riddle than a wrong answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from petit.core.cron import EVERY_DAY, EVERY_MONTH, EVERY_WEEKDAY, Cron, Days
from petit.core.duration import UNIT_MS
from petit.core.schedule import Schedule
from petit.core.schedule_times import joined, time_words

_KEPT = 4096  # more than a day has minutes; 0.2 KB each
_MOST_DAYS = 8
_SHORTEST_RUN = 3
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_UNITS = {"d": "day", "h": "hour", "m": "minute", "s": "second"}
_ODD_DAYS = sum(1 << day for day in range(1, 32, 2))
_EVEN_DAYS = sum(1 << day for day in range(2, 32, 2))


def schedule_words(schedule: Schedule) -> str:
    """Say when a schedule is due, by the wall clock of its zone."""
    return _words(schedule.text)


@lru_cache(maxsize=_KEPT)
def _words(text: str) -> str:
    schedule = Schedule(text)
    if schedule.is_reboot:
        return "once after each boot"
    if schedule.interval_ms is not None:
        return _interval_words(schedule.interval_ms)
    return _cron_words(schedule.cron) or text


def _interval_words(rest: int) -> str:
    """Say how often; 24 hours are not a day where clocks are changed."""
    parts: list[tuple[int, str]] = []
    for unit, unit_ms in UNIT_MS.items():
        count, rest = divmod(rest, unit_ms)
        if count:
            parts.append((count, unit))
    if parts == [(1, "d")]:
        return "every 24 hours"
    if len(parts) > 1:
        return "every " + " ".join(f"{count} {unit}" for count, unit in parts)
    count, unit = parts[0]
    return f"every {_UNITS[unit]}" if count == 1 else f"every {count} {_UNITS[unit]}s"


def _cron_words(cron: Cron) -> str | None:
    times = time_words(cron.minutes, cron.seconds)
    days = _day_words(cron.days)
    if times is None or days is None:
        return None
    return times if days == "every day" and times.startswith("every ") else f"{days} {times}"


def _day_words(days: Days) -> str | None:
    """Say which days; None where that would be long, or where day of month and weekday must both match."""
    by_day, by_weekday = days.days != EVERY_DAY, days.weekdays != EVERY_WEEKDAY
    if by_day and by_weekday and days.both:
        return None
    if by_day != by_weekday and not days.both:
        by_day = by_weekday = False  # one of the two lets every day through, and one is enough
    months = _month_words(days.months)
    phrases: list[str] = []
    if by_day:
        named = list(_days_of_month(days))
        if len(named) > _MOST_DAYS:
            return None
        phrases.append(_of_month(named, months))
    if by_weekday:
        phrases.extend(_weekday_phrases(days, months))
    if not phrases:
        return f"every day in {months}" if months else "every day"
    text = " and on ".join(phrases)
    return text if not by_day and days.weekdays else f"on {text}"


def _days_of_month(days: Days) -> Iterator[str]:
    if days.days in {_ODD_DAYS, _EVEN_DAYS}:
        yield "odd days" if days.days == _ODD_DAYS else "even days"
    else:
        plain = [day for day in range(1, 32) if days.days >> day & 1]
        for first, last in _runs(plain):
            yield f"the {_ordinal(first)}" if first == last else f"the {_ordinal(first)} to {_ordinal(last)}"
    if days.last_workday:
        yield "the last weekday (Monday to Friday)"
    if days.last_day:
        yield "the last day"


def _weekday_phrases(days: Days, months: str | None) -> Iterator[str]:
    """Say which weekdays: plain ones, then those that are counted within the month."""
    if days.weekdays:
        plain = joined(
            f"{_WEEKDAYS[first]}s" if first == last else f"{_WEEKDAYS[first]}s to {_WEEKDAYS[last]}s"
            for first, last in _runs(list(_weekdays(days.weekdays)))
        )
        yield f"{plain} in {months}" if months else plain
    counted = [(_ordinal(nth), weekdays) for nth, weekdays in enumerate(days.nth, 1)]
    counted.append(("last", days.last))
    named = [f"the {nth} {_WEEKDAYS[day]}" for nth, weekdays in counted for day in _weekdays(weekdays)]
    if named:
        yield _of_month(named, months)


def _weekdays(bits: int) -> Iterator[int]:
    """Walk the weekdays of a set, Monday (0) first; its bit 0 is Sunday."""
    return (day for day in range(7) if bits >> (day + 1) % 7 & 1)


def _of_month(named: Iterable[str], months: str | None) -> str:
    return f"{joined(named)} of {months or 'each month'}"


def _month_words(bits: int) -> str | None:
    """Name the months; None for all of them."""
    if bits == EVERY_MONTH:
        return None
    return joined(name for month, name in enumerate(_MONTHS, 1) if bits >> month & 1)


def _runs(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield (first, last) of each stretch of at least three that follow one another; others stand alone."""
    at = 0
    while at < len(numbers):
        end = at
        while end + 1 < len(numbers) and numbers[end + 1] == numbers[end] + 1:
            end += 1
        if end - at + 1 >= _SHORTEST_RUN:
            yield numbers[at], numbers[end]
        else:
            yield from ((number, number) for number in numbers[at : end + 1])
        at = end + 1


def _ordinal(number: int) -> str:
    last = 0 if 10 < number < 20 else number % 10
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(last, 'th') }"
