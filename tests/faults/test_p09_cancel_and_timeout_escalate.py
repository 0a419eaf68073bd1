"""P9: cancel and timeout send TERM to the tree, wait for the grace, send KILL; what was known stays known.

Real processes, asked for over HTTP: cancelled before they exist, while they run, as they exit, while they
wait for a slot or a retry; deaf to TERM with deaf children; or let run into the timeout of their task or run.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from tests.support.checker import check, moved_back, snapshot
from tests.support.daemon import Daemon, daemon
from tests.support.orphans import none_left
from tests.support.scale import scaled
from tests.support.tally import tell

pytestmark = pytest.mark.faults

TERM, KILL = 15, 9
SEED = 9
GRACE = "grace: 300ms"
SHELL = """\
  - id: main
    grace: 20s
    run: |
      trap 'echo bye; exit 7' TERM
      echo hello
      echo start $PETIT_RUN_ID $PETIT_TASK_ID $PETIT_ATTEMPT - $$ 0 >> FILE
      sleep 1000 & wait
"""


class End(NamedTuple):
    """How an attempt and its run ended, as the API says."""

    run: str
    task: str
    attempts: list[Any]
    log: str

    @property
    def how(self) -> tuple[str, int | None, int | None, str | None]:
        (only,) = self.attempts
        return only["status"], only["exit_code"], only["signal"], only["cause"]


def _write_jobs(petit: Daemon) -> None:
    task = petit.witness.task
    long = {"sleep": 1000, "say": "hello"}
    jobs = {
        "polite": task("main", "grace: 20s", **long),
        "quick": task("main", "grace: 20s", sleep=0.1, say="hello"),
        "deaf": task("main", GRACE, deaf=True, children=2, **long),
        "retry": task("main", "retry: {max_attempts: 1, delay_secs: 600}", exit=1, say="hello"),
        "task_timeout": task("main", "timeout: 1s", "grace: 20s", **long),
        "deaf_timeout": task("main", "timeout: 1s", GRACE, deaf=True, children=2, **long),
        "graph": task("main", "grace: 20s", **long)
        + task("after", "depends_on: [main]", "condition: always"),
        "last_words": SHELL.replace("FILE", str(petit.witness.file)),
    }
    for job_id, tasks in jobs.items():
        petit.write(job_id, f"tasks:\n{tasks}")
    petit.write("run_timeout", "timeout: 1s\ntasks:\n" + task("main", "grace: 20s", **long))
    petit.write("one", "max_concurrency: 1\ntasks:\n" + task("main", GRACE, sleep=1000))


class Case:
    """One run, ended from outside."""

    def __init__(self, petit: Daemon, seed: int) -> None:
        self.petit = petit
        self.random = random.Random(seed)

    def end_of(self, run_id: str) -> End:
        """Wait for the end; return all that is known of it."""
        run = self.petit.over(run_id)
        (task, *_) = self.petit.get(f"/api/runs/{run_id}/tasks")["tasks"]
        attempts = self.petit.get(f"/api/runs/{run_id}/tasks/main/attempts")["attempts"]
        log = self.petit.ask("GET", f"/api/runs/{run_id}/tasks/main/logs").body if attempts else ""
        return End(run["status"], task["status"], attempts, log)

    def started(self, run_id: str) -> None:
        """Wait until its process has said so."""
        self.petit.until(lambda: any(line.run == run_id for line in self.petit.witness.lines("start")))

    def cancel_running(self, job_id: str) -> End:
        run_id = self.petit.trigger(job_id)
        self.started(run_id)
        time.sleep(self.random.uniform(0, 0.1))
        assert self.petit.cancel(run_id) == 202
        return self.end_of(run_id)

    # --- the cases: each says what must come of it ---
    def polite(self) -> None:
        end = self.cancel_running("polite")
        assert (end.run, end.how, end.log) == ("cancelled", ("cancelled", None, TERM, "cancelled"), "hello\n")

    def deaf(self) -> None:
        end = self.cancel_running("deaf")
        assert (end.run, end.how, end.log) == ("cancelled", ("cancelled", None, KILL, "cancelled"), "hello\n")

    def last_words(self) -> None:
        end = self.cancel_running("last_words")
        assert (end.run, end.how, end.log) == (
            "cancelled",
            ("cancelled", 7, None, "cancelled"),
            "hello\nbye\n",
        )

    def before_spawn(self) -> None:
        run_id = self.petit.trigger("polite")
        time.sleep(self.random.choice([0, 0, self.random.uniform(0, 0.02)]))
        assert self.petit.cancel(run_id) == 202
        end = self.end_of(run_id)
        assert (end.run, end.task) == ("cancelled", "cancelled")
        assert all(each["cause"] == "cancelled" for each in end.attempts)

    def as_it_exits(self) -> None:
        run_id = self.petit.trigger("quick")
        self.started(run_id)
        time.sleep(self.random.uniform(0.05, 0.16))
        status = self.petit.cancel(run_id)
        end = self.end_of(run_id)
        good = ("completed", 0, None, None)
        assert (end.run, end.how) in {
            ("completed", good),
            ("cancelled", ("cancelled", None, TERM, "cancelled")),
            ("cancelled", ("cancelled", 0, None, "cancelled")),  # TERM came when it no longer mattered
        }
        assert status == 202 or (status == 409 and end.how == good)

    def waiting(self) -> None:
        first, second = (self.petit.trigger("one", queue=True) for _ in range(2))
        assert self.petit.cancel(second) == 202
        assert self.petit.cancel(first) == 202
        (end, other) = (self.end_of(run_id) for run_id in (second, first))
        assert (end.run, end.task) == ("cancelled", "cancelled")
        assert (other.run, other.task) == ("cancelled", "cancelled")

    def retrying(self) -> None:
        run_id = self.petit.trigger("retry")
        path = f"/api/runs/{run_id}/tasks"
        self.petit.until(lambda: self.petit.get(path)["tasks"][0]["status"] == "retrying")
        assert self.petit.cancel(run_id) == 202
        end = self.end_of(run_id)
        assert (end.run, end.task, end.how) == ("cancelled", "cancelled", ("failed", 1, None, None))

    def whole_graph(self) -> None:
        run_id = self.petit.trigger("graph")
        self.started(run_id)
        assert self.petit.cancel(run_id) == 202
        assert self.petit.cancel(run_id) in {202, 409}
        assert self.end_of(run_id).run == "cancelled"
        tasks = self.petit.get(f"/api/runs/{run_id}/tasks")["tasks"]
        assert [task["status"] for task in tasks] == ["cancelled", "cancelled"]

    def timeout_of_task(self) -> None:
        end = self.end_of(self.petit.trigger("task_timeout"))
        assert (end.run, end.how, end.log) == ("failed", ("failed", None, TERM, "timeout"), "hello\n")
        assert end.attempts[0]["error"] == "timed out after 1 s"

    def timeout_of_deaf_task(self) -> None:
        end = self.end_of(self.petit.trigger("deaf_timeout"))
        assert (end.run, end.how, end.log) == ("failed", ("failed", None, KILL, "timeout"), "hello\n")

    def timeout_of_run(self) -> None:
        run_id = self.petit.trigger("run_timeout")
        end = self.end_of(run_id)
        assert (end.run, end.how) == ("failed", ("failed", None, TERM, "timeout"))
        assert self.petit.get(f"/api/runs/{run_id}")["error"] == "timed out after 1 s"

    def cancelled_twice_over(self) -> None:
        run_id = self.petit.trigger("quick")
        self.petit.over(run_id)
        before = self.petit.get(f"/api/runs/{run_id}")
        assert self.petit.cancel(run_id) == 409
        assert self.petit.get(f"/api/runs/{run_id}") == before


CASES: list[Callable[[Case], None]] = [
    Case.polite, Case.deaf, Case.last_words, Case.before_spawn, Case.before_spawn, Case.as_it_exits,
    Case.as_it_exits, Case.waiting, Case.retrying, Case.whole_graph, Case.timeout_of_task,
    Case.timeout_of_deaf_task, Case.timeout_of_run, Case.cancelled_twice_over,
]  # fmt: skip


def test_whatever_is_ended_ends_whole_and_says_how(tmp_path: Path) -> None:
    count = scaled(quick=200, soak=5_000)
    with daemon(tmp_path) as petit:
        _write_jobs(petit)
        petit.start()

        def play(seed: int) -> str:
            case = CASES[seed % len(CASES)]
            try:
                case(Case(petit, SEED * 1_000_000 + seed))
            except BaseException as error:
                error.add_note(f"case {seed}: {case.__name__}")
                raise
            return case.__name__

        with ThreadPoolExecutor(4) as pool:
            played = Counter(pool.map(play, range(count)))
        petit.idle()
        assert none_left(tmp_path) == []
        before = snapshot(petit)
        counts = check(petit)
        assert moved_back(before, snapshot(petit)) == []
        petit.stop()
    tell("P9", count, f"ended from outside: {dict(played)}; {dict(counts)}, 0 processes left")
