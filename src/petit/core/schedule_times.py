"""Times of the day as words: "at 02:00", "every 15 minutes", "every hour from 09:00 to 17:00"."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from petit.core.cron import DAY, MINUTE

_HOUR = 3600
_MOST_TIMES = 6
_MOST_STRETCHES = 3
_LEAST_OF_STRETCH = 3


class _Stretch(NamedTuple):
    """Times at equal distances, in seconds since midnight."""

    first: int
    last: int
    step: int

    @property
    def length(self) -> int:
        return (self.last - self.first) // self.step + 1

    @property
    def is_whole_day(self) -> bool:
        return self.first == 0 and self.last + self.step == DAY


def time_words(minutes: int, seconds: int) -> str | None:
    """Say at which times of a day, or how often.

    Args:
        minutes: Bit n is minute n of the day.
        seconds: Bit n is second n of each of these minutes.

    Returns:
        Words that begin with "at" or "every"; None where no few words say it.
    """
    of_day = [minute * MINUTE for minute in range(DAY // MINUTE) if minutes >> minute & 1]
    of_minute = [second for second in range(MINUTE) if seconds >> second & 1]
    stretches = _stretches(of_day, of_minute)
    if len(stretches) == 1 and stretches[0].length >= _LEAST_OF_STRETCH and stretches[0].is_whole_day:
        return f"every {_step_words(stretches[0].step)}"
    hourly = _hourly(of_day, of_minute)
    if hourly is not None:
        return hourly
    is_one = len(stretches) == 1 and stretches[0].length > _LEAST_OF_STRETCH
    if len(of_day) * len(of_minute) <= _MOST_TIMES and not is_one:
        has_seconds = of_minute != [0]
        return f"at {joined(_clock(at + second, has_seconds) for at in of_day for second in of_minute)}"
    if not 1 <= len(stretches) <= _MOST_STRETCHES or any(
        each.length < _LEAST_OF_STRETCH for each in stretches
    ):
        return None
    spans = joined(f"from {_clock(each.first, of_minute != [0])} to {_clock(each.last, of_minute != [0])}"
                   for each in stretches)  # fmt: skip
    return f"every {_step_words(stretches[0].step)} {spans}"


def joined(words: Iterable[str]) -> str:
    """Write a list as people do: "a", "a and b", "a, b and c"."""
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


def _stretches(of_day: Sequence[int], of_minute: Sequence[int]) -> list[_Stretch]:
    """Take the times apart into stretches of one step; none where the seconds of a minute have no step."""
    if len(of_minute) == 1:
        between = step = min((later - at for at, later in itertools.pairwise(of_day)), default=DAY)
    else:
        between, step = MINUTE, of_minute[1] - of_minute[0]
        if MINUTE % step or list(of_minute) != list(range(of_minute[0] % step, MINUTE, step)):
            return []
    found: list[_Stretch] = []
    for at in of_day:
        last = at + of_minute[-1]
        if found and last - found[-1].last == between:
            found[-1] = found[-1]._replace(last=last)
        else:
            found.append(_Stretch(at + of_minute[0], last, step))
    return found


def _hourly(of_day: Sequence[int], of_minute: Sequence[int]) -> str | None:
    """Say at which minutes of every hour."""
    of_hour = [at for at in of_day if at < _HOUR]
    if of_minute != [0] or list(of_day) != [hour + at for hour in range(0, DAY, _HOUR) for at in of_hour]:
        return None
    if len(of_hour) <= _MOST_TIMES:
        return f"every hour at {joined(f':{at // MINUTE:02}' for at in of_hour)}"
    step = of_hour[1] - of_hour[0]
    if of_hour == list(range(0, _HOUR, step)):
        return f"every {_step_words(step)} from each full hour"
    return None


def _step_words(step: int) -> str:
    for size, unit in ((_HOUR, "hour"), (MINUTE, "minute"), (1, "second")):
        count, rest = divmod(step, size)
        if count and not rest:
            return unit if count == 1 else f"{count} {unit}s"
    raise AssertionError(step)


def _clock(at: int, has_seconds: bool) -> str:
    text = f"{at // _HOUR:02}:{at % _HOUR // MINUTE:02}"
    return f"{text}:{at % MINUTE:02}" if has_seconds else text
