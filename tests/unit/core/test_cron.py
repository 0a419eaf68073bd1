from __future__ import annotations

from datetime import date, timedelta

import pytest
from tests.support.cron_oracle import day_matches

from petit.core.cron import DAY, MINUTE
from petit.core.cron_parse import CronError, parse_cron

EPOCH = date(1970, 1, 1)


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        pytest.param("* * * * *", "* * * * *", id="stars stay"),
        pytest.param("  0\t2 *  * * \n", "0 2 * * *", id="blanks collapse"),
        pytest.param("00 02 * * *", "0 2 * * *", id="leading zeros go"),
        pytest.param("0 2 * * 7", "0 2 * * 0", id="Sunday is 0"),
        pytest.param("0 2 * * sun", "0 2 * * 0", id="weekday names become numbers"),
        pytest.param("0 2 * jan,Dec *", "0 2 * 1,12 *", id="month names become numbers"),
        pytest.param("0 2 * * mon-fri", "0 2 * * 1-5", id="names work in ranges"),
        pytest.param("0 2 * * FRI-SUN", "0 2 * * 5-7", id="a week may end with Sunday"),
        pytest.param("0 2 * * SUN-TUE", "0 2 * * 0-2", id="and begin with it"),
        pytest.param("0 2 * * SUN-SUN", "0 2 * * 0", id="Sunday to Sunday is Sunday"),
        pytest.param("0 2 * * 7-7", "0 2 * * 0", id="so is 7 to 7"),
        pytest.param("30,0,30 * * * *", "0,30 * * * *", id="lists are sorted, doubles dropped"),
        pytest.param("5,*/20 * * * *", "5,*/20 * * * *", id="lists with a star keep their order"),
        pytest.param("*/1 * * * *", "* * * * *", id="a step of one says nothing"),
        pytest.param("10-20/1 * * * *", "10-20 * * * *", id="nor in a range"),
        pytest.param("10/1 * * * *", "10/1 * * * *", id="but from a value on it does"),
        pytest.param("10/15 * * * *", "10/15 * * * *", id="a step from a value on"),
        pytest.param("5-5 * * * *", "5 * * * *", id="a range of one is a value"),
        pytest.param("0 2 l * *", "0 2 L * *", id="L of days"),
        pytest.param("0 2 LW,15 * *", "0 2 15,LW * *", id="LW of days, after the numbers"),
        pytest.param("0 2 * * friL", "0 2 * * 5L", id="L of weekdays takes names"),
        pytest.param("0 2 * * 7L", "0 2 * * 0L", id="and 7"),
        pytest.param("0 2 * * SUN#2", "0 2 * * 0#2", id="# takes names"),
        pytest.param("0 2 * * 3#1,1#1", "0 2 * * 1#1,3#1", id="and lists"),
        pytest.param("0 0 2 * * *", "0 0 2 * * *", id="six fields stay six"),
    ],
)
def test_an_expression_has_one_normal_text(written: str, normal: str) -> None:
    assert parse_cron(written).text == normal
    assert parse_cron(normal) == parse_cron(written)


