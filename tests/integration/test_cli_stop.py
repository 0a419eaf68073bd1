"""Stopping `petit run`: what SIGTERM, `--drain`, Ctrl+C and its second press do (P13)."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest
from tests.support.program import Program, scheduler, script_job

from petit.bootstrap.signals import ECHO_MS

SLOW = "echo $$ > pid\nuntil [ -e go ]; do sleep 0.05; done\necho over >> done"
"""Runs until the test makes a file; says its pid."""


def start_slow(program: Program, place: Path, job: str = "slow") -> int:
    """Trigger the slow job; return the pid of its task."""
    status, _ = program.ask("POST", f"/api/jobs/{job}/trigger")
    assert status == 200
    return wait_for_pid(place)


def wait_for_pid(place: Path) -> int:
    end = time.monotonic() + 10
    while time.monotonic() < end:
        text = (place / "pid").read_text() if (place / "pid").exists() else ""
        if text.endswith("\n"):
            return int(text)
        time.sleep(0.02)
    raise AssertionError("the task has not started")


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    script_job(tmp_path, "slow", SLOW)
    return tmp_path


def test_sigterm_leaves_the_task_running_and_the_next_start_takes_it_up(place: Path) -> None:
    with scheduler(cwd=place) as program:
        pid = start_slow(program, place)
        program.send(signal.SIGTERM)
        assert program.exit_code(within=5) == 0
        assert "1 task still runs (slow/main" in program.text
    assert is_alive(pid)
    with scheduler(cwd=place) as program:
        (run,) = program.get("/api/jobs/slow/runs")["runs"]
        assert run["status"] == "running"
        (place / "go").touch()
        program.until(f"/api/runs/{run['id']}", "status", "completed")
        (task,) = program.get(f"/api/runs/{run['id']}/tasks")["tasks"]
    assert (task["attempts"], task["exit_code"]) == (1, 0)
    assert (place / "done").read_text() == "over\n"


def test_drain_waits_for_running_tasks_and_refuses_triggers_meanwhile(place: Path) -> None:
    with scheduler("--drain", "30s", cwd=place) as program:
        start_slow(program, place)
        program.send(signal.SIGTERM)
        program.wait_for("1 task still runs")
        status, problem = program.ask("POST", "/api/jobs/slow/trigger")
        assert (status, problem["code"]) == (503, "SERVICE_UNAVAILABLE")
        (place / "go").touch()
        assert program.exit_code() == 0
        program.wait_for("slow completed")


def test_drain_leaves_what_takes_longer(place: Path) -> None:
    with scheduler("--drain", "200ms", cwd=place) as program:
        pid = start_slow(program, place)
        program.send(signal.SIGTERM)
        assert program.exit_code(within=5) == 0
    assert is_alive(pid)
    (place / "go").touch()


def test_ctrl_c_waits_for_the_running_task(place: Path) -> None:
    with scheduler(cwd=place) as program:
        pid = start_slow(program, place)
        program.send(signal.SIGINT)
        program.wait_for(r"stopping; 1 task still runs \(slow/main [^)]*\): waiting; Ctrl\+C again cancels")
        assert is_alive(pid)
        assert program.get("/api/scheduler/state")["state"] == "stopped"
        (place / "go").touch()
        assert program.exit_code() == 0
        program.wait_for("slow completed")


def test_a_second_ctrl_c_cancels_and_exits_130(place: Path) -> None:
    with scheduler(cwd=place) as program:
        pid = start_slow(program, place)
        program.send(signal.SIGINT)
        program.wait_for("waiting; Ctrl")
        time.sleep(2 * ECHO_MS / 1000)
        program.send(signal.SIGINT)
        assert program.exit_code() == 130
        program.wait_for("slow cancelled")
    assert not is_alive(pid)


def test_ctrl_c_of_a_terminal_never_reaches_the_tasks(place: Path) -> None:
    with scheduler(cwd=place) as program:
        pid = start_slow(program, place)
        os.killpg(program.process.pid, signal.SIGINT)  # as the terminal does: to the whole foreground group
        program.wait_for("waiting; Ctrl")
        assert is_alive(pid)
        (place / "go").touch()
        assert program.exit_code() == 0


def test_a_signal_that_is_sent_on_twice_counts_once(place: Path) -> None:
    with scheduler(cwd=place) as program:
        pid = start_slow(program, place)
        for _ in range(3):
            program.send(signal.SIGINT)
        program.wait_for("waiting; Ctrl")
        assert is_alive(pid)
        (place / "go").touch()
        assert program.exit_code() == 0


def test_an_idle_scheduler_stops_at_once(place: Path) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        with scheduler(cwd=place) as program:
            program.send(number)
            assert program.exit_code(within=5) == 0
            assert program.err[-1].endswith("stopped\n")


def test_ctrl_c_starts_no_further_task_and_the_next_start_goes_on(tmp_path: Path) -> None:
    (tmp_path / "jobs").mkdir()
    (tmp_path / "jobs" / "chain.yaml").write_text(
        "id: chain\ntasks:\n"
        "  - {id: first, run: 'echo $$ > pid; until [ -e go ]; do sleep 0.05; done'}\n"
        "  - {id: second, run: 'touch second', depends_on: [first]}\n"
    )
    with scheduler(cwd=tmp_path) as program:
        start_slow(program, tmp_path, "chain")
        program.send(signal.SIGINT)
        program.wait_for("waiting; Ctrl")
        (tmp_path / "go").touch()
        assert program.exit_code() == 0
    assert not (tmp_path / "second").exists()
    with scheduler(cwd=tmp_path) as program:
        (run,) = program.get("/api/jobs/chain/runs")["runs"]
        program.until(f"/api/runs/{run['id']}", "status", "completed")
    assert (tmp_path / "second").exists()


def test_killed_with_9_the_task_goes_on_and_its_result_is_exact(place: Path) -> None:
    with scheduler(cwd=place) as program:
        pid = start_slow(program, place)
        program.send(signal.SIGKILL)
        program.exit_code()
    assert is_alive(pid)
    (place / "go").touch()
    with scheduler(cwd=place) as program:
        (run,) = program.get("/api/jobs/slow/runs")["runs"]
        program.until(f"/api/runs/{run['id']}", "status", "completed")
    assert (place / "done").read_text() == "over\n"
