"""Where the lines of a long output begin: a mark about each 64 KiB, counted as the bytes go by.

Lines are counted from 1 and are those that are kept: where bytes were dropped, the next line begins behind
them. Offsets are bytes of the original output.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from typing import NamedTuple

STRIDE = 64 * 1024
"""Of each so many bytes, the first line that begins in them has a mark."""

MOST = 4_096


class Mark(NamedTuple):
    """A line, from 1, and its first byte."""

    offset: int
    line: int


class Marks:
    """The marks of what was fed so far, 16 bytes each.

    Attributes:
        end: The byte that is expected next.
    """

    def __init__(self) -> None:
        self.end = 0
        self._offsets = array("Q")
        self._lines = array("Q")
        self._begun = 0  # lines that have begun before `end`
        self._is_at_start = True
        self._due = 0

    def __len__(self) -> int:
        return len(self._offsets)

    def __iter__(self) -> Iterator[Mark]:
        return map(Mark, self._offsets, self._lines)

    @property
    def lines(self) -> int:
        """How many lines there are; an unfinished last one counts."""
        return self._begun

    def feed(self, data: bytes) -> None:
        """Take in the bytes that follow."""
        if not data:
            return
        if self._is_at_start:
            self._begun += 1
        counted = 0  # line feeds before this place of the data are counted
        while (start := self._next_due(data)) is not None:
            self._begun += data.count(b"\n", counted, start)
            counted = start
            offset = self.end + start
            self._due = (offset // STRIDE + 1) * STRIDE
            if len(self) < MOST:
                self._offsets.append(offset)
                self._lines.append(self._begun)
        last = len(data) - 1  # the line behind a line feed that is the last byte has not begun yet
        self._begun += data.count(b"\n", counted, last)
        self._is_at_start = data[last] == ord("\n")
        self.end += len(data)

    def _next_due(self, data: bytes) -> int | None:
        """Return where in the data the first line begins that is to have a mark."""
        wanted = max(self._due - self.end, 0)
        if wanted == 0 and self._is_at_start and self._due <= self.end:
            return 0
        start = data.find(b"\n", max(wanted - 1, 0), len(data) - 1) + 1
        return start or None

    def skip(self, to: int) -> None:
        """Pass over bytes that were dropped: what follows begins a line."""
        self._is_at_start = True
        self.end = to
