from __future__ import annotations

from datetime import datetime

import msgspec
import pytest

from petit.core.errors import PetitError
from petit.core.schedule import BadSchedule, Schedule, parse_schedule
from petit.core.schedule_zone import nearest_zones, span_at

DAY_MS = 86_400_000


def ms(text: str) -> int:
    """Milliseconds of an ISO time with offset."""
    return round(datetime.fromisoformat(text).timestamp() * 1000)


@pytest.mark.parametrize(
    ("text", "zone", "key"),
    [
        pytest.param("0 2 * * *", "Europe/Berlin", "0 2 * * * [Europe/Berlin]", id="five fields and a zone"),
        pytest.param(" 0  2 * * sun ", None, "0 2 * * 0 [UTC]", id="the zone is UTC where none is given"),
        pytest.param("0 0 2 * * *", "UTC", "0 0 2 * * * [UTC]", id="six fields"),
        pytest.param("@Daily", "Asia/Tokyo", "@daily [Asia/Tokyo]", id="an alias keeps its name"),
        pytest.param("@midnight", None, "@daily [UTC]", id="midnight is daily"),
        pytest.param("@annually", None, "@yearly [UTC]", id="annually is yearly"),
        pytest.param("@every 90m", None, "@every 1h30m [UTC]", id="equal intervals have one text"),
        pytest.param("@every  60", None, "@every 1m [UTC]", id="a bare interval is seconds"),
        pytest.param("@every 1h", "Asia/Tokyo", "@every 1h [UTC]", id="an interval has no zone"),
        pytest.param("@reboot", "Asia/Tokyo", "@reboot [UTC]", id="a reboot has no zone"),
    ],
)
def test_a_schedule_is_its_normal_text_and_zone(text: str, zone: str | None, key: str) -> None:
    schedule = parse_schedule(text, zone)
    assert schedule.key == key
    assert Schedule.from_key(key) == schedule
    assert parse_schedule(schedule.text, schedule.zone) == schedule
    assert msgspec.json.decode(msgspec.json.encode(schedule), type=Schedule) == schedule


@pytest.mark.parametrize(
    ("text", "zone", "field", "reason"),
    [
        pytest.param("", None, None, "it is empty", id="nothing"),
        pytest.param(" \t", None, None, "it is empty", id="blanks"),
        pytest.param("1" * 5000, None, None, "longer than 256 characters", id="a novel"),
        pytest.param("61 * * * *", None, "minute", "61 is out of range 0-59", id="a bad field"),
        pytest.param("0 0 30 2 *", None, None, "can never fire", id="a day that never comes"),
        pytest.param("@dayly", None, None, "did you mean @daily?", id="a misspelt alias"),
        pytest.param("@xyzzy", None, None, "known are @yearly", id="an unknown alias"),
        pytest.param("@daily 5", None, None, "nothing can follow @daily", id="an alias with more"),
        pytest.param("@reboot now", None, None, "nothing can follow @reboot", id="a reboot with more"),
        pytest.param("@every", None, None, "expected one interval", id="no interval"),
        pytest.param("@every 1h 30m", None, None, "expected one interval", id="two intervals"),
        pytest.param("@every 1h30", None, "interval", "30 at its end has no unit", id="a bad interval"),
        pytest.param("@every 999ms", None, "interval", "the shortest interval is 1s", id="too short"),
        pytest.param(
            "* * * * *", "Europe/Berln", "timezone", "did you mean Europe/Berlin", id="a misspelt zone"
        ),
        pytest.param(
            "* * * * *", "europe/berlin", "timezone", "did you mean Europe/Berlin", id="a zone in lower case"
        ),
        pytest.param("* * * * *", "Berlin", "timezone", "did you mean Europe/Berlin", id="a city alone"),
        pytest.param(
            "* * * * *", "New York", "timezone", "did you mean America/New_York", id="a city with a blank"
        ),
        pytest.param("* * * * *", "", "timezone", "expected a name like", id="an empty zone"),
        pytest.param("* * * * *", "../etc/passwd", "timezone", "expected a name like", id="a path"),
        pytest.param("* * * * *", "Europe", "timezone", "unknown time zone", id="a directory of zones"),
        pytest.param(
            "* * * * *", "right/UTC", "timezone", "unknown time zone", id="a zone with leap seconds"
        ),
        pytest.param(
            "* * * * *", "Zürich", "timezone", "did you mean Europe/Zurich", id="a name that is not ASCII"
        ),
        pytest.param("* * * * *", "UTC\0", "timezone", "unknown time zone", id="a NUL"),
    ],
)
def test_what_is_no_schedule_is_refused(text: str, zone: str | None, field: str | None, reason: str) -> None:
    with pytest.raises(BadSchedule) as caught:
        parse_schedule(text, zone)
    assert caught.value.field == field
    assert reason in caught.value.reason
    assert reason in str(caught.value)
    assert len(caught.value.text) < 300
    assert isinstance(caught.value, ValueError)
    assert isinstance(caught.value, PetitError)


