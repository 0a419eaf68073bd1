"""P16: old runs go by the policy and by nothing else, in small pieces, whatever kills the scheduler.

A database is filled, and then a scheduler that may keep only a few runs of each job is killed amid its
passes, again and again, while it goes on firing. Nothing that the policy keeps may be gone at any time; in
the end exactly that is left, and the log directory holds what the database holds.
"""

from __future__ import annotations

import random
import sqlite3
import time
from pathlib import Path

import pytest
from tests.support.checker import check_ledger, check_states
from tests.support.daemon import Daemon, daemon
from tests.support.orphans import none_left
from tests.support.program import petit as command
from tests.support.scale import scaled
from tests.support.tally import tell

pytestmark = pytest.mark.faults

SEED = 1602
JOBS = ("red", "green", "blue")
KEPT = 4
EVERY_S = 0.05

PARTS = (
    "SELECT run_id FROM tasks WHERE run_id NOT IN (SELECT id FROM runs)",
    "SELECT run_id FROM attempts WHERE run_id NOT IN (SELECT id FROM runs)",
    "SELECT id FROM runs WHERE id NOT IN (SELECT run_id FROM tasks)",
    "SELECT run_id FROM occurrences WHERE run_id NOT IN (SELECT id FROM runs)",
    "SELECT id FROM runs WHERE definition NOT IN (SELECT hash FROM definitions)",
    "SELECT task_id FROM tasks WHERE reused_from NOT IN (SELECT id FROM runs)",
    "SELECT job_id FROM job_marks WHERE last_run NOT IN (SELECT id FROM runs)",
)


def fill(petit: Daemon, runs: int) -> None:
    """Run each job so many times."""
    for job in JOBS:
        petit.write(job, "tasks:\n" + petit.witness.task(say="some-output"))
    petit.write("ticks", 'schedule: "* * * * * *"\ntasks:\n' + petit.witness.task())
    petit.start()
    for _ in range(runs):
        for job in JOBS:
            petit.trigger(job)
    petit.idle(120)


def stored(petit: Daemon) -> set[tuple[str, str]]:
    """Return all runs with their jobs."""
    return {(row["job_id"], row["id"]) for row in petit.rows("SELECT job_id, id FROM runs")}


def newest(runs: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Return those of these runs that the policy keeps."""
    jobs = {job for job, _ in runs}
    return {each for job in jobs for each in sorted(run for run in runs if run[0] == job)[-KEPT:]}


def torn(petit: Daemon) -> list[object]:
    """Return what is left of something that is gone, or lacks something that it needs."""
    return [(sql, *row) for sql in PARTS for row in petit.rows(sql)]


def on_disk(petit: Daemon) -> set[str]:
    """Return the runs that have logs."""
    return {path.name for path in petit.home.glob(".petit/*/logs/*/*")}


def test_kills_amid_retention_lose_nothing_else(tmp_path: Path) -> None:
    kills, runs = scaled(quick=60, soak=2_000), scaled(quick=300, soak=900)
    rng = random.Random(SEED)
    with daemon(tmp_path) as petit:
        fill(petit, runs)
        assert petit.stop() == 0
        filled = len(petit.rows("SELECT 1 FROM runs"))
        ledger_end = {row["schedule"]: row["due"] for row in _ledger_ends(petit)}
        petit.environ = {"PETIT_RETENTION_MAX_RUNS": str(KEPT), "PETIT_RETENTION_EVERY": f"{EVERY_S:g}s"}
        amid = 0
        for _ in range(kills):
            before = stored(petit)
            petit.start()
            made = {(job, petit.trigger(job)) for job in rng.sample(JOBS, 2)}
            time.sleep(EVERY_S + rng.uniform(0, 0.3))
            petit.kill()
            left = stored(petit)
            amid += not before <= left
            assert newest(before | made | left) <= left, "lost outside of the policy"
            assert torn(petit) == []
            for row in _ledger_ends(petit):
                assert row["due"] >= ledger_end.get(row["schedule"], 0), "a decided due time was forgotten"
            ledger_end = {row["schedule"]: row["due"] for row in _ledger_ends(petit)}
        petit.start()
        petit.ask("POST", "/api/scheduler/pause")
        petit.idle()
        petit.until(lambda: stored(petit) == newest(stored(petit)))
        petit.until(lambda: on_disk(petit) == {run for _, run in stored(petit)})
        check_states(petit)
        check_ledger(petit)
        doubled = [key for key, count in petit.witness.starts().items() if count > 1]
        assert doubled == []
        assert petit.rows("PRAGMA integrity_check")[0][0] == "ok"
        assert petit.ask("GET", "/api/health").status == 200
        petit.stop()
        assert none_left(tmp_path) == []
        checked = command("--db", "petit.db", "db", "check", cwd=tmp_path)
        assert (checked.returncode, checked.stdout.count("\n")) == (0, 1), checked.stdout
    tell(
        "P16",
        filled,
        f"runs filled, {kills} kills, {amid} of them after a pass had begun;"
        f" {KEPT} runs kept of each of {len(JOBS) + 1} jobs, 0 lost outside of the policy,"
        " 0 logs without a run",
    )
    assert amid > 0


def _ledger_ends(petit: Daemon) -> list[sqlite3.Row]:
    return petit.rows("SELECT schedule, max(last_due) AS due FROM occurrences GROUP BY schedule")


def test_logs_that_take_too_much_room_go_and_are_told_as_such(tmp_path: Path) -> None:
    runs = scaled(quick=40, soak=400)
    limit = 10 * 64 * 1024
    with daemon(tmp_path) as petit:
        petit.write("big", "tasks: [{id: main, run: 'head -c 100000 /dev/zero'}]")
        petit.start()
        made = [petit.over(petit.trigger("big"))["id"] for _ in range(max(runs, 12))]
        assert petit.stop() == 0
        petit.environ |= {"PETIT_RETENTION_MAX_LOG_BYTES": str(limit), "PETIT_RETENTION_EVERY": "0.1s"}
        petit.start()
        petit.until(lambda: len(on_disk(petit)) < len(made) and _room(petit) <= limit)
        status = [petit.ask("GET", f"/api/runs/{run}/tasks/main/logs").status for run in made]
        gone = status.count(410)
        assert status == [410] * gone + [200] * (len(made) - gone), "the oldest go first"
        told = petit.ask("GET", f"/api/runs/{made[0]}/tasks/main/logs").body
        assert (told["code"], told["removed_at"] > 0) == ("GONE", True)
        assert "removed by retention on" in told["detail"]
        assert len(petit.rows("SELECT 1 FROM runs")) == len(made), "their runs stay"
        petit.stop()
    tell("P16", len(made), f"runs with logs, {gone} of them removed for want of room, all told")
    assert gone > 0


def _room(petit: Daemon) -> int:
    return sum(path.stat().st_blocks * 512 for path in petit.home.glob(".petit/*/logs/*/*/*/*"))