@pytest.mark.parametrize(
    ("text", "field", "reason"),
    [
        pytest.param("", None, "0 fields instead of five", id="no fields"),
        pytest.param("*", None, "1 field instead of five", id="one field"),
        pytest.param("* * * *", None, "4 fields instead of five", id="four fields"),
        pytest.param("* * * * * * *", None, "7 fields", id="seven fields"),
        pytest.param("60 * * * *", "minute", "60 is out of range 0-59", id="minute 60"),
        pytest.param("60 * * * * *", "second", "60 is out of range 0-59", id="second 60"),
        pytest.param("* 24 * * *", "hour", "24 is out of range 0-23", id="hour 24"),
        pytest.param("* * 0 * *", "day of month", "0 is out of range 1-31", id="day 0"),
        pytest.param("* * * 13 *", "month", "13 is out of range 1-12", id="month 13"),
        pytest.param("* * * * 8", "weekday", "8 is out of range 0-7", id="weekday 8"),
        pytest.param("30-10 * * * *", "minute", "the range 30-10 runs backwards", id="a reversed range"),
        pytest.param("* * * * SAT-MON", "weekday", "runs backwards", id="a range over the week's end"),
        pytest.param("*/0 * * * *", "minute", "the step 0 is out of range 1-60", id="a step of nothing"),
        pytest.param("*/90 * * * *", "minute", "@every takes", id="a step beyond the field"),
        pytest.param("* * * * */8", "weekday", "out of range 1-7", id="a step beyond the week"),
        pytest.param("*/x * * * *", "minute", "the step 'X' is not a number", id="a step in letters"),
        pytest.param("*/ * * * *", "minute", "the step '' is not a number", id="a step left out"),
        pytest.param("1,,2 * * * *", "minute", "an item of the list is empty", id="an empty item"),
        pytest.param("-5 * * * *", "minute", "'-5' is not understood", id="a negative value"),
        pytest.param("5- * * * *", "minute", "'5-' is not understood", id="half a range"),
        pytest.param("x * * * *", "minute", "(allowed: 0-59, *, lists", id="letters"),
        pytest.param("* * * MON *", "month", "allowed: 1-12 or JAN-DEC", id="a weekday as a month"),
        pytest.param("* * * * L", "weekday", "as in 5L", id="L of no weekday"),
        pytest.param("* * ? * *", "day of month", "write '*'", id="a question mark"),
        pytest.param("* * L-3 * *", "day of month", "'L' is not understood", id="L with an offset"),
        pytest.param("* * * * 5#6", "weekday", "#6 is out of range", id="a sixth Friday"),
        pytest.param("* * * * 5#0", "weekday", "#0 is out of range", id="a zeroth Friday"),
        pytest.param("* * * * 1-5#2", "weekday", "not understood", id="# of a range"),
        pytest.param("* * 5#2 * *", "day of month", "not understood", id="# of days"),
        pytest.param("* * * * 9L", "weekday", "9 is out of range", id="L of weekday 9"),
        pytest.param("\u0665 * * * *", "minute", "not understood", id="digits of another script"),
        pytest.param("*/\u0665 * * * *", "minute", "is not a number", id="a step in another script"),
        pytest.param("0 0 30 2 *", None, "no month in '2' has a day 30", id="30 February"),
        pytest.param("0 0 31 4,6,9,11 *", None, "can never fire", id="the 31st of short months"),
        pytest.param("0 0 */15 * 1#2", None, "never meet", id="a second Monday on the 1st, 16th or 31st"),
    ],
)
def test_a_wrong_expression_is_refused_with_field_and_reason(
    text: str, field: str | None, reason: str
) -> None:
    with pytest.raises(CronError) as caught:
        parse_cron(text)
    assert caught.value.field == field
    assert reason in caught.value.reason


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("0 0 29 2 *", id="29 February comes"),
        pytest.param("0 0 29 2 1", id="or every Monday of February"),
        pytest.param("0 0 30 2 1", id="30 February never, but Mondays do"),
        pytest.param("0 0 */28 2 1#5", id="a fifth Monday on 29 February, every 28 years or 40"),
    ],
)
def test_rare_days_are_accepted(text: str) -> None:
    assert parse_cron(text).days.can_match()


@pytest.mark.parametrize(
    "fields",
    [
        "* * *",
        "L * *",
        "LW 2,5 *",
        "29 2 *",
        "13 * 5",
        "*/2 * 1",
        "* * 1#5",
        "1,LW * 0L,3#2",
        "* 4-12/4 *",
        "31 * *",
    ],
)
def test_the_first_and_the_last_minute_of_a_stretch_are_found(fields: str) -> None:
    cron = parse_cron(f"30 6,18 {fields}")
    days = [date(2023, 11, 20) + timedelta(days=each) for each in range(500)]
    begin, end = [(day - EPOCH).days * DAY for day in (days[0], days[-1])]
    matching = [
        (day - EPOCH).days * DAY + hour * 3600 + 30 * MINUTE
        for day in days[:-1]
        for hour in (6, 18)
        if day_matches(day, *fields.split())
    ]
    forwards = []
    at = cron.first_in(begin, end)
    while at is not None:
        forwards.append(at)
        at = cron.first_in(at + MINUTE, end)
    backwards = []
    at = cron.last_in(begin, end)
    while at is not None:
        backwards.append(at)
        at = cron.last_in(begin, at)
    assert forwards == matching
    assert backwards[::-1] == matching


