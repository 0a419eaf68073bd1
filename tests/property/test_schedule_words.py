"""Whatever the schedule: what is said of it is true, no more and no less, or its own text is shown."""

from __future__ import annotations

import re
from datetime import date, timedelta

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.property.test_schedule_properties import EXPRESSIONS, field
from tests.support.sentences import read

from petit.core.schedule import BadSchedule, Schedule, parse_schedule
from petit.core.schedule_words import schedule_words

DAY_MS = 86_400_000
EPOCH = date(1970, 1, 1)
UNIT_MS = {"d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1000, "ms": 1}
# What people write: most of it has a sentence, unlike most of what chance makes up.
USUAL = st.tuples(
    st.sampled_from(["", "0 ", "30 ", "*/10 ", "* ", "0,30 ", "5-59/5 "]),
    st.one_of(st.sampled_from(["0", "*", "5", "0,30", "*/15", "*/7", "5-59/10", "7,22"]), field(0, 59)),
    st.one_of(st.sampled_from(["*", "2", "9-17", "*/2", "8,12,16", "8-12,14-18", "1-23/2"]), field(0, 23)),
    st.sampled_from(["*", "1", "1,15", "L", "LW", "1,L", "*/2", "2-30/2", "1-7", "1-31", "31", "29,LW"]),
    st.sampled_from(["*", "1", "2", "1,4,7,10", "3-5", "*/6"]),
    st.sampled_from(["*", "1-5", "0", "6,0", "1", "5#2", "5L", "1,5#2", "0-6", "MON,WED-FRI", "0#1,3#5"]),
).map(lambda fields: fields[0] + " ".join(fields[1:]))


@given(
    text=st.one_of(USUAL, EXPRESSIONS),
    begin=st.integers(1, 36_000),
    hour=st.integers(0, 21),
    is_long=st.booleans(),
)
@settings(max_examples=150, deadline=None)
def test_a_sentence_names_the_days_and_seconds_on_which_it_is_due(
    text: str, begin: int, hour: int, is_long: bool
) -> None:
    try:
        schedule = parse_schedule(text)
    except BadSchedule:
        assume(False)
    words = schedule_words(schedule)
    if words == schedule.text:
        return
    is_due_on, seconds = read(words)
    window = range(hour * 3600, (hour + 3) * 3600)
    is_seen = False
    for number in range(begin, begin + (800 if is_long else 70)):
        midnight = number * DAY_MS
        first = schedule.next_after(midnight - 1)
        is_due = first is not None and first < midnight + DAY_MS
        assert is_due_on(EPOCH + timedelta(days=number)) == is_due, (words, EPOCH + timedelta(days=number))
        if is_due and not is_seen:  # all days on which it is due are alike: there is no DST here
            is_seen = True
            assert first == midnight + min(seconds) * 1000
            dues = schedule.between(midnight + window.start * 1000 - 1, midnight + window.stop * 1000 - 1)
            assert [(due - midnight) // 1000 for due in dues] == [at for at in window if at in seconds], words


@given(
    parts=st.lists(st.tuples(st.integers(1, 5000), st.sampled_from(["d", "h", "m", "s", "ms"])), min_size=1)
)
@settings(max_examples=200, deadline=None)
def test_an_interval_is_said_as_it_is(parts: list[tuple[int, str]]) -> None:
    wanted = sum(count * UNIT_MS[unit] for count, unit in parts)
    assume(1000 <= wanted < 36_525 * DAY_MS)
    schedule = parse_schedule(f"@every {wanted / 1000:.3f}")
    words = schedule_words(schedule)
    found = re.findall(r"(\d+)? ?(days?|hours?|minutes?|seconds?|d|h|m|s|ms)\b", words.removeprefix("every"))
    said = sum(int(count or 1) * UNIT_MS[unit if unit == "ms" else unit[0]] for count, unit in found)
    first = schedule.next_after(0)
    assert said == first == wanted, words


@given(schedule=EXPRESSIONS)
@settings(max_examples=300, deadline=None)
def test_no_schedule_is_without_words(schedule: str) -> None:
    try:
        parsed = parse_schedule(schedule)
    except BadSchedule:
        assume(False)
    assert schedule_words(Schedule(parsed.text, "Asia/Kolkata")) == schedule_words(parsed) != ""
