"""Long logs as they are first looked at: where to begin, where the lines are, the first error."""

from __future__ import annotations

import asyncio
from array import array
from bisect import bisect_right
from collections.abc import Sequence
from pathlib import Path

import msgspec

from petit.core.clock import Millis
from petit.core.ids import AttemptId, attempt_id
from petit.core.log_errors import plain
from petit.core.log_marks import Mark
from petit.core.log_order import Sample, in_order
from petit.execution.last_words import landing
from petit.execution.log_scan import Scan
from petit.execution.logs import LogFile
from petit.scheduler.recent import Recent
from petit.storage.records import AttemptRow

LONGEST_LINE = 500
_KEPT = 16  # scans, at most 64 KiB each
_AT_A_TIME = 2
_READ = 4 * 1024


class LogError(msgspec.Struct, frozen=True):
    """A line that tells of an error, as plain text of at most 500 characters; lines count from 1."""

    offset: int
    line: int
    text: str


class LogSight(msgspec.Struct, frozen=True, kw_only=True):
    """What there is to know of a log at a first look.

    Attributes:
        size: Bytes written so far, dropped ones included.
        landing: The byte to show first.
        dropped: The range of bytes that was dropped.
        lines: How many are kept; None where they were not counted to the end.
        marks: About each 64 KiB a line: its first byte, its number from 1, when it was first seen.
        first_error: The first line that tells of an error.
    """

    size: int = 0
    landing: int = 0
    dropped: tuple[int, int] | None = None
    lines: int | None = None
    marks: tuple[tuple[int, int, Millis | None], ...] = ()
    first_error: LogError | None = None


class _Kept:
    def __init__(self) -> None:
        self.scan = Scan()
        self.lock = asyncio.Lock()


class LogSights:
    """Looks at logs in threads, a few at a time. What was read of a log is kept, and is not read again."""

    def __init__(self) -> None:
        self._scans: Recent[tuple[AttemptId, str], _Kept] = Recent(_KEPT)
        self._turn = asyncio.Semaphore(_AT_A_TIME)

    async def look(self, path: Path, attempt: AttemptRow, *, is_whole: bool) -> LogSight:
        """Return what the end of a log tells: 64 KiB are read, however long it is. Or all there is to tell.

        Args:
            path: The log.
            attempt: Whose it is. When it ended is when all was written that no sample saw.
            is_whole: Read all of it, once, and what came since from then on.

        Raises:
            FileNotFoundError: Nothing was written, or it is gone.
        """
        stream = path.name
        if not is_whole:
            return await asyncio.to_thread(_first, path)
        key = (attempt_id(attempt.run_id, attempt.task_id, attempt.number), stream)
        kept = self._scans.get(key) or self._scans.put(key, _Kept())
        async with kept.lock, self._turn:
            return await asyncio.to_thread(_whole, path, kept.scan, attempt.ended_at)


def _first(path: Path) -> LogSight:
    with LogFile(path) as log:
        return LogSight(landing=landing(log, path.name), size=log.size, dropped=log.dropped)


def _whole(path: Path, scan: Scan, last_at: Millis | None) -> LogSight:
    with LogFile(path) as log:
        scan.go_on(log)
        size = log.size
        times = _Times(log.samples(), path.name, size, last_at)
        return LogSight(
            size=size,
            landing=landing(log, path.name),
            dropped=log.dropped,
            lines=None if scan.is_cut else scan.marks.lines,
            marks=tuple((mark.offset, mark.line, times.at(mark.offset)) for mark in scan.marks),
            first_error=None if scan.error is None else _shown(log, scan.error),
        )


def _shown(log: LogFile, found: Mark) -> LogError:
    text = log.read(found.offset, _READ).partition(b"\n")[0]
    return LogError(found.offset, found.line, plain(text, LONGEST_LINE))


class _Times:
    """When the bytes of a stream were first seen."""

    def __init__(self, samples: Sequence[Sample], stream: str, size: int, last_at: Millis | None) -> None:
        stretches = list(in_order(samples, {stream: 0}, {stream: size}, last_at))
        self._starts = array("Q", (each.start for each in stretches))
        self._at = [each.at for each in stretches]

    def at(self, offset: int) -> Millis | None:
        place = bisect_right(self._starts, offset) - 1
        return self._at[place] if place >= 0 else None