@pytest.mark.parametrize(
    "key", ["", "0 2 * * *", "0 2 * * 7 [UTC]", "0 2 * * * [UTC", "0 2 * * *[UTC]", "x [UTC]"]
)
def test_only_the_key_of_a_schedule_is_read_back(key: str) -> None:
    with pytest.raises(BadSchedule):
        Schedule.from_key(key)


@pytest.mark.parametrize(
    ("text", "zone", "after", "due"),
    [
        pytest.param("* * * * *", "UTC", "2026-01-01T00:00Z", "2026-01-01T00:01Z", id="strictly after"),
        pytest.param(
            "* * * * *", "UTC", "2026-01-01T00:00:00.001Z", "2026-01-01T00:01Z", id="a millisecond late"
        ),
        pytest.param(
            "* * * * *", "UTC", "2025-12-31T23:59:59.999Z", "2026-01-01T00:00Z", id="a millisecond early"
        ),
        pytest.param("*/10 * * * * *", "UTC", "2026-01-01T00:00:10Z", "2026-01-01T00:00:20Z", id="seconds"),
        pytest.param("5 * * * * *", "UTC", "2026-01-01T00:00:05Z", "2026-01-01T00:01:05Z", id="a second"),
        pytest.param(
            "5 1 * * * *", "UTC", "2026-01-01T00:00:00Z", "2026-01-01T00:01:05Z", id="not in every minute"
        ),
        pytest.param("@hourly", "UTC", "2026-01-01T00:10Z", "2026-01-01T01:00Z", id="hourly"),
        pytest.param("@daily", "Asia/Tokyo", "2026-01-01T00:00Z", "2026-01-02T00:00+09:00", id="daily"),
        pytest.param("@weekly", "UTC", "2026-01-01T00:00Z", "2026-01-04T00:00Z", id="weekly is Sunday"),
        pytest.param("@monthly", "UTC", "2026-01-01T00:00Z", "2026-02-01T00:00Z", id="monthly"),
        pytest.param("@yearly", "UTC", "2026-01-01T00:00Z", "2027-01-01T00:00Z", id="yearly"),
        pytest.param("0 12 * * 5", "UTC", "2026-11-23T00:00Z", "2026-11-27T12:00Z", id="5 is Friday"),
        pytest.param(
            "0 0 29 2 *", "UTC", "2096-03-01T00:00Z", "2104-02-29T00:00Z", id="2100 is no leap year"
        ),
        pytest.param(
            "0 0 */28 2 1#5", "UTC", "2072-03-01T00:00Z", "2112-02-29T00:00Z", id="forty years of waiting"
        ),
        pytest.param("@every 1h30m", "UTC", "2026-01-01T00:00Z", "2026-01-01T01:30Z", id="from the epoch on"),
        pytest.param("@every 7s", "UTC", "1970-01-01T00:00:07Z", "1970-01-01T00:00:14Z", id="in multiples"),
        pytest.param(
            "30 2 * * *", "Europe/Berlin", "2026-03-28T12:00Z", "2026-03-29T03:00+02:00", id="missing time"
        ),
        pytest.param(
            "5,50 30 2 * * *",
            "Europe/Berlin",
            "2026-03-29T03:00:05+02:00",
            "2026-03-29T03:00:50+02:00",
            id="every second of the field belongs to the minute after the gap",
        ),
        pytest.param(
            "0,30 2 * * *",
            "Europe/Berlin",
            "2026-03-29T03:00+02:00",
            "2026-03-30T02:00+02:00",
            id="several missing times run once",
        ),
        pytest.param(
            "*/30 2 * * *",
            "Europe/Berlin",
            "2026-03-28T12:00Z",
            "2026-03-30T02:00+02:00",
            id="a wildcard's missing time is missing",
        ),
        pytest.param(
            "30 2 * * *",
            "Europe/Berlin",
            "2026-10-25T02:30+02:00",
            "2026-10-26T02:30+01:00",
            id="a repeated time runs once",
        ),
        pytest.param(
            "*/30 2 * * *",
            "Europe/Berlin",
            "2026-10-25T02:30+02:00",
            "2026-10-25T02:00+01:00",
            id="a wildcard's repeated time repeats",
        ),
        pytest.param(
            "30 2 * * *", "Europe/Berlin", "2060-10-30T12:00Z", "2060-10-31T02:30+02:00", id="beyond 2037 too"
        ),
    ],
)
def test_the_next_due_time(text: str, zone: str, after: str, due: str) -> None:
    schedule = parse_schedule(text, zone)
    assert schedule.next_after(ms(after)) == ms(due)
    assert schedule.previous_before(ms(due) + 1) == ms(due)


