"""Time zones as spans of constant offset, so that DST is plain arithmetic."""

from __future__ import annotations

import difflib
from bisect import bisect_right
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, available_timezones

_UNIT = 60
_DAY = 86_400
_CHUNK = 400 * _DAY
_CHUNKS_KEPT = 512
_ALWAYS = 1 << 62


class Span(NamedTuple):
    """A stretch of time in which a zone's offset from UTC does not change. All in seconds.

    Attributes:
        begin: Its first instant (Unix time).
        end: The first instant after it.
        offset: Wall time minus Unix time.
        before: The offset just before `begin`; greater where wall time repeats, less where some is missing.
    """

    begin: int
    end: int
    offset: int
    before: int


_UTC = Span(-_ALWAYS, _ALWAYS, 0, 0)


def span_at(zone: str, instant: int) -> Span:
    """Return the span of `zone` that holds an instant (Unix time in seconds)."""
    if zone == "UTC":
        return _UTC
    ends, spans = _chunk(zone, instant // _CHUNK)
    return spans[bisect_right(ends, instant)]


@lru_cache(maxsize=_CHUNKS_KEPT)
def _chunk(zone: str, number: int) -> tuple[tuple[int, ...], tuple[Span, ...]]:
    """Return the ends of the spans in one chunk of time, and the spans; its edges cut what goes on beyond."""
    begin, end = number * _CHUNK, (number + 1) * _CHUNK
    tz = ZoneInfo(zone)
    before = _offset(tz, begin - _UNIT)
    spans = []
    for change in (*_changes(tz, begin, end - _UNIT), end):
        offset = _offset(tz, begin)
        spans.append(Span(begin, change, offset, before))
        begin, before = change, offset
    return tuple(span.end for span in spans), tuple(spans)


def _changes(tz: ZoneInfo, begin: int, end: int) -> Iterator[int]:
    """Yield the instants in (begin, end] at which the offset is another than a minute before.

    No zone has changed its offset twice within a day since 1970, so a look at each day finds them all.
    """
    before = _offset(tz, begin)
    for low in range(begin, end, _DAY):
        high = min(low + _DAY, end)
        after = _offset(tz, high)
        if after != before:
            yield _bisect(tz, low, high, before)
            before = after


def _bisect(tz: ZoneInfo, low: int, high: int, before: int) -> int:
    """Return the first whole minute in (low, high] whose offset is not `before`."""
    while high - low > _UNIT:
        middle = low + (high - low) // (2 * _UNIT) * _UNIT
        if _offset(tz, middle) == before:
            low = middle
        else:
            high = middle
    return high


def _offset(tz: ZoneInfo, instant: int) -> int:
    offset = datetime.fromtimestamp(instant, tz).utcoffset()
    assert offset is not None
    seconds = offset.days * _DAY + offset.seconds
    return seconds - seconds % _UNIT  # Liberia kept half a minute until 1972; nobody else since 1970


@lru_cache(maxsize=_CHUNKS_KEPT)
def nearest_zones(name: str) -> tuple[str, ...] | None:
    """Say which zones `name` may have meant: None if it is a zone itself, else at most three names."""
    # posix/ and right/ hold variants of the zone files, not IANA names; right/ counts leap seconds
    if name.isascii() and not name.startswith(("posix/", "right/")):
        try:
            ZoneInfo(name)
        except (ValueError, OSError, LookupError):
            pass
        else:
            return None
    zones = {zone.lower(): zone for zone in sorted(available_timezones())}
    cities = {zone.rpartition("/")[2]: zone for zone in sorted(zones)}
    wanted = name.lower().replace(" ", "_")
    found = [zones[wanted]] if wanted in zones else []
    found += [zones[cities[city]] for city in difflib.get_close_matches(wanted, cities, n=2, cutoff=0.75)]
    found += [zones[zone] for zone in difflib.get_close_matches(wanted, zones, n=3, cutoff=0.7)]
    return tuple(dict.fromkeys(found))[:3]
