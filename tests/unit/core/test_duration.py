from __future__ import annotations

import pytest

from petit.core.duration import LONGEST_MS, BadDuration, duration_text, format_duration, parse_duration
from petit.core.errors import PetitError


@pytest.mark.parametrize(
    ("value", "ms"),
    [
        pytest.param(300, 300_000, id="a bare number is seconds"),
        pytest.param("300", 300_000, id="so are bare digits"),
        pytest.param(0.5, 500, id="seconds may have a fraction"),
        pytest.param("0.25", 250, id="digits too"),
        pytest.param("300s", 300_000, id="s is seconds"),
        pytest.param("5m", 300_000, id="m is minutes"),
        pytest.param("1h30m", 5_400_000, id="units add up"),
        pytest.param("2d", 172_800_000, id="d is days"),
        pytest.param("500ms", 500, id="ms is milliseconds, not minutes"),
        pytest.param("1m1ms", 60_001, id="m and ms are told apart"),
        pytest.param("1d2h3m4s5ms", 93_784_005, id="all units together"),
        pytest.param("1.5h", 5_400_000, id="a part may have a fraction"),
        pytest.param("90m", 5_400_000, id="a part may exceed the next unit"),
        pytest.param(0, 0, id="nothing is a duration"),
        pytest.param("0s", 0, id="nothing with a unit too"),
        pytest.param("36525d", LONGEST_MS, id="a hundred years are allowed"),
    ],
)
def test_a_duration_is_read(value: float | str, ms: int) -> None:
    assert parse_duration(value) == ms


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        pytest.param("1h30", "30 at its end has no unit", id="a number without unit after one with"),
        pytest.param("", "blank", id="empty"),
        pytest.param("  ", "blank", id="blanks"),
        pytest.param("5 m", "there is no unit ' m'", id="a blank before the unit"),
        pytest.param("1h 30m", "does not begin with a number", id="a blank between parts"),
        pytest.param("-5s", "negative", id="negative text"),
        pytest.param("1h-5m", "negative", id="a negative part"),
        pytest.param(-1, "negative", id="a negative number"),
        pytest.param(float("nan"), "not a number", id="NaN"),
        pytest.param(float("inf"), "longer than a hundred years", id="infinity"),
        pytest.param("36526d", "longer than a hundred years", id="more than a hundred years"),
        pytest.param("9" * 60 + "d", "longer than a hundred years", id="far too much"),
        pytest.param("9" * 5000, "too long", id="digits without end"),
        pytest.param("30m1h", "unit h comes twice or after a smaller one", id="the smaller unit first"),
        pytest.param("1h1h", "unit h comes twice", id="a unit twice"),
        pytest.param("10x", "there is no unit 'x'", id="an unknown unit"),
        pytest.param("5M", "there is no unit 'M'", id="units are lower case"),
        pytest.param("h", "'h' does not begin with a number", id="a unit alone"),
        pytest.param("\u0665m", "does not begin with a number", id="digits of another script"),
        pytest.param(True, "true and false", id="a boolean"),
        pytest.param(0.0001, "shorter than a millisecond", id="less than can be kept"),
    ],
)
def test_anything_else_is_refused_with_the_reason(value: float | str, reason: str) -> None:
    with pytest.raises(BadDuration) as caught:
        parse_duration(value)
    assert reason in str(caught.value)
    assert "expected seconds (300)" in str(caught.value)
    assert len(str(caught.value)) < 300
    assert isinstance(caught.value, ValueError)
    assert isinstance(caught.value, PetitError)


@pytest.mark.parametrize(
    ("ms", "text"),
    [
        pytest.param(0, "0 ms", id="nothing"),
        pytest.param(412, "412 ms", id="below a second: milliseconds"),
        pytest.param(9_449, "9.4 s", id="below a minute: tenths, rounded down"),
        pytest.param(59_999, "59.9 s", id="never rounded up into a minute"),
        pytest.param(72_000, "1 m 12 s", id="below an hour: minutes and seconds"),
        pytest.param(3_599_999, "59 m 59 s", id="never rounded up into an hour"),
        pytest.param(7_500_000, "2 h 05 m", id="below a day: hours and minutes, padded"),
        pytest.param(273_600_000, "3 d 04 h", id="from a day on: days and hours"),
        pytest.param(-412, "-412 ms", id="a clock that went back"),
    ],
)
def test_a_duration_is_shown(ms: int, text: str) -> None:
    assert format_duration(ms) == text


@pytest.mark.parametrize(
    ("ms", "text"),
    [
        pytest.param(0, "0s", id="nothing"),
        pytest.param(5_400_000, "1h30m", id="largest units first"),
        pytest.param(93_784_005, "1d2h3m4s5ms", id="all units"),
    ],
)
def test_a_duration_has_one_text_for_files(ms: int, text: str) -> None:
    assert duration_text(ms) == text
    assert parse_duration(text) == ms