@pytest.mark.parametrize(
    ("text", "zone", "before", "due"),
    [
        pytest.param("* * * * *", "UTC", "2026-01-01T00:00Z", "2025-12-31T23:59Z", id="strictly before"),
        pytest.param(
            "* * * * *", "UTC", "2026-01-01T00:00:00.001Z", "2026-01-01T00:00Z", id="a millisecond late"
        ),
        pytest.param("*/10 * * * * *", "UTC", "2026-01-01T00:00:10Z", "2026-01-01T00:00:00Z", id="seconds"),
        pytest.param("30 * * * * *", "UTC", "2026-01-01T00:00:10Z", "2025-12-31T23:59:30Z", id="a second"),
        pytest.param("@yearly", "UTC", "2026-01-01T00:00Z", "2025-01-01T00:00Z", id="a year back"),
        pytest.param("@every 1h30m", "UTC", "2026-01-01T01:30Z", "2026-01-01T00:00Z", id="an interval"),
        pytest.param(
            "30 2 * * *",
            "Europe/Berlin",
            "2026-03-30T02:00+02:00",
            "2026-03-29T03:00+02:00",
            id="a missing time ran right after the gap",
        ),
        pytest.param(
            "30 2 * * *",
            "Europe/Berlin",
            "2026-03-29T03:00+02:00",
            "2026-03-28T02:30+01:00",
            id="and nothing ran in the gap",
        ),
        pytest.param(
            "*/30 2 * * *",
            "Europe/Berlin",
            "2026-03-30T00:00+02:00",
            "2026-03-28T02:30+01:00",
            id="a wildcard's missing time was missing",
        ),
        pytest.param(
            "30 2 * * *",
            "Europe/Berlin",
            "2026-10-25T12:00+01:00",
            "2026-10-25T02:30+02:00",
            id="a repeated time ran the first time",
        ),
        pytest.param(
            "*/30 2 * * *",
            "Europe/Berlin",
            "2026-10-25T02:00+01:00",
            "2026-10-25T02:30+02:00",
            id="a wildcard's ran both times",
        ),
    ],
)
def test_the_due_time_before(text: str, zone: str, before: str, due: str) -> None:
    schedule = parse_schedule(text, zone)
    assert schedule.previous_before(ms(before)) == ms(due)
    assert schedule.next_after(ms(due) - 1) == ms(due)


