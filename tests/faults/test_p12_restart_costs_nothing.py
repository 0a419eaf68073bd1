"""P12: a restart costs nothing: tasks go on, the next start adopts them with their true results.

The scheduler is ended by SIGTERM or SIGKILL at random moments of graphs of slow tasks, of queues, retries and
timeouts, and started again a while later. Then its keeper dies too, and at last the tasks with both.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.support.checker import check
from tests.support.daemon import Daemon, daemon
from tests.support.orphans import inherited, none_left, processes_of, reap, tasks_of
from tests.support.scale import scaled
from tests.support.tally import tell
from tests.support.witness import peak

pytestmark = pytest.mark.faults

SEED = 12
ADOPTED_WITHIN_S = 5.0
TERM = 15

Ended = tuple[str, int | None, int | None, str | None]
"""How an attempt ended: status, exit code, signal, cause."""

GOOD: Ended = ("completed", 0, None, None)
TIMED_OUT: Ended = ("failed", None, TERM, "timeout")
CANCELLED: Ended = ("cancelled", None, TERM, "cancelled")
LOST: Ended = ("interrupted", None, None, "lost")
EXIT_5: Ended = ("failed", 5, None, None)
STATUS_IS_KEPT = tuple(int(part) for part in os.uname().release.split(".")[:2]) >= (6, 15)
"""Whether the kernel tells how a stranger's child ended (PIDFD_INFO_EXIT)."""


def _exit(code: int) -> Ended:
    return "failed", code, None, None


class End(NamedTuple):
    """What must come of a run: its status, and how each attempt of each task ended."""

    run: str
    attempts: dict[str, list[Ended]]


TRUE_ENDS = {
    "graph": End(
        "completed",
        {"a1": [GOOD], "a2": [_exit(3)], "b1": [GOOD], "b2": [_exit(7)], "c1": [GOOD], "c2": [_exit(1)]},
    ),
    "retried": End("completed", {"main": [_exit(4), _exit(6), GOOD]}),
    "line": End("completed", {"main": [GOOD]}),
    "long": End("cancelled", {"main": [CANCELLED]}),
    "task_timeout": End("failed", {"main": [TIMED_OUT]}),
    "run_timeout": End("failed", {"main": [TIMED_OUT]}),
}


def _write_jobs(petit: Daemon) -> None:
    task, may_fail, always = petit.witness.task, "allow_failure: true", "condition: all_done"
    petit.write(
        "graph",
        "tasks:\n"
        + task("a1", sleep=0.4, say="a1")
        + task("a2", may_fail, sleep=0.7, exit=3, say="a2")
        + task("b1", "depends_on: [a1]", sleep=0.5, say="b1")
        + task("b2", "depends_on: [a1, a2]", always, may_fail, sleep=0.3, exit=7, say="b2")
        + task("c1", "depends_on: [b1, b2]", always, sleep=0.2, say="c1")
        + task("c2", "depends_on: [b2]", "condition: on_failure", may_fail, exit=1, say="c2"),
    )
    retry = "retry: {max_attempts: 2, delay: 600ms}"
    petit.write("retried", "tasks:\n" + task("main", retry, sleep=0.1, exit="4,6,0", say="main"))
    petit.write("line", "max_concurrency: 1\ntasks:\n" + task(sleep=0.2, say="main"))
    long = {"sleep": 1000, "say": "main"}
    petit.write("long", "tasks:\n" + task("main", "grace: 20s", **long))
    petit.write("task_timeout", "tasks:\n" + task("main", "grace: 20s", "timeout: 1500ms", **long))
    petit.write("run_timeout", "timeout: 1500ms\ntasks:\n" + task("main", "grace: 20s", **long))


