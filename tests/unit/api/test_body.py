from __future__ import annotations

from typing import Any

import msgspec
import pytest

from petit.api.body import Body, convert, pointer
from petit.core.errors import InvalidRequestError


class Inner(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    size: int = 0


class Sample(Body, frozen=True):
    name: str | None = None
    inner: Inner = Inner()
    sizes: list[int] | None = None


def test_all_members_may_be_left_out() -> None:
    assert convert({}, Sample) == Sample()


@pytest.mark.parametrize(
    ("value", "errors"),
    [
        ([], [("", "an array")]),
        ("x", [("", "a string")]),
        (None, [("", "null")]),
        (True, [("", "a boolean")]),
        (1.5, [("", "a number")]),
        ({"name": 1}, [("/name", "`str | null`")]),
        ({"sizes": [1, 2, "x"]}, [("/sizes/2", "`int`")]),
        ({"inner": {"size": "x"}}, [("/inner/size", "`int`")]),
        ({"inner": {"depth": 1}}, [("/inner", "depth")]),
        ({"a": 1, "b/c": 2, "~": 3}, [("/a", "unknown"), ("/b~1c", "unknown"), ("/~0", "unknown")]),
        ({"a": 1, "name": 1}, [("/a", "known are: name, inner")]),
    ],
)
def test_wrong_members_are_named_by_pointers(value: Any, errors: list[tuple[str, str]]) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        convert(value, Sample)
    found = caught.value.evidence["errors"]
    assert [each["pointer"] for each in found] == [place for place, _ in errors]
    for each, (_, words) in zip(found, errors, strict=True):
        assert words in each["message"]


@pytest.mark.parametrize(
    ("steps", "written"),
    [((), ""), (("a", "b"), "/a/b"), (("a/b",), "/a~1b"), (("~1",), "/~01"), (("",), "/")],
)
def test_pointers(steps: tuple[str, ...], written: str) -> None:
    assert pointer(*steps) == written
