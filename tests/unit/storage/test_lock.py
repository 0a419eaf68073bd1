"""The lock of one scheduler on a database."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from petit.core.errors import DatabaseRefused, SchedulerAlreadyRunning
from petit.storage.lock import Holder, SchedulerLock

HOLD = """
import os, sys
from pathlib import Path
from petit.storage.lock import SchedulerLock
lock = SchedulerLock(Path(sys.argv[1]))
lock.acquire(pid=os.getpid(), started_at=5, address="http://127.0.0.1:8565")
print("held", flush=True)
sys.stdin.read()
"""


def lock_in(directory: Path) -> SchedulerLock:
    return SchedulerLock(directory / "lock")


def test_the_second_is_refused_and_told_who_is_first(tmp_path: Path) -> None:
    first, second = lock_in(tmp_path), lock_in(tmp_path)
    first.acquire(pid=os.getpid(), started_at=5)
    first.announce("http://127.0.0.1:8565")
    with pytest.raises(SchedulerAlreadyRunning) as refused:
        second.acquire(pid=1, started_at=9)
    assert isinstance(refused.value, DatabaseRefused)
    assert f"pid {os.getpid()}" in str(refused.value)
    assert "http://127.0.0.1:8565" in str(refused.value)
    assert refused.value.evidence == {"pid": os.getpid(), "started_at": 5, "address": "http://127.0.0.1:8565"}
    first.release()


def test_a_holder_that_has_not_written_its_name_is_known_to_the_kernel(tmp_path: Path) -> None:
    first = lock_in(tmp_path)
    first.acquire(pid=os.getpid(), started_at=5)
    os.truncate(first.path, 0)
    with pytest.raises(SchedulerAlreadyRunning) as refused:
        lock_in(tmp_path).acquire(pid=1, started_at=9)
    assert refused.value.evidence["pid"] in {
        os.getpid(),
        None,
    }  # None: /proc/locks shows no other pid namespace
    first.release()


def test_a_released_lock_is_free(tmp_path: Path) -> None:
    first, second = lock_in(tmp_path), lock_in(tmp_path)
    first.acquire(pid=1, started_at=5)
    first.release()
    first.release()
    assert second.holder() is None
    second.acquire(pid=2, started_at=6)
    assert first.holder() == second.holder() == Holder(pid=2, started_at=6)
    second.release()


def test_nobody_holds_a_lock_that_was_never_taken(tmp_path: Path) -> None:
    lock = lock_in(tmp_path)
    assert lock.holder() is None
    lock.announce("http://nowhere")
    assert not lock.path.exists()


def test_a_missing_directory_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        lock_in(tmp_path / "no").acquire(pid=1, started_at=1)


def test_the_file_is_for_its_owner_only(tmp_path: Path) -> None:
    lock = lock_in(tmp_path)
    lock.acquire(pid=1, started_at=1)
    assert lock.path.stat().st_mode & 0o777 == 0o600
    lock.release()


def test_the_file_of_a_killed_holder_is_no_obstacle(tmp_path: Path) -> None:
    lock = lock_in(tmp_path)
    arguments = [sys.executable, "-c", HOLD, str(lock.path)]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(SchedulerAlreadyRunning) as refused:
            lock.acquire(pid=os.getpid(), started_at=9)
        assert refused.value.evidence["pid"] == holder.pid
        holder.send_signal(signal.SIGKILL)
    assert "pid" in lock.path.read_text()
    assert lock.holder() is None
    lock.acquire(pid=os.getpid(), started_at=9)
    lock.release()


def test_programs_that_the_holder_starts_do_not_inherit_it(tmp_path: Path) -> None:
    lock = lock_in(tmp_path)
    lock.acquire(pid=os.getpid(), started_at=1)
    with subprocess.Popen(["sleep", "60"], close_fds=False) as child:
        try:
            lock.release()
            second = lock_in(tmp_path)
            second.acquire(pid=os.getpid(), started_at=2)
            second.release()
        finally:
            child.kill()
