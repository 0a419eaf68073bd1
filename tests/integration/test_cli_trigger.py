"""`petit trigger`, with and without a scheduler running on the same state."""

from __future__ import annotations

import signal
import sqlite3
from pathlib import Path

import pytest
from tests.integration.test_cli_stop import SLOW, is_alive, wait_for_pid
from tests.support.program import petit, running, scheduler, script_job, write_job


@pytest.fixture
def place(tmp_path: Path) -> Path:
    script_job(tmp_path, "good", "echo hello", 'schedule: "@every 1s"')
    script_job(tmp_path, "bad", "echo said; echo oops >&2; exit 3")
    script_job(tmp_path, "quiet", "echo only this; exit 1")
    script_job(tmp_path, "slow", SLOW)
    return tmp_path


def runs(place: Path) -> list[tuple[str, str, str]]:
    with sqlite3.connect(place / ".petit" / "petit.db") as database:
        rows = database.execute("SELECT job_id, trigger, status FROM runs ORDER BY id").fetchall()
    database.close()
    return rows


def test_a_job_runs_here_and_nothing_else_is_fired(place: Path) -> None:
    done = petit("trigger", "jobs", "good", "--reason", "a test", cwd=place)
    words = [line.split() for line in done.stdout.splitlines()]
    assert done.returncode == 0, done.stderr
    assert words[0][:2] == ["good", "run"]
    assert words[-1][:3] == ["good", "completed", "in"]
    assert [word[:2] for word in words if word[:1] == ["main"]][-1] == ["main", "completed"]
    assert runs(place) == [("good", "manual", "completed")]


FAILED = {
    "what it wrote to stderr": ("bad", "--- main stderr (last lines) ---\noops\n", "exit code 3"),
    "stdout where stderr is empty": ("quiet", "--- main stdout (last lines) ---\nonly this\n", "exit code 1"),
}


@pytest.mark.parametrize(("job", "shown", "error"), FAILED.values(), ids=FAILED.keys())
def test_of_a_failed_task_is_shown(job: str, shown: str, error: str, place: Path) -> None:
    done = petit("trigger", "jobs", job, cwd=place)
    assert done.returncode == 1
    assert shown in done.stdout
    assert error in done.stdout.splitlines()[-1]


def test_an_unknown_job_names_the_nearest_and_exits_2(place: Path) -> None:
    done = petit("trigger", "jobs", "goud", cwd=place)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "petit: error: no job 'goud'; did you mean 'good'?\n"


def test_a_job_with_a_broken_file_shows_the_diagnostic_and_exits_1(place: Path) -> None:
    petit("trigger", "jobs", "good", cwd=place)
    write_job(place, "good", "timout: 3", "tasks: [{id: a, command: x}]")
    done = petit("trigger", "jobs", "good", cwd=place)
    assert done.returncode == 1
    assert "good.yaml:2:1: unknown key `timout`" in done.stderr
    assert len(runs(place)) == 1, "the last good version is not what was meant"


def test_other_broken_files_are_mentioned_and_harm_nothing(place: Path) -> None:
    write_job(place, "broken", "timout: 3", "tasks: [{id: a, command: x}]")
    done = petit("trigger", "jobs", "good", cwd=place)
    assert done.returncode == 0
    assert "1 other job file with problems" in done.stderr


def test_ctrl_c_cancels_the_run_and_exits_130(place: Path) -> None:
    with running("trigger", "jobs", "slow", cwd=place) as program:
        pid = wait_for_pid(place)
        program.send(signal.SIGINT)
        assert program.exit_code() == 130
        program.wait_for("slow cancelled")
    assert not is_alive(pid)
    assert runs(place) == [("slow", "manual", "cancelled")]


def test_no_wait_needs_a_scheduler(place: Path) -> None:
    done = petit("trigger", "jobs", "good", "--no-wait", cwd=place)
    assert done.returncode == 2
    assert "no scheduler is running" in done.stderr


def test_a_running_scheduler_does_it(place: Path) -> None:
    with scheduler(cwd=place) as program:
        done = petit("trigger", "jobs", "bad", cwd=place)
        assert done.returncode == 1
        assert f"asking the scheduler that is running (pid {program.process.pid})" in done.stderr
        assert "oops" in done.stdout
        (run,) = program.get("/api/jobs/bad/runs")["runs"]
        assert run["id"] in done.stdout


def test_a_running_scheduler_is_left_alone_with_no_wait(place: Path) -> None:
    with scheduler(cwd=place) as program:
        done = petit("trigger", "jobs", "slow", "--no-wait", cwd=place)
        assert done.returncode == 0
        (run,) = program.get("/api/jobs/slow/runs")["runs"]
        assert done.stdout == f"slow  run {run['id']}\n"
        wait_for_pid(place)
        (place / "go").touch()
        program.until(f"/api/runs/{run['id']}", "status", "completed")


