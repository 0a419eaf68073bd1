"""Limits on a process that runs: what it may have from now on, until it may have more again."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ANOTHER_UID = 54_321
AS_ANOTHER = (
    "setpriv",
    f"--reuid={ANOTHER_UID}",
    f"--regid={ANOTHER_UID}",
    "--clear-groups",
    "--securebits=+no_setuid_fixup",
    "--inh-caps=+dac_override",
    "--ambient-caps=+dac_override",
)
"""Becomes a user whose processes are limited, as root's are not, and who may read root's interpreter."""


@contextmanager
def limited(pid: int, limit: str, most: int) -> Iterator[None]:
    """Let a process have no more than this of something while the block lasts.

    Args:
        pid: A process of this user, or of the other one.
        limit: As prlimit names it: nofile, nproc, as.
        most: Descriptors, processes, bytes.
    """
    before = _prlimit(pid, "--raw", "--noheadings", "--output=SOFT", f"--{limit}").strip()
    _prlimit(pid, f"--{limit}={most}:")
    try:
        yield
    finally:
        if os.path.exists(f"/proc/{pid}"):
            _prlimit(pid, f"--{limit}={before}:")


def _prlimit(pid: int, *words: str) -> str:
    become = AS_ANOTHER if os.stat(f"/proc/{pid}").st_uid == ANOTHER_UID else ()
    command = [*become, "prlimit", f"--pid={pid}", *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def fds_of(pid: int) -> int:
    """Return how many descriptors a process has open."""
    return len(os.listdir(f"/proc/{pid}/fd"))


def rss_kib(pid: int) -> int:
    """Return the memory of a process that is in the machine's, in KiB."""
    return _kib(pid, "VmRSS")


def address_space(pid: int) -> int:
    """Return how many bytes of address space a process has."""
    return _kib(pid, "VmSize") * 1024


def _kib(pid: int, name: str) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1])
    raise ValueError(f"process {pid} has no {name}")
