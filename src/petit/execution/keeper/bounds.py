"""Keeping an attempt's log files within their limit while it writes them.

A hole is punched between head and tail: offsets stay true, the writer notices nothing, and the disk gets its
blocks back. What was dropped is written down first, beside the log, so that no reader takes the hole's zeros
for output.
"""

from __future__ import annotations

import fcntl
import os
import struct

from petit.execution.lean import TYPE_CHECKING, dumps, loads

if TYPE_CHECKING:
    from petit.execution.keeper.attempts import Attempt

STREAMS = ("stdout", "stderr")
SOONEST_MS = 100
LATEST_MS = 1_000
_BLOCK = 65_536  # no file system that we know has larger ones

# FS_IOC_UNRESVSP of linux/falloc.h: punch a hole and keep the size, for any file system (Linux 5.6). Same as
# fallocate(2), which Python does not offer.
_SPACE = struct.Struct("hhqqiI4i")
_PUNCH = 1 << 30 | _SPACE.size << 16 | ord("X") << 8 | 41


def sample(attempt: Attempt, now_ms: int) -> None:
    """Look at an attempt's logs, cut them if they have grown too long, and say when to look again."""
    size = 0
    for stream in STREAMS:
        size += bound(attempt.log_dir, stream, attempt.log_limit)
    has_grown = size != attempt.sizes
    attempt.sizes = size
    attempt.sample_every_ms = SOONEST_MS if has_grown else min(2 * attempt.sample_every_ms, LATEST_MS)
    attempt.sample_at_ms = now_ms + attempt.sample_every_ms
    if attempt.sample_every_ms == LATEST_MS:  # at whole seconds: one wake-up for all that are quiet
        attempt.sample_at_ms -= attempt.sample_at_ms % LATEST_MS


def bound(log_dir: str, stream: str, limit: int, *, slack: int | None = None) -> int:
    """Cut one log file to its head and tail if it is over its limit, and return its size.

    Args:
        log_dir: Where the file lies.
        stream: Its name.
        limit: Bytes to keep, half of them from the start.
        slack: Bytes over the limit that are let be, so that a growing file is not cut at every look.
    """
    path = f"{log_dir}/{stream}"
    try:
        size = os.stat(path).st_size
        if size > limit:
            _cut(path, size, limit, limit // 4 if slack is None else slack)
    except OSError:
        return 0  # removed by someone, or a file system that cannot: the task is neither blocked nor killed
    return size


def _cut(path: str, size: int, limit: int, slack: int) -> None:
    head = limit // 2
    end = size - (limit - head)
    previous_end = read_gap(path)[1] or head
    if end - previous_end <= slack:
        return
    start = max(head, previous_end - _BLOCK)  # only blocks wholly in one hole are given back
    fd = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        previous = read_gap(path)
        _write_gap(path, head, end)
        try:
            fcntl.ioctl(fd, _PUNCH, _SPACE.pack(0, os.SEEK_SET, start, end - start, *[0] * 6))
        except OSError:
            _restore_gap(path, previous)
            raise
    finally:
        os.close(fd)


def read_gap(path: str) -> tuple[int, int]:
    """Return the range [start, end) of bytes dropped from a log file; (0, 0) if it is whole."""
    try:
        with open(path + ".gap", encoding="ascii") as file:
            start, end = loads(file.read())
    except (OSError, ValueError, TypeError):
        return 0, 0
    return int(start), int(end)


def _write_gap(path: str, start: int, end: int) -> None:
    fd = os.open(path + ".gap.new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        os.write(fd, dumps([start, end]).encode())
    finally:
        os.close(fd)
    os.rename(path + ".gap.new", path + ".gap")


def _restore_gap(path: str, previous: tuple[int, int]) -> None:
    if previous == (0, 0):
        os.unlink(path + ".gap")
    else:
        _write_gap(path, *previous)