def test_between_leaves_out_its_beginning_and_includes_its_end() -> None:
    schedule = parse_schedule("*/20 * * * *")
    assert [due // 60_000 for due in schedule.between(0, 3_600_000)] == [20, 40, 60]


def test_a_reboot_is_never_due_by_time() -> None:
    schedule = parse_schedule("@reboot")
    assert schedule.is_reboot
    assert not parse_schedule("@daily").is_reboot
    assert schedule.next_after(0) is None
    assert schedule.previous_before(DAY_MS) is None
    assert list(schedule.between(0, DAY_MS)) == []


@pytest.mark.parametrize("text", ["* * * * *", "0 0 29 2 *", "@every 1h"])
def test_time_has_two_ends(text: str) -> None:
    schedule = parse_schedule(text)
    assert schedule.next_after(-1) is None
    assert schedule.next_after(10**17) is None
    assert schedule.previous_before(0) is None
    assert schedule.previous_before(10**17) is None


def test_what_never_came_since_1970_has_no_due_time_before() -> None:
    assert parse_schedule("0 0 29 2 *").previous_before(ms("1972-02-29T00:00Z")) is None
    assert parse_schedule("0 0 29 2 *", "Europe/Berlin").previous_before(ms("1972-02-28T00:00Z")) is None


def test_what_only_missing_time_would_bring_is_looked_for_in_vain() -> None:
    """A wildcard in the hour that is left out each year on the last Sunday of March."""
    schedule = parse_schedule("*/30 2 * 3 0L", "Europe/Berlin")
    assert schedule.next_after(ms("2026-01-01T00:00Z")) is None
    assert schedule.previous_before(ms("2026-01-01T00:00Z")) == ms("1980-03-30T02:30+01:00")


def test_nothing_is_due_before_1970() -> None:
    assert parse_schedule("30 0 1 1 *", "Africa/Monrovia").previous_before(60_000) is None


@pytest.mark.parametrize(
    ("zone", "at", "begin", "offset", "before"),
    [
        pytest.param("Europe/Berlin", "2026-07-01T00:00Z", "2026-03-29T01:00Z", 7200, 3600, id="summer"),
        pytest.param("Europe/Berlin", "2026-12-01T00:00Z", "2026-10-25T01:00Z", 3600, 7200, id="winter"),
        pytest.param(
            "Australia/Lord_Howe", "2026-04-10T00:00Z", "2026-04-04T15:00Z", 37_800, 39_600, id="half an hour"
        ),
        pytest.param("Pacific/Apia", "2012-01-01T00:00Z", "2011-12-30T10:00Z", 50_400, -36_000, id="a day"),
        pytest.param(
            "Asia/Damascus",
            "1977-08-31T23:30Z",
            "1977-08-31T23:00Z",
            7200,
            10_800,
            id="a change on the last day before spans are cut",
        ),
    ],
)
def test_a_zone_is_spans_of_one_offset(zone: str, at: str, begin: str, offset: int, before: int) -> None:
    span = span_at(zone, ms(at) // 1000)
    assert (span.begin, span.offset, span.before) == (ms(begin) // 1000, offset, before)
    assert span.begin <= ms(at) // 1000 < span.end
    assert span_at(zone, span.begin) == span
    assert span_at(zone, span.begin - 60).end == span.begin
    assert span_at(zone, span.begin - 60).offset == before


def test_seconds_of_an_offset_are_dropped() -> None:
    assert span_at("Africa/Monrovia", 0).offset == -45 * 60


def test_a_zone_that_exists_needs_no_suggestion() -> None:
    assert nearest_zones("America/St_Johns") is None
