"""P1: what was answered is stored though the power is cut.

The scheduler and its keeper are recorded by strace while clients trigger, a job is due every second, and
the scheduler is killed once amid long tasks. Then the files are rebuilt as a power cut would have left them:
right after answers, amid checkpoints, anywhere; without what was not synced, with parts of it, torn.
Petit opens them, and what it finds is held against what was told by then: to clients, by starting processes,
and by the keeper's synced journal.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import re
import shutil
import signal
import sqlite3
import sys
from bisect import bisect_left
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest
from tests.support import careless
from tests.support.daemon import OVER, Daemon, daemon
from tests.support.orphans import processes_of
from tests.support.power_cut import WAYS, Disk
from tests.support.program import PETIT
from tests.support.scale import scaled
from tests.support.tally import tell
from tests.support.tape import Event, finished, read, recorder

from petit.core.errors import DatabaseRefused
from petit.execution.keeper.journal import read_past
from petit.storage.sqlite import SqliteStorage

pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed"),
]

SEED = 101
LONG = 3
_ANSWER = re.compile(rb"^HTTP/1\.1 20[02] .*?\r\n\r\n(\{.*\})$", re.DOTALL)


class Life:
    """What a scheduler did while it was recorded."""

    def __init__(self, home: Path, triggers: int, program: tuple[str, ...] = PETIT) -> None:
        self.home = home
        self.keys: dict[str, str] = {}
        with daemon(home) as petit:
            petit.write("quick", 'tasks:\n  - {id: main, command: "true"}\n')
            petit.write("long", 'tasks:\n  - {id: main, command: sleep, args: ["0.5"]}\n')
            petit.write("due", 'schedule: "* * * * * *"\ntasks:\n  - {id: main, command: "true"}\n')
            tapes = [home / "tape-1.txt", home / "tape-2.txt"]
            self._start(petit, tapes[0], program)
            for number in range(triggers):
                run_id = self._trigger(petit, "quick")
                if number % 5 == 0:
                    petit.over(run_id)
            long = [self._trigger(petit, "long") for _ in range(LONG)]
            petit.until(lambda: len([each for each in processes_of(home) if each.run_id in long]) == LONG)
            petit.kill()
            petit.until(lambda: not [each for each in processes_of(home) if each.run_id in long])
            self._start(petit, tapes[1], program)
            for run_id in long:
                petit.over(run_id)
            petit.stop()
            for each in processes_of(home):
                if "/keeper/main.py" in each.argv and not each.argv.startswith("strace"):
                    os.kill(each.pid, signal.SIGTERM)
            finished(home)
            self.events = read(*tapes)

    def _start(self, petit: Daemon, tape: Path, program: tuple[str, ...]) -> None:
        petit.before, petit.program = recorder(tape), program
        petit.start()

    def _trigger(self, petit: Daemon, job_id: str) -> str:
        key = f"key-{len(self.keys)}"
        answer = petit.ask("POST", f"/api/jobs/{job_id}/trigger", {}, Idempotency_Key=key)
        assert answer.status == 200, answer
        run_id: str = answer.body["run_id"]
        self.keys[key] = run_id
        return run_id

    def is_wanted(self, path: str) -> bool:
        """Say of which files the fate is of interest: the database, and what the keeper remembers."""
        name = path.removeprefix(f"{self.home}/")
        return ("petit.db" in name and not name.endswith("-shm")) or "/keeper/keeper.journal" in name


class Told:
    """What others have been told, or could see, by now."""

    def __init__(self) -> None:
        self.accepted: set[str] = set()
        self.over: dict[str, str] = {}
        self.started: set[tuple[str, str, int]] = set()
        self.exits: set[str] = set()
        self._noted: set[str] = set()

    def take(self, event: Event) -> None:
        if event.kind == "say":
            answer = _ANSWER.match(event.data)
            if answer is not None:
                self._answered(json.loads(answer[1]))
        elif event.kind == "exec" and b"PETIT_RUN_ID=" in event.data:
            names = dict(each.split("=", 1) for each in event.data.decode().split("\0"))
            self.started.add((names["PETIT_RUN_ID"], names["PETIT_TASK_ID"], int(names["PETIT_ATTEMPT"])))
        elif event.path.endswith("/keeper.journal"):
            self._journaled(event)

    def _answered(self, body: dict[str, str]) -> None:
        if "run_id" in body:
            self.accepted.add(body["run_id"])
        elif body.get("status") in OVER and "job_id" in body:
            self.over[body["id"]] = body["status"]

    def _journaled(self, event: Event) -> None:
        if event.kind == "append":
            records = [json.loads(line) for line in event.data.splitlines() if line]
            self._noted |= {record[1] for record in records if record[0] == "ended"}
        elif event.kind == "sync_ends":
            self.exits |= self._noted


class Found:
    """What Petit finds after a power cut."""

    def __init__(self, home: Path) -> None:
        database = home / "petit.db"
        asyncio.run(_open_and_close(database))
        with closing(sqlite3.connect(database)) as connection:
            rows = connection.execute
            (self.integrity,) = rows("PRAGMA integrity_check").fetchone()
            self.runs: dict[str, str] = dict(rows("SELECT id, status FROM runs"))
            self.keys: dict[str, str] = dict(rows("SELECT key, run_id FROM idempotency"))
            self.attempts = set(rows("SELECT run_id, task_id, number FROM attempts"))
            ended = rows("SELECT run_id, task_id, number FROM attempts WHERE ended_at IS NOT NULL")
            self.ended = {f"{run_id}/{task_id}/{number}" for run_id, task_id, number in ended}
            self.due = {run_id for (run_id,) in rows("SELECT run_id FROM occurrences WHERE fate = 'ran'")}
            self.scheduled = {run_id for (run_id,) in rows("SELECT id FROM runs WHERE trigger = 'schedule'")}
        self.remembered: set[str] = set()
        for journal in home.glob(".petit/*/keeper"):
            fd = os.open(journal, os.O_RDONLY | os.O_DIRECTORY)
            try:
                self.remembered |= set(read_past(fd).ends)
            finally:
                os.close(fd)


async def _open_and_close(database: Path) -> None:
    storage = SqliteStorage(database)
    await storage.open()
    await storage.close()


def _faults(found: Found, told: Told, life: Life) -> Counter[str]:
    """Compare; count what is wrong."""
    triggered = {run_id for run_id in found.runs if run_id not in found.scheduled}
    return +Counter(
        {
            "damaged": found.integrity != "ok",
            "lost": len(told.accepted - set(found.runs)),
            "key lost": sum(life.keys[key] != run for key, run in found.keys.items())
            + len(told.accepted - set(found.keys.values())),
            "end lost": sum(found.runs.get(run_id) != status for run_id, status in told.over.items()),
            "start unknown": len(told.started - found.attempts),
            "exit lost": len(told.exits - found.ended - found.remembered),
            "doubled": len(triggered) - len(set(found.keys.values())),
            "by nobody's wish": len(triggered - set(life.keys.values())),
            "ledger and runs disagree": len(found.due ^ found.scheduled),
        }
    )


def _moments(life: Life, cuts: int, rng: random.Random) -> list[int]:
    """Choose where to cut: right after answers, amid what touches the database file itself, anywhere."""
    database = str(life.home / "petit.db")
    answers = [
        at for at, event in enumerate(life.events) if event.kind == "say" and _ANSWER.match(event.data)
    ]
    in_place = [
        at for at, event in enumerate(life.events) if event.path == database and event.kind == "write"
    ]
    files = [at for at, event in enumerate(life.events) if life.is_wanted(event.path)]
    assert in_place, "no checkpoint was recorded"
    places = [answers, in_place, files]
    return sorted(rng.choice(places[number % len(places)]) for number in range(cuts))


def _cut(life: Life, scratch: Path, cuts: int) -> tuple[Counter[str], Counter[str]]:
    """Cut the power again and again; return what was wrong, and which ways it was cut."""
    rng = random.Random(SEED)
    disk, told = Disk(life.home, life.is_wanted), Told()
    moments = _moments(life, cuts, rng)
    faults: Counter[str] = Counter()
    ways: Counter[str] = Counter()
    for at, event in enumerate(life.events):
        disk.take(event)
        told.take(event)
        for number in range(bisect_left(moments, at), bisect_left(moments, at + 1)):
            way = rng.choice(WAYS)
            home = scratch / f"{number}"
            home.mkdir()
            disk.cut(home, way, rng)
            try:
                wrong = _faults(Found(home), told, life)
            except DatabaseRefused:
                wrong = Counter(refused=1)
            faults += wrong
            ways[way] += 1
            if not wrong:
                shutil.rmtree(home)
    home = scratch / "end"
    home.mkdir()
    disk.cut(home, "kept", rng)
    assert (home / "petit.db").read_bytes() == (life.home / "petit.db").read_bytes(), (
        "not the files there were"
    )
    return faults, ways


def _words(counts: Counter[str]) -> str:
    return ", ".join(f"{count} {what}" for what, count in sorted(counts.items()))


def test_a_power_cut_takes_nothing_that_was_told(tmp_path: Path) -> None:
    cuts = scaled(quick=200, soak=10_000)
    home, scratch = tmp_path / "home", tmp_path / "after"
    home.mkdir()
    scratch.mkdir()
    life = Life(home, triggers=scaled(quick=150, soak=2_000) + 35)
    faults, ways = _cut(life, scratch, cuts)
    assert faults == Counter()
    tell("P1", cuts, f"power cuts in {len(life.events)} events, {len(life.keys)} accepted: {_words(ways)}")


def test_a_scheduler_that_does_not_sync_is_found_out(tmp_path: Path) -> None:
    home, scratch = tmp_path / "home", tmp_path / "after"
    home.mkdir()
    scratch.mkdir()
    life = Life(home, triggers=10, program=(sys.executable, "-P", careless.__file__))
    faults, _ = _cut(life, scratch, 20)
    assert faults["lost"] > 0, faults
