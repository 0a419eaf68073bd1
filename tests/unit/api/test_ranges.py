from __future__ import annotations

import pytest

from petit.api.errors import RangeNotSatisfiable
from petit.api.ranges import wanted_range


@pytest.mark.parametrize(
    ("header", "found"),
    [
        (None, None),
        ("bytes=0-0", (0, 1)),
        ("bytes=0-99", (0, 100)),
        ("bytes=0-500", (0, 100)),
        ("bytes=99-", (99, 100)),
        ("bytes=-1", (99, 100)),
        ("bytes=-500", (0, 100)),
        ("bytes = 1 - 2", (1, 3)),
        ("bytes=", None),
        ("bytes=-", None),
        ("bytes=5-4", None),
        ("bytes=0-1,5-6", None),
        ("items=0-1", None),
        ("bytes=a-b", None),
        ("bytes=0x1-2", None),
        ("bytes=" + "9" * 19 + "-", None),
    ],
)
def test_ranges_of_a_hundred_bytes(header: str | None, found: tuple[int, int] | None) -> None:
    assert wanted_range(header, 100) == found


@pytest.mark.parametrize(
    ("header", "size"), [("bytes=100-", 100), ("bytes=-0", 100), ("bytes=0-", 0), ("bytes=-5", 0)]
)
def test_what_lies_behind_the_end_is_refused(header: str, size: int) -> None:
    with pytest.raises(RangeNotSatisfiable) as caught:
        wanted_range(header, size)
    assert caught.value.evidence["size"] == size
