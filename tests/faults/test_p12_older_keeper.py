"""P12: an upgrade whose keeper speaks otherwise costs no task: the old one finishes what it has, then leaves.

The older Petit is a copy of this one with another protocol number. It is stopped amid tasks, and this one is
started in its place, again and again, as a service's restarts would.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import time
from pathlib import Path

import pytest
from tests.support.checker import check
from tests.support.daemon import Daemon, daemon
from tests.support.orphans import none_left, processes_of, tasks_of
from tests.support.scale import scaled
from tests.support.tally import tell

import petit as package
from petit.execution.keeper import wire

pytestmark = pytest.mark.faults

REFUSAL = f"speaks protocol {wire.PROTOCOL + 1}, this Petit {wire.PROTOCOL}"
REFUSED = 1
"""Not 2, after which a service manager does not try again."""
MOST_REFUSALS = 100


def _other_petit(into: Path) -> Path:
    """Copy this Petit, and let the copy's keeper speak another protocol; return where it can be imported."""
    source = Path(package.__file__).parent
    shutil.copytree(source, into / "petit", ignore=shutil.ignore_patterns("__pycache__", "ui"))
    file = into / "petit" / "execution" / "keeper" / "wire.py"
    text = file.read_text()
    changed = re.sub(r"^PROTOCOL = \d+$", f"PROTOCOL = {wire.PROTOCOL + 1}", text, flags=re.MULTILINE)
    assert changed != text
    file.write_text(changed)
    return into


def _keepers(petit: Daemon) -> list[int]:
    return [each.pid for each in processes_of(petit.home) if "/keeper/main.py" in each.argv]


def _upgrade(petit: Daemon) -> int:
    """Start this Petit until it starts; return how often it would not."""
    petit.environ = {}
    refusals = 0
    while True:
        tasks = {each.pid for each in tasks_of(petit.home)}
        petit.launch()
        assert petit.process is not None
        while petit.process.poll() is None and "ready" not in (petit.home / "stdout.txt").read_text():
            time.sleep(0.01)
        if petit.process.poll() is None:
            petit.ready()
            return refusals
        assert petit.process.poll() == REFUSED, petit.errors.read_text()
        assert REFUSAL in petit.errors.read_text().splitlines()[-1]
        left = {each.pid for each in tasks_of(petit.home)}
        ended = {line.pid for line in petit.witness.lines("end")}
        assert tasks - left <= ended, "a task has gone that did not end by itself"
        refusals += 1
        assert refusals < MOST_REFUSALS


def test_tasks_of_a_keeper_that_speaks_otherwise_end_by_themselves(tmp_path: Path) -> None:
    upgrades = scaled(quick=10, soak=100) // 2
    other = _other_petit(tmp_path / "other")
    refusals = 0
    with daemon(tmp_path) as petit:
        petit.write("bad", "tasks:\n" + petit.witness.task("main", sleep=1.5, exit=5, say="bad"))
        petit.write("good", "tasks:\n" + petit.witness.task("main", sleep=0.5, say="good"))
        runs: dict[str, str] = {}
        for number in range(upgrades):
            petit.environ = {"PYTHONPATH": str(other)}
            petit.start()
            made = {petit.trigger(job_id): job_id for job_id in ("bad", "good", "good")}
            petit.until(lambda made=made: set(made) <= {line.run for line in petit.witness.lines("start")})
            runs |= made
            petit.stop()
            if number:  # or it stays for ten seconds, in case that its own Petit comes back
                os.kill(_keepers(petit)[0], signal.SIGTERM)
            refusals += _upgrade(petit)
            for run_id, job_id in runs.items():
                assert petit.over(run_id)["status"] == ("failed" if job_id == "bad" else "completed")
            check(petit)
            petit.stop()
            for pid in _keepers(petit):
                os.kill(pid, signal.SIGTERM)
            petit.until(lambda: not _keepers(petit))
        rows = petit.rows("SELECT run_id, status, exit_code, cause FROM attempts")
        ends = {"bad": ("failed", 5, None), "good": ("completed", 0, None)}
        assert {row[0]: tuple(row)[1:] for row in rows} == {run_id: ends[job] for run_id, job in runs.items()}
        assert len(rows) == len(runs)
        assert refusals >= 1
        assert none_left(petit.home) == []
    tell(
        "P12",
        upgrades,
        f"upgrades to another protocol, {refusals} starts refused meanwhile, {len(runs)} tasks",
    )
