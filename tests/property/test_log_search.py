"""A search finds what a reader would find who looks at one line after the other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from unittest import mock

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from petit.core import log_search
from petit.core.log_errors import errors_in
from petit.core.log_search import Hit, Search, Wanted

PIECE = 8

PARTS = st.sampled_from(
    (
        b"a",
        b"A",
        b"ab",
        b"\n",
        b"\n",
        b"\r\n",
        b"\0",
        b"\xff",
        "ä".encode(),
        "Ä".encode(),
        b"x" * 9,
        b"error",
        b" ",
    )
)
OUTPUT = st.lists(PARTS, max_size=40).map(b"".join)


@pytest.fixture(autouse=True)
def _short() -> Iterator[None]:
    """Let pieces and blocks be short, so that little output has many of them."""
    with mock.patch.object(log_search, "PIECE", PIECE), mock.patch.object(log_search, "_BLOCK", 3 * PIECE):
        yield


def search(
    data: bytes, text: str = "", gap: tuple[int, int] | None = None, **wanted: Any
) -> tuple[list[Hit], int]:
    """Return the hits that are shown, and how many there are."""

    def read(offset: int, length: int) -> bytes:
        assert gap is None or offset >= gap[1] or offset + length <= gap[0], "what was dropped is not read"
        return data[offset : offset + length]

    made = Search(read, len(data), gap, Wanted(text, **wanted))
    return list(made.hits()), made.count


def pieces(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Yield (offset, number of the line, bytes) of all pieces."""
    offset = 0
    for number, line in enumerate(
        data.splitlines(keepends=True) and data.removesuffix(b"\n").split(b"\n"), 1
    ):
        for begin in range(0, len(line) or 1, PIECE):
            yield offset + begin, number, line[begin : begin + PIECE]
        offset += len(line) + 1


def where(hits: list[Hit]) -> list[tuple[int, int]]:
    return [(hit.offset, hit.line) for hit in hits]


@given(OUTPUT, st.sampled_from(("a", "ab", "xx", "aa", "error")), st.booleans())
@example(b"x" * 9 + b"a", "a", False)
def test_a_text_is_found_in_the_piece_where_it_begins(data: bytes, text: str, is_exact: bool) -> None:
    hits, count = search(data, text, is_exact=is_exact)
    flags = 0 if is_exact else re.IGNORECASE
    at = {found.start() for found in re.finditer(b"(?=" + text.encode() + b")", data, flags)}
    expected = [
        (offset, line)
        for offset, line, piece in pieces(data)
        if any(offset <= each < offset + len(piece) for each in at)
    ]
    assert where(hits) == expected
    assert count == len(expected)


@given(OUTPUT, st.sampled_from(("a", "^$", "a$", "x*", "ä", ".b", "^a.*b", "[^a]", r"\bx")), st.booleans())
def test_a_pattern_sees_one_piece_at_a_time(data: bytes, text: str, is_exact: bool) -> None:
    hits, count = search(data, text, is_pattern=True, is_exact=is_exact)
    has = re.compile(text, 0 if is_exact else re.IGNORECASE).search
    expected = [
        (offset, line)
        for offset, line, piece in pieces(data)
        if has(piece.removesuffix(b"\r").decode(errors="replace"))
    ]
    assert where(hits) == expected
    assert count == len(expected)


@given(OUTPUT)
def test_letters_beyond_ascii_have_cases_too(data: bytes) -> None:
    hits, _ = search(data, "ä")
    expected = [
        (offset, line)
        for offset, line, piece in pieces(data)
        if "ä" in piece.decode(errors="replace").lower()
    ]
    assert where(hits) == expected


@given(OUTPUT)
def test_lines_that_tell_of_an_error_are_those_of_the_one_matcher(data: bytes) -> None:
    short = b"\n".join(line[:PIECE] for line in data.split(b"\n"))
    hits, _ = search(short, is_error=True)
    assert [hit.offset for hit in hits] == [start for start, _ in errors_in(short)]


@given(OUTPUT, st.integers(0, 4), st.integers(0, 5))
def test_context_is_what_stands_around(data: bytes, context: int, limit: int) -> None:
    short = b"\n".join(line[:PIECE] for line in data.split(b"\n"))
    hits, count = search(short, "a", context=context, limit=limit)
    lines = [line.decode(errors="replace") for line in short.removesuffix(b"\n").split(b"\n")]
    assert len(hits) == min(count, limit)
    for hit in hits:
        at = hit.line - 1
        assert hit.text == lines[at]
        assert hit.before == lines[max(at - context, 0) : at]
        assert hit.after == lines[at + 1 : at + 1 + context]


@given(OUTPUT, OUTPUT, st.integers(1, 1000), st.integers(0, 3))
def test_dropped_bytes_are_passed_over(head: bytes, tail: bytes, dropped: int, context: int) -> None:
    gap = (len(head), len(head) + dropped)
    hits, count = search(head + bytes(dropped) + tail, "a", gap, context=context)
    first, of_head = search(head, "a", context=context)
    then, of_tail = search(tail, "a", context=context)
    lines = len({line for _, line, _ in pieces(head)})
    moved = [hit._replace(offset=hit.offset + gap[1], line=hit.line + lines) for hit in then]
    assert hits == first + moved
    assert count == of_head + of_tail
