"""Reading the log files of attempts: by range, by lines from the end, while they grow.

A log that went over its limit has a gap between head and tail. Offsets are those of what the task wrote, gap
included, so they stay true while a log is cut; what is shown has a mark where the gap is.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from petit.execution.keeper import index
from petit.execution.keeper.bounds import STREAMS, read_gap

_BLOCK = 64 * 1024


class Piece(NamedTuple):
    """A part of a log as it is shown.

    Attributes:
        data: Bytes of the log, with a mark in place of what was dropped.
        next_offset: Where the next part begins.
    """

    data: bytes
    next_offset: int


class LogFile:
    """One stream of one attempt, open for reading. Use it as a context manager.

    Args:
        path: `<log_dir>/stdout` or `<log_dir>/stderr`.

    Raises:
        FileNotFoundError: The attempt has no such file (yet, or no more).
    """

    def __init__(self, path: Path) -> None:
        self._path = str(path)
        self._fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        os.close(self._fd)

    @property
    def size(self) -> int:
        """Bytes that the task has written so far, dropped ones included. Cheap: for following a log."""
        return os.fstat(self._fd).st_size

    @property
    def inode(self) -> int:
        """Number of the file: it changes when a log is cut by writing it anew."""
        return os.fstat(self._fd).st_ino

    @property
    def dropped(self) -> tuple[int, int] | None:
        """The range [start, end) that was dropped, or None."""
        gap = read_gap(self._path)
        return gap if gap[1] > gap[0] else None

    def samples(self) -> list[index.Sample]:
        """Return (ms, bytes of stdout, bytes of stderr) at moments when they were looked at, oldest first."""
        return index.read(os.path.dirname(self._path))

    def read(self, offset: int, length: int) -> bytes:
        """Return up to `length` bytes from `offset` as they are on disk: zeros in the gap."""
        return os.pread(self._fd, length, offset)

    def render(self, offset: int, length: int) -> Piece:
        """Return up to `length` bytes from `offset` as they are shown, and where to go on.

        At the end of the file the piece is empty and its `next_offset` is `offset`.
        """
        data = self.read(offset, length)
        # The gap is read after the bytes: it is written down before the hole is punched, so zeros are never
        # output.
        start, end = read_gap(self._path)
        stop = offset + len(data)
        if end <= start or stop <= start or offset >= end:
            return Piece(data, stop)
        head = data[: max(0, start - offset)]
        tail = data[end - offset :] if stop > end else b""
        return Piece(head + gap_mark(end - max(start, offset)) + tail, max(stop, end))

    def pieces(self, offset: int = 0, end: int | None = None) -> Iterator[bytes]:
        """Yield what is shown from `offset` to `end` (the present size if None), block by block."""
        limit = self.size if end is None else end
        while offset < limit:
            piece = self.render(offset, min(_BLOCK, limit - offset))
            if piece.next_offset == offset:
                return
            yield piece.data
            offset = piece.next_offset

    def tail_offset(self, lines: int) -> int:
        """Return where the last `lines` lines begin; an unfinished last line counts as one.

        The gap counts as nothing: if the tail holds fewer lines, they are looked for in the head.
        """
        size = self.size
        if lines <= 0 or size == 0:
            return size
        wanted = lines if self.read(size - 1, 1) != b"\n" else lines + 1
        gap = self.dropped or (0, 0)
        for start, end in ((gap[1], size), (0, gap[0])):
            offset, wanted = self._nth_newline_before(start, end, wanted)
            if wanted == 0:
                return offset + 1
        return 0

    def _nth_newline_before(self, start: int, end: int, wanted: int) -> tuple[int, int]:
        """Walk back from `end` to `start`; return (offset of the newline, how many are still wanted)."""
        while end > start:
            begin = max(start, end - _BLOCK)
            block = self.read(begin, end - begin)
            at = len(block)
            while (at := block.rfind(b"\n", 0, at)) >= 0:
                wanted -= 1
                if wanted == 0:
                    return begin + at, 0
            end = begin
        return start, wanted


def gap_mark(count: int) -> bytes:
    """Return what is shown where `count` bytes were dropped."""
    return f"\n[... {count:,} bytes dropped ...]\n".encode()


def disk_bytes(log_dir: Path) -> int:
    """Return what an attempt's logs take on disk, holes not counted."""
    total = 0
    for name in (*STREAMS, index.NAME):
        try:
            total += (log_dir / name).stat().st_blocks * 512
        except FileNotFoundError:
            continue
    return total


def remove(log_dir: Path) -> None:
    """Remove the logs of an attempt, and their directory unless something else lies in it."""
    for stream in STREAMS:
        for name in (stream, f"{stream}.new", f"{stream}.gap", f"{stream}.gap.new"):
            (log_dir / name).unlink(missing_ok=True)
    for name in (index.NAME, f"{index.NAME}.new"):
        (log_dir / name).unlink(missing_ok=True)
    if log_dir.is_dir() and not any(log_dir.iterdir()):
        log_dir.rmdir()
