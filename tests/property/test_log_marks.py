"""Marks stand at the beginnings of lines, whatever bytes come in whatever pieces."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from petit.core import log_marks
from petit.core.log_errors import Span, errors_in, first_error, last_error, unfinished
from petit.core.log_marks import Marks
from petit.execution import log_scan
from petit.execution.log_scan import Scan
from petit.execution.logs import LogFile

PARTS = st.sampled_from((b"a", b"\n", b"\r\n", b"\0", b"\xff\xfe", b"\n\n\n", b"x" * 20, "ü".encode(), b"\r"))
OUTPUT = st.lists(PARTS, max_size=40).map(b"".join)
WORDS = st.sampled_from(
    (
        b"error",
        b"\n",
        b"\n\n",
        b" ",
        b"0 ",
        b"  indented",
        b"Traceback (most recent call last):\n",
        b"KeyboardInterrupt\n",
        b"x" * 30,
        b"\r\n",
        b"\0",
        b"Panic!",
        b"worker | ",
    )
)
TELLING = st.lists(WORDS, max_size=30).map(b"".join)


@pytest.fixture(autouse=True)
def _short() -> Iterator[None]:
    """Let strides and blocks be short, so that little output has many of them."""
    with mock.patch.object(log_marks, "STRIDE", 8), mock.patch.object(log_scan, "_BLOCK", 7):
        yield


def lines_of(data: bytes) -> list[int]:
    """The first byte of each line, as one would say it."""
    starts = [0, *(at + 1 for at, byte in enumerate(data) if byte == ord("\n"))]
    return [start for start in starts if start < len(data)]


def expected(data: bytes) -> list[tuple[int, int]]:
    """The first line that begins in each stride."""
    marks: dict[int, tuple[int, int]] = {}
    for number, start in enumerate(lines_of(data), start=1):
        marks.setdefault(start // log_marks.STRIDE, (start, number))
    return list(marks.values())


@given(OUTPUT, st.lists(st.integers(1, 30), max_size=20))
def test_marks_are_the_same_in_whatever_pieces_the_output_comes(data: bytes, sizes: list[int]) -> None:
    marks, at = Marks(), 0
    for size in [*sizes, len(data)]:
        marks.feed(data[at : at + size])
        at += size
    assert list(marks) == expected(data)
    assert (marks.lines, marks.end) == (len(lines_of(data)), len(data))


@given(OUTPUT, OUTPUT, st.integers(1, 10**12))
def test_behind_dropped_bytes_a_line_begins(head: bytes, tail: bytes, dropped: int) -> None:
    marks = Marks()
    marks.feed(head)
    marks.skip(len(head) + dropped)
    marks.feed(tail)
    assert marks.lines == len(lines_of(head)) + len(lines_of(tail))
    whole = {(start, number) for number, start in enumerate(lines_of(head), start=1)}
    whole |= {
        (len(head) + dropped + start, number)
        for number, start in enumerate(lines_of(tail), start=len(lines_of(head)) + 1)
    }
    assert set(marks) <= whole


@given(TELLING, st.lists(st.integers(1, 60), max_size=6))
def test_a_log_that_grows_is_known_as_if_it_were_read_at_once(data: bytes, sizes: list[int]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "stdout"
        path.touch()
        growing = Scan()
        at = 0
        with path.open("ab", buffering=0) as file, LogFile(path) as log:
            for size in sizes:
                end = data.rfind(b"\n", 0, at + size) + 1  # lines are written whole
                file.write(data[at:end])
                at = max(at, end)
                growing.go_on(log)
            file.write(data[at:])
            growing.go_on(log)
        found = first_error(data)
        assert list(growing.marks) == expected(data)
        assert (growing.error and growing.error.offset) == (found and found.start)
        if growing.error is not None:
            assert lines_of(data)[growing.error.line - 1] == growing.error.offset


@given(TELLING)
def test_errors_are_whole_lines_in_order(data: bytes) -> None:
    found = list(errors_in(data))
    assert found == sorted(found)
    starts = set(lines_of(data))
    for start, end in found:
        assert start in starts
        assert b"\n" not in data[start:end]
        assert end == len(data) or data[end : end + 1] == b"\n"
    assert (first_error(data), last_error(data)) == (found[0], found[-1]) if found else (None, None)


@given(TELLING, TELLING)
def test_nothing_is_lost_between_two_pieces(first: bytes, second: bytes) -> None:
    cut = unfinished(first)
    whole = list(errors_in(first + second))
    parts = [each for each in errors_in(first) if each.start < cut]
    parts += [Span(start + cut, end + cut) for start, end in errors_in(first[cut:] + second)]
    assert parts == whole
