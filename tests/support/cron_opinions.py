"""Where cronsim and croniter disagree with Petit, by classes: each with an example, a reason, and its bounds.

The table in docs/reference/cron-libraries.md is made of this; tests/faults/test_p05_other_libraries.py shows
that each disagreement that it finds belongs to a class.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from croniter import croniter
from croniter.croniter import CroniterError
from cronsim import CronSim, CronSimError

from petit.core.schedule import BadSchedule, parse_schedule

Library = Literal["cronsim", "croniter"]
LIBRARIES: tuple[Library, ...] = ("cronsim", "croniter")
Next = int | None
"""The next due second; None: the pattern is refused."""


class Question(NamedTuple):
    """What is due next, after a moment (Unix seconds)?"""

    pattern: str
    zone: str
    after: int

    @property
    def local(self) -> datetime:
        """The moment, as the zone's clocks show it."""
        return datetime.fromtimestamp(self.after, ZoneInfo(self.zone))

    @property
    def is_six(self) -> bool:
        """Whether the first field is that of seconds."""
        return len(self.pattern.split()) == 6

    @property
    def is_fixed(self) -> bool:
        """Whether neither minute nor hour begins with a wildcard."""
        minute, hour = self.pattern.split()[-5:-3]
        return not minute.startswith("*") and not hour.startswith("*")

    def change_until(self, until: int) -> int:
        """By how many minutes clocks change from six hours before the moment until another one."""
        zone = ZoneInfo(self.zone)
        ends = (datetime.fromtimestamp(at, zone).utcoffset() for at in (self.after - 6 * 3600, until))
        before, after = (offset.total_seconds() if offset is not None else 0 for offset in ends)
        return int(after - before) // 60


def petit(asked: Question) -> Next:
    """Ask Petit."""
    try:
        due = parse_schedule(asked.pattern, asked.zone).next_after(asked.after * 1000)
    except BadSchedule:
        return None
    return None if due is None else due // 1000


def library(name: Library, asked: Question) -> Next:
    """Ask a library."""
    try:
        if name == "cronsim":
            return int(next(CronSim(asked.pattern, asked.local)).timestamp())
        found = croniter(asked.pattern, asked.local, second_at_beginning=True).get_next(datetime)
        return int(found.timestamp())
    except (CronSimError, CroniterError):
        return None


class Difference(NamedTuple):
    """A class of disagreements.

    Attributes:
        by: Whose it is.
        example: A pattern, a zone, and the local time after which the next due time is asked for.
        why: What the library does, and why Petit does not.
        covers: Says whether a disagreement is of this class: the question, what Petit says, what it says.
    """

    by: Library
    example: tuple[str, str, str]
    why: str
    covers: Callable[[Question, Next, Next], bool]

    @property
    def question(self) -> Question:
        """The example."""
        pattern, zone, after = self.example
        return Question(pattern, zone, int(datetime.fromisoformat(after).timestamp()))


def classes_of(name: Library, asked: Question, ours: Next, theirs: Next) -> list[Difference]:
    """Return the classes that a disagreement belongs to."""
    return [each for each in DIFFERENCES if each.by == name and each.covers(asked, ours, theirs)]


def _is_early(ours: Next, theirs: Next) -> bool:
    return ours is not None and theirs is not None and theirs < ours


def _is_late(ours: Next, theirs: Next) -> bool:
    return ours is not None and theirs is not None and theirs > ours


def _change(asked: Question, ours: Next, theirs: Next) -> int:
    return asked.change_until(max(ours or 0, theirs or 0) + 6 * 3600)


def _days_and_weekdays(asked: Question) -> tuple[str, str]:
    days, _, weekdays = asked.pattern.upper().split()[-3:]
    return days, weekdays


_BERLIN = "Europe/Berlin"
_LORD_HOWE = "Australia/Lord_Howe"