def test_ctrl_c_cancels_the_run_in_the_scheduler_too(place: Path) -> None:
    with scheduler(cwd=place) as daemon, running("trigger", "jobs", "slow", cwd=place) as program:
        wait_for_pid(place)
        program.send(signal.SIGINT)
        assert program.exit_code() == 130
        (run,) = daemon.get("/api/jobs/slow/runs")["runs"]
        assert (run["status"], run["reason"]) == ("cancelled", "Ctrl+C")


def test_a_scheduler_of_other_job_files_is_not_asked(place: Path) -> None:
    (place / "other").mkdir()
    with scheduler(cwd=place):
        done = petit("trigger", "other", "good", cwd=place)
    assert done.returncode == 2
    assert f"runs the jobs in '{place / 'jobs'}', not in '{place / 'other'}'" in done.stderr


def test_a_scheduler_in_another_directory_of_the_same_database_is_asked(place: Path) -> None:
    with scheduler(cwd=place):
        database = place / ".petit" / "petit.db"
        done = petit("--db", database, "trigger", "../jobs", "bad", cwd=place / ".petit")
    assert done.returncode == 1
    assert "asking the scheduler" in done.stderr


def test_the_same_job_files_by_another_path_are_the_same(place: Path) -> None:
    (place / "link").symlink_to("jobs")
    with scheduler(cwd=place):
        assert petit("trigger", "./link/../link", "quiet", cwd=place).returncode == 1
        assert petit("trigger", place / "jobs", "quiet", cwd=place).returncode == 1


def test_a_refusal_is_told_and_exits_1(place: Path) -> None:
    script_job(place, "single", "until [ -e go ]; do sleep 0.05; done", "max_concurrency: 1")
    with scheduler(cwd=place) as program:
        program.ask("POST", "/api/jobs/single/trigger")
        done = petit("trigger", "jobs", "single", cwd=place)
        (place / "go").touch()
    assert done.returncode == 1
    assert done.stderr.endswith("petit: error: max_concurrency of job 'single' is reached: 1 of 1 running\n")


def test_a_one_shot_serves_others_and_stays_until_their_runs_are_over(place: Path) -> None:
    script_job(place, "other", "until [ -e other-go ]; do sleep 0.05; done")
    with running("trigger", "jobs", "slow", cwd=place) as first:
        wait_for_pid(place)
        second = petit("trigger", "jobs", "other", "--no-wait", cwd=place)
        assert second.returncode == 0, second.stderr
        (place / "go").touch()
        first.wait_for("slow completed")
        first.wait_for("waiting for 1 other run accepted meanwhile")
        (place / "other-go").touch()
        assert first.exit_code() == 0
    assert [status for _, _, status in runs(place)] == ["completed", "completed"]


def test_what_a_killed_scheduler_left_goes_on_and_is_not_waited_for(place: Path) -> None:
    with scheduler(cwd=place) as program:
        program.ask("POST", "/api/jobs/slow/trigger")
        pid = wait_for_pid(place)
        program.send(signal.SIGKILL)
        program.exit_code()
    assert petit("trigger", "jobs", "bad", cwd=place).returncode == 1
    assert is_alive(pid)
    (place / "go").touch()
    with scheduler(cwd=place) as program:
        (run,) = program.get("/api/jobs/slow/runs")["runs"]
        program.until(f"/api/runs/{run['id']}", "status", "completed")
    assert (place / "done").read_text() == "over\n"


def test_a_database_in_memory_runs_a_job_too(place: Path) -> None:
    done = petit("--db", ":memory:", "trigger", "jobs", "good", cwd=place)
    assert done.returncode == 0
    assert list((place / ".petit").iterdir()) == []


def test_a_missing_program_is_said_in_one_line(tmp_path: Path) -> None:
    write_job(tmp_path, "lost", "tasks: [{id: a, command: no-such-program}]")
    write_job(tmp_path, "nowhere", "tasks: [{id: a, command: 'true', working_dir: /no/such/dir}]")
    assert "program not found: 'no-such-program'" in petit("trigger", "jobs", "lost", cwd=tmp_path).stdout
    assert (
        "working directory does not exist: '/no/such/dir'"
        in petit("trigger", "jobs", "nowhere", cwd=tmp_path).stdout
    )


def test_output_cannot_steer_the_terminal(tmp_path: Path) -> None:
    script_job(tmp_path, "evil", r"printf '\033]0;owned\007\033[2J\n' >&2; exit 1")
    done = petit("trigger", "jobs", "evil", cwd=tmp_path)
    assert "\x1b" not in done.stdout
    assert "\\x1b]0;owned\\x07\\x1b[2J" in done.stdout
