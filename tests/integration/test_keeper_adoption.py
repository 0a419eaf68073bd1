"""The keeper outlives its engine, and tasks outlive the keeper: real kills."""

from __future__ import annotations

import ctypes
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.attempts import (
    Engine,
    appears,
    becomes,
    is_alive,
    keeper_pid,
    kill,
    outcome,
    popen,
    sh,
    stdout,
    wait_until,
)

from petit.execution.base import Ended, Started
from petit.execution.keeper import wire
from petit.execution.local import LocalExecutor

PR_SET_CHILD_SUBREAPER = 36


async def engine_process(base: Path, **scripts: dict[str, object]) -> subprocess.Popen[bytes]:
    """Start an engine in a process of its own and wait until all its scripts have been started."""
    (base / "scripts.json").write_text(json.dumps(scripts))
    engine = popen(sys.executable, "-m", "tests.support.engine_process", str(base))
    await appears(base / "submitted")
    return engine


async def test_the_next_engine_adopts_what_runs_and_what_ended_meanwhile(tmp_path: Path) -> None:
    first = await engine_process(
        tmp_path,
        runs={"script": f"{wait_until(tmp_path / 'go')}; echo done; exit 5"},
        ended={"script": f"{wait_until(tmp_path / 'first')}; touch {tmp_path}/over; exit 6"},
        signalled={"script": f"{wait_until(tmp_path / 'first')}; kill -9 $$"},
    )
    kill(first)
    (tmp_path / "first").touch()
    await becomes((tmp_path / "over").exists)
    journal = tmp_path / "state" / wire.JOURNAL
    await becomes(lambda: journal.read_text().count('["ended"') == 2)

    second = await Engine(LocalExecutor(tmp_path / "state")).start()
    assert [r.attempt for r in second.adopted.running] == ["runs/t/1"]
    assert {end.attempt: outcome(end) for end in second.adopted.ended} == {
        "ended/t/1": (6, None, None),
        "signalled/t/1": (None, 9, None),
    }
    second.executor.acknowledge(["ended/t/1", "signalled/t/1"])
    assert is_alive(second.adopted.running[0].pid)
    (tmp_path / "go").touch()
    assert outcome(await second.end_of("runs/t/1")) == (5, None, None)
    assert (tmp_path / "logs" / "runs" / "stdout").read_bytes() == b"done\n"
    await second.executor.close(leave_running=True)

    third = await Engine(LocalExecutor(tmp_path / "state")).start()
    assert third.adopted.running == ()
    assert third.adopted.ended == ()
    await third.executor.close(leave_running=False)


async def test_a_timeout_is_kept_while_no_engine_is_there(tmp_path: Path) -> None:
    first = await engine_process(tmp_path, slow={"script": "exec sleep 1000", "timeout_ms": 400})
    kill(first)
    journal = tmp_path / "state" / wire.JOURNAL
    await becomes(lambda: '["ended"' in journal.read_text())
    second = await Engine(LocalExecutor(tmp_path / "state")).start()
    assert [outcome(end) for end in second.adopted.ended] == [(None, 15, "timeout")]
    await second.executor.close(leave_running=False)


async def test_an_adopted_task_can_be_cancelled(tmp_path: Path) -> None:
    first = await engine_process(tmp_path, slow={"script": "sleep 1000 & wait"})
    kill(first)
    second = await Engine(LocalExecutor(tmp_path / "state")).start()
    second.executor.cancel("slow/t/1")
    assert outcome(await second.end_of("slow/t/1")) == (None, 15, "cancelled")
    await second.executor.close(leave_running=False)


@pytest.fixture
def no_subreaper() -> Iterator[None]:
    """What the engine becomes in one test must not last in the process of the tests."""
    yield
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)