DIFFERENCES = (
    Difference(
        "cronsim", ("0 30 2 * * *", _BERLIN, "2026-03-28T12:00+01:00"),
        "with six fields it has no rule for changes of the clock: what falls into the missing hour is lost",
        lambda q, a, b: q.is_six and q.is_fixed and _is_late(a, b) and _change(q, a, b) > 0,
    ),
    Difference(
        "cronsim", ("0 30 2 * * *", _BERLIN, "2026-10-25T02:30+02:00"),
        "likewise: what falls into the repeated hour runs twice",
        lambda q, a, b: q.is_six and q.is_fixed and _is_early(a, b) and _change(q, a, b) < 0,
    ),
    Difference(
        "cronsim", ("0 0 2 * * *", _LORD_HOWE, "2005-03-26T12:00+11:00"),
        "likewise: where clocks go back by half an hour, a time is passed over",
        lambda q, a, b: q.is_six and q.is_fixed and _is_late(a, b) and _change(q, a, b) < 0,
    ),
    Difference(
        "cronsim", ("45 1 * * *", "America/New_York", "2020-11-01T01:12-05:00"),
        "asked within the second pass of an hour, it names a time of the first, which is over",
        lambda q, _, b: q.is_fixed and bool(q.local.fold) and b is not None and b <= q.after,
    ),
    Difference(
        "cronsim", ("0 */2 * * *", _LORD_HOWE, "2005-03-27T01:27+11:00"),
        "it steps wildcard hours by 60 minutes: where clocks change by a part of an hour, times are missed",
        lambda q, a, b: not q.is_fixed and _is_late(a, b) and _change(q, a, b) % 60 != 0,
    ),
    Difference(
        "cronsim", ("5-5/2 * * * *", "UTC", "2026-01-01T00:05+00:00"),
        "it reads a step within a range of one value as a step to the end of the hour",
        lambda q, a, b: "5-5/" in q.pattern and a != b,
    ),
    Difference(
        "cronsim", ("0 3 * * FRI-SUN", "UTC", "2026-01-01T00:00+00:00"),
        "it refuses a range of names that ends on Sunday; Petit reads this Sunday as 7",
        lambda q, _, b: q.pattern.upper().endswith("-SUN") and b is None,
    ),
    Difference(
        "cronsim", ("0 3 * * FRIL", "UTC", "2026-01-01T00:00+00:00"),
        "it knows the last Friday of a month as 5L only; Petit takes the name too",
        lambda q, _, b: q.pattern[-2:] in {"NL", "EL", "DL", "UL", "IL", "TL"} and b is None,
    ),
    Difference(
        "cronsim", ("*/90 * * * *", "UTC", "2026-01-01T00:00+00:00"),
        "it takes a step that is longer than the field, which then means every hour and never says so",
        lambda _, a, b: a is None and b is not None,
    ),
    Difference(
        "croniter", ("30 2 * * *", _BERLIN, "2026-10-25T02:30+02:00"),
        "what falls into a repeated hour runs twice",
        lambda q, a, b: q.is_fixed and _is_early(a, b) and _change(q, a, b) < 0,
    ),
    Difference(
        "croniter", ("*/15 2 * * *", _BERLIN, "2026-03-28T12:00+01:00"),
        "a wildcard in a missing hour is made up for after it, as if it were a fixed time",
        lambda q, a, b: not q.is_fixed and _is_early(a, b) and _change(q, a, b) > 0,
    ),
    Difference(
        "croniter", ("*/10 30 2 * * *", _BERLIN, "2026-03-29T03:00+02:00"),
        "of several seconds in a missing hour it makes up for the first alone",
        lambda q, a, b: q.is_six and q.is_fixed and _is_late(a, b) and _change(q, a, b) > 0,
    ),
    Difference(
        "croniter", ("0 0-23 * * *", _LORD_HOWE, "2026-10-04T01:00+10:30"),
        "where clocks go forward by half an hour, it passes over one of several times that is missing",
        lambda q, a, b: q.is_fixed and _is_late(a, b) and 0 < _change(q, a, b) < 60,
    ),
    Difference(
        "croniter", ("0 */2 * * *", "Antarctica/Casey", "2018-03-11T02:00+11:00"),
        "where clocks go back by several hours, the second pass is left out",
        lambda q, a, b: not q.is_fixed and _is_late(a, b) and _change(q, a, b) < 0,
    ),
    Difference(
        "croniter", ("30 1 LW * *", "UTC", "2026-01-01T00:00+00:00"),
        "it does not know the last working day",
        lambda q, _, b: "LW" in _days_and_weekdays(q)[0] and b is None,
    ),
    Difference(
        "croniter", ("0 2 * * 0L", "UTC", "2026-01-01T00:00+00:00"),
        "it writes the last Sunday of a month L0",
        lambda q, _, b: q.pattern.endswith("L") and b is None,
    ),
    Difference(
        "croniter", ("0 0 */2 * 1", "UTC", "2026-01-01T00:00+00:00"),
        "a stepped wildcard is a restriction for it, so that day or weekday has to match; in Petit, as in"
        " Debian's cron, both have to",
        lambda q, a, b: _is_early(a, b) and any(each.startswith("*/") for each in _days_and_weekdays(q)),
    ),
    Difference(
        "croniter", ("0 0 13-13 * *", "UTC", "2026-01-01T00:00+00:00"),
        "it reads a range of one day as every day",
        lambda q, a, b: _is_early(a, b) and _days_and_weekdays(q)[0] == "13-13",
    ),
    Difference(
        "croniter", ("*/90 * * * *", "UTC", "2026-01-01T00:00+00:00"),
        "it takes a step that is longer than the field, as cronsim does",
        lambda q, a, b: "/" in q.pattern and a is None and b is not None,
    ),
    Difference(
        "croniter", ("0 22-2 * * *", "UTC", "2026-01-01T00:00+00:00"),
        "it takes a range that runs backwards as one over midnight; Debian's cron refuses it too",
        lambda q, a, b: "22-2" in q.pattern and a is None and b is not None,
    ),
    Difference(
        "croniter", ("0 0 * * MON,WED#2", "UTC", "2026-01-01T00:00+00:00"),
        "it refuses a weekday beside the nth one of a month",
        lambda q, _, b: "," in q.pattern and "#" in q.pattern and b is None,
    ),
)  # fmt: skip
