"""P12: a restart costs nothing to runs that begin where others ended, or at a time of their own."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from tests.faults.test_p12_restart_costs_nothing import GOOD, End, Lives
from tests.support.daemon import Daemon, daemon
from tests.support.scale import scaled
from tests.support.tally import tell

pytestmark = pytest.mark.faults


def _write_levels(petit: Daemon) -> None:
    task = petit.witness.task
    petit.write(
        "levels",
        "tasks:\n"
        + task("a", sleep=0.1)
        + task("b", "depends_on: [a]", "grace: 20s", sleep=0.4)
        + task("c", "depends_on: [b]", sleep=0.1),
    )
    petit.write("narrow", "max_concurrency: 1\ntasks:\n" + task("a") + task("b", sleep=0.2))


def _cut_off(lives: Lives) -> str:
    """Let a run be cancelled in its second level; on a busy machine a cancel may come too late."""
    (run_id,) = lives.trigger("levels")
    lives.petit.until(
        lambda: any((line.run, line.task) == (run_id, "b") for line in lives.petit.witness.lines())
    )
    lives.petit.cancel(run_id)
    return run_id if lives.petit.over(run_id)["status"] == "cancelled" else _cut_off(lives)


def _restarted_amid(lives: Lives) -> None:
    """Kill the scheduler amid a rerun, a run that waits for a slot and one that waits for its time."""
    petit = lives.petit
    old = _cut_off(lives)
    narrow = lives.trigger("narrow")[0]
    waits = petit.ask("POST", "/api/jobs/narrow/trigger", {"tasks": ["a"], "queue": True}).body["run_id"]
    due = int(time.time() * 1000) + lives.random.randrange(100, 800)
    later = petit.trigger("levels", run_at=due, tasks=["c"])
    again = petit.ask("POST", f"/api/runs/{old}/rerun", {"from": "failed"}).body["run_id"]
    time.sleep(lives.random.uniform(0, 0.4))
    petit.kill()
    time.sleep(lives.random.choice([0, lives.random.uniform(0, 0.6)]))
    lives.come_back()
    assert lives.end_of(again) == End("completed", {"b": [GOOD], "c": [GOOD]})
    (reused, *_) = petit.get(f"/api/runs/{again}/tasks")["tasks"]
    assert (reused["status"], reused["attempts"], reused["reused_from"]) == ("completed", 0, old)
    assert lives.end_of(narrow) == End("completed", {"a": [GOOD], "b": [GOOD]})
    assert lives.end_of(waits) == End("completed", {"a": [GOOD]})
    assert lives.end_of(later) == End("completed", {"c": [GOOD]})
    assert petit.get(f"/api/runs/{later}")["started_at"] >= due


def test_reruns_and_runs_to_come_outlive_the_scheduler(tmp_path: Path) -> None:
    kills = scaled(quick=50, soak=1_000)
    with daemon(tmp_path) as petit:
        _write_levels(petit)
        lives = Lives(petit)
        petit.start()
        for _ in range(kills):
            _restarted_amid(lives)
        counts = lives.settle()
        petit.stop()
    tell("P12", kills, f"kills amid reruns, {dict(counts)}: all true, 0 doubled")
