"""P19: a database that another program holds locked: reads go on, writes wait, and after 5 s get a 503.

Locks of random lengths are taken by another process, while a third one asks for the scheduler's health.
"""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from tests.support.checker import check
from tests.support.daemon import Daemon, daemon
from tests.support.orphans import none_left
from tests.support.scale import scaled
from tests.support.tally import tell

pytestmark = pytest.mark.faults

SEED = 19
PROBER = Path(__file__).parents[1] / "support" / "prober.py"
PATIENCE_S = 5.0
BLOCK_MS = 100.0
LONG_S = 7.0


@contextmanager
def locked(petit: Daemon) -> Iterator[None]:
    """Hold the lock of every write while the block lasts."""
    with closing(sqlite3.connect(petit.database, isolation_level=None, timeout=20)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        yield
        connection.execute("ROLLBACK")


class Trigger:
    """One trigger, from a thread of its own."""

    def __init__(self, petit: Daemon, key: str) -> None:
        self.petit, self.key = petit, key
        self.status, self.took_s = 0, 0.0
        self.run_id = ""
        self._thread = threading.Thread(target=self.ask)
        self._thread.start()

    def ask(self) -> None:
        """Ask, and note what came of it."""
        began = time.monotonic()
        answer = self.petit.ask("POST", "/api/jobs/brief/trigger", {"queue": True}, Idempotency_Key=self.key)
        self.status, self.took_s = answer.status, time.monotonic() - began
        self.run_id = answer.body.get("run_id", "")

    def over(self) -> None:
        """Wait for the answer."""
        self._thread.join()


def longest_block_ms(petit: Daemon, seconds: float) -> float:
    """Ask for health from another process; return the time that one answer in twenty exceeded."""
    command = [sys.executable, "-I", "-S", str(PROBER), str(petit.port), str(seconds)]
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    took = sorted(float(line.split()[1]) for line in said.splitlines())
    return took[-1 - len(took) // 20]


def test_locks_delay_writes_and_nothing_else(tmp_path: Path) -> None:
    locks = scaled(quick=25, soak=500)
    rng, statuses = random.Random(SEED), Counter[int]()
    with daemon(tmp_path) as petit:
        petit.write("brief", f"max_concurrency: 4\ntasks:\n{petit.witness.task()}")
        petit.start()
        promised: set[str] = set()
        for number in range(locks):
            is_long = number % 5 == 0
            with locked(petit):
                trigger = Trigger(petit, f"key-{number}")
                block = longest_block_ms(petit, LONG_S if is_long else rng.uniform(0.2, 1))
                assert block < BLOCK_MS, "the loop stood still"
                if is_long:
                    trigger.over()
                    assert PATIENCE_S - 1 < trigger.took_s < LONG_S
            trigger.over()
            assert trigger.status == (503 if is_long else 200), trigger.took_s
            statuses[trigger.status] += 1
            if is_long:
                petit.until(lambda trigger=trigger: trigger.ask() or trigger.status == 200)
            promised.add(trigger.run_id)
            petit.until(lambda: petit.ask("GET", "/api/health").status == 200, within_s=PATIENCE_S)
        petit.idle()
        stored = {row["id"]: row["status"] for row in petit.rows("SELECT id, status FROM runs")}
        assert stored == dict.fromkeys(promised, "completed")
        check(petit)
        assert petit.stop() == 0
        assert none_left(tmp_path) == []
    tell("P19", locks, f"locks of another program; answers {dict(statuses)}, then all accepted")