@pytest.mark.parametrize(
    "is_subreaper", [False, True], ids=["the kernel keeps the status", "the engine inherits"]
)
async def test_tasks_go_on_when_the_keeper_dies(
    tmp_path: Path, no_subreaper: None, is_subreaper: bool
) -> None:
    if not is_subreaper and not _kernel_keeps_status():
        pytest.skip("before Linux 6.15")
    engine = await Engine(LocalExecutor(tmp_path / "state", is_subreaper=is_subreaper)).start()
    tasks = {
        "code": (
            sh(tmp_path, "code", f"{wait_until(tmp_path / 'go')}; exit 4"),
            (4, None, None),
        ),
        "killed": (
            sh(tmp_path, "killed", f"{wait_until(tmp_path / 'go')}; kill -9 $$"),
            (None, 9, None),
        ),
        "cancelled": (
            sh(tmp_path, "cancelled", "setsid sleep 1000 & exec sleep 1000"),
            (None, 15, "cancelled"),
        ),
        "timeout": (sh(tmp_path, "timeout", "exec sleep 1000", timeout_ms=1_000), (None, 15, "timeout")),
    }
    engine.executor.submit([task for task, _ in tasks.values()])
    for task, _ in tasks.values():
        await engine.started(task.id)
    before = keeper_pid(tmp_path / "state")
    os.kill(before, signal.SIGKILL)
    (after,) = await engine.run(sh(tmp_path, "after", "echo new"))
    assert outcome(after) == (0, None, None)
    assert keeper_pid(tmp_path / "state") != before
    (tmp_path / "go").touch()
    engine.executor.cancel(tasks["cancelled"][0].id)
    for name, (task, expected) in tasks.items():
        assert outcome(await engine.end_of(task.id)) == expected, name
    assert len(engine.reports) == 10
    await engine.executor.close(leave_running=False)


async def test_tasks_go_on_when_keeper_and_engine_die(tmp_path: Path) -> None:
    if not _kernel_keeps_status():
        pytest.skip("before Linux 6.15")
    wait = f"{wait_until(tmp_path / 'go')}"
    first = await engine_process(
        tmp_path, runs={"script": f"{wait}; exit 3"}, daemon={"script": f"{wait}; setsid sleep 1000 & {wait}"}
    )
    kill(first)
    os.kill(keeper_pid(tmp_path / "state"), signal.SIGKILL)
    second = await Engine(LocalExecutor(tmp_path / "state")).start()
    assert sorted(r.attempt for r in second.adopted.running) == ["daemon/t/1", "runs/t/1"]
    (tmp_path / "go").touch()
    assert outcome(await second.end_of("runs/t/1")) == (3, None, None)
    assert outcome(await second.end_of("daemon/t/1")) == (0, None, None)
    await second.executor.close(leave_running=False)


async def test_what_is_gone_with_the_keeper_is_lost_and_said_so(tmp_path: Path) -> None:
    first = await engine_process(tmp_path, gone={"script": "exec sleep 1000"})
    kill(first)
    os.kill(keeper_pid(tmp_path / "state"), signal.SIGKILL)
    journal = tmp_path / "state" / wire.JOURNAL
    started = next(json.loads(x) for x in journal.read_text().splitlines() if x.startswith('["started"'))
    os.kill(started[2], signal.SIGKILL)
    await becomes(lambda: not os.path.exists(f"/proc/{started[2]}"))
    second = await Engine(LocalExecutor(tmp_path / "state")).start()
    assert [outcome(end) for end in second.adopted.ended] == [(None, None, "lost")]
    await second.executor.close(leave_running=False)