class Lives:
    """One scheduler's lives, and the runs that they share."""

    def __init__(self, petit: Daemon) -> None:
        self.petit = petit
        self.random = random.Random(SEED)
        self.runs: dict[str, str] = {}
        self.adopted_in_s: list[float] = []

    def trigger(self, *job_ids: str) -> list[str]:
        made = [self.petit.trigger(job_id, queue=True) for job_id in job_ids]
        self.runs.update(zip(made, job_ids, strict=True))
        return made

    def live_and_die(self, number: signal.Signals) -> None:
        """Work for a while, be ended by a signal, be away for a while, come back and end what is long."""
        (long, *_) = self.trigger("long", "graph", "task_timeout", "run_timeout", "retried", "line", "line")
        self.petit.until(lambda: self.pids(long))
        before = self.pids(long)
        time.sleep(self.random.uniform(0, 1))
        self.petit.send(number)
        assert self.petit.wait() == (0 if number is signal.SIGTERM else -number)
        time.sleep(self.random.choice([0, self.random.uniform(0, 0.6)]))
        assert self.pids(long) == before
        self.come_back()
        assert self.pids(long) == before
        assert self.petit.get(f"/api/runs/{long}")["status"] == "running"
        assert self.petit.cancel(long) == 202

    def come_back(self) -> None:
        """Start again, and see how long it takes until what runs is adopted: the API opens after that."""
        began = time.monotonic()
        self.petit.start()
        self.adopted_in_s.append(time.monotonic() - began)

    def pids(self, run_id: str) -> set[int]:
        """Return the processes of a run that have told the witness that they are there."""
        seen = {line.pid for line in self.petit.witness.lines("start") if line.run == run_id}
        return seen & {each.pid for each in tasks_of(self.petit.home) if each.run_id == run_id}

    def end_of(self, run_id: str) -> End:
        """Return what the database says of a run that is over."""
        status = self.petit.over(run_id, within_s=60)["status"]
        attempts: dict[str, list[Ended]] = {}
        for row in self.petit.rows("SELECT * FROM attempts WHERE run_id = ? ORDER BY number", run_id):
            how = row["status"], row["exit_code"], row["signal"], row["cause"]
            attempts.setdefault(row["task_id"], []).append(how)
        return End(status, attempts)

    def expect_logs(self, run_id: str, end: End) -> None:
        """Each attempt's log is what its task wrote: its own id, once."""
        for task_id, attempts in end.attempts.items():
            for number in range(1, len(attempts) + 1):
                path = f"/api/runs/{run_id}/tasks/{task_id}/logs?attempt={number}"
                assert self.petit.ask("GET", path).body == f"{task_id}\n"

    def settle(self) -> Counter[str]:
        """Wait for the end of everything; nothing is left, nothing ran twice."""
        self.petit.idle(within_s=60)
        assert none_left(self.petit.home) == []
        counts = check(self.petit)
        assert "Traceback" not in self.petit.errors.read_text()
        return counts


def test_a_restart_of_the_scheduler_costs_nothing(tmp_path: Path) -> None:
    kills = scaled(quick=50, soak=1_000)
    with daemon(tmp_path) as petit:
        _write_jobs(petit)
        lives = Lives(petit)
        petit.start()
        for number in range(kills):
            lives.live_and_die(signal.SIGTERM if number % 2 else signal.SIGKILL)
        for run_id, job_id in lives.runs.items():
            end = lives.end_of(run_id)
            assert end == TRUE_ENDS[job_id], (job_id, run_id)
            lives.expect_logs(run_id, end)
        counts = lives.settle()
        lines = [line for line in petit.witness.lines() if lives.runs[line.run] == "line"]
        assert peak(lines, of="run") == 1
        ends = Counter((line.run, line.task, line.attempt) for line in petit.witness.lines("end"))
        assert ends == petit.witness.starts()
        assert max(lives.adopted_in_s) < ADOPTED_WITHIN_S
        petit.stop()
    slowest = max(lives.adopted_in_s)
    tell("P12", kills, f"kills, adopted within {slowest:.2f} s, {dict(counts)}: all true, 0 doubled")


# --- the keeper dies too ---
def _keeper(petit: Daemon) -> int:
    (pid,) = (each.pid for each in processes_of(petit.home) if "/keeper/main.py" in each.argv)
    return pid


def _kill_keeper(lives: Lives) -> int:
    pid = _keeper(lives.petit)
    os.kill(pid, signal.SIGKILL)
    return pid


def _kill_both(lives: Lives) -> None:
    """First the scheduler, which would start another keeper: the tasks are alone, and ours."""
    lives.petit.kill()
    reap(_kill_keeper(lives))


