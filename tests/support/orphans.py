"""Processes that a scheduler in a scratch directory has started, found in /proc."""

from __future__ import annotations

import ctypes
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

_PR_SET_CHILD_SUBREAPER = 36


class Found(NamedTuple):
    """A process that is alive. `run_id` is None where it is no task of a run."""

    pid: int
    run_id: str | None
    argv: str


def processes_of(home: Path) -> list[Found]:
    """Return what runs with HOME set to this directory or names it in its arguments, not this process."""
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit() or int(entry) == os.getpid():
            continue
        try:
            environ = Path("/proc", entry, "environ").read_bytes().split(b"\0")
            argv = Path("/proc", entry, "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:  # it is gone, or a stranger's
            continue
        is_ours = f"HOME={home}".encode() in environ or f"{home}/" in argv
        if is_ours and argv:  # a zombie has none
            run_id = next((each[13:].decode() for each in environ if each.startswith(b"PETIT_RUN_ID=")), None)
            found.append(Found(int(entry), run_id, argv.strip()))
    return found


def tasks_of(home: Path) -> list[Found]:
    """Return the task processes among them."""
    return [each for each in processes_of(home) if each.run_id is not None]


def none_left(home: Path, *, within_s: float = 5.0) -> list[Found]:
    """Return the task processes that are still there after this time; none, as soon as there are none."""
    end = time.monotonic() + within_s
    while (left := tasks_of(home)) and time.monotonic() < end:
        time.sleep(0.02)
    return left


def kill_all(home: Path) -> None:
    """Kill everything of a scratch directory, until nothing is left."""
    end = time.monotonic() + 10
    while found := processes_of(home):
        assert time.monotonic() < end, found
        for each in found:
            try:
                os.kill(each.pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        time.sleep(0.02)


@contextmanager
def inherited() -> Iterator[None]:
    """Inherit, while the block lasts, whoever loses its parent: an init may take seconds to reap them."""
    prctl = ctypes.CDLL(None).prctl
    prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    try:
        yield
    finally:
        prctl(_PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)
        while _reap_any():
            pass


def reap(pid: int) -> None:
    """Wait for the end of a process that was inherited; nobody can ask for its status after that."""
    try:
        os.waitpid(pid, 0)
    except ChildProcessError:  # its own parent has reaped it
        return


def _reap_any() -> bool:
    try:
        return os.waitpid(-1, os.WNOHANG)[0] != 0
    except ChildProcessError:
        return False
