"""Disks that fail: small ones that can be filled, and calls to the kernel that are answered with an error."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """Have a file system of this size at `folder` while the block lasts; skip where none may be mounted."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "petit-test", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("mounting a small file system needs root")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(ballast: Path) -> None:
    """Take all the space that is left on a disk."""
    with ballast.open("ab", buffering=0) as file, suppress(OSError):
        while True:
            file.write(b"x" * 4096)


@contextmanager
def failing(
    pid: int, calls: str, error: str, log: Path, *, when: str, paths: tuple[Path, ...] = ()
) -> Iterator[None]:
    """Let the kernel answer calls of a process, in all of its threads, with an error while the block lasts.

    Args:
        pid: The process.
        calls: Names, with commas between.
        error: Such as EIO.
        log: Where what happened is written.
        when: Which of the calls, as `strace -e inject` has it: "3", "1+", "2..9".
        paths: Only calls on these files; all where there are none.
    """
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    only = [word for path in paths for word in ("-P", str(path))]
    inject = f"inject={calls}:error={error}:when={when}"
    threads = [word for thread in os.listdir(f"/proc/{pid}/task") for word in ("-p", thread)]
    command = ["strace", "-y", *threads, "-o", str(log), *only, "-e", f"trace={calls}", "-e", inject]
    tracer = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        assert tracer.stderr is not None
        said = os.read(tracer.stderr.fileno(), 4096)  # "attached", once it is
        if b"attached" not in said:
            pytest.skip(f"strace may not trace here: {said.decode()}")
        yield
    finally:
        tracer.send_signal(signal.SIGINT)
        try:
            tracer.wait(3)
        except subprocess.TimeoutExpired:  # it waits for a thread that does nothing: its death lets go of all
            tracer.kill()
            tracer.wait()
        assert tracer.stderr is not None
        tracer.stderr.close()


def injected(log: Path) -> int:
    """Return how many calls were answered so."""
    return log.read_text(errors="replace").count("(INJECTED)") if log.exists() else 0
