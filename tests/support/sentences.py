"""Reads the sentences that schedules are told in, as a person would: which seconds of which days they name.

Nothing here is shared with `petit.core`: it knows English, not cron.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from datetime import date

MONTHS = list(calendar.month_name)
WEEKDAYS = list(calendar.day_name)
UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}
Days = Callable[[date], bool]

_CLOCK = r"\d\d:\d\d(?::\d\d)?"
_EVERY = r"every (?:(?P<count>\d+) )?(?P<unit>second|minute|hour)s?"
_SPAN = rf"from ({_CLOCK}) to ({_CLOCK})"
_AT = rf"at (?P<at>{_CLOCK}(?:(?:, | and ){_CLOCK})*)$"
_TIMES = (
    re.compile(_AT),
    re.compile(r"every hour at (?P<past>:\d\d(?:(?:, | and ):\d\d)*)$"),
    re.compile(rf"{_EVERY} from each full hour$"),
    re.compile(rf"{_EVERY} (?P<spans>{_SPAN}(?:(?:, | and ){_SPAN})*)$"),
    re.compile(rf"{_EVERY}$"),
)


def read(sentence: str) -> tuple[Days, frozenset[int]]:
    """Return which days a sentence names, and which seconds of each; ValueError where it is none."""
    for begin in (0, *(found.end() for found in re.finditer(" ", sentence))):
        for number, pattern in enumerate(_TIMES):
            found = pattern.match(sentence, begin)
            if found is not None:
                return _days(sentence[:begin].strip()), frozenset(_seconds(number, found))
    raise ValueError(sentence)


def _seconds(number: int, found: re.Match[str]) -> set[int]:
    if number == 0:
        return {_clock(each) for each in _listed(found["at"])}
    if number == 1:
        return {hour * 3600 + int(each[1:]) * 60 for hour in range(24) for each in _listed(found["past"])}
    step = int(found["count"] or 1) * UNITS[found["unit"]]
    if number == 2:
        return {hour * 3600 + at for hour in range(24) for at in range(0, 3600, step)}
    if number == 3:
        spans = re.findall(_SPAN, found["spans"])
        return {at for first, last in spans for at in range(_clock(first), _clock(last) + 1, step)}
    assert 86_400 % step == 0, "from midnight to midnight nothing may be left over"
    return set(range(0, 86_400, step))


def _clock(text: str) -> int:
    hour, minute, second = (*map(int, text.split(":")), 0)[:3]
    return hour * 3600 + minute * 60 + second


def _listed(text: str) -> list[str]:
    return re.split(r", | and ", text)


def _days(text: str) -> Days:
    """Read the part about days: phrases joined by "and on", any of which is enough."""
    if not text:
        return lambda _: True
    phrases = [_phrase(each.removeprefix("on ")) for each in text.split(" and on ")]
    return lambda day: any(each(day) for each in phrases)


def _phrase(text: str) -> Days:
    for joint in (" of ", " in "):
        what, found, months = text.partition(joint)
        if found:
            break
    else:
        what, months = text, "each month"
    named = range(1, 13) if months == "each month" else [MONTHS.index(each) for each in _listed(months)]
    if what == "every day":
        return lambda day: day.month in named
    kinds = [_kind(each) for each in _listed(what)]
    return lambda day: day.month in named and any(each(day) for each in kinds)


def _kind(text: str) -> Days:
    text = text.removeprefix("the ")
    if text in {"odd days", "even days"}:
        return lambda day: day.day % 2 == (text == "odd days")
    if text == "last day":
        return lambda day: day.day == _length(day)
    if text == "last weekday (Monday to Friday)":
        return lambda day: (
            day.weekday() < 5
            and not any(
                day.replace(day=later).weekday() < 5 for later in range(day.day + 1, _length(day) + 1)
            )
        )
    if found := re.fullmatch(r"(\d+)(?:st|nd|rd|th)(?: to (\d+)(?:st|nd|rd|th))?", text):
        first, last = int(found[1]), int(found[2] or found[1])
        return lambda day: first <= day.day <= last
    if found := re.fullmatch(r"(\d)(?:st|nd|rd|th) (\w+)", text):
        nth, weekday = int(found[1]), WEEKDAYS.index(found[2])
        return lambda day: day.weekday() == weekday and (day.day - 1) // 7 == nth - 1
    if found := re.fullmatch(r"last (\w+)", text):
        weekday = WEEKDAYS.index(found[1])
        return lambda day: day.weekday() == weekday and day.day > _length(day) - 7
    first_name, _, last_name = text.partition(" to ")
    first, last = (WEEKDAYS.index(each.removesuffix("s")) for each in (first_name, last_name or first_name))
    return lambda day: first <= day.weekday() <= last


def _length(day: date) -> int:
    return calendar.monthrange(day.year, day.month)[1]
