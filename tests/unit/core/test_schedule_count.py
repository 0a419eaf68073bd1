from __future__ import annotations

from datetime import datetime

import pytest

from petit.core.schedule import parse_schedule
from petit.core.schedule_count import count_due


def ms(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


SPRING = ("2026-03-28T23:00Z", "2026-03-29T22:00Z")
AUTUMN = ("2026-10-24T22:00Z", "2026-10-25T23:00Z")
ODD = ("2026-01-01T00:00:11Z", "2026-01-01T00:02:41Z")
YEAR = ("2026-01-01T00:00Z", "2027-01-01T00:00Z")


@pytest.mark.parametrize(
    ("text", "zone", "span", "count"),
    [
        pytest.param("* * * * *", "UTC", YEAR, 525_600, id="every minute of a year"),
        pytest.param("* * * * * *", "UTC", YEAR, 31_536_000, id="every second of a year"),
        pytest.param("0 0 29 2 *", "UTC", YEAR, 0, id="a day that this year has not"),
        pytest.param("30 8 * * 1-5", "Asia/Tokyo", YEAR, 261, id="working days"),
        pytest.param("30 2 * * *", "Europe/Berlin", SPRING, 1, id="what is left out is made up for"),
        pytest.param("0 2,3 * * *", "Europe/Berlin", SPRING, 1, id="but not beside what is due then anyway"),
        pytest.param("30 2 * * *", "Europe/Berlin", AUTUMN, 1, id="what is repeated comes once"),
        pytest.param("*/30 * * * *", "Europe/Berlin", SPRING, 46, id="wildcards lose an hour"),
        pytest.param("*/30 * * * *", "Europe/Berlin", AUTUMN, 50, id="wildcards gain an hour"),
        pytest.param("@every 7m", "UTC", YEAR, 75_086, id="an interval"),
        pytest.param("@reboot", "UTC", YEAR, 0, id="boots are not due by time"),
        pytest.param("*/10 * * * * *", "UTC", ODD, 15, id="odd ends"),
        pytest.param("* * * * *", "UTC", YEAR[::-1], 0, id="backwards is nothing"),
    ],
)  # fmt: skip
def test_how_often(text: str, zone: str, span: tuple[str, str], count: int) -> None:
    assert count_due(parse_schedule(text, zone), ms(span[0]), ms(span[1])) == count


def test_the_begin_is_within_and_the_end_is_not() -> None:
    schedule = parse_schedule("0 * * * *")
    begin, end = ms("2026-01-01T00:00Z"), ms("2026-01-01T02:00Z")
    assert [count_due(schedule, first, last) for first, last in ((begin, end), (begin + 1, end + 1))] == [
        2,
        2,
    ]
    assert count_due(schedule, begin, end + 1) == 3