@pytest.mark.parametrize(
    ("text", "begin", "end", "first", "last"),
    [
        pytest.param("0 6 * * *", 0, 6 * 3600, None, None, id="the end does not belong to a stretch"),
        pytest.param("0 6 * * *", 6 * 3600, 6 * 3600 + 60, 21_600, 21_600, id="the beginning does"),
        pytest.param("0 6 * * *", 6 * 3600 + 60, DAY, None, None, id="the rest of a day may have none"),
        pytest.param("0 6 * * *", 7 * 3600, DAY + 3600, None, None, id="nor a night across two days"),
        pytest.param("0 6 2 * *", 7 * 3600, DAY + 3600, None, None, id="nor the beginning of a matching day"),
        pytest.param("0 6 2 * *", 0, DAY, None, None, id="nor a day before it"),
        pytest.param("0 6 1 1 *", DAY, 2 * DAY, None, None, id="nor a day after it"),
        pytest.param("0 6 1 2 *", DAY, 20 * DAY, None, None, id="nor a month that does not match"),
        pytest.param(
            "0 6 1 * *", 5 * DAY, 35 * DAY, 31 * DAY + 21_600, 31 * DAY + 21_600, id="the next month may"
        ),
        pytest.param(
            "0 6 31 12 *", 0, 365 * DAY, 364 * DAY + 21_600, 364 * DAY + 21_600, id="a year's last day"
        ),
        pytest.param("0 6 1 1 *", 0, 360 * DAY, 21_600, 21_600, id="and its first"),
        pytest.param(
            "0 6 1 1 *", 2 * DAY, 365 * DAY + DAY, 365 * DAY + 21_600, 365 * DAY + 21_600, id="a new year"
        ),
    ],
)
def test_a_stretch_has_edges(text: str, begin: int, end: int, first: int | None, last: int | None) -> None:
    cron = parse_cron(text)
    assert cron.first_in(begin, end) == first
    assert cron.last_in(begin, end) == last


@pytest.mark.parametrize(
    ("text", "is_fixed"),
    [
        pytest.param("30 2 * * *", True, id="a time"),
        pytest.param("0-59 0-23 * * *", True, id="every minute, written without a star"),
        pytest.param("*/5 2 * * *", False, id="a minute with a star"),
        pytest.param("30 */2 * * *", False, id="an hour with a star"),
        pytest.param("*,30 2 * * *", False, id="a star at the beginning of a list"),
        pytest.param("30,*/5 2 * * *", True, id="a star later in a list counts for nothing, as in Debian"),
    ],
)
def test_a_job_is_fixed_when_neither_minute_nor_hour_begins_with_a_star(text: str, is_fixed: bool) -> None:
    assert parse_cron(text).fixed is is_fixed


@pytest.mark.parametrize(
    ("text", "every_day"),
    [
        pytest.param("0 2 * * *", True, id="stars"),
        pytest.param("0 2 1-31 * *", True, id="all days in numbers"),
        pytest.param("0 2 1-31 * 1", True, id="all days or Mondays"),
        pytest.param("0 2 13 * 0-6", True, id="the 13th or all weekdays"),
        pytest.param("0 2 * * 1", False, id="Mondays"),
        pytest.param("0 2 13 * *", False, id="the 13th"),
        pytest.param("0 2 * 1 *", False, id="January"),
    ],
)
def test_every_day_is_recognised(text: str, every_day: bool) -> None:
    assert parse_cron(text).every_day is every_day
