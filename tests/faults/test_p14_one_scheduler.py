"""P14: one scheduler per database; the second says who the first is and leaves it alone.

On SQLite. The second start names the same database in all the ways that there are; some come in the same
instant as the first. What `petit trigger` wants done meanwhile is done by the first.
"""

from __future__ import annotations

import random
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.support.checker import check
from tests.support.daemon import Daemon, daemon
from tests.support.orphans import none_left
from tests.support.program import PETIT, environment
from tests.support.scale import scaled
from tests.support.tally import tell

pytestmark = pytest.mark.faults

SEED = 14
AT_ONCE = 3
REFUSED_WITHIN_S = 1.0


class Refusal(NamedTuple):
    """How a second start ended."""

    code: int
    error: str
    took_s: float


def _begin(home: Path, cwd: Path, *args: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*PETIT, *args],
        cwd=cwd,
        env=environment(HOME=str(home)),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def _refusal(home: Path, cwd: Path, *args: str) -> Refusal:
    began = time.monotonic()
    with _begin(home, cwd, *args) as process:
        _, error = process.communicate(timeout=20)
    return Refusal(process.returncode, error, time.monotonic() - began)


# --- the ways to name one database: each returns a working directory and the options ---
def _same_words(home: Path) -> tuple[Path, list[str]]:
    return home, ["--db", "petit.db"]


def _absolute(home: Path) -> tuple[Path, list[str]]:
    return home, ["--db", f"{home}/jobs/../petit.db"]


def _from_elsewhere(home: Path) -> tuple[Path, list[str]]:
    return home / "jobs", ["--db", "../petit.db"]


def _linked_file(home: Path) -> tuple[Path, list[str]]:
    return home, ["--db", str(_link(home / "elsewhere" / "other.db", home / "petit.db"))]


def _linked_directory(home: Path) -> tuple[Path, list[str]]:
    return home, ["--db", f"{_link(home / 'mirror', home)}/petit.db"]


def _same_state(home: Path) -> tuple[Path, list[str]]:
    return home, ["--db", "petit.db", "--state-dir", ".petit"]


def _other_state(home: Path) -> tuple[Path, list[str]]:
    return home, ["--db", "petit.db", "--state-dir", "other-state"]


def _other_state_by_link(home: Path) -> tuple[Path, list[str]]:
    return home, [*_linked_file(home)[1], "--state-dir", "other-state"]


WAYS: list[Callable[[Path], tuple[Path, list[str]]]] = [
    _same_words, _absolute, _from_elsewhere, _linked_file, _linked_directory, _same_state, _other_state,
    _other_state_by_link,
]  # fmt: skip

FIRST_WAYS = [way for way in WAYS if way not in {_linked_file, _other_state_by_link}]
"""A link that leads to no file yet makes no database."""


def _link(link: Path, target: Path) -> Path:
    link.parent.mkdir(exist_ok=True)
    if not link.is_symlink():
        link.symlink_to(target)
    return link


def _run_again(home: Path, way: Callable[[Path], tuple[Path, list[str]]]) -> Refusal:
    cwd, options = way(home)
    return _refusal(home, cwd, *options, "run", str(home / "jobs"), "--api-port", "0")


def _write_jobs(petit: Daemon) -> None:
    petit.write("tick", 'schedule: "* * * * * *"\ntasks:\n' + petit.witness.task())
    petit.write("short", "tasks:\n" + petit.witness.task())
    petit.write("long", "tasks:\n" + petit.witness.task("main", "grace: 20s", sleep=1000))


def _pid(petit: Daemon) -> int:
    assert petit.process is not None
    return petit.process.pid


