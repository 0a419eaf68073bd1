"""Starting a keeper, and reaching one that lives."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

from petit.execution.keeper import main, wire

IDLE_LEAVE_MS = 10_000
_FOR_THE_LOADER = ("LD_LIBRARY_PATH",)  # some interpreters do not start without


def connect(directory: Path) -> socket.socket | None:
    """Return a connection to the keeper of a directory, or None if none lives there."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        fd = os.open(directory, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        connection.close()
        return None
    try:
        # Through /proc, for a socket's name has at most 108 bytes and a directory's has not.
        connection.connect(f"/proc/self/fd/{fd}/{wire.SOCKET}")
    except (FileNotFoundError, ConnectionError):
        connection.close()
        return None
    except BaseException:
        connection.close()
        raise
    finally:
        os.close(fd)
    connection.setblocking(False)
    return connection


def start(
    directory: Path, *, umask: int, python: str = sys.executable, idle_leave_ms: int = IDLE_LEAVE_MS
) -> tuple[int, socket.socket]:
    """Start a keeper and return its pid and a connection to it.

    It leads its own session, inherits nothing but that connection, and writes what goes wrong to
    `keeper.log`.

    Args:
        directory: Where its socket and its journal are; made if missing, for the owner only.
        umask: What the tasks shall have.
        python: The interpreter to run it with.
        idle_leave_ms: How long it stays with nothing to do and no engine.

    Raises:
        OSError: The directory cannot be made or written, or no process can be started.
    """
    if not directory.is_dir():
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        sync_directory(directory.parent)  # the journal of exits has to be found after a power cut
    log = os.open(directory / wire.LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    program = [python, "-I", "-S", "-E", "-X", "utf8", str(Path(main.__file__).resolve())]
    arguments = ["--subreaper", str(directory.resolve()), "3", f"{umask:o}", str(idle_leave_ms)]
    # Duplicated above 3 first, for one of them might have that number.
    high = os.dup(its.fileno()) if its.fileno() == 3 else its.fileno()
    try:
        pid = os.posix_spawn(
            python,
            program + arguments,
            {name: os.environ[name] for name in _FOR_THE_LOADER if name in os.environ},
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
                (os.POSIX_SPAWN_DUP2, log, 1),
                (os.POSIX_SPAWN_DUP2, log, 2),
                (os.POSIX_SPAWN_DUP2, high, 3),
            ],
            setsid=True,
            setsigmask=(),
        )
    except BaseException:
        ours.close()
        raise
    finally:
        if high != its.fileno():
            os.close(high)
        its.close()
        os.close(log)
    ours.setblocking(False)
    return pid, ours


def sync_directory(path: Path) -> None:
    """Make the names in a directory survive a power cut."""
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
