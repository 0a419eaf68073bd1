"""Schedules: when a job is due.

DST as Debian's cron treats it: jobs with a fixed time that falls into missing wall time run once right after
it, in repeated wall time only the first time; jobs whose minute or hour begins with `*` follow real time.
(Debian gives up on changes of three hours and more; here one rule holds for all, so that a day which a whole
country leaves out loses no run.)
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from functools import lru_cache

import msgspec

from petit.core.clock import Millis
from petit.core.cron import MINUTE, Cron, lowest_bit
from petit.core.cron_parse import CronError, parse_cron
from petit.core.duration import BadDuration, duration_text, parse_duration
from petit.core.errors import PetitError
from petit.core.schedule_zone import nearest_zones, span_at

HORIZON_S = 50 * 366 * 86_400
"""How far ahead and back occurrences are looked for: no calendar makes one wait longer than 40 years."""

_LATEST_MS: Millis = 250_000_000_000_000  # in the year 9892, a horizon before the calendar's end
_LONGEST_TEXT = 256
_PARSED_KEPT = 2048  # more than a day has minutes; 0.8 KB each
_REBOOT = "@reboot"
_EVERY = "@every"
_SECOND_MS = 1000
_SAME_AS = {"@annually": "@yearly", "@midnight": "@daily"}
_ALIASES = {
    "@yearly": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@hourly": "0 * * * *",
}


class BadSchedule(PetitError, ValueError):
    """A text is not a schedule.

    Attributes:
        text: What was written.
        reason: What is wrong with it and what is allowed.
        field: "minute", "weekday", "timezone", ... where one part is to blame.
    """

    def __init__(self, text: str, reason: str, field: str | None = None) -> None:
        shown = text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]}..."
        where = f"{field}: " if field else ""
        super().__init__(f"bad schedule '{shown}': {where}{reason}", text=shown, reason=reason, field=field)
        self.text = shown
        self.reason = reason
        self.field = field


class Schedule(msgspec.Struct, frozen=True, gc=False):
    """When a job is due; make one with `parse_schedule`.

    Attributes:
        text: Normalised: equal schedules have equal texts.
        zone: IANA name of the zone whose wall time counts.
    """

    text: str
    zone: str = "UTC"

    @property
    def key(self) -> str:
        """Identity of this schedule within its job: "0 2 * * * [Europe/Berlin]"."""
        return f"{self.text} [{self.zone}]"

    @classmethod
    def from_key(cls, key: str) -> Schedule:
        """Return the schedule that has this key.

        Raises:
            BadSchedule: No schedule has it.
        """
        text, separator, zone = key.removesuffix("]").rpartition(" [")
        if separator:
            schedule = parse_schedule(text, zone)
            if schedule.key == key:
                return schedule
        raise BadSchedule(key, "this is not the key of a schedule")

    @property
    def is_reboot(self) -> bool:
        """Whether it is due once per boot and never by time."""
        return self.text == _REBOOT

    @property
    def interval_ms(self) -> Millis | None:
        """How often it is due where it is an `@every`, None for others."""
        return _interval(self.text)

    @property
    def cron(self) -> Cron:
        """The expression that a schedule which is neither `@every` nor `@reboot` stands for."""
        return _cron(self.text)

    def next_after(self, ms: Millis) -> Millis | None:
        """Return the first due time strictly after `ms`, None if there is none within 50 years."""
        if self.is_reboot or not 0 <= ms <= _LATEST_MS:
            return None
        interval = _interval(self.text)
        if interval is not None:
            return (ms // interval + 1) * interval
        found = _second_after(_cron(self.text), self.zone, ms // _SECOND_MS)
        return None if found is None else found * _SECOND_MS

    def previous_before(self, ms: Millis) -> Millis | None:
        """Return the last due time strictly before `ms` since 1970, None if there is none within 50 years."""
        if self.is_reboot or not 0 < ms <= _LATEST_MS:
            return None
        interval = _interval(self.text)
        if interval is not None:
            return (ms - 1) // interval * interval
        found = _second_until(_cron(self.text), self.zone, (ms - 1) // _SECOND_MS)
        return None if found is None else found * _SECOND_MS

    def between(self, after: Millis, until: Millis) -> Iterator[Millis]:
        """Yield the due times in (after, until], oldest first."""
        due = self.next_after(after)
        while due is not None and due <= until:
            yield due
            due = self.next_after(due)


def parse_schedule(text: str, timezone: str | None = None) -> Schedule:
    """Read a schedule.

    Args:
        text: Five cron fields, six with the second first, `@daily` and its like, `@reboot` or `@every 1h30m`.
        timezone: IANA name; None means UTC.

    Raises:
        BadSchedule: It is malformed, can never fire, or the zone is unknown.
    """
    return _parse(text, "UTC" if timezone is None else timezone)


@lru_cache(maxsize=_PARSED_KEPT)
def _parse(text: str, zone: str) -> Schedule:
    nearest = nearest_zones(zone)
    if nearest is not None:
        meant = f"did you mean {' or '.join(nearest)}?" if nearest else "expected a name like Europe/Berlin"
        shown = zone if len(zone) <= _LONGEST_TEXT else f"{zone[:_LONGEST_TEXT]}..."
        raise BadSchedule(text, f"unknown time zone '{shown}'; {meant}", "timezone")
    if not text.strip():
        raise BadSchedule(text, "it is empty")
    if len(text) > _LONGEST_TEXT:
        raise BadSchedule(text, f"it is longer than {_LONGEST_TEXT} characters")
    if text.lstrip().startswith("@"):
        return _named(text, zone)
    try:
        return Schedule(_cron(text).text, zone)
    except CronError as error:
        raise BadSchedule(text, error.reason, error.field) from None


def _named(text: str, zone: str) -> Schedule:
    """Read what begins with `@`. The zone of a schedule that looks at no wall clock is always UTC."""
    words = text.lower().split()
    name = _SAME_AS.get(words[0], words[0])
    if name == _EVERY and len(words) == 2:
        return Schedule(f"{_EVERY} {duration_text(_parse_interval(text, words[1]))}")
    if name == _EVERY:
        raise BadSchedule(text, "expected one interval, as in '@every 1h30m'")
    if name not in {*_ALIASES, _REBOOT}:
        known = [*_ALIASES, *_SAME_AS, _REBOOT, _EVERY]
        near = difflib.get_close_matches(name, known, n=1)
        meant = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
        raise BadSchedule(text, f"'{words[0]}' is not understood; {meant}")
    if len(words) > 1:
        raise BadSchedule(text, f"nothing can follow {words[0]}")
    return Schedule(name) if name == _REBOOT else Schedule(name, zone)


def _parse_interval(text: str, duration: str) -> Millis:
    try:
        interval = parse_duration(duration)
    except BadDuration as error:
        raise BadSchedule(text, str(error), "interval") from None
    if interval < _SECOND_MS:
        raise BadSchedule(text, "the shortest interval is 1s", "interval")
    return interval


def _interval(text: str) -> Millis | None:
    """Return the interval of an `@every`, None for others."""
    return parse_duration(text[len(_EVERY) + 1 :]) if text.startswith(_EVERY) else None


@lru_cache(maxsize=_PARSED_KEPT)
def _cron(text: str) -> Cron:
    return parse_cron(_ALIASES.get(text, text))


def _second_after(cron: Cron, zone: str, second: int) -> int | None:
    """Return the first due second after one. Each second of the field belongs to each due minute."""
    minute = second - second % MINUTE
    rest = cron.seconds >> second - minute + 1
    if rest and _minute_after(cron, zone, minute - MINUTE) == minute:
        return second + 1 + lowest_bit(rest)
    found = _minute_after(cron, zone, minute)
    return None if found is None else found + lowest_bit(cron.seconds)


def _second_until(cron: Cron, zone: str, second: int) -> int | None:
    """Return the last due second at or before one."""
    minute = second - second % MINUTE
    found = _minute_until(cron, zone, minute)
    if found == minute:
        rest = cron.seconds & (2 << second - minute) - 1
        if rest:
            return minute + rest.bit_length() - 1
        found = _minute_until(cron, zone, minute - MINUTE)
    return None if found is None else found + cron.seconds.bit_length() - 1


def _minute_after(cron: Cron, zone: str, minute: int) -> int | None:
    """Return the first due minute after one, walking from span to span of constant offset."""
    instant = minute + MINUTE
    last = instant + HORIZON_S
    while instant <= last:
        begin, end, offset, before = span_at(zone, instant)
        wall = instant + offset
        if cron.fixed and before != offset:
            if instant == begin and falls_between(cron, begin + before, begin + offset):
                return begin
            wall = max(wall, begin + before)
        found = cron.first_in(wall, min(end, last) + offset)
        if found is not None:
            return found - offset
        instant = end
    return None


def _minute_until(cron: Cron, zone: str, minute: int) -> int | None:
    """Return the last due minute at or before one."""
    instant = minute
    first = max(instant - HORIZON_S, 0)
    while instant >= first:
        begin, _, offset, before = span_at(zone, instant)
        lowest = max(begin, first) + offset
        is_shifted = cron.fixed and before != offset
        if is_shifted:
            lowest = max(lowest, begin + before)
        found = cron.last_in(lowest, instant + MINUTE + offset)
        if found is not None:
            return found - offset
        if is_shifted and falls_between(cron, begin + before, begin + offset):
            return begin
        instant = begin - MINUTE
    return None


def falls_between(cron: Cron, begin: int, end: int) -> bool:
    """Say whether a due minute lies in the wall time [begin, end) that a zone left out."""
    return begin < end and cron.first_in(begin, end) is not None