def test_a_second_scheduler_names_the_first_and_leaves_it_alone(tmp_path: Path) -> None:
    starts = max(scaled(quick=20, soak=500), len(WAYS))
    with daemon(tmp_path) as petit:
        _write_jobs(petit)
        petit.start()
        long = petit.trigger("long")
        petit.until(lambda: petit.witness.lines("start"))
        refusals = []
        for number in range(starts):
            way = WAYS[number % len(WAYS)]
            refused = _run_again(tmp_path, way)
            assert refused.code == 2, (way.__name__, refused)
            assert f"another scheduler (pid {_pid(petit)}) is running" in refused.error, way.__name__
            assert refused.error.count("\n") == 1, refused
            refusals.append(refused)
        assert petit.process is not None
        assert petit.process.poll() is None
        assert petit.get("/api/health")["status"] == "ok"
        assert petit.get(f"/api/runs/{long}")["status"] == "running"
        assert petit.over(petit.trigger("short"))["status"] == "completed"
        assert petit.cancel(long) == 202
        assert petit.over(long)["status"] == "cancelled"
        assert not (tmp_path / "other-state").exists()
        assert not (tmp_path / "elsewhere" / ".petit").exists()
        assert petit.rows("SELECT * FROM occurrences WHERE fate <> 'ran'") == [], "the first went on firing"
        petit.ask("POST", "/api/scheduler/pause")
        petit.idle()
        counts = check(petit)
        assert "warning" not in petit.errors.read_text().replace("warning long", "")
        assert min(refusal.took_s for refusal in refusals) < REFUSED_WITHIN_S  # a busy machine is no waiting
        petit.stop()
        assert none_left(tmp_path) == []
    times = sorted(refusal.took_s for refusal in refusals)
    tell(
        "P14",
        starts,
        f"second starts refused, {times[len(times) // 2]:.2f} s at p50,"
        f" {times[-1]:.2f} s at most; {dict(counts)}",
    )


def _winner(home: Path, processes: list[subprocess.Popen[str]]) -> subprocess.Popen[str]:
    """Wait until all but one have ended; return the one."""
    end = time.monotonic() + 20
    while len(alive := [each for each in processes if each.poll() is None]) > 1:
        assert time.monotonic() < end, "more than one scheduler runs"
        time.sleep(0.01)
    assert len(alive) == 1, [each.communicate() for each in processes]
    return alive[0]


def test_of_several_that_start_at_once_one_runs(tmp_path: Path) -> None:
    rng = random.Random(SEED)
    rounds = scaled(quick=20, soak=500)

    def race(number: int) -> None:
        home = tmp_path / str(number)
        home.mkdir()
        with daemon(home) as petit:
            _write_jobs(petit)
            rest = ["run", str(petit.jobs_dir), "--api-port", "0"]
            started: list[subprocess.Popen[str]] = []
            for way, pause in plans[number]:
                cwd, options = way(home)
                started.append(_begin(home, cwd, *options, *rest))
                time.sleep(pause)
            winner = _winner(home, started)
            for loser in started:
                if loser is not winner:
                    _, error = loser.communicate()
                    assert loser.returncode == 2, error
                    # The faster one has said where the state is, but may not have taken the lock yet.
                    assert f"another scheduler (pid {winner.pid}) is running" in error or (
                        "has its state in" in error and "leave out --state-dir" in error
                    )
            winner.kill()
            winner.communicate()
            petit.start()
            assert petit.over(petit.trigger("short"))["status"] == "completed"
            petit.ask("POST", "/api/scheduler/pause")
            petit.idle()
            check(petit)
            petit.stop()
            assert none_left(home) == []

    plans = [
        [(rng.choice(FIRST_WAYS), rng.choice([0, 0, rng.uniform(0, 0.3)])) for _ in range(AT_ONCE)]
        for _ in range(rounds)
    ]
    with ThreadPoolExecutor(2) as pool:
        assert len(list(pool.map(race, range(rounds)))) == rounds
    tell("P14", rounds, f"times {AT_ONCE} started at once, one ran; SIGKILL, and the next start ran")


def test_what_is_triggered_meanwhile_is_done_by_the_first(tmp_path: Path) -> None:
    count = scaled(quick=20, soak=500)
    with daemon(tmp_path) as petit:
        _write_jobs(petit)
        petit.start()

        def trigger(number: int) -> Refusal:
            way = WAYS[number % 4]
            cwd, options = way(tmp_path)
            return _refusal(tmp_path, cwd, *options, "trigger", str(petit.jobs_dir), "short")

        with ThreadPoolExecutor(2) as pool:
            triggered = list(pool.map(trigger, range(count)))
        for each in triggered:
            assert each.code == 0, each
            assert f"asking the scheduler that is running (pid {_pid(petit)})" in each.error
        runs = {run["id"] for run in petit.all_of("/api/jobs/short/runs", "runs")}
        assert len(runs) == count
        assert {row["status"] for row in petit.rows("SELECT status FROM runs WHERE job_id = 'short'")} == {
            "completed"
        }
        petit.ask("POST", "/api/scheduler/pause")
        petit.idle()
        check(petit)
        petit.stop()
        assert none_left(tmp_path) == []
    tell("P14", count, "one-shot triggers went through the scheduler that ran")
