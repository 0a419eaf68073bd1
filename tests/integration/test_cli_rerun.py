"""`petit rerun`, and `petit trigger --task`: a part of a job, or of a run that is over."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.program import Program, petit, scheduler, write_job

UNKNOWN = "019b76da-a800-7290-80ca-000000000000"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    write_job(
        tmp_path,
        "job",
        "tasks:",
        "  - {id: fetch, run: 'echo fetched >> fetched'}",
        "  - {id: load, run: 'cat orders', depends_on: [fetch]}",
    )
    return tmp_path


def failed_run(program: Program, place: Path) -> str:
    """Let a run fail for want of a file, and put it there."""
    _, told = program.ask("POST", "/api/jobs/job/trigger?wait=30s")
    (place / "orders").write_text("tea\n")
    return str(told["run_id"])


def test_what_failed_runs_again(place: Path) -> None:
    with scheduler(cwd=place) as program:
        run_id = failed_run(program, place)
        done = petit("rerun", run_id, "--reason", "the file is there", cwd=place)
        assert done.returncode == 0, done.stderr
        words = [line.split() for line in done.stdout.splitlines()]
        assert words[0][:2] == ["job", "run"]
        assert ["fetch", "completed", "reused"] in words
        assert words[-1][:3] == ["job", "completed", "in"]
        run = program.get(f"/api/runs/{words[0][2]}")
        assert (run["rerun_of"], run["reason"]) == (run_id, "the file is there")
    assert (place / "fetched").read_text() == "fetched\n", "what had completed is not run twice"


def test_where_it_begins_can_be_said(place: Path) -> None:
    with scheduler(cwd=place) as program:
        run_id = failed_run(program, place)
        assert petit("rerun", run_id, "--from", "start", "--no-wait", cwd=place).returncode == 0
        assert petit("rerun", run_id, "--from", "fetch", cwd=place).returncode == 0
        done = petit("rerun", run_id, "--from", "laod", cwd=place)
    assert done.returncode == 1
    assert "no task 'laod'; did you mean 'load'?" in done.stderr


def test_an_unknown_run_exits_2(place: Path) -> None:
    with scheduler(cwd=place):
        unknown = petit("rerun", UNKNOWN, cwd=place)
        assert petit("rerun", "7/../../jobs", cwd=place).returncode == 2
    assert unknown.returncode == 2
    assert unknown.stderr.endswith(f"petit: error: no run '{UNKNOWN}'\n")


def test_without_a_scheduler_nothing_runs_again(place: Path) -> None:
    assert petit("rerun", UNKNOWN, cwd=place).returncode == 2
    assert not (place / ".petit").exists()
    petit("trigger", "jobs", "job", cwd=place)
    done = petit("rerun", UNKNOWN, cwd=place)
    assert done.returncode == 2
    assert "no scheduler is running on this database: start one with 'petit run'" in done.stderr


def test_some_tasks_of_a_job_run_here(place: Path) -> None:
    (place / "orders").write_text("tea\n")
    done = petit("trigger", "jobs", "job", "--task", "load", cwd=place)
    assert done.returncode == 0, done.stderr
    assert "fetch  skipped" in done.stdout
    assert "not selected" in done.stdout
    assert not (place / "fetched").exists()
    done = petit("trigger", "jobs", "job", "--task", "load", "--task", "fetsh", cwd=place)
    assert (done.returncode, "did you mean 'fetch'" in done.stderr) == (1, True)
