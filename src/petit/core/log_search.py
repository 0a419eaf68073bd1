"""Searching a log from beginning to end: lines with a text, with a pattern, or that tell of an error.

A line of more than 4 KiB is taken in pieces of 4 KiB, each of which counts as a line. A text is found where
it begins, in whichever piece; a pattern sees one piece at a time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from petit.core.log_errors import errors_in, unfinished

PIECE = 4 * 1024
"""Bytes of a line that are taken at once."""

_BLOCK = 256 * 1024

Read = Callable[[int, int], bytes]
"""Reads so many bytes from an offset on, fewer at the end."""


class BadPattern(ValueError):
    """What is looked for is no pattern. The message says why."""


class Wanted(NamedTuple):
    """What is looked for.

    Attributes:
        text: A text, or a pattern in the syntax of Python's `re`; without a line feed.
        is_pattern: Which of them.
        is_exact: Upper and lower case are not the same.
        is_error: Look for lines that tell of an error instead.
        context: Lines before and behind a hit that are shown with it.
        limit: Hits that are shown; all are counted.
    """

    text: str
    is_pattern: bool = False
    is_exact: bool = False
    is_error: bool = False
    context: int = 0
    limit: int = 1_000


class Hit(NamedTuple):
    """A line with what is looked for. `offset` is the first byte of its text, `line` counts from 1."""

    offset: int
    line: int
    text: str
    before: list[str]
    after: list[str]


class Chunk:
    """A part of a log that holds whole lines, or a part of a line that is longer than it.

    Attributes:
        data: Its bytes, and some more that follow.
        size: Bytes that are its own.
        offset: Of the first of them in the log.
        line_start: Where the line began that the first of them is in.
    """

    def __init__(self, data: bytes, size: int, offset: int, line: int, line_start: int) -> None:
        self.data = data
        self.size = size
        self.offset = offset
        self.line_start = line_start
        self._line = line
        self._counted = 0

    def piece(self, at: int) -> tuple[int, int]:
        """Return begin and end, in the data, of the piece that a byte of it is in."""
        feed = self.data.rfind(b"\n", 0, at)
        start = feed + 1 if feed >= 0 else self.line_start - self.offset
        start += (at - start) // PIECE * PIECE
        end = self.data.find(b"\n", at, start + PIECE)
        return start, min(start + PIECE, len(self.data)) if end < 0 else end

    def line(self, at: int) -> int:
        """Return the number of the line that a byte is in; not less than that of the last call."""
        if at > self._counted:
            self._line += self.data.count(b"\n", self._counted, at)
            self._counted = at
        return self._line


Find = Callable[[Chunk], Iterator[tuple[int, int]]]
"""Walks the pieces of a chunk that have what is looked for."""


class Search:
    """One walk through a log.

    Attributes:
        at: A number that changes as long as the walk goes on: what stands still is stuck in one line.
        count: Hits so far.
    """

    def __init__(self, read: Read, size: int, gap: tuple[int, int] | None, wanted: Wanted) -> None:
        """Prepare a walk; raises BadPattern."""
        self._read = read
        self._parts = [(0, size)] if gap is None else [(0, gap[0]), (gap[1], size)]
        self._wanted = wanted
        self._ahead = 0
        self._line = 1
        self._find = self._chosen()
        self.at = 0
        self.count = 0

    def hits(self) -> Iterator[Hit]:
        """Yield hits, as many as are to be shown, and go on counting."""
        for low, high in self._parts:
            for chunk in self._chunks(low, high):
                for start, end in self._find(chunk):
                    self.count += 1
                    if self.count <= self._wanted.limit:
                        yield self._shown(chunk, start, end, low, high)

    # --- reading --------------------------------------------------------------------------------------------
    def _chunks(self, low: int, high: int) -> Iterator[Chunk]:
        line_start = offset = low
        while offset < high:
            self.at += 1
            data = self._read(offset, min(_BLOCK + self._ahead, high - offset))
            if not data:
                return
            size = len(data) if offset + len(data) >= high else self._cut(data[:_BLOCK], offset - line_start)
            chunk = Chunk(data, size, offset, self._line, line_start)
            yield chunk
            self._line = chunk.line(size)
            feed = data.rfind(b"\n", 0, size)
            line_start = line_start if feed < 0 else offset + feed + 1
            offset += size
        self._line += line_start < high  # where bytes were dropped, another line begins

    def _cut(self, data: bytes, begun: int) -> int:
        """Return how many bytes make whole lines, or whole pieces where there is no end of a line."""
        whole = unfinished(data) if self._wanted.is_error else data.rfind(b"\n") + 1
        return whole or len(data) - (begun + len(data)) % PIECE or len(data)

    # --- finding --------------------------------------------------------------------------------------------
    def _chosen(self) -> Find:
        wanted = self._wanted
        if wanted.is_error:
            return _errors
        if wanted.is_pattern or not (wanted.is_exact or wanted.text.isascii()):
            return self._pattern(wanted.text if wanted.is_pattern else re.escape(wanted.text))
        text = wanted.text.encode(errors="replace")
        self._ahead = len(text)
        return self._text(text if wanted.is_exact else text.lower())

    def _text(self, text: bytes) -> Find:
        def find(chunk: Chunk) -> Iterator[tuple[int, int]]:
            data = chunk.data if self._wanted.is_exact else chunk.data.lower()
            at = data.find(text)
            while 0 <= at < chunk.size:
                start, end = data.rfind(b"\n", 0, at) + 1, data.find(b"\n", at)
                if not start or not 0 <= end - start <= PIECE:  # more than a line that is here as a whole
                    start, end = chunk.piece(at)
                yield start, end
                at = data.find(text, end)

        return find

    def _pattern(self, text: str) -> Find:
        try:
            has = re.compile(text, 0 if self._wanted.is_exact else re.IGNORECASE).search
        except (re.error, ValueError, OverflowError, RecursionError) as error:
            raise BadPattern(str(error) or "it is too deep") from None

        def in_pieces(chunk: Chunk, at: int, end: int) -> Iterator[tuple[int, int]]:
            while at < end:
                start, at = piece = chunk.piece(at)
                if has(chunk.data[start:at].removesuffix(b"\r").decode(errors="replace")):
                    yield piece

        def find(chunk: Chunk) -> Iterator[tuple[int, int]]:
            data = chunk.data[: chunk.size]
            texts = data.decode(errors="replace").replace("\r\n", "\n").removesuffix("\r").split("\n")
            start = 0
            # The texts have one more, and empty, behind a last line feed.
            for line, shown in zip(data.removesuffix(b"\n").split(b"\n"), texts, strict=False):
                self.at += 1
                end = start + len(line)
                if len(line) > PIECE or (start == 0 and chunk.line_start < chunk.offset):
                    yield from in_pieces(chunk, start, end)
                elif has(shown):
                    yield start, end
                start = end + 1

        return find

    # --- showing --------------------------------------------------------------------------------------------
    def _shown(self, chunk: Chunk, start: int, end: int, low: int, high: int) -> Hit:
        first, last = chunk.offset + start, chunk.offset + end
        number, reach = self._wanted.context, self._wanted.context * (PIECE + 1)
        before: list[bytes] = []
        after: list[bytes] = []
        if number:
            begin = max(low, first - reach)
            before = self._read(begin, first - begin).removesuffix(b"\n").split(b"\n")[-number:]
            behind = self._read(last, min(reach + 1, high - last))
            after = behind.removesuffix(b"\n").split(b"\n")[1 : number + 1]
        return Hit(
            offset=first,
            line=chunk.line(start),
            text=_text(chunk.data[start:end]),
            before=list(map(_text, before)) if first > low else [],
            after=list(map(_text, after)),
        )


def _errors(chunk: Chunk) -> Iterator[tuple[int, int]]:
    for span in errors_in(chunk.data[: chunk.size]):
        yield chunk.piece(span.start)


def _text(data: bytes) -> str:
    return data[:PIECE].decode(errors="replace")