def _reap(lives: Lives, *run_ids: str) -> None:
    """Wait for the ends of these runs' processes, and let nobody else know how they ended."""
    for line in lives.petit.witness.lines("start"):
        if line.run in run_ids:
            reap(line.pid)


def _write_short_and_long(petit: Daemon) -> None:
    for job_id, sleep in (("short", 0.4), ("long", 1)):
        task = petit.witness.task("main", sleep=sleep, exit=5)
        petit.write(f"{job_id}_fail", f"tasks:\n{task}")
        petit.write(f"{job_id}_retry", f"tasks:\n{task}    on_interrupt: retry\n")


JOB_IDS = ("short_fail", "short_retry", "long_fail", "long_retry")
SEEN = End("failed", {"main": [EXIT_5]})
UNSEEN = {
    "fail": End("interrupted", {"main": [LOST]}),
    "retry": End("failed", {"main": [LOST, EXIT_5]}),
}
"""An attempt whose end nobody saw: interrupted, and `on_interrupt` decides what follows."""


def _started(lives: Lives, run_ids: list[str]) -> None:
    lives.petit.until(lambda: set(run_ids) <= {line.run for line in lives.petit.witness.lines("start")})


def _keeper_dies(lives: Lives) -> None:
    """The scheduler finds a new keeper; the results are those of the tasks."""
    runs = lives.trigger(*JOB_IDS)
    _started(lives, runs)
    time.sleep(lives.random.uniform(0, 0.6))
    _kill_keeper(lives)
    after = lives.trigger("short_fail")
    assert [lives.end_of(run_id) for run_id in runs + after] == [SEEN] * 5


def _both_die(lives: Lives) -> None:
    """Who is gone by then ended unseen; who still runs is adopted."""
    runs = lives.trigger(*JOB_IDS)
    _started(lives, runs)
    _kill_both(lives)
    _reap(lives, *runs[:2])
    lives.come_back()
    long = [SEEN, SEEN] if STATUS_IS_KEPT else [UNSEEN["fail"], UNSEEN["retry"]]
    assert [lives.end_of(run_id) for run_id in runs] == [UNSEEN["fail"], UNSEEN["retry"], *long]


def _all_die(lives: Lives) -> None:
    """What a reboot does: nothing is left to adopt, every attempt is interrupted."""
    runs = lives.trigger(*JOB_IDS)
    _started(lives, runs)
    _kill_both(lives)
    for each in tasks_of(lives.petit.home):
        os.kill(each.pid, signal.SIGKILL)
    _reap(lives, *runs)
    lives.come_back()
    assert [lives.end_of(run_id) for run_id in runs] == [UNSEEN[job_id.split("_")[1]] for job_id in JOB_IDS]


def _both_die_at_once(lives: Lives) -> None:
    """Amid the starts, in either order: each attempt is true or interrupted, none goes on unwatched."""
    runs = lives.trigger(*JOB_IDS)
    time.sleep(lives.random.choice([0, lives.random.uniform(0, 0.08)]))
    killers: list[Callable[[], object]] = [lives.petit.kill, lambda: _kill_keeper(lives)]
    lives.random.shuffle(killers)
    for kill in killers:
        kill()
    lives.come_back()
    for run_id, job_id in zip(runs, JOB_IDS, strict=True):
        assert lives.end_of(run_id) in (SEEN, UNSEEN[job_id.split("_")[1]])
        assert lives.pids(run_id) == set()


DEATHS = [_keeper_dies, _both_die, _all_die, _both_die_at_once, _both_die_at_once]


def test_tasks_outlive_keeper_and_scheduler(tmp_path: Path) -> None:
    count = scaled(quick=50, soak=1_000)
    with inherited(), daemon(tmp_path) as petit:
        _write_short_and_long(petit)
        lives = Lives(petit)
        petit.start()
        for number in range(count):
            try:
                DEATHS[number % len(DEATHS)](lives)
            except BaseException as error:
                error.add_note(f"death {number}: {DEATHS[number % len(DEATHS)].__name__}")
                raise
        counts = lives.settle()
        petit.stop()
    tell("P12", count, f"deaths of keepers, {dict(counts)}: all true or interrupted, 0 doubled")
