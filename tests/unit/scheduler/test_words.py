"""The words in which ends and health are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from petit.core.job import Job, Task
from petit.core.launch import CannotLaunch
from petit.execution.base import CouldNotStart, Ended
from petit.scheduler import health
from petit.scheduler.attempts import LAUNCHERS_KEPT, Launches, judge
from petit.scheduler.commands import Check
from petit.scheduler.options import EngineOptions

TASK = Task(id="t", name="t", command="true", timeout_ms=1_500)


def ended(code: int | None = 0, signal: int | None = None, cause: str | None = None) -> Ended:
    return Ended("run/t/1", code, signal, 0, cause)


@pytest.mark.parametrize(
    ("report", "status", "error"),
    [
        pytest.param(ended(0), "completed", None, id="0 is success"),
        pytest.param(ended(3), "failed", "exit code 3", id="another exit code is told"),
        pytest.param(ended(None, 9), "failed", "killed by SIGKILL", id="a signal has its name"),
        pytest.param(ended(None, 40), "failed", "killed by signal 40", id="a signal without name its number"),
        pytest.param(ended(None, 15, "timeout"), "failed", "timed out after 1.5 s", id="a timeout its limit"),
        pytest.param(ended(None, 15, "cancelled"), "cancelled", "cancelled", id="cancelled is no failure"),
        pytest.param(
            CouldNotStart("run/t/1", "no such program: x", 2, 0),
            "failed",
            "no such program: x",
            id="why it could not start",
        ),
        pytest.param(
            ended(None, None, "lost"),
            "interrupted",
            "interrupted: its process went on without a keeper, and nobody can know how it ended",
            id="what nobody can know is interrupted",
        ),
    ],
)
def test_how_an_attempt_ended(report: Ended | CouldNotStart, status: str, error: str | None) -> None:
    verdict = judge(report, TASK)
    assert (verdict.status, verdict.error) == (status, error)


def test_launchers_of_old_definitions_are_not_kept_for_ever() -> None:
    launches = Launches(EngineOptions(logs_dir="/logs"))
    job = Job(id="j", name="j", tasks=(TASK,))
    for number in range(LAUNCHERS_KEPT + 10):
        launches.launcher(str(number), job)
    assert len(launches._launchers) <= LAUNCHERS_KEPT


@pytest.mark.parametrize(
    ("content", "error"),
    [
        pytest.param(None, "cannot read env_file", id="it is missing"),
        pytest.param(b"\xff=1", "env_file", id="it is not UTF-8"),
        pytest.param(b"no assignment", "env_file", id="a line is no assignment"),
        pytest.param(b"A=1\n", None, id="it is good"),
    ],
)
def test_env_files(tmp_path: Path, content: bytes | None, error: str | None) -> None:
    file = tmp_path / "env"
    if content is not None:
        file.write_bytes(content)
    job = Job(id="j", name="j", tasks=(TASK,), env_file=str(file))
    launches = Launches(EngineOptions(logs_dir="/logs", environ={"PATH": "/bin"}))
    launcher = launches.launcher("hash", job)
    if error is None:
        spec = launches.spec(launcher, job, TASK, run_id="r", number=1, scheduled_for=None)
        assert spec.env["A"] == "1"
    else:
        with pytest.raises(CannotLaunch, match=error):
            launches.spec(launcher, job, TASK, run_id="r", number=1, scheduled_for=None)


@pytest.mark.parametrize(
    ("check", "detail"),
    [
        pytest.param(health.loop_check(alive=True, overdue_ms=0), None, id="a loop that turns is well"),
        pytest.param(health.loop_check(alive=False, overdue_ms=0), "ended", id="one that ended is not"),
        pytest.param(health.loop_check(alive=True, overdue_ms=6_000), "6000 ms late", id="nor a late one"),
        pytest.param(health.storage_check(None), None, id="storage without trouble is well"),
        pytest.param(health.storage_check("it is locked"), "locked", id="trouble is told"),
        pytest.param(health.disk_check("/nowhere/at/all"), "No such file", id="no directory, no disk"),
        pytest.param(health.disk_check("/proc"), "full", id="a disk without room is full"),
    ],
)
def test_health(check: Check, detail: str | None) -> None:
    assert check.ok is (detail is None)
    assert (detail or "") in (check.detail or "")
