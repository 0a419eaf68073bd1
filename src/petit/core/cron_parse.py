"""Reading cron expressions: fields into bit sets and a normalised text, or which field is wrong and why."""

from __future__ import annotations

import re
from typing import NamedTuple

from petit.core.cron import EVERY_DAY, EVERY_MONTH, EVERY_WEEKDAY, Cron, Days, lowest_bit


class CronError(ValueError):
    """An expression is wrong; `field` names the field where it is one field's fault."""

    def __init__(self, reason: str, field: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.field = field


class _Field(NamedTuple):
    name: str
    low: int
    high: int
    names: tuple[str, ...] = ()

    @property
    def allowed(self) -> str:
        shown = f"{self.low}-{self.high}"
        return f"{shown} or {self.names[0]}-{self.names[-1]}" if self.names else shown


_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_SECOND = _Field("second", 0, 59)
_MINUTE = _Field("minute", 0, 59)
_HOUR = _Field("hour", 0, 23)
_DAY = _Field("day of month", 1, 31)
_MONTH = _Field("month", 1, 12, _MONTHS)
_WEEKDAY = _Field("weekday", 0, 7, _WEEKDAYS)
_FIELDS = (_SECOND, _MINUTE, _HOUR, _DAY, _MONTH, _WEEKDAY)

_DIGITS = re.compile(r"[0-9]+")
_ITEM = re.compile(r"(?P<star>\*)|(?P<first>[0-9A-Z]+)(?:-(?P<last>[0-9A-Z]+))?")
_NTH = re.compile(r"([0-9A-Z]+)#([0-9]+)")
_LAST_WEEKDAY = re.compile(r"([0-9A-Z]+)L")


class _Item(NamedTuple):
    """One item of a comma list: its normalised text and what it stands for."""

    text: str
    bits: int = 0
    last_day: bool = False
    last_workday: bool = False
    nth: int = 0
    last: bool = False


class _Values(NamedTuple):
    """One field."""

    text: str
    items: tuple[_Item, ...]

    @property
    def bits(self) -> int:
        found = 0
        for item in self.items:
            if not (item.nth or item.last):
                found |= item.bits
        return found

    @property
    def is_star(self) -> bool:
        return self.text.startswith("*")


def parse_cron(text: str) -> Cron:
    """Read an expression of five fields, or six with the second first.

    Raises:
        CronError: It is malformed, or names a day that no calendar has.
    """
    parts = text.upper().split()
    if len(parts) not in {5, 6}:
        raise CronError(
            f"{len(parts)} field{'' if len(parts) == 1 else 's'} instead of five "
            "(minute, hour, day of month, month, weekday) or six (second first)"
        )
    fields = _FIELDS[6 - len(parts) :]
    values = [_values(field, part) for field, part in zip(fields, parts, strict=True)]
    minute, hour, day, month, weekday = values[-5:]
    days = _days(day, month, weekday)
    if not days.can_match():
        raise CronError(f"it can never fire: {_impossible(day, month, weekday)}")
    return Cron(
        text=" ".join(each.text for each in values),
        seconds=values[0].bits if len(values) == 6 else 1,
        minutes=_minutes_of_day(minute.bits, hour.bits),
        days=days,
        every_day=_is_every_day(days),
        fixed=not (minute.is_star or hour.is_star),
    )


def _minutes_of_day(minutes: int, hours: int) -> int:
    found = 0
    while hours:
        found |= minutes << 60 * lowest_bit(hours)
        hours &= hours - 1
    return found


def _days(day: _Values, month: _Values, weekday: _Values) -> Days:
    nth = [0] * 5
    last = 0
    for item in weekday.items:
        if item.nth:
            nth[item.nth - 1] |= item.bits
        if item.last:
            last |= item.bits
    return Days(
        months=month.bits,
        days=day.bits,
        last_day=any(item.last_day for item in day.items),
        last_workday=any(item.last_workday for item in day.items),
        weekdays=weekday.bits,
        nth=tuple(nth) if any(nth) else (),
        last=last,
        both=day.is_star or weekday.is_star,
    )


def _is_every_day(days: Days) -> bool:
    by_day, by_weekday = days.days == EVERY_DAY, days.weekdays == EVERY_WEEKDAY
    return days.months == EVERY_MONTH and (by_day and by_weekday if days.both else by_day or by_weekday)


def _impossible(day: _Values, month: _Values, weekday: _Values) -> str:
    if weekday.bits == EVERY_WEEKDAY:
        return f"no month in '{month.text}' has a day {day.text}"
    return f"day of month '{day.text}' and weekday '{weekday.text}' never meet in month '{month.text}'"


def _values(field: _Field, text: str) -> _Values:
    """Read one field. Items are sorted, unless one has a star: the first character means something."""
    items = [_item(field, part) for part in text.split(",")]
    if not any("*" in item.text for item in items):
        items.sort(key=lambda item: (lowest_bit(item.bits) if item.bits else field.high + 1, item.text))
    unique = dict.fromkeys(items)
    return _Values(",".join(item.text for item in unique), tuple(unique))


def _item(field: _Field, text: str) -> _Item:
    if not text:
        raise CronError("an item of the list is empty", field.name)
    special = _special(field, text)
    if special is not None:
        return special
    body, slash, step_text = text.partition("/")
    step = _step(field, step_text) if slash else 1
    match = _ITEM.fullmatch(body)
    if match is None:
        raise CronError(_malformed(field, text), field.name)
    if match["star"]:
        return _stepped(field, "*", field.low, field.high, step)
    first = _number(field, match["first"])
    if match["last"] is None:
        return _stepped(field, str(first), first, field.high, step) if slash else _single(field, first)
    last = _range_end(field, first, match["last"])
    if last < first:
        raise CronError(f"the range {body} runs backwards", field.name)
    return _single(field, first) if last == first else _stepped(field, f"{first}-{last}", first, last, step)


def _special(field: _Field, text: str) -> _Item | None:
    """Read `L` and `LW` of days, `5L` and `5#2` of weekdays."""
    if field is _DAY and text in {"L", "LW"}:
        return _Item(text, last_day=text == "L", last_workday=text == "LW")
    if field is not _WEEKDAY:
        return None
    if match := _NTH.fullmatch(text):
        weekday, nth = _number(field, match[1]) % 7, int(match[2])
        if not 1 <= nth <= 5:
            raise CronError(f"#{nth} is out of range: a weekday comes 1 to 5 times in a month", field.name)
        return _Item(f"{weekday}#{nth}", 1 << weekday, nth=nth)
    if match := _LAST_WEEKDAY.fullmatch(text):
        weekday = _number(field, match[1]) % 7
        return _Item(f"{weekday}L", 1 << weekday, last=True)
    return None


def _single(field: _Field, value: int) -> _Item:
    value = value % 7 if field is _WEEKDAY else value
    return _Item(str(value), 1 << value)


def _stepped(field: _Field, text: str, first: int, last: int, step: int) -> _Item:
    bits = 0
    for value in range(first, last + 1, step):
        bits |= 1 << (value % 7 if field is _WEEKDAY else value)
    plain = step == 1 and not text.isdecimal()
    return _Item(text if plain else f"{text}/{step}", bits)


def _step(field: _Field, text: str) -> int:
    if not _DIGITS.fullmatch(text):
        raise CronError(f"the step '{text}' is not a number", field.name)
    step, count = int(text), 7 if field is _WEEKDAY else field.high - field.low + 1
    if not 1 <= step <= count:
        raise CronError(
            f"the step {step} is out of range 1-{count} (@every takes intervals of any length)", field.name
        )
    return step


def _range_end(field: _Field, first: int, text: str) -> int:
    """Read the end of a range; FRI-SUN ends with the Sunday that is 7."""
    last = _number(field, text)
    return 7 if text == "SUN" and first > 0 else last


def _number(field: _Field, text: str) -> int:
    if text in field.names:
        return field.names.index(text) + field.low
    if not _DIGITS.fullmatch(text):
        raise CronError(_malformed(field, text), field.name)
    value = int(text)
    if not field.low <= value <= field.high:
        raise CronError(f"{value} is out of range {field.low}-{field.high}", field.name)
    return value


def _malformed(field: _Field, text: str) -> str:
    if text == "?":
        return "'?' is not understood: write '*'"
    if field is _WEEKDAY and text == "L":
        return "'L' needs a weekday before it, as in 5L"
    return f"'{text}' is not understood (allowed: {field.allowed}, *, lists, ranges and steps)"
