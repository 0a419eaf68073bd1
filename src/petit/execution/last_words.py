"""What an attempt wrote last: the line of its output that tells best what went wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, NamedTuple

from petit.core.log_errors import Span, last_error, last_line
from petit.execution.logs import LogFile

TAIL = 64 * 1024
"""Bytes at the end of a stream that are looked at."""

Stream = Literal["stdout", "stderr"]
_STREAMS: tuple[Stream, ...] = ("stderr", "stdout")


class Words(NamedTuple):
    """A line of output.

    Attributes:
        stream: Where it was written.
        offset: Its first byte.
        line: Its bytes, without the line feed.
    """

    stream: Stream
    offset: int
    line: bytes


def last_words(log_dir: Path) -> Words | None:
    """Return the last line that tells of an error, of stderr before stdout; else the last line of either.

    None where the attempt wrote nothing, or its logs are gone.
    """
    tails = {stream: _tail_of(log_dir / stream) for stream in _STREAMS}
    for find in (last_error, last_line):
        for stream, (offset, data) in tails.items():
            found = find(data)
            if found is not None:
                return Words(stream, offset + found.start, data[found.start : found.end])
    return None


def landing(log: LogFile, stream: str) -> int:
    """Return the byte to show first: the last error, else the last line of stderr, else the end."""
    offset, data = tail(log)
    found: Span | None = last_error(data)
    if found is None and stream == "stderr":
        found = last_line(data)
    return log.size if found is None else offset + found.start


def tail(log: LogFile) -> tuple[int, bytes]:
    """Return the last lines of a log behind its gap, and where they begin."""
    size = log.size
    start = max(size - TAIL, 0)
    data = log.read(start, size - start)
    gap = log.dropped  # read after the bytes: it is written down before they are zeros
    if gap is not None and gap[1] > start:
        cut = min(gap[1] - start, len(data))
    else:
        cut = 0 if start == 0 or log.read(start - 1, 1) == b"\n" else data.find(b"\n") + 1
    return start + cut, data[cut:]


def _tail_of(path: Path) -> tuple[int, bytes]:
    try:
        with LogFile(path) as log:
            return tail(log)
    except FileNotFoundError:
        return 0, b""
