"""Finding and signalling the processes of an attempt, never another one.

A pid alone names nobody for long. A process is known by (pid, start time) within one boot; signals go through
a pidfd opened before that pair is checked, so that the check and the signal concern the same process.
Standard library only, Linux.
"""

from __future__ import annotations

import fcntl
import os
import resource
import struct

from petit.execution.lean import TYPE_CHECKING, signal

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

_TICK_MS = 1000 // os.sysconf("SC_CLK_TCK")
_RLIMIT_LOCKS = 10  # of asm-generic/resource.h, the same everywhere; Python has no name for it
# struct pidfd_info of linux/pidfd.h, first version: 64 bytes, the exit status last (Linux 6.15).
_PIDFD_INFO = struct.Struct("=QQ11Ii")
_PIDFD_GET_INFO = 3 << 30 | _PIDFD_INFO.size << 16 | 0xFF << 8 | 11
_PIDFD_INFO_EXIT = 1 << 3


class Process:
    """What /proc says of one process; `start_ms` is on the boot-time clock, in steps of a clock tick."""

    __slots__ = ("group", "parent", "pid", "session", "start_ms", "state")

    def __init__(self, pid: int, parent: int, group: int, session: int, state: str, start_ms: int) -> None:
        self.pid = pid
        self.parent = parent
        self.group = group
        self.session = session
        self.state = state
        self.start_ms = start_ms

    @property
    def is_dead(self) -> bool:
        """Whether nothing but its exit status is left."""
        return self.state in ("Z", "X")


def read_process(pid: int) -> Process | None:
    """Read one process from /proc; None if there is none."""
    line = _read(f"/proc/{pid}/stat")
    if not line:
        return None
    fields = line[line.rindex(b")") + 2 :].split()  # the name before may hold blanks and parentheses
    return Process(
        pid, int(fields[1]), int(fields[2]), int(fields[3]), fields[0].decode(), int(fields[19]) * _TICK_MS
    )


def snapshot() -> dict[int, Process]:
    """Read all processes from /proc, by pid: some milliseconds, so for unusual moments only."""
    found = (read_process(int(name)) for name in os.listdir("/proc") if name.isdecimal())
    return {process.pid: process for process in found if process is not None}


def descendants(processes: Mapping[int, Process], roots: Collection[int]) -> list[Process]:
    """Return the roots that are there and everything below them, parents first."""
    children: dict[int, list[Process]] = {}
    for process in processes.values():
        children.setdefault(process.parent, []).append(process)
    found = [processes[pid] for pid in roots if pid in processes]
    seen = {process.pid for process in found}
    for process in found:  # grows while it is walked
        for child in children.get(process.pid, ()):
            if child.pid not in seen:
                seen.add(child.pid)
                found.append(child)
    return found


def tag_next(tag: int) -> None:
    """Have all processes started from now on carry a number, they and their descendants.

    It is the soft limit of file locks, which Linux inherits but has not enforced since 2.4: unlike an
    environment, a session or a parent it is not shed by daemons, so it tells whose a process is.
    """
    try:
        resource.setrlimit(_RLIMIT_LOCKS, (tag, resource.getrlimit(_RLIMIT_LOCKS)[1]))
    except (ValueError, OSError):
        return  # somebody has set a hard limit: then sessions and times have to tell


def tag_of(pid: int) -> int | None:
    """Return the number that a process carries, None if it is gone or carries none."""
    try:
        return resource.prlimit(pid, _RLIMIT_LOCKS)[0]
    except PermissionError:  # it has taken another user's rights
        for line in _read(f"/proc/{pid}/limits").splitlines():
            if line.startswith(b"Max file locks"):
                soft = line.split()[3]
                return int(soft) if soft.isdigit() else None
    except (OSError, ValueError):
        pass
    return None


def tagged(processes: Iterable[Process], tag: int) -> list[Process]:
    """Return those that carry a number."""
    return [process for process in processes if tag_of(process.pid) == tag]


def is_same(pid: int, start_ms: int) -> bool:
    """Say whether a pid still is the process that was started about then (boot-time ms), zombie or not."""
    process = read_process(pid)
    return process is not None and abs(process.start_ms - start_ms) <= 2 * _TICK_MS + 20


def send(process: Process, number: int) -> bool:
    """Signal exactly this process. False: it is gone. PermissionError: it is not ours to signal."""
    try:
        fd = os.pidfd_open(process.pid)
    except OSError:
        return False
    try:
        current = read_process(process.pid)
        if current is None or current.start_ms != process.start_ms:
            return False
        signal_through(fd, number)
    except ProcessLookupError:
        return False
    finally:
        os.close(fd)
    return True


def signal_through(pidfd: int, number: int) -> None:
    """Signal the process behind a pidfd."""
    signal.pidfd_send_signal(pidfd, number)


def is_child(pid: int) -> bool:
    """Say whether a process, dead or alive, is a child of ours that we have not reaped."""
    try:
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except OSError:
        return False
    return True


def exit_status(pid: int, pidfd: int) -> int | None:
    """Return the wait status of a process that is over but not our child, or None if nobody tells.

    Linux 6.15 and later keep it behind the pidfd once the parent has reaped it. Before that, /proc shows it
    for as long as the parent has not, to those who could trace the process: to others it shows 0, which must
    not be taken for true.
    """
    buffer = bytearray(_PIDFD_INFO.size)
    _PIDFD_INFO.pack_into(buffer, 0, _PIDFD_INFO_EXIT, *[0] * 13)
    try:
        fcntl.ioctl(pidfd, _PIDFD_GET_INFO, buffer, True)
        mask, *_, status = _PIDFD_INFO.unpack(buffer)
        if mask & _PIDFD_INFO_EXIT:
            return int(status)
    except OSError:
        pass  # an older kernel
    try:
        is_ours = os.geteuid() in (0, os.stat(f"/proc/{pid}").st_uid)
    except OSError:
        return None
    line = _read(f"/proc/{pid}/stat") if is_ours else b""
    fields = line[line.rindex(b")") + 2 :].split() if line else []
    return int(fields[49]) if fields and fields[0] in (b"Z", b"X") else None


def boot_id() -> str:
    """Return the id of this boot of the machine."""
    return _read("/proc/sys/kernel/random/boot_id").decode().strip()


def last_pid() -> int | None:
    """Return the pid given out last, or None where the kernel does not tell."""
    fields = _read("/proc/loadavg").split()
    return int(fields[4]) if len(fields) == 5 else None


def _read(path: str) -> bytes:
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        data = os.read(fd, 65536)
        if len(data) < 4096:
            return data
        while more := os.read(fd, 65536):  # /proc hands out long environments a page at a time
            data += more
        return data
    except OSError:
        return b""
    finally:
        os.close(fd)
