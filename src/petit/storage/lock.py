"""One scheduler for each database: a locked file in the state directory that says who holds it.

The kernel holds the lock, so it is gone with its holder however that ended; the text in the file is for
people and for the message of the second one.
"""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

import msgspec

from petit.core.clock import Millis
from petit.core.errors import SchedulerAlreadyRunning

_MOST_BYTES = 4096
_TRIES = 5
_BETWEEN_TRIES_S = 0.02


class Holder(msgspec.Struct, frozen=True, kw_only=True):
    """The scheduler that holds the lock.

    Attributes:
        pid: Its process.
        started_at: When it took the lock.
        address: Where its API listens, once it does.
    """

    pid: int
    started_at: Millis
    address: str | None = None


class SchedulerLock:
    """The lock of one state directory. It is not inherited by programs that the holder starts.

    Args:
        path: The lock file; its directory must exist.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: int | None = None
        self._holder: Holder | None = None

    def acquire(self, *, pid: int, started_at: Millis, address: str | None = None) -> None:
        """Take the lock at once, or raise SchedulerAlreadyRunning naming its holder."""
        file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            if not _lock(file):
                raise self._refusal(file)
        except BaseException:
            os.close(file)
            raise
        self._file = file
        self._write(Holder(pid=pid, started_at=started_at, address=address))

    def announce(self, address: str) -> None:
        """Write where the API listens, once it is known."""
        if self._holder is not None:
            self._write(msgspec.structs.replace(self._holder, address=address))

    def release(self) -> None:
        """Let the lock go; harmless where it is not held.

        The file stays: removing it would race with the next one that takes the lock.
        """
        if self._file is not None:
            os.ftruncate(self._file, 0)
            os.close(self._file)
            self._file, self._holder = None, None

    def holder(self) -> Holder | None:
        """Say who holds the lock, None where nobody does or they have not said yet who they are."""
        if self._holder is not None:
            return self._holder
        try:
            file = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return _read(file)
        else:
            return None  # nobody: what the file says is of one that is gone
        finally:
            os.close(file)

    def _write(self, holder: Holder) -> None:
        assert self._file is not None
        text = msgspec.json.encode(holder) + b"\n"
        os.pwrite(self._file, text, 0)
        os.ftruncate(self._file, len(text))
        self._holder = holder

    def _refusal(self, file: int) -> SchedulerAlreadyRunning:
        known = _read(file)
        directory = str(self.path.parent)
        if known is None:
            return SchedulerAlreadyRunning(directory, pid=_pid_by_kernel(file))
        return SchedulerAlreadyRunning(
            directory, pid=known.pid, started_at=known.started_at, address=known.address
        )


def _lock(file: int) -> bool:
    """Take the lock; tried a few times, since `holder` takes it for an instant to see whether it is free."""
    for attempt in range(_TRIES):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if attempt < _TRIES - 1:
                time.sleep(_BETWEEN_TRIES_S)
        else:
            return True
    return False


def _read(file: int) -> Holder | None:
    try:
        return msgspec.json.decode(os.pread(file, _MOST_BYTES, 0), type=Holder)
    except msgspec.DecodeError:  # not written yet
        return None


def _pid_by_kernel(file: int) -> int | None:
    """Look the holder up in the kernel's list of locks (proc_locks(5)), which needs no name in the file."""
    inode = os.fstat(file).st_ino
    try:
        lines = Path("/proc/locks").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    for line in lines:
        words = line.split()  # 1: FLOCK ADVISORY WRITE 1234 08:01:5678 0 EOF
        if len(words) > 5 and words[1] == "FLOCK" and words[5].rsplit(":", 1)[-1] == str(inode):
            return int(words[4]) if int(words[4]) > 0 else None
    return None
