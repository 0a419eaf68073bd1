"""Reading a log from its beginning, once: where its lines are, and the first of them that tells of an error.

A log that grows is read on from where the last look ended. Bytes that were dropped are passed over; where
more of them are dropped than at the last look, all is read again, which is little: what is kept is bounded.
"""

from __future__ import annotations

from petit.core.log_errors import LONGEST_TRACEBACK, first_error, unfinished
from petit.core.log_marks import Mark, Marks
from petit.execution.logs import LogFile

MOST_BYTES = 256 * 1024 * 1024
"""Of a log that is longer, what follows is not read: reading it all would keep a core busy."""

_BLOCK = 256 * 1024
_PATIENCE = 500  # words in a block that only look like an error
_TRIES = 3  # of a log that is being cut; then it is looked at anew the next time
_LEFT_OVER = 64  # of an endless line, what may be the beginning of a word


class Scan:
    """What is known of one log.

    Attributes:
        marks: Where its lines begin.
        error: The first line that tells of an error.
        is_cut: The log is longer than what is read of it.
    """

    def __init__(self) -> None:
        self._identity: object = None
        self._begin()

    def _begin(self) -> None:
        self.marks = Marks()
        self.error: Mark | None = None
        self.is_cut = False
        self._read = 0
        self._looked = 0  # errors were looked for up to here

    def go_on(self, log: LogFile) -> None:
        """Read what was not read before, up to the present end. Not for two threads at a time."""
        for _ in range(_TRIES):
            gap = log.dropped
            self._read_on(log, gap)
            if log.dropped == gap:  # else zeros may have been read where there was output
                return

    def _read_on(self, log: LogFile, gap: tuple[int, int] | None) -> None:
        size = log.size
        identity = (log.inode, gap)
        if identity != self._identity or size < self.marks.end:
            self._begin()
            self._identity = identity
        while (end := self._block_end(size, gap)) > self.marks.end:
            if self._read >= MOST_BYTES:
                self.is_cut = True
                return
            if not self._take(log, end, size):
                return

    def _block_end(self, size: int, gap: tuple[int, int] | None) -> int:
        """Return where the next block ends; it holds nothing that was dropped."""
        begin = self.marks.end
        if gap is not None and gap[0] <= begin < gap[1]:
            self.marks.skip(gap[1])
            begin = self._looked = gap[1]
        limit = gap[0] if gap is not None and begin < gap[0] else size
        return min(begin + _BLOCK, limit)

    def _take(self, log: LogFile, end: int, size: int) -> bool:
        """Read a block; False where the log was cut short meanwhile."""
        begin = self.marks.end
        start = begin if self.error is not None else self._looked
        data = log.read(start, end - start)
        new = data[begin - start :]
        self.marks.feed(new)
        self._read += len(new)
        if self.error is None:
            self._look_for_error(data, start, is_all=end == size)
        return len(new) == end - begin

    def _look_for_error(self, data: bytes, start: int, *, is_all: bool) -> None:
        """Look at what is new, and at the line or traceback before it that was not whole then."""
        found = first_error(data, patience=_PATIENCE)
        is_endless = found is not None and found.end - found.start > LONGEST_TRACEBACK
        if found is not None and (found.end < len(data) or is_all or is_endless):
            line = self.marks.lines - data.count(b"\n", found.start, len(data) - 1)
            self.error = Mark(start + found.start, line)
            return
        left = len(data) - unfinished(data)
        self._looked = start + len(data) - (left if left <= LONGEST_TRACEBACK else _LEFT_OVER)
