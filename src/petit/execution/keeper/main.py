"""The keeper's program: `python -I -S -E main.py DIRECTORY ...`, started by the engine.

Standard library only.

It begins by becoming a subreaper, for which the standard library has only ctypes, half a megabyte that would
stay for good. So it is done in a first life; being a subreaper survives the exec into the second.
"""

from __future__ import annotations

import os
import sys

_PR_SET_CHILD_SUBREAPER = 36
_LOCK_TRIES = 100


def main(arguments: list[str]) -> int:
    """Run the keeper of a directory.

    Args:
        arguments: DIRECTORY, FD of the engine's connection or -1, umask of the tasks (octal), milliseconds to
            stay idle; before them "--subreaper" in the first life.

    Returns:
        The exit status: 3 if another keeper has the directory.
    """
    if arguments[0] == "--subreaper":
        become_subreaper()
        again = [*_interpreter(), os.path.abspath(__file__), *arguments[1:]]
        os.execv(sys.executable, again)  # noqa: S606 - no shell is wanted
    _let_import_petit()
    directory, fd, umask, idle_leave_ms = arguments
    return _keep(directory, int(fd), int(umask, 8), int(idle_leave_ms))


def _interpreter() -> list[str]:
    return [sys.executable, "-I", "-S", "-E", "-X", "utf8"]


def become_subreaper() -> None:
    """Make this process the new parent of what its descendants leave behind."""
    try:
        import ctypes  # noqa: PLC0415 - see above

        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    except (ImportError, OSError, AttributeError) as e:
        sys.stderr.write(f"petit: cannot adopt orphans of tasks, what they leave behind may stay: {e}\n")


def _let_import_petit() -> None:
    """Let `petit.execution` be imported without `petit/__init__.py`, which brings in the whole product."""
    package = type(sys)("petit")
    here = os.path.dirname(os.path.abspath(__file__))
    package.__path__ = [os.path.dirname(os.path.dirname(here))]
    sys.modules["petit"] = package


def _keep(directory: str, fd: int, umask: int, idle_leave_ms: int) -> int:
    from petit.execution.keeper import wire  # noqa: PLC0415 - possible only now
    from petit.execution.keeper.keeper import Keeper  # noqa: PLC0415
    from petit.execution.keeper.server import Server, listen  # noqa: PLC0415
    from petit.execution.lean import socket  # noqa: PLC0415

    _close_all_but(fd)
    os.umask(umask)  # the tasks' own; the keeper's files are made with their modes
    os.chdir(directory)  # sockets have at most 108 bytes of name
    directory_fd = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    if not _lock(wire.LOCK):
        return 3
    first = None
    if fd >= 0:
        os.set_inheritable(fd, False)
        first = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, 0, fileno=fd)
    keeper = Keeper(directory_fd)
    server = Server(keeper, listen(wire.SOCKET), first, idle_leave_ms)
    server.serve()
    os.unlink(wire.SOCKET)
    keeper.leave()
    return 0


def _close_all_but(fd: int) -> None:
    """Close what the engine's own parent let it inherit: the tasks must not have it."""
    for name in os.listdir("/proc/self/fd"):
        if int(name) not in (0, 1, 2, fd):
            try:
                os.close(int(name))
            except OSError:
                continue  # it was the listing's own


def _lock(name: str) -> bool:
    """Take the directory for this process; an earlier keeper may be about to leave it."""
    import fcntl  # noqa: PLC0415 - only a keeper needs them, not those who import this module
    import time  # noqa: PLC0415

    fd = os.open(name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    for _ in range(_LOCK_TRIES):
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            time.sleep(0.01)
        else:
            return True
    return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
