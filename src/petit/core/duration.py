"""Durations: how people write them in files and how they read them on a screen."""

from __future__ import annotations

import math
import re

from petit.core.clock import Millis
from petit.core.errors import PetitError

UNIT_MS: dict[str, Millis] = {"d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1000, "ms": 1}
LONGEST_MS: Millis = 36_525 * UNIT_MS["d"]
"""A hundred years: whatever is longer was not meant."""

_PART = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|[dhms])")
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_LONGEST_TEXT = 64
_EXPECTED = "expected seconds (300) or numbers with units d, h, m, s, ms, the largest first (5m, 1h30m, 2d)"


class BadDuration(PetitError, ValueError):
    """A value is not a duration; `str()` says why and what was expected."""

    def __init__(self, value: object, reason: str) -> None:
        shown = repr(value)
        shown = shown if len(shown) <= _LONGEST_TEXT else f"{shown[:_LONGEST_TEXT]}..."
        super().__init__(f"{shown} is not a duration: {reason}; {_EXPECTED}", value=shown, reason=reason)


def parse_duration(value: float | str) -> Millis:
    """Read a duration.

    Args:
        value: A number of seconds, or text: `300`, `300s`, `5m`, `1h30m`, `2d`, `500ms`.

    Returns:
        Milliseconds, from 0 to a hundred years.

    Raises:
        BadDuration: For anything else.
    """
    if isinstance(value, bool):
        raise BadDuration(value, "true and false are no numbers")
    exact = _milliseconds(value) if isinstance(value, str) else value * UNIT_MS["s"]
    if math.isnan(exact):
        raise BadDuration(value, "it is not a number")
    if exact < 0:
        raise BadDuration(value, "it is negative")
    if exact > LONGEST_MS:
        raise BadDuration(value, "it is longer than a hundred years")
    if 0 < exact < 1:
        raise BadDuration(value, "it is shorter than a millisecond")
    return round(exact)


def _milliseconds(text: str) -> float:
    """Add up the parts of a text; bare digits are seconds."""
    if not text.strip():
        raise BadDuration(text, "it is blank")
    if len(text) > _LONGEST_TEXT:
        raise BadDuration(text, "it is too long")
    if _NUMBER.fullmatch(text):
        return _number(text) * UNIT_MS["s"]
    total, position, smallest = 0.0, 0, math.inf
    while position < len(text):
        part = _PART.match(text, position)
        if part is None:
            raise BadDuration(text, _what_is_wrong(text[position:]))
        unit_ms = UNIT_MS[part[2]]
        if unit_ms >= smallest:
            raise BadDuration(text, f"unit {part[2]} comes twice or after a smaller one")
        total, position, smallest = total + _number(part[1]) * unit_ms, part.end(), unit_ms
    return total


def _number(digits: str) -> float:
    return float(digits) if "." in digits else int(digits)


def _what_is_wrong(rest: str) -> str:
    """Say why `rest` cannot be the next part."""
    number = _NUMBER.match(rest)
    if number is None:
        return f"{rest!r} does not begin with a number" if rest[0] != "-" else "it is negative"
    if number.end() == len(rest):
        return f"{rest} at its end has no unit"
    return f"there is no unit {rest[number.end() :]!r}"


def duration_text(ms: Millis) -> str:
    """Write a duration as a job file would, the same text for equal durations: "1h30m", "500ms", "0s"."""
    text = ""
    for unit, unit_ms in UNIT_MS.items():
        count, ms = divmod(ms, unit_ms)
        text += f"{count}{unit}" if count else ""
    return text or "0s"


def format_duration(ms: Millis) -> str:
    """Write a duration for people, rounded down: "412 ms", "9.4 s", "1 m 12 s", "2 h 05 m", "3 d 04 h"."""
    if ms < 0:
        return f"-{format_duration(-ms)}"
    if ms < UNIT_MS["s"]:
        return f"{ms} ms"
    if ms < UNIT_MS["m"]:
        tenths = ms // 100
        return f"{tenths // 10}.{tenths % 10} s"
    if ms < UNIT_MS["h"]:
        return _two_units(ms, "m", "s")
    if ms < UNIT_MS["d"]:
        return _two_units(ms, "h", "m")
    return _two_units(ms, "d", "h")


def _two_units(ms: Millis, large: str, small: str) -> str:
    count, rest = divmod(ms, UNIT_MS[large])
    return f"{count} {large} {rest // UNIT_MS[small]:02} {small}"