async def test_after_another_boot_nothing_of_before_is_signalled_or_believed_running(tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir()
    innocent = popen("sleep", "1000")
    records = [
        ["boot", "00000000-0000-0000-0000-000000000000"],
        ["intent", "a/t/1", str(tmp_path), None, 500, 1000, 77],
        ["started", "a/t/1", innocent.pid, 1, 1],
        ["ended", "b/t/1", 7, None, 5, None, []],
    ]
    (state / wire.JOURNAL).write_text("".join(json.dumps(r) + "\n" for r in records) + '["ended", "c')
    engine = await Engine(LocalExecutor(state)).start()
    assert engine.adopted.running == ()
    assert {e.attempt: outcome(e) for e in engine.adopted.ended} == {
        "a/t/1": (None, None, "lost"),
        "b/t/1": (7, None, None),
    }
    await engine.executor.close(leave_running=False)
    assert innocent.poll() is None
    kill(innocent)


async def test_a_reused_pid_is_not_taken_for_the_task(tmp_path: Path) -> None:
    first = await engine_process(tmp_path, runs={"script": "exec sleep 1000"})
    kill(first)
    os.kill(keeper_pid(tmp_path / "state"), signal.SIGKILL)
    innocent = popen("sleep", "1000")
    journal = tmp_path / "state" / wire.JOURNAL
    lines = [json.loads(line) for line in journal.read_text().splitlines()]
    (pid,) = [line[2] for line in lines if line[0] == "started"]
    for line in lines:
        if line[0] == "started":
            line[2], line[4] = innocent.pid, line[4] - 1_000
    journal.write_text("".join(json.dumps(line) + "\n" for line in lines))
    second = await Engine(LocalExecutor(tmp_path / "state")).start()
    await second.end_of("runs/t/1") if second.adopted.running else None
    await second.executor.close(leave_running=False)
    assert innocent.poll() is None
    assert not is_alive(pid)  # found by its tag, as something left behind
    kill(innocent)


async def test_a_start_that_was_announced_but_not_confirmed_is_found(tmp_path: Path) -> None:
    first = await engine_process(tmp_path, runs={"script": f"{wait_until(tmp_path / 'go')}; exit 9"})
    kill(first)
    os.kill(keeper_pid(tmp_path / "state"), signal.SIGKILL)
    journal = tmp_path / "state" / wire.JOURNAL
    lines = [line for line in journal.read_text().splitlines() if not line.startswith('["started"')]
    journal.write_text("\n".join(lines) + "\n")
    second = await Engine(LocalExecutor(tmp_path / "state")).start()
    assert [r.attempt for r in second.adopted.running] == ["runs/t/1"]
    (tmp_path / "go").touch()
    assert isinstance(await second.end_of("runs/t/1"), Ended)
    await second.executor.close(leave_running=False)


async def test_an_idle_keeper_leaves_and_the_next_engine_starts_another(tmp_path: Path) -> None:
    executor = LocalExecutor(tmp_path / "state", idle_leave_ms=100)
    first = await Engine(executor).start()
    before = keeper_pid(tmp_path / "state")
    await first.executor.close(leave_running=True)
    await becomes(lambda: not is_alive(before))
    second = await Engine(LocalExecutor(tmp_path / "state")).start()
    assert keeper_pid(tmp_path / "state") != before
    await second.executor.close(leave_running=False)


async def test_a_keeper_with_tasks_and_no_engine_stays_until_they_are_over(tmp_path: Path) -> None:
    first = await Engine(LocalExecutor(tmp_path / "state", idle_leave_ms=50)).start()
    task = sh(tmp_path, "long", f"{wait_until(tmp_path / 'go')}")
    first.executor.submit([task])
    await first.started(task.id)
    keeper = keeper_pid(tmp_path / "state")
    await first.executor.close(leave_running=True)
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        os.kill(keeper, number)
    (tmp_path / "go").touch()
    await becomes(lambda: not is_alive(keeper))
    second = await Engine(LocalExecutor(tmp_path / "state")).start()
    assert [outcome(end) for end in second.adopted.ended] == [(0, None, None)]
    await second.executor.close(leave_running=False)


async def test_log_and_started_time_of_an_adopted_task_are_those_of_its_start(tmp_path: Path) -> None:
    first = await Engine(LocalExecutor(tmp_path / "state")).start()
    task = sh(tmp_path, "told", f"echo one; until [ -e {tmp_path}/go ]; do sleep 0.02; done; echo two")
    first.executor.submit([task])
    started = await first.started(task.id)
    await first.executor.close(leave_running=True)
    second = await Engine(LocalExecutor(tmp_path / "state")).start()
    assert second.adopted.running == (Started(task.id, started.pid, started.started_at),)
    (tmp_path / "go").touch()
    await second.end_of(task.id)
    assert stdout(task) == b"one\ntwo\n"
    await second.executor.close(leave_running=False)


def _kernel_keeps_status() -> bool:
    major, minor = os.uname().release.split(".")[:2]
    return (int(major), int(minor)) >= (6, 15)
