from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo, available_timezones

import pytest

from petit.core.tally import QUARTER_MS
from petit.core.zone_days import day_begins, day_of

HOUR_MS = 3_600_000


def ms(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


@pytest.mark.parametrize(
    ("zone", "day", "begin", "hours"),
    [
        pytest.param("UTC", "2026-03-29", "2026-03-29T00:00Z", 24, id="without DST"),
        pytest.param("Europe/Berlin", "2026-03-29", "2026-03-28T23:00Z", 23, id="an hour is left out"),
        pytest.param("Europe/Berlin", "2026-10-25", "2026-10-24T22:00Z", 25, id="an hour is repeated"),
        pytest.param("Asia/Kathmandu", "2026-01-01", "2025-12-31T18:15Z", 24, id="a quarter of an hour off"),
        pytest.param("Australia/Lord_Howe", "2026-10-04", "2026-10-03T13:30Z", 23.5, id="half an hour less"),
        pytest.param("Asia/Beirut", "2026-03-29", "2026-03-28T22:00Z", 23, id="midnight is left out"),
        pytest.param("America/Havana", "2026-11-01", "2026-11-01T04:00Z", 25, id="midnight is shown twice"),
        pytest.param("Pacific/Apia", "2011-12-30", "2011-12-30T10:00Z", 0, id="a day is left out"),
        pytest.param("Pacific/Apia", "2011-12-31", "2011-12-30T10:00Z", 24, id="the day after it"),
    ],
)
def test_where_a_day_begins_and_ends(zone: str, day: str, begin: str, hours: float) -> None:
    begins = day_begins(zone, date.fromisoformat(day), 1)
    assert begins == [ms(begin), ms(begin) + hours * HOUR_MS]
    if hours:
        assert day_of(zone, begins[0]).isoformat() == day_of(zone, begins[1] - 1).isoformat() == day
        assert day_of(zone, begins[0] - 1) < date.fromisoformat(day)


def test_in_every_zone_days_begin_on_a_quarter_of_an_hour() -> None:
    """Tallies rest on it: wall time is a whole number of quarters ahead of UTC, or behind it."""
    begin, end = ms("2000-01-01T00:00Z") // 1000, ms("2037-12-31T00:00Z") // 1000
    zones = [zone for zone in sorted(available_timezones()) if not zone.startswith(("posix/", "right/"))]
    assert len(zones) > 400
    for name in zones:
        zone = ZoneInfo(name)
        for instant in range(begin, end, 45 * 86_400):
            offset = datetime.fromtimestamp(instant, zone).utcoffset()
            assert offset is not None
            assert offset.total_seconds() * 1000 % QUARTER_MS == 0, (name, instant)
