"""Reading what comes in the query: numbers, cursors, durations."""

from __future__ import annotations

import binascii
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, TypeVar

import msgspec
from starlette.requests import Request

from petit.api.errors import BadRequest
from petit.core.clock import Millis
from petit.core.duration import BadDuration, parse_duration
from petit.core.schedule_zone import nearest_zones

DEFAULT_LIMIT = 20
MAX_LIMIT = 1000
_WHOLE = re.compile(r"[0-9]+", re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_FIRST_YEAR = 1970
_LAST_YEAR = 2999
_SAFE = 2**53 - 1  # beyond it JSON numbers are not exact, and SQLite's end at 2**63
_LONGEST_CURSOR = 1024
T = TypeVar("T")
Word = TypeVar("Word", bound=str)
Number = Annotated[int, msgspec.Meta(ge=0, le=_SAFE)]
"""A whole number in a cursor."""


def whole(request: Request, name: str) -> int | None:
    """Read a whole number >= 0; None where it is not given. What is larger than 2**53 - 1 counts as that.

    Raises:
        BadRequest: It is no such number, or given twice.
    """
    text = single(request, name)
    if text is None:
        return None
    if not _WHOLE.fullmatch(text):
        raise BadRequest(f"'{name}' must be a whole number >= 0, not {text[:64]!r}", parameter=name)
    digits = text.lstrip("0") or "0"
    return _SAFE if len(digits) > 16 else min(int(digits), _SAFE)


def at_most(request: Request, name: str, most: int, *, default: int) -> int:
    """Read a whole number >= 0; what is larger than `most` counts as that."""
    given = whole(request, name)
    return default if given is None else min(given, most)


def limit_of(request: Request) -> int:
    """Read `limit`: 20 unless given, at most 1000."""
    return at_most(request, "limit", MAX_LIMIT, default=DEFAULT_LIMIT)


def single(request: Request, name: str) -> str | None:
    """Read a parameter that may be given once; an empty one counts as given.

    Raises:
        BadRequest: It is given twice.
    """
    values = request.query_params.getlist(name)
    if len(values) > 1:
        raise BadRequest(f"'{name}' is given {len(values)} times", parameter=name)
    return values[0] if values else None


def day(request: Request, name: str) -> date | None:
    """Read a day, "2026-11-25", within the times that schedules know."""
    text = single(request, name)
    if text is None:
        return None
    try:
        found = date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        found = None
    if found is None or not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        raise BadRequest(
            f"'{name}' must be a day like 2026-11-25, from {_FIRST_YEAR} to {_LAST_YEAR}, not {text[:64]!r}",
            parameter=name,
        )
    return found


def zone(request: Request, name: str) -> str | None:
    """Read the name of a time zone."""
    text = single(request, name)
    nearest = None if text is None else nearest_zones(text)
    if text is not None and nearest is not None:
        meant = f"did you mean {' or '.join(nearest)}?" if nearest else "expected a name like Europe/Berlin"
        raise BadRequest(f"unknown time zone {text[:64]!r}; {meant}", parameter=name)
    return text


def choice(request: Request, name: str, allowed: Sequence[Word]) -> Word | None:
    """Read a parameter that has few values."""
    text = single(request, name)
    chosen = next((each for each in allowed if each == text), None)
    if text is not None and chosen is None:
        raise BadRequest(
            f"'{name}' must be one of {', '.join(allowed)}, not {text[:64]!r}",
            parameter=name, allowed=list(allowed),
        )  # fmt: skip
    return chosen


def flag(request: Request, name: str) -> bool:
    """Read a parameter that is true or false: `?follow`, `?follow=1` and `?follow=true` are true."""
    return choice(request, name, ("", "1", "true", "0", "false")) in {"", "1", "true"}


def duration(request: Request, name: str, *, longest: Millis) -> Millis | None:
    """Read a duration; what is longer than `longest` counts as that."""
    text = single(request, name)
    if text is None:
        return None
    try:
        return min(parse_duration(text), longest)
    except BadDuration as error:
        raise BadRequest(f"'{name}': {error}", parameter=name) from error


def write_cursor(place: Any) -> str:
    """Write the place of a list's last shown item, to be handed back and not to be understood."""
    return urlsafe_b64encode(msgspec.json.encode(place)).rstrip(b"=").decode("ascii")


def cursor_of(request: Request, shape: type[T]) -> T | None:
    """Read `cursor`, made by `write_cursor` of a place of this shape."""
    text = single(request, "cursor")
    if text is None:
        return None
    try:
        if len(text) > _LONGEST_CURSOR:
            raise ValueError
        raw = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
        return msgspec.json.decode(raw, type=shape)
    except (ValueError, binascii.Error, msgspec.MsgspecError):
        raise BadRequest("this cursor was not made here", parameter="cursor") from None
