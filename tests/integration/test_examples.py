"""Every example job does what its comments say."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
import yaml
from tests.support.program import Program, petit, scheduler

EXAMPLES = Path(__file__).parents[2] / "examples"

STATUSES = {
    "hello_world": {"greet": "completed"},
    "heartbeat": {"beat": "completed"},
    "data_pipeline": {
        "fetch_orders": "completed",
        "fetch_prices": "completed",
        "join": "completed",
        "check": "completed",
        "publish": "completed",
        "alert": "skipped",
        "clean_up": "completed",
    },
    "nightly_report": {"write": "completed"},
    "failing_job": {
        "setup": "completed",
        "will_fail": "failed",
        "never_reached": "skipped",
        "alert": "completed",
        "cleanup": "completed",
    },
    "flaky_download": {"download": "completed"},
    "schedules": {"report": "completed"},
    "python_tasks": {"inline": "completed", "file": "completed", "other_interpreter": "completed"},
    "shell_scripts": {"plain": "completed", "bash": "completed"},
    "time_limits": {"too_slow": "failed", "go_on": "completed"},
    "one_at_a_time": {"first": "completed", "second": "completed", "third": "completed"},
    "environment": {"show": "completed", "other_stage": "completed"},
    "disk_space": {"measure": "completed", "judge": "completed"},
    "every_day_counts": {"count": "completed"},
}
"""What becomes of each task of each example; nightly_report comes after the jobs that it looks at."""

SAYS = {
    ("hello_world", "greet"): "Hello from Petit!",
    ("data_pipeline", "fetch_orders"): "orders of north in batches of 1000",
    ("flaky_download", "download"): "try number 3\ngot it",
    ("python_tasks", "file"): "Numbers: sum 12, mean 4",
    ("python_tasks", "other_interpreter"): "through env",
    ("shell_scripts", "plain"): "20 lines",
    ("shell_scripts", "bash"): "3 words, the last is three",
    ("time_limits", "too_slow"): "this would take an hour\ntold to stop, tidying up",
    ("environment", "other_stage"): "stage test",
}


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    home = tmp_path_factory.mktemp("examples")
    shutil.copytree(EXAMPLES, home / "examples")
    with scheduler("--log-level", "warning", cwd=home, jobs="examples/jobs") as started:
        yield started


def test_every_example_is_tried_here() -> None:
    files = EXAMPLES.joinpath("jobs").rglob("*.yaml")
    assert {yaml.safe_load(file.read_text())["id"] for file in files} == set(STATUSES)


def test_the_examples_have_no_problem(tmp_path: Path) -> None:
    done = petit("validate", EXAMPLES / "jobs", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("job_id", STATUSES)
def test_it_does_what_it_says(program: Program, job_id: str) -> None:
    status, answer = program.ask("POST", f"/api/jobs/{job_id}/trigger?wait=30s")
    assert status == 200, answer
    tasks: list[dict[str, Any]] = program.get(f"/api/runs/{answer['run_id']}/tasks")["tasks"]
    assert {task["task_id"]: task["status"] for task in tasks} == STATUSES[job_id]
    wanted = "failed" if job_id == "failing_job" else "completed"
    assert program.get(f"/api/runs/{answer['run_id']}")["status"] == wanted


@pytest.mark.parametrize(("job_id", "task_id"), SAYS)
def test_it_prints(program: Program, job_id: str, task_id: str) -> None:
    _, answer = program.ask("POST", f"/api/jobs/{job_id}/trigger?wait=30s")
    path = f"/api/runs/{answer['run_id']}/tasks/{task_id}/logs?stream=stdout"
    with urlopen(f"http://127.0.0.1:{program.port}{path}") as log:
        assert log.read().decode().strip().endswith(SAYS[job_id, task_id])


def test_the_settings_example_is_understood(tmp_path: Path) -> None:
    settings = EXAMPLES / "config.toml"
    done = petit("validate", EXAMPLES / "jobs", "--config", settings, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
