"""P12: tasks that end while the disk is full keep their results, whoever is killed meanwhile.

All state lies on a small disk. It is filled amid tasks; scheduler or keeper or both are killed; the tasks
end; the disk is freed, and the scheduler comes back.
"""

from __future__ import annotations

import os
import signal
from collections import Counter
from pathlib import Path

import pytest
from tests.support.checker import check
from tests.support.daemon import Daemon, daemon
from tests.support.disk import fill, small_disk
from tests.support.orphans import inherited, none_left, processes_of, tasks_of
from tests.support.scale import scaled
from tests.support.tally import tell
from tests.support.witness import Witness

pytestmark = pytest.mark.faults

DEATHS = ("nobody", "scheduler", "keeper", "both")
TRUE = ("failed", 5, None)
UNSEEN = ("interrupted", None, "lost")


def _kill_keeper(petit: Daemon) -> None:
    for each in processes_of(petit.home):
        if "/keeper/main.py" in each.argv:
            os.kill(each.pid, signal.SIGKILL)


def _end_on_a_full_disk(petit: Daemon, killed: str) -> tuple[str, int | None, str | None]:
    """Let a task end on a full disk while somebody is killed; return what is stored of it in the end."""
    run_id = petit.trigger("slow")
    petit.until(lambda: run_id in {line.run for line in petit.witness.lines("start")})
    ballast = petit.home / "ballast"
    fill(ballast)
    if killed in {"scheduler", "both"}:
        petit.kill()
    if killed in {"keeper", "both"}:
        _kill_keeper(petit)
    petit.until(lambda: not tasks_of(petit.home))
    ballast.unlink()
    if killed in {"scheduler", "both"}:
        petit.start()
    petit.over(run_id)
    ((status, code, cause),) = petit.rows(
        "SELECT status, exit_code, cause FROM attempts WHERE run_id = ?", run_id
    )
    return status, code, cause


def test_tasks_that_end_on_a_full_disk_keep_their_results(tmp_path: Path) -> None:
    count = scaled(quick=50, soak=500)
    found: Counter[str] = Counter()
    with inherited(), small_disk(tmp_path / "disk", "24m") as disk, daemon(disk) as petit:
        petit.witness = Witness(tmp_path / "witness.txt")
        petit.write("slow", "tasks:\n" + petit.witness.task("main", sleep=0.7, exit=5))
        petit.start()
        for number in range(count):
            killed = DEATHS[number % len(DEATHS)]
            end = _end_on_a_full_disk(petit, killed)
            assert end in ((TRUE, UNSEEN) if killed in {"keeper", "both"} else (TRUE,)), killed
            found[f"{killed} killed: {end[0]}"] += 1
        assert none_left(disk) == []
        check(petit)
        petit.stop()
    kinds = ", ".join(f"{count} {what}" for what, count in sorted(found.items()))
    tell("P12", count, f"tasks that ended on a full disk: {kinds}")
