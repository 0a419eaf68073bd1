"""Keeping an attempt's log files within their limit while it writes them.

A hole is punched between head and tail: offsets stay true, the writer notices nothing, and the disk gets its
blocks back. What was dropped is written down first, beside the log, so that no reader takes the hole's zeros
for output. Where the file system punches no holes, a log is whole until its task ends, and cut then.

The looks at the sizes also make the time index.
"""

from __future__ import annotations

import errno
import fcntl
import os
import struct
import sys

from petit.execution.keeper import index
from petit.execution.keeper.attempts import NEVER
from petit.execution.keeper.clock import wall_ms
from petit.execution.lean import TYPE_CHECKING, dumps, loads

if TYPE_CHECKING:
    from petit.execution.keeper.attempts import Attempt

STREAMS = ("stdout", "stderr")
SOONEST_MS = 100
LATEST_MS = 1_000
_BLOCK = 65_536  # no file system that we know has larger ones

# FS_IOC_UNRESVSP of linux/falloc.h: punch a hole and keep the size, for any file system (Linux 5.6). Same as
# fallocate(2), which Python does not offer.
_UNABLE = (errno.EOPNOTSUPP, errno.ENOTTY, errno.ENOSYS)  # of a file system, or of a kernel before 5.6
_SPACE = struct.Struct("hhqqiI4i")
_PUNCH = 1 << 30 | _SPACE.size << 16 | ord("X") << 8 | 41


def sample(attempt: Attempt, now_ms: int) -> None:
    """Look at an attempt's logs, cut them if they have grown too long, and say when to look again.

    A quiet attempt is looked at again after half of the time that it has been quiet: whoever writes in a
    rhythm has each beat seen apart.
    """
    sizes = (_watch(attempt, "stdout"), _watch(attempt, "stderr"))
    if sizes != attempt.sizes:
        attempt.sizes = sizes
        attempt.grown_at_ms = now_ms
        _remember(attempt.log_dir, sizes)
    quiet_ms = now_ms - attempt.grown_at_ms
    wait_ms = max(SOONEST_MS, min(quiet_ms // 2, LATEST_MS))
    attempt.sample_at_ms = now_ms + wait_ms
    if wait_ms == LATEST_MS:  # at whole seconds: one wake-up for all that are quiet
        attempt.sample_at_ms -= attempt.sample_at_ms % LATEST_MS


def _remember(log_dir: str, sizes: tuple[int, int]) -> None:
    try:
        index.append(log_dir, wall_ms(), *sizes)
    except OSError:
        return  # the logs are there all the same, their order is only known less well


def _watch(attempt: Attempt, stream: str) -> int:
    """Return the size of a log, cut if it has grown too long."""
    limit = attempt.log_limit if attempt.is_cuttable else NEVER
    try:
        return bound(attempt.log_dir, stream, limit)
    except CannotPunch as error:
        attempt.is_cuttable = False  # asking again and again would get the same answer
        sys.stderr.write(f"petit: {error}\n")
        return _size(f"{attempt.log_dir}/{stream}")


def finish(attempt: Attempt) -> None:
    """Cut an attempt's logs for the last time: nothing writes to them any more."""
    for stream in STREAMS:
        try:
            bound(attempt.log_dir, stream, attempt.log_limit, slack=0)
        except CannotPunch:
            copy_ends(f"{attempt.log_dir}/{stream}", attempt.log_limit)


class CannotPunch(Exception):
    """The file system gives nothing back of the middle of a file."""


def bound(log_dir: str, stream: str, limit: int, *, slack: int | None = None) -> int:
    """Cut one log file to its head and tail if it is over its limit, and return its size; 0 if there is none.

    Where that fails for now (a full disk) it is left as it is: the task is neither blocked nor killed.

    Args:
        log_dir: Where the file lies.
        stream: Its name.
        limit: Bytes to keep, half of them from the start.
        slack: Bytes over the limit that are let be, so that a growing file is not cut at every look; None: a
            quarter of the limit.

    Raises:
        CannotPunch: It is too long, and this file system cannot help it.
    """
    path = f"{log_dir}/{stream}"
    size = _size(path)
    if size > limit:
        try:
            _cut(path, size, limit, limit // 4 if slack is None else slack)
        except OSError:
            return size
    return size


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0  # removed by someone


def _cut(path: str, size: int, limit: int, slack: int) -> None:
    head = limit // 2
    end = size - (limit - head)
    previous = read_gap(path)
    previous_end = previous[1] or head
    if end - previous_end <= slack:
        return
    start = max(head, previous_end - _BLOCK)  # only blocks wholly in one hole are given back
    fd = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        _write_gap(path, head, end)
        try:
            fcntl.ioctl(fd, _PUNCH, _SPACE.pack(0, os.SEEK_SET, start, end - start, *[0] * 6))
        except OSError as error:
            _restore_gap(path, previous)
            if error.errno in _UNABLE:
                raise CannotPunch(f"{path}: {os.strerror(error.errno)}: whole until its task ends") from error
            raise
    finally:
        os.close(fd)


def copy_ends(path: str, limit: int) -> None:
    """Put a sparse file with head and tail in a log's place: same size, same offsets, nothing in between.

    For a file system without holes to punch, once nothing writes to the log. Who reads the old file goes on
    doing so. If it fails, the log stays whole.
    """
    size, head = _size(path), limit // 2
    end = size - (limit - head)
    previous = read_gap(path)
    try:
        _write_gap(path, head, end)
        _write_ends(path, head, end, size)
        os.rename(path + ".new", path)
    except OSError:
        _undo(path, previous)


def _undo(path: str, previous: tuple[int, int]) -> None:
    try:
        _restore_gap(path, previous)
        os.unlink(path + ".new")
    except OSError:
        return  # a disk that is full or broken, or it was not made


def _write_ends(path: str, head: int, end: int, size: int) -> None:
    source = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    target = os.open(path + ".new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        _copy(source, target, 0, head)
        _copy(source, target, end, size)
    finally:
        os.close(source)
        os.close(target)


def _copy(source: int, target: int, start: int, end: int) -> None:
    while start < end:
        copied = os.copy_file_range(source, target, end - start, start, start)
        if copied == 0:
            raise OSError(errno.EIO, "the log became shorter")
        start += copied


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
