from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from petit.api import query
from petit.api.errors import BadRequest

PLACE: Any = tuple[int, str, str]


def asked(text: str) -> Request:
    return Request({"type": "http", "query_string": text.encode(), "headers": []})


@pytest.mark.parametrize(
    ("text", "value"),
    [("", None), ("n=0", 0), ("n=007", 7), ("n=9007199254740993", 2**53 - 1), ("n=" + "9" * 5000, 2**53 - 1)],
)
def test_whole_numbers(text: str, value: int | None) -> None:
    assert query.whole(asked(text), "n") == value


@pytest.mark.parametrize(
    "text", ["n=", "n=-1", "n=+1", "n=1.0", "n=1e3", "n=%20 1", "n=%D9%A3", "n=1&n=1", "n=0x1"]
)
def test_what_is_no_whole_number(text: str) -> None:
    with pytest.raises(BadRequest) as caught:
        query.whole(asked(text), "n")
    assert caught.value.evidence["parameter"] == "n"


@pytest.mark.parametrize(
    ("text", "value"), [("", 20), ("limit=0", 0), ("limit=1000", 1000), ("limit=1001", 1000)]
)
def test_limits(text: str, value: int) -> None:
    assert query.limit_of(asked(text)) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [("", False), ("f", True), ("f=1", True), ("f=true", True), ("f=0", False), ("f=false", False)],
)
def test_flags(text: str, value: bool) -> None:
    assert query.flag(asked(text), "f") is value


@pytest.mark.parametrize(
    ("text", "value"), [("", None), ("d=5", 5000), ("d=1m30s", 90_000), ("d=2d", 600_000), ("d=0", 0)]
)
def test_durations(text: str, value: int | None) -> None:
    assert query.duration(asked(text), "d", longest=600_000) == value


@given(st.tuples(st.integers(0, 2**53), st.text(), st.text()).filter(lambda place: len(str(place)) < 200))
def test_a_cursor_comes_back_as_its_place(place: tuple[int, str, str]) -> None:
    cursor = query.write_cursor(place)
    assert cursor.replace("-", "").replace("_", "").isalnum()
    assert query.cursor_of(asked(f"cursor={cursor}"), PLACE) == place


@given(st.text(max_size=80))
def test_no_cursor_is_worse_than_a_bad_request(text: str) -> None:
    request = asked("")
    params: dict[str, Any] = {"cursor": text}
    request._query_params = type(request.query_params)(params)
    with contextlib.suppress(BadRequest):
        query.cursor_of(request, PLACE)
