"""Group commit: what is acknowledged is on the disk, and one bad operation harms no other."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.contract.rows import T0, finish, new_run, run_id

from petit.core.errors import StorageError
from petit.storage.base import Created, RunFilter
from petit.storage.sqlite import SqliteStorage
from petit.storage.sqlite_writer import MAX_GROUP, MAX_ROWS

WRITER = """
import asyncio, os, sys
from pathlib import Path
from petit.storage.sqlite import SqliteStorage
from tests.contract.rows import new_run, run_id

async def main(path, acknowledged, callers, each):
    storage = SqliteStorage(path)
    await storage.open()
    print("ready", flush=True)
    async def call(caller):
        for number in range(each):
            number = caller * 100_000 + number
            await storage.create_run(new_run(number, tasks=3))
            os.write(acknowledged, f"{run_id(number)}\\n".encode())
    await asyncio.gather(*map(call, range(callers)))
    await storage.close()

asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])))
"""
ROOT = Path(__file__).resolve().parents[2]


async def opened(path: Path, **given: Any) -> SqliteStorage:
    storage = SqliteStorage(path, **given)
    await storage.open()
    return storage


async def test_one_bad_operation_harms_no_other(tmp_path: Path) -> None:
    storage = await opened(tmp_path / "petit.db")
    await storage.create_run(new_run(3))
    calls = [storage.create_run(new_run(number)) for number in range(6)]
    answers = await asyncio.gather(*calls, return_exceptions=True)
    assert [isinstance(answer, StorageError) for answer in answers] == [number == 3 for number in range(6)]
    assert answers[0] == Created("running")
    stored = await storage.runs(RunFilter(), limit=100)
    assert sorted(run.id for run in stored) == [run_id(number) for number in range(6)]
    assert storage.change == max(run.changed for run in stored)
    await storage.close()


async def test_each_operation_of_a_group_has_its_own_change_number(tmp_path: Path) -> None:
    storage = await opened(tmp_path / "petit.db")
    await asyncio.gather(*(storage.create_run(new_run(number)) for number in range(5)), storage.probe())
    assert sorted(run.changed for run in await storage.runs(RunFilter(), limit=9)) == [1, 2, 3, 4, 5]
    assert storage.change == 5
    await storage.close()
    again = await opened(tmp_path / "petit.db")
    assert again.change == 5
    await again.close()


async def test_more_than_a_group_and_more_than_the_loop_takes(tmp_path: Path) -> None:
    storage = await opened(tmp_path / "petit.db")
    many = MAX_GROUP * 2 + 3
    bulky = storage.create_run(new_run(many, tasks=MAX_ROWS + 1))
    await asyncio.gather(bulky, *(storage.create_run(new_run(number)) for number in range(many)))
    assert len(await storage.runs(RunFilter(), limit=1000)) == many + 1
    assert len(await storage.tasks(run_id(many))) == MAX_ROWS + 1
    await storage.close()


async def test_a_cancelled_caller_takes_nobody_along(tmp_path: Path) -> None:
    storage = await opened(tmp_path / "petit.db")
    cancelled = asyncio.ensure_future(storage.create_run(new_run(1)))
    other = asyncio.ensure_future(storage.create_run(new_run(2)))
    await asyncio.sleep(0)
    cancelled.cancel()
    assert await other == Created("running")
    assert cancelled.cancelled()
    await storage.close()


async def test_closing_finishes_what_is_queued_and_ends_the_thread(tmp_path: Path) -> None:
    storage = await opened(tmp_path / "petit.db")
    calls = [asyncio.ensure_future(storage.create_run(new_run(number))) for number in range(100)]
    await asyncio.sleep(0)
    await storage.close()
    assert [call.result() for call in calls] == [Created("running")] * 100
    assert not [each for each in threading.enumerate() if each.name == "petit-storage"]
    with pytest.raises(StorageError, match="not open"):
        await storage.create_run(new_run(200))
    with pytest.raises(StorageError, match="not open"):
        await storage.run(run_id(1))
    await storage.open()
    assert len(await storage.runs(RunFilter(), limit=1000)) == 100
    await storage.close()


async def test_the_write_ahead_log_stays_bounded(tmp_path: Path) -> None:
    storage = await opened(tmp_path / "petit.db")
    for first in range(0, 3000, 500):
        numbers = range(first, first + 500)
        await asyncio.gather(*(storage.create_run(new_run(number, tasks=4)) for number in numbers))
        await storage.advance([finish(number, at=T0 + 9) for number in numbers])
    assert (tmp_path / "petit.db-wal").stat().st_size <= 12 * 1024 * 1024
    assert (tmp_path / "petit.db").stat().st_size > 1024 * 1024
    await storage.close()


def run_writer(path: Path, acknowledged: int, callers: int, each: int, *before: str) -> subprocess.Popen[str]:
    arguments = [*before, sys.executable, "-c", WRITER, str(path), str(acknowledged), str(callers), str(each)]
    return subprocess.Popen(
        arguments,
        stdout=subprocess.PIPE,
        text=True,
        pass_fds=(acknowledged,),
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"},
    )


@pytest.mark.parametrize("acknowledgements", [1, 40, 400])
def test_what_was_acknowledged_survives_a_kill(tmp_path: Path, acknowledgements: int) -> None:
    path = tmp_path / "petit.db"
    reading, writing = os.pipe()
    with run_writer(path, writing, 16, 10_000) as writer:
        os.close(writing)
        with os.fdopen(reading) as lines:
            heard = [lines.readline().strip() for _ in range(acknowledgements)]
            writer.send_signal(signal.SIGKILL)
            heard += [line.strip() for line in lines if line.endswith("\n")]
        writer.wait()
    stored = asyncio.run(read_all(path))
    assert len(heard) >= acknowledgements
    assert set(heard) <= stored.keys()
    assert set(stored.values()) == {3}  # whole runs only
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


async def read_all(path: Path) -> dict[str, int]:
    """All runs, and how many tasks each has."""
    storage = await opened(path)
    stored: dict[str, int] = {}
    while page := await storage.runs(RunFilter(), limit=1000, before=min(stored) if stored else None):
        for run in page:
            stored[run.id] = len(await storage.tasks(run.id))
    await storage.close()
    return stored


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
@pytest.mark.parametrize(("callers", "each"), [(1, 25), (25, 4)], ids=["one by one", "in groups"])
def test_every_acknowledgement_comes_after_a_sync_of_the_log(tmp_path: Path, callers: int, each: int) -> None:
    trace, path = tmp_path / "trace", tmp_path / "petit.db"
    with (tmp_path / "acknowledged").open("wb") as file:
        strace = ("strace", "-f", "-y", "-o", str(trace), "-e", "trace=fsync,fdatasync,pwrite64,write")
        with run_writer(path, file.fileno(), callers, each, *strace) as writer:
            if writer.wait(60) != 0 and not path.exists():
                pytest.skip("strace may not trace here")
    synced, since_sync, acknowledged, syncs = True, 0, 0, 0
    for line in trace.read_text(errors="replace").splitlines():
        if re.search(r"pwrite64\(\d+<[^>]*petit\.db-wal>", line):
            synced = False
        elif re.search(r"(fsync|fdatasync)\(\d+<[^>]*petit\.db-wal>", line):
            synced, since_sync, syncs = True, 0, syncs + 1
        elif re.search(r"write\(\d+<[^>]*/acknowledged>", line):
            acknowledged, since_sync = acknowledged + 1, since_sync + 1
            assert since_sync <= callers, "one commit answered more than once for a caller"
            assert callers > 1 or synced, "acknowledged before the log was synced"
    assert acknowledged == callers * each
    assert syncs >= each
    if callers > 1:
        assert syncs < acknowledged / 2
