"""A real scheduler looks after itself: standstills are told by health, log and watchdog."""

from __future__ import annotations

import signal
import socket
import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path

from tests.support.program import Program, running, scheduler, script_job

WITHIN_S = 6.0
"""How long a standstill may last before it is told."""


def unwell(program: Program, part: str, *, within: float) -> tuple[float, str]:
    """Return after how many seconds health says that a part is not well, and what it says."""
    begun = time.monotonic()
    while True:
        status, told = program.ask("GET", "/api/health")
        if status == 503 and not told["checks"][part]["ok"]:
            return time.monotonic() - begun, told["checks"][part]["detail"]
        assert time.monotonic() - begun < within, told
        time.sleep(0.05)


def well(program: Program) -> None:
    end = time.monotonic() + 20
    while program.ask("GET", "/api/health")[0] != 200:
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_database_that_somebody_holds_is_told_within_six_seconds(tmp_path: Path) -> None:
    script_job(tmp_path, "a", "true")
    with scheduler("--db", "petit.db", cwd=tmp_path) as program:
        with closing(sqlite3.connect(tmp_path / "petit.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            asking = threading.Thread(target=program.ask, args=("POST", "/api/jobs/a/trigger"))
            asking.start()
            seconds, said = unwell(program, "storage", within=20)
            told = program.get("/api/scheduler/state")
            other.execute("ROLLBACK")
        asking.join()
        assert seconds < WITHIN_S
        assert said.startswith("the database")
        assert (told["health"], told["checks"]["storage"]["ok"]) == ("degraded", False)
        program.wait_for("not well: storage: the database")
        well(program)
        program.wait_for("well again after .*: storage")
        assert program.get("/api/scheduler/state")["health"] == "ok"


def test_a_loop_that_stood_still_is_told_afterwards_and_the_watchdog_heard_nothing(tmp_path: Path) -> None:
    script_job(tmp_path, "a", "true")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(20)
        env = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "3000000"}
        with running("run", "jobs", "--api-port", "0", cwd=tmp_path, env=env) as program:
            program.ready()
            heard = [manager.recv(1000) for _ in range(3)]
            assert heard.count(b"WATCHDOG=1") >= 2
            program.send(signal.SIGSTOP)
            time.sleep(0.2)
            manager.settimeout(0)
            while _hears(manager):
                pass
            time.sleep(6)
            assert not _hears(manager)
            program.send(signal.SIGCONT)
            _, said = unwell(program, "loop", within=WITHIN_S)
            assert said.startswith("the event loop stood still")
            program.wait_for("not well: loop: the event loop stood still")
            well(program)


def _hears(manager: socket.socket) -> bool:
    try:
        return bool(manager.recv(1000))
    except BlockingIOError:
        return False
