"""Whatever the expression, zone and moment: stepping is strict, the same both ways, and the oracle's."""

from __future__ import annotations

import bisect
import itertools

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.cron_oracle import Pattern, Walk

from petit.core.duration import BadDuration, duration_text, format_duration, parse_duration
from petit.core.schedule import BadSchedule, Schedule, parse_schedule
from petit.core.schedule_count import count_due

ZONES = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "America/St_Johns",
    "Pacific/Apia",
]
HOUR_S = 3600
# Changes of the clocks in these zones, so that examples fall near them, and any time else.
CHANGES = [1774746000, 1792890000, 1772953200, 1793512800, 1775314800, 1325239200, 1333202400]


def field(low: int, high: int) -> st.SearchStrategy[str]:
    """Fields of a cron expression: stars, steps, values, ranges and lists."""
    value = st.integers(low, high)
    pair = st.tuples(value, value).map(sorted)
    item = st.one_of(
        value.map(str),
        pair.map(lambda ends: f"{ends[0]}-{ends[1]}"),
        st.tuples(pair, st.integers(1, 7))
        .filter(lambda each: each[0][0] < each[0][1])
        .map(lambda each: f"{each[0][0]}-{each[0][1]}/{each[1]}"),
        st.integers(1, 7).map(lambda step: f"*/{step}"),
    )
    return st.one_of(st.just("*"), st.lists(item, min_size=1, max_size=3).map(",".join))


DAY = st.one_of(st.just("*"), field(1, 31), st.sampled_from(["L", "LW", "1,L"]))
WEEKDAY = st.one_of(st.just("*"), field(0, 7), st.sampled_from(["5L", "SUN", "MON-FRI", "0#1,3#3"]))
EXPRESSIONS = st.one_of(
    st.tuples(field(0, 59), field(0, 23), DAY, field(1, 12), WEEKDAY),
    st.tuples(field(0, 59), field(0, 59), field(0, 23), DAY, field(1, 12), WEEKDAY),
).map(" ".join)
NEAR_CHANGES = st.tuples(st.sampled_from(CHANGES), st.integers(-30 * HOUR_S, 30 * HOUR_S)).map(sum)
MOMENTS = st.one_of(NEAR_CHANGES, st.integers(946_684_800, 2_145_916_800)).map(lambda second: second * 1000)


def schedules() -> st.SearchStrategy[Schedule]:
    """Schedules that can fire."""

    def can_fire(pair: tuple[str, str]) -> bool:
        try:
            parse_schedule(*pair)
        except BadSchedule as error:
            if "can never fire" not in error.reason:
                raise
            return False
        return True

    pairs = st.tuples(EXPRESSIONS, st.sampled_from(ZONES)).filter(can_fire)
    return pairs.map(lambda pair: parse_schedule(*pair))


@given(schedule=schedules(), moment=MOMENTS, odd=st.integers(0, 999))
@settings(max_examples=150, deadline=None)
def test_stepping_is_strict_and_the_same_both_ways(schedule: Schedule, moment: int, odd: int) -> None:
    at = moment + odd
    after = schedule.next_after(at)
    if after is not None:
        assert after > at
        assert schedule.next_after(after - 1) == after
        assert schedule.previous_before(after + 1) == after
        before = schedule.previous_before(after)
        assert before is None or before <= at
    before = schedule.previous_before(at)
    if before is not None:
        assert before < at
        assert schedule.next_after(before - 1) == before
        following = schedule.next_after(before)
        assert following is None or following >= at


@given(expression=EXPRESSIONS, zone=st.sampled_from(ZONES), near=NEAR_CHANGES, back=st.integers(26, 40))
@settings(max_examples=40, deadline=None)
def test_what_is_due_around_a_change_of_the_clocks_is_the_oracles(
    expression: str, zone: str, near: int, back: int
) -> None:
    try:
        schedule = parse_schedule(expression, zone)
    except BadSchedule:
        return
    walk = Walk(zone, near - 70 * HOUR_S, near + 40 * HOUR_S)
    expected = [second * 1000 for second in Pattern(expression).due(walk)]
    begin, end = (near - back * HOUR_S) * 1000, walk.end * 1000
    first = bisect.bisect_right(expected, begin)
    found = itertools.islice(schedule.between(begin, end - 1), 500)
    assert list(found) == expected[first : first + 500]


@given(schedule=schedules())
@settings(max_examples=100, deadline=None)
def test_the_normal_text_is_a_fixed_point(schedule: Schedule) -> None:
    assert parse_schedule(schedule.text, schedule.zone) == schedule
    assert Schedule.from_key(schedule.key) == schedule


@given(text=st.one_of(st.text(max_size=40), st.text("0123456789*/,-#LWSUNMFRI @every?", max_size=40)))
@settings(max_examples=300, deadline=None)
def test_any_text_is_a_schedule_or_refused(text: str) -> None:
    try:
        schedule = parse_schedule(text)
    except BadSchedule:
        return
    assert parse_schedule(schedule.text, schedule.zone) == schedule


@given(interval=st.integers(1, 10**7), moment=MOMENTS)
@settings(max_examples=100, deadline=None)
def test_an_interval_falls_on_its_multiples(interval: int, moment: int) -> None:
    schedule = parse_schedule(f"@every {interval}")
    due = schedule.next_after(moment)
    assert due is not None
    assert due % (interval * 1000) == 0
    assert moment < due <= moment + interval * 1000
    before = schedule.previous_before(due)
    assert before == due - interval * 1000


@given(ms=st.integers(0, 36_525 * 86_400_000))
@settings(max_examples=200, deadline=None)
def test_a_duration_survives_its_text(ms: int) -> None:
    assert parse_duration(duration_text(ms)) == ms
    assert format_duration(ms)


@given(text=st.one_of(st.text(max_size=20), st.text("0123456789.dhms -", max_size=20)))
@settings(max_examples=300, deadline=None)
def test_any_text_is_a_duration_or_refused(text: str) -> None:
    try:
        ms = parse_duration(text)
    except BadDuration:
        return
    assert ms >= 0


@given(schedule=schedules(), begin=MOMENTS, odd=st.integers(0, 60_000), length=st.integers(0, 3 * 86_400_000))
@settings(max_examples=150, deadline=None)
def test_counting_is_walking(schedule: Schedule, begin: int, odd: int, length: int) -> None:
    begin += odd
    walked = sum(1 for _ in itertools.islice(schedule.between(begin - 1, begin + length - 1), 20_000))
    if walked < 20_000:
        assert count_due(schedule, begin, begin + length) == walked


@given(interval=st.integers(1, 10**5), begin=MOMENTS, length=st.integers(0, 10**8))
@settings(max_examples=100, deadline=None)
def test_counting_multiples_is_walking(interval: int, begin: int, length: int) -> None:
    schedule = parse_schedule(f"@every {interval}")
    walked = sum(1 for _ in itertools.islice(schedule.between(begin - 1, begin + length - 1), 20_000))
    if walked < 20_000:
        assert count_due(schedule, begin, begin + length) == walked
