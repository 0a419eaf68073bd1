"""Days and buckets, put together from hours."""

from __future__ import annotations

from datetime import date, datetime

from petit.core.tally import HOUR_MS, size_of, size_span
from petit.core.zone_days import day_begins
from petit.scheduler.days import Day, days_of
from petit.scheduler.durations import Bucket, buckets_of
from petit.storage.past import HourTally, Stretch, Tallies

MINUTE_MS = 60_000


def hour(text: str, **counts: int) -> HourTally:
    """The tally of an hour of UTC."""
    return HourTally(at(text) // HOUR_MS, tally(counts))


def tally(counts: dict[str, int]) -> str:
    return "".join(f"{word}*{count} " for word, count in counts.items()) + "|"


def at(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def days(
    zone: str, first: str, count: int, *hours: HourTally, stretches: tuple[Stretch, ...] = ()
) -> list[Day]:
    begin = date.fromisoformat(first)
    return days_of(Tallies(hours, stretches), begin, day_begins(zone, begin, count))


def test_each_quarter_goes_to_its_day() -> None:
    cut = hour("2026-01-01T18:00Z", c0_9=1, c1_7=2, f2_9=4, m3=8)
    first, second = days("Asia/Kathmandu", "2026-01-01", 2, cut)  # midnight is at 18:15
    assert first == Day(day="2026-01-01", completed=1, median_ms=9)
    assert second == Day(day="2026-01-02", completed=2, failed=4, missed=8, median_ms=7)
    (whole,) = days("UTC", "2026-01-01", 2, cut)
    assert whole == Day(day="2026-01-01", completed=3, failed=4, missed=8, median_ms=7)


def test_what_lies_outside_is_not_counted() -> None:
    hours = [
        hour(text, c0_5=1, x3=1) for text in ("2025-12-31T23:00Z", "2026-01-01T12:00Z", "2026-01-02T00:00Z")
    ]
    assert days("UTC", "2026-01-01", 1, *hours) == [
        Day(day="2026-01-01", completed=1, cancelled=1, median_ms=5)
    ]


def test_a_day_of_twenty_five_hours_has_them_all() -> None:
    hours = [hour(f"2026-10-{24 + n // 24}T{n % 24:02}:00Z", c0_5=1) for n in range(20, 50)]
    assert [(day.day, day.completed) for day in days("Europe/Berlin", "2026-10-24", 3, *hours)] == [
        ("2026-10-24", 2),
        ("2026-10-25", 25),
        ("2026-10-26", 3),
    ]


def test_the_median_is_that_of_all_hours_of_the_day() -> None:
    morning = hour("2026-01-01T03:00Z", c0_5=2, c1_7=1, p1_900=3)
    evening = hour("2026-01-01T20:00Z", **{f"c3_{size_of(60_000)}": 4})
    (day,) = days("UTC", "2026-01-01", 1, morning, evening)
    first, end = size_span(size_of(60_000))
    assert day.median_ms == (first + end - 1) // 2


def test_a_stretch_is_worked_out_day_by_day() -> None:
    stretch = Stretch("0 * * * * [UTC]", "missed", at("2026-01-01T22:00Z"), at("2026-01-03T01:00Z"))
    counts = [(day.day, day.missed) for day in days("UTC", "2025-12-30", 9, stretches=(stretch,))]
    assert counts == [("2026-01-01", 2), ("2026-01-02", 24), ("2026-01-03", 2)]
    (only,) = days("UTC", "2026-01-02", 1, hour("2026-01-02T05:00Z", s1=3), stretches=(stretch,))
    assert (only.missed, only.skipped) == (24, 3)


def test_nothing_makes_no_day() -> None:
    assert days("UTC", "2026-01-01", 5, hour("2026-01-01T05:00Z")) == []


# --- buckets


def test_a_bucket_tells_how_long_completed_runs_took() -> None:
    hours = [hour("2026-01-01T05:00Z", c0_10=1, c1_12=2, c1_15=1, f1_1=1, i2_1=1, x1=9)]
    assert buckets_of(hours, 10) == [
        Bucket(
            since=at("2026-01-01T05:00Z"),
            until=at("2026-01-01T06:00Z"),
            count=6,
            failed=2,
            min_ms=10,
            p25_ms=10,
            median_ms=12,
            p75_ms=12,
            p95_ms=15,
            max_ms=15,
        )
    ]


def test_where_none_completed_it_tells_of_the_others() -> None:
    (bucket,) = buckets_of([hour("2026-01-01T05:00Z", f1_4=2, i0_3=1, x1=1)], 10)
    assert (bucket.count, bucket.failed, bucket.min_ms, bucket.median_ms, bucket.max_ms) == (3, 3, 3, 4, 4)


def test_buckets_are_as_many_as_wanted_and_all_alike() -> None:
    hours = [HourTally(1000 + number, "|c0_5 ") for number in range(100) if number != 50]
    for most in (1, 7, 33, 99, 100, 400):
        buckets = buckets_of(hours, most)
        assert len(buckets) <= most
        assert len({bucket.until - bucket.since for bucket in buckets}) == 1
        assert sum(bucket.count for bucket in buckets) == 99
        assert [bucket.since for bucket in buckets] == sorted({bucket.since for bucket in buckets})
    assert len(buckets_of(hours, 400)) == 99
    assert buckets_of([], 10) == []


def test_what_never_began_makes_no_bucket() -> None:
    assert buckets_of([hour("2026-01-01T05:00Z", x0=3, s1=2)], 10) == []
