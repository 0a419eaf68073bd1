"""P19: a damaged, a newer and a half migrated database: refused, untouched, or right in all that it says.

A database of some runs is put in place again and again: with bits flipped, with a newer schema, and with the
schema of an earlier version after whoever brought it up was killed at one of its writes.
"""

from __future__ import annotations

import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.support.checker import check
from tests.support.daemon import WITHIN_S, Daemon, daemon
from tests.support.old_databases import make_older
from tests.support.scale import scaled
from tests.support.tally import tell

from petit.storage.migrate import newest_version

pytestmark = pytest.mark.faults

SEED = 19
RUNS = 12
WHAT_TO_DO = "restore a backup|name another file|upgrade Petit"
UPGRADE = """
import asyncio, sys
from pathlib import Path
from petit.storage.sqlite import SqliteStorage

async def main():
    storage = SqliteStorage(Path(sys.argv[1]))
    await storage.open()
    await storage.close()

asyncio.run(main())
"""

Truth = dict[str, tuple[str, dict[str, tuple[str, int | None]]]]
"""What is known of each run: its status, and the status and exit code of each of its tasks."""


class Stage:
    """A scheduler whose database is put in its place again and again."""

    def __init__(self, petit: Daemon) -> None:
        self.petit = petit
        petit.write("two", f"tasks:\n{petit.witness.task('a')}{petit.witness.task('b', exit='1')}")
        petit.start()
        for _ in range(RUNS):
            petit.trigger("two", queue=True)
        petit.idle()
        self.truth = self.told()
        assert petit.stop() == 0
        self.whole = petit.database.read_bytes()

    def put(self, data: bytes | bytearray) -> None:
        """Put a database in place."""
        self.clear()
        self.petit.database.write_bytes(data)

    def clear(self) -> None:
        """Have no database."""
        for suffix in ("", "-wal", "-shm"):
            Path(f"{self.petit.database}{suffix}").unlink(missing_ok=True)

    def starts(self) -> bool:
        """Start the scheduler; False where it refuses."""
        petit = self.petit
        petit.errors.write_bytes(b"")
        petit.launch()
        assert petit.process is not None
        end = time.monotonic() + WITHIN_S
        while petit.process.poll() is None and "ready" not in (petit.home / "stdout.txt").read_text():
            assert time.monotonic() < end
            time.sleep(0.01)
        if petit.process.poll() is not None:
            return False
        petit.ready()
        return True

    def told(self) -> Truth:
        """Read what the API says of all runs. Raises DamageSaid where it says that it cannot."""
        runs = self.ask("/api/jobs/two/runs?limit=100")["runs"]
        return {run["id"]: (run["status"], self._tasks(run["id"])) for run in runs}

    def _tasks(self, run_id: str) -> dict[str, tuple[str, int | None]]:
        tasks = self.ask(f"/api/runs/{run_id}/tasks")["tasks"]
        return {task["task_id"]: (task["status"], task["exit_code"]) for task in tasks}

    def ask(self, path: str) -> Any:
        answer = self.petit.ask("GET", path)
        if answer.status == 503 and "damaged" in str(answer.body):
            raise DamageSaidError
        assert answer.status == 200, answer
        return answer.body

    def expect_refusal(self, data: bytes | bytearray) -> None:
        """Expect that the refusal said what to do, and that the file is as it was."""
        said = self.petit.errors.read_text()
        assert re.search(WHAT_TO_DO, said), said
        assert "Traceback" not in said
        assert self.petit.database.read_bytes() == data, "touched"


class DamageSaidError(Exception):
    """The scheduler said that its database is damaged."""


def test_flipped_bits_are_refused_or_change_no_answer(tmp_path: Path) -> None:
    flips = scaled(quick=50, soak=1_000)
    rng, became = random.Random(SEED), Counter[str]()
    with daemon(tmp_path) as petit:
        stage = Stage(petit)
        for _ in range(flips):
            data = bytearray(stage.whole)
            places = [rng.randrange(len(data)) for _ in range(rng.choice([1, 1, 8]))]
            for place in places:
                data[place] ^= 1 << rng.randrange(8)
            stage.put(data)
            if not stage.starts():
                stage.expect_refusal(data)
                became["refused"] += 1
                continue
            try:
                assert stage.told() == stage.truth, f"a wrong answer: {places}"
                became["no answer changed"] += 1
            except DamageSaidError:
                became["said"] += 1
            petit.kill()
    tell("P19", flips, f"bits flipped: {dict(became)}")


def test_a_newer_schema_is_refused_untouched(tmp_path: Path) -> None:
    versions = [newest_version() + ahead for ahead in range(1, scaled(quick=5, soak=50) + 1)]
    with daemon(tmp_path) as petit:
        stage = Stage(petit)
        for version in versions:
            stage.put(stage.whole)
            with closing(sqlite3.connect(petit.database)) as connection:
                connection.execute(f"PRAGMA user_version = {version}")
            data = petit.database.read_bytes()
            assert not stage.starts()
            stage.expect_refusal(data)
            assert "upgrade Petit" in petit.errors.read_text()
    tell("P19", len(versions), "newer schemas, all refused")


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_killed_amid_a_migration_the_next_start_finishes_it(tmp_path: Path) -> None:
    kills = scaled(quick=20, soak=400)
    rng, found = random.Random(SEED), Counter[str]()
    writes: dict[int, int] = {}
    with daemon(tmp_path) as petit:
        stage = Stage(petit)
        today = tmp_path / "today.db"
        today.write_bytes(stage.whole)
        for number in range(kills):
            stage.clear()
            make_older(petit.database, version := 1 + number % (newest_version() - 1), like=today)
            writes[version] = writes.get(version) or count_writes(petit.database)
            kill_at_write(petit.database, rng.randint(1, writes[version]))
            found[version_of(petit.database)] += 1
            petit.start()
            assert version_of(petit.database) == str(newest_version())
            assert stage.told() == stage.truth
            check(petit)
            assert petit.stop() == 0
    tell("P19", kills, f"kills at writes of a migration; schemas found after: {dict(found)}")


def upgrade(path: Path, *options: str) -> subprocess.CompletedProcess[bytes]:
    """Bring a database up, in a process of its own whose writes strace sees: only SQLite calls pwrite64."""
    strace = ("strace", "-f", "-qq", "-o", str(path.with_name("strace.txt")), "-e", "trace=pwrite64")
    command = [*strace, *options, sys.executable, "-c", UPGRADE, str(path)]
    return subprocess.run(command, capture_output=True, timeout=60, check=False)


def count_writes(path: Path) -> int:
    """Bring a copy of a database up; return how many writes that took the thread that did most."""
    copy = path.with_name("copy.db")
    shutil.copy(path, copy)
    done = upgrade(copy)
    if b"ptrace" in done.stderr:
        pytest.skip(f"strace may not trace here: {done.stderr.decode()}")
    assert done.returncode == 0, done
    lines = path.with_name("strace.txt").read_text(errors="replace").splitlines()
    return max(Counter(line.split()[0] for line in lines).values())


def kill_at_write(path: Path, number: int) -> None:
    """Bring a database up, to be killed by SIGKILL when it comes to this write."""
    done = upgrade(path, "-e", f"inject=pwrite64:signal=SIGKILL:when={number}")
    assert done.returncode == -signal.SIGKILL, done


def version_of(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return str(connection.execute("PRAGMA user_version").fetchone()[0])
