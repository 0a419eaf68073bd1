"""Full disk, failing disk, locked database: nothing false is said, and it works again once that is over."""

from __future__ import annotations

import asyncio
import os
import resource
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest
from tests.contract.rows import new_run, run_id
from tests.support.disk import failing, injected

from petit.core.errors import DatabaseRefused, StorageUnavailable
from petit.storage.base import Created, RunFilter
from petit.storage.sqlite import SqliteStorage


async def opened(path: Path, *, busy_timeout_s: float = 5.0) -> SqliteStorage:
    storage = SqliteStorage(path, busy_timeout_s=busy_timeout_s)
    await storage.open()
    return storage


async def cause_of(storage: SqliteStorage, number: int, tasks: int = 1) -> str | None:
    try:
        await storage.create_run(new_run(number, tasks=tasks))
    except StorageUnavailable as error:
        cause: str = error.evidence["cause"]
        return cause
    return None


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 2 MiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "petit-test", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip("mounting a small file system needs root")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


async def test_a_full_disk_is_said_and_forgotten_once_there_is_space(small_disk: Path) -> None:
    storage = await opened(small_disk / "petit.db")
    await storage.create_run(new_run(0))
    ballast = small_disk / "ballast"
    fill(ballast)
    answers = [await cause_of(storage, number, tasks=300) for number in range(1, 6)]
    assert "disk_full" in answers
    assert set(answers) <= {"disk_full", None}
    with pytest.raises(StorageUnavailable, match="the disk is full"):
        await storage.create_run(new_run(50, tasks=10_000))
    assert await storage.run(run_id(50)) is None
    refused = {run_id(number) for number, answer in enumerate(answers, 1) if answer}
    assert not refused & {run.id for run in await storage.runs(RunFilter(), limit=100)}
    ballast.unlink()
    assert await storage.create_run(new_run(50, tasks=300)) == Created("running")
    await storage.probe()
    await storage.close()
    with closing(sqlite3.connect(small_disk / "petit.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


async def test_on_a_full_disk_small_operations_still_fit(small_disk: Path) -> None:
    storage = await opened(small_disk / "petit.db")
    calls = [storage.create_run(new_run(number, tasks=1 if number else 60_000)) for number in range(4)]
    answers = await asyncio.gather(*calls, return_exceptions=True)
    assert isinstance(answers[0], StorageUnavailable)
    assert answers[1:] == [Created("running")] * 3
    await storage.close()


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """Let no file grow beyond `size`: the kernel then answers a write with an error."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


async def test_an_io_error_is_said_and_the_file_opened_anew(tmp_path: Path) -> None:
    storage = await opened(tmp_path / "petit.db")
    await storage.create_run(new_run(0))
    with largest_file((tmp_path / "petit.db-wal").stat().st_size + 8192):
        answers = [await cause_of(storage, number, tasks=200) for number in range(1, 4)]
        several = await asyncio.gather(*(cause_of(storage, number, tasks=200) for number in range(10, 14)))
    assert answers == ["io_error"] * 3
    assert several == ["io_error"] * 4
    assert await storage.create_run(new_run(4, tasks=200)) == Created("running")
    assert {run.id for run in await storage.runs(RunFilter(), limit=9)} == {run_id(0), run_id(4)}
    await storage.close()


async def test_a_commit_that_failed_is_not_found_done_afterwards(tmp_path: Path) -> None:
    """Its pages lie in the log, and whoever opens the file first of all takes them for good."""
    storage = await opened(tmp_path / "petit.db")
    await storage.create_run(new_run(0))
    storage._close_reader()
    log = tmp_path / "strace.txt"
    with failing(os.getpid(), "fdatasync", "EIO", log, when="1+", paths=(tmp_path / "petit.db-wal",)):
        assert await cause_of(storage, 1) == "io_error"
    assert injected(log) > 1
    assert await storage.create_run(new_run(1)) == Created("running")
    await storage.close()


def remove(path: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)


async def test_another_database_in_its_place_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "petit.db"
    storage = await opened(path)
    other = await opened(tmp_path / "other.db")
    await other.close()
    with largest_file(4096):
        assert await cause_of(storage, 1, tasks=200) == "io_error"
    remove(path)
    (tmp_path / "other.db").rename(path)
    assert await cause_of(storage, 2) == "io_error"
    storage._close_reader()  # as after a failed read
    with pytest.raises(StorageUnavailable, match="is another database now"):
        await storage.run(run_id(1))
    path.unlink()
    assert await cause_of(storage, 3) == "io_error"
    assert not path.exists()
    await storage.close()


async def test_a_locked_database_is_said_and_the_loop_never_stands_still(tmp_path: Path) -> None:
    path = tmp_path / "petit.db"
    storage = await opened(path, busy_timeout_s=0.4)
    await storage.create_run(new_run(0))
    gaps: list[float] = []

    async def watch() -> None:
        while True:
            began = time.monotonic()
            await asyncio.sleep(0.005)
            gaps.append(time.monotonic() - began)

    watching = asyncio.ensure_future(watch())
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        first = asyncio.gather(*(cause_of(storage, number) for number in range(1, 5)))
        await asyncio.sleep(0.1)
        late = asyncio.ensure_future(cause_of(storage, 9))
        assert await storage.run(run_id(0)) is not None  # readers go on
        assert await first == ["locked"] * 4
        assert await late == "locked"
        assert time.monotonic() - began < 0.4 + 2
        other.execute("ROLLBACK")
    watching.cancel()
    assert max(gaps) < 0.2
    assert await cause_of(storage, 1) is None
    await storage.close()


async def test_a_short_lock_only_delays(tmp_path: Path) -> None:
    path = tmp_path / "petit.db"
    storage = await opened(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        call = asyncio.ensure_future(storage.create_run(new_run(1)))
        await asyncio.sleep(0.1)
        assert not call.done()
        other.execute("COMMIT")
        assert await call == Created("running")
    await storage.close()


async def test_a_busy_loop_does_not_starve_the_commit(tmp_path: Path) -> None:
    """The loop never idles; each of its turns lets go of the interpreter lock only for an instant."""
    storage = await opened(tmp_path / "petit.db")
    loop = asyncio.get_running_loop()
    working = True

    def work() -> None:
        if working:
            end = time.perf_counter() + 0.001
            while time.perf_counter() < end:
                pass
            loop.call_soon(work)

    work()
    began = time.monotonic()
    for number in range(20):
        await storage.create_run(new_run(number))
    working = False
    assert time.monotonic() - began < 5  # without making way it took that long, at times
    await storage.close()


async def test_damage_found_while_running_is_said(tmp_path: Path) -> None:
    path = tmp_path / "petit.db"
    storage = await opened(path)
    for first in range(0, 3000, 500):
        await asyncio.gather(*(storage.create_run(new_run(number)) for number in range(first, first + 500)))
    await storage.close()
    storage = await opened(path)
    overwrite(path, from_byte=8192)
    with pytest.raises(StorageUnavailable, match="damaged; restore a backup"):
        await storage.runs(RunFilter(), limit=1000)
    assert await cause_of(storage, 9000) == "damaged"
    await storage.close()


def overwrite(path: Path, *, from_byte: int) -> None:
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(from_byte)
        file.write(b"\xff" * (size - from_byte))


async def test_a_database_locked_at_the_start_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "petit.db"
    storage = await opened(path)
    await storage.close()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("UPDATE database SET probes = probes + 1")
        with pytest.raises(DatabaseRefused, match="is locked by another process; end that one"):
            await opened(path, busy_timeout_s=0.1)


async def test_a_full_disk_at_the_start_is_refused_without_a_trace(small_disk: Path) -> None:
    fill(small_disk / "ballast")
    with pytest.raises(DatabaseRefused, match="the disk is full"):
        await opened(small_disk / "petit.db")
    assert os.listdir(small_disk) == ["ballast"]


def fill(ballast: Path) -> None:
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(b"x" * 4096)
