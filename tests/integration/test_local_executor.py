"""The local executor runs programs as it says: real keeper, real processes."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.support.attempts import (
    PATH,
    Engine,
    appears,
    becomes,
    is_alive,
    python,
    sh,
    spec,
    stderr,
    stdout,
)

from petit.execution.base import CouldNotStart, Ended
from petit.execution.local import LocalExecutor


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[Engine]:
    executor = LocalExecutor(tmp_path / "state", umask=0o022)
    yield await Engine(executor).start()
    await executor.close(leave_running=False)


@pytest.mark.parametrize(
    ("script", "code", "number"),
    [
        pytest.param("exit 0", 0, None, id="success is exit code 0"),
        pytest.param("exit 7", 7, None, id="an exit code is kept"),
        pytest.param("exit 255", 255, None, id="the largest exit code is kept"),
        pytest.param("kill -KILL $$", None, 9, id="a signal is no exit code"),
        pytest.param("kill -TERM $$", None, 15, id="TERM by itself is not cancelled"),
    ],
)
async def test_the_end_of_a_task_is_told_exactly(
    engine: Engine, tmp_path: Path, script: str, code: int | None, number: int | None
) -> None:
    (end,) = await engine.run(sh(tmp_path, "a", script))
    started = await engine.started("a/t/1")
    assert isinstance(end, Ended)
    assert (end.exit_code, end.signal, end.cause) == (code, number, None)
    assert started.started_at <= end.ended_at
    assert len(engine.reports) == 2


def _file(path: Path, text: str, mode: int) -> str:
    path.write_text(text)
    path.chmod(mode)
    return str(path)


async def test_what_cannot_start_says_why_in_a_sentence(engine: Engine, tmp_path: Path) -> None:
    plain = _file(tmp_path / "plain", "#!/bin/sh\n", 0o644)
    lost = _file(tmp_path / "lost", "#!/no/such/interpreter\n", 0o755)
    shapeless = _file(tmp_path / "shapeless", "echo hello\n", 0o755)
    long = "x" * 3_000_000
    table = {
        "program": (
            spec(tmp_path, "program", "no-such-program"),
            f"program not found: 'no-such-program' (looked on PATH {PATH})",
            2,
        ),
        "path": (spec(tmp_path, "path", "/no/such/program"), "program not found: '/no/such/program'", 2),
        "cwd": (
            spec(tmp_path, "cwd", "true", cwd="/no/such"),
            "working directory does not exist: '/no/such'",
            2,
        ),
        "nodir": (
            spec(tmp_path, "nodir", "true", cwd=plain),
            f"working directory is not a directory: '{plain}'",
            20,
        ),
        "mode": (spec(tmp_path, "mode", plain), f"permission denied: '{plain}' may not be executed", 13),
        "dir": (spec(tmp_path, "dir", "/"), "permission denied: '/' may not be executed", 13),
        "interpreter": (
            spec(tmp_path, "interpreter", lost),
            f"interpreter not found: '/no/such/interpreter' named by '{lost}'",
            2,
        ),
        "format": (
            spec(tmp_path, "format", shapeless),
            f"not a program that can be run: '{shapeless}' (no '#!' line?)",
            8,
        ),
        "long": (spec(tmp_path, "long", "echo", long), "argument list too long (", 7),
        "nul": (spec(tmp_path, "nul", "echo", "a\0b"), "argument or environment cannot be passed", 0),
        "nulprogram": (spec(tmp_path, "nulprogram", "a\0b"), "program not found", 2),
        "name": (
            spec(tmp_path, "name", "true", env={"A=B": "c"}),
            "argument or environment cannot be passed",
            0,
        ),
        "surrogate": (spec(tmp_path, "surrogate", "echo", "\ud800"), "argument or environment cannot", 0),
        "nothing": (spec(tmp_path, "nothing"), "no program given", 0),
        "empty": (spec(tmp_path, "empty", ""), "no program given", 0),
    }
    ends = await engine.run(*(case for case, _, _ in table.values()))
    for (name, (_, error, number)), end in zip(table.items(), ends, strict=True):
        assert isinstance(end, CouldNotStart), (name, end)
        assert end.error.startswith(error), (name, end)
        assert end.errno == number, (name, end)
    (after,) = await engine.run(spec(tmp_path, "after", "true"))
    assert isinstance(after, Ended)


async def test_a_program_is_found_on_the_path_of_its_own_environment(engine: Engine, tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "bin").mkdir(parents=True)
    _file(home / "bin" / "tool", "#!/bin/sh\necho from bin\n", 0o755)
    _file(home / "tool", "#!/bin/sh\necho from here\n", 0o755)
    relative = spec(tmp_path, "relative", "tool", env={"PATH": "bin:/bin"}, cwd=str(home))
    empty = spec(tmp_path, "empty", "tool", env={"PATH": ""}, cwd=str(home))
    dotted = spec(tmp_path, "dotted", "./tool", cwd=str(home))
    await engine.run(relative, empty, dotted)
    assert [stdout(s) for s in (relative, empty, dotted)] == [b"from bin\n", b"from here\n", b"from here\n"]


async def test_the_environment_is_exactly_the_given_one(engine: Engine, tmp_path: Path) -> None:
    odd = {"EMPTY": "", "LINES": "a\nb", "UNICODE": "h\u00e9\U0001f600", "QUOTES": "'\"$(id)`"}
    task = spec(tmp_path, "env", "/usr/bin/env", "-0", env=odd)
    await engine.run(task)
    seen = dict(entry.split("=", 1) for entry in stdout(task).decode().split("\0") if entry)
    assert seen == task.env


async def test_the_process_inherits_nothing_else(engine: Engine, tmp_path: Path) -> None:
    source = """
import os, sys
print(sorted(int(n) for n in os.listdir("/proc/self/fd")), os.readlink("/proc/self/fd/0"))
print(os.getsid(0) == os.getpid() == os.getpgid(0), os.getcwd(), sys.stdin.read() == "")
print([line.split()[1] for line in open("/proc/self/status") if line.startswith(("SigBlk", "Umask"))])
"""
    task = python(tmp_path, "bare", source, cwd=str(tmp_path))
    leak, other = os.pipe()
    os.set_inheritable(leak, True)
    try:
        await engine.run(task)
    finally:
        os.close(leak)
        os.close(other)
    # Descriptor 3 lists the others.
    expected = f"[0, 1, 2, 3] /dev/null\nTrue {tmp_path} True\n['0022', '0000000000000000']\n"
    assert stdout(task).decode() == expected, stderr(task)


async def test_no_signal_is_ignored_in_a_task(engine: Engine, tmp_path: Path) -> None:
    task = spec(tmp_path, "sig", "grep", "SigIgn", "/proc/self/status")
    await engine.run(task)
    assert int(stdout(task).split()[1], 16) & ~0x180000000 == 0  # 32 and 33 are glibc's own


async def test_streams_go_to_their_own_files_and_nobody_else_can_read_them(
    engine: Engine, tmp_path: Path
) -> None:
    task = sh(tmp_path, "out", "echo to out; echo to err >&2")
    await engine.run(task)
    assert (stdout(task), stderr(task)) == (b"to out\n", b"to err\n")
    modes = [os.stat(f"{task.log_dir}/{name}").st_mode & 0o777 for name in ("stdout", "stderr", "")]
    assert modes == [0o600, 0o600, 0o700]


async def test_submitting_twice_starts_one_process(engine: Engine, tmp_path: Path) -> None:
    task = sh(tmp_path, "once", "echo ran")
    engine.executor.submit([task, task])
    engine.executor.submit([task])
    await engine.end_of(task.id)
    await engine.run(spec(tmp_path, "later", "true"))
    assert stdout(task) == b"ran\n"
    assert len(engine.ends_of(task.id)) == 1


async def test_cancel_ends_the_whole_tree_even_if_it_ignores_term(engine: Engine, tmp_path: Path) -> None:
    script = (
        f"trap '' TERM; sleep 1000 & echo $! > {tmp_path}/child; setsid sleep 1000 & wait; wait; sleep 1000"
    )
    task = sh(tmp_path, "stubborn", script)
    engine.executor.submit([task])
    child = int(await appears(tmp_path / "child"))
    engine.executor.cancel(task.id)
    end = await engine.end_of(task.id)
    assert isinstance(end, Ended)
    assert (end.exit_code, end.signal, end.cause) == (None, 9, "cancelled")
    assert not is_alive(child)


async def test_a_task_may_clean_up_within_its_grace(engine: Engine, tmp_path: Path) -> None:
    task = sh(
        tmp_path,
        "tidy",
        f"trap 'sleep 0.1; echo tidied; exit 3' TERM; echo > {tmp_path}/up; while :; do sleep 0.02; done",
    )
    engine.executor.submit([task])
    await appears(tmp_path / "up")
    engine.executor.cancel(task.id)
    end = await engine.end_of(task.id)
    assert isinstance(end, Ended)
    assert (end.exit_code, end.cause, stdout(task)) == (3, "cancelled", b"tidied\n")


async def test_a_timeout_ends_a_task_and_a_stopped_one_too(engine: Engine, tmp_path: Path) -> None:
    slow = spec(tmp_path, "slow", "sleep", "1000", timeout_ms=100)
    stopped = sh(tmp_path, "stopped", "kill -STOP $$", timeout_ms=100)
    ends = await engine.run(slow, stopped)
    assert [(e.signal, e.cause) for e in ends if isinstance(e, Ended)] == [(15, "timeout"), (15, "timeout")]


async def test_cancel_before_the_start_and_after_the_end(engine: Engine, tmp_path: Path) -> None:
    early, late = spec(tmp_path, "early", "sleep", "1000"), spec(tmp_path, "late", "true")
    engine.executor.submit([early])
    engine.executor.cancel(early.id)
    end = await engine.end_of(early.id)
    assert isinstance(end, Ended)
    assert end.cause == "cancelled"
    await engine.run(late)
    engine.executor.cancel(late.id)
    engine.executor.cancel("never/heard/1")
    await engine.run(spec(tmp_path, "last", "true"))
    assert len(engine.ends_of(late.id)) == 1


async def test_what_a_task_leaves_behind_is_ended_and_its_end_is_the_mains(
    engine: Engine, tmp_path: Path
) -> None:
    stubborn = f"trap '' TERM; echo > {tmp_path}/up; sleep 1000"
    script = f'setsid sh -c "{stubborn}" & until [ -s {tmp_path}/up ]; do sleep 0.01; done'
    task = sh(tmp_path, "leaver", script)
    (end,) = await engine.run(task)
    assert isinstance(end, Ended)
    told_at = os.stat(tmp_path / "state" / "keeper.journal").st_mtime_ns // 1_000_000
    assert (end.exit_code, end.cause) == (0, None)
    assert told_at - end.ended_at >= 1_900  # TERM was ignored: KILL came after two seconds


async def test_many_at_once_end_each_once(engine: Engine, tmp_path: Path) -> None:
    tasks = [sh(tmp_path, f"m{n}", f"exit {n}") for n in range(60)]
    ends = await engine.run(*tasks)
    assert [e.exit_code for e in ends if isinstance(e, Ended)] == list(range(60))
    assert len(engine.reports) == 120


async def test_close_ends_what_runs_and_the_keeper_leaves(tmp_path: Path) -> None:
    engine = await Engine(LocalExecutor(tmp_path / "state")).start()
    task = sh(tmp_path, "long", "sleep 1000")
    engine.executor.submit([task])
    pid = (await engine.started(task.id)).pid
    await engine.executor.close(leave_running=False)
    assert not is_alive(pid)
    assert engine.ends_of(task.id)
    await becomes(lambda: not (tmp_path / "state" / "keeper.sock").exists())


async def test_tasks_of_a_memory_database_end_with_the_engine(tmp_path: Path) -> None:
    engine = await Engine(LocalExecutor(tmp_path / "state", tasks_end_with_engine=True)).start()
    task = sh(tmp_path, "mortal", "sleep 1000")
    engine.executor.submit([task])
    pid = (await engine.started(task.id)).pid
    await engine.executor.close(leave_running=True)
    await becomes(lambda: not is_alive(pid))
    await becomes(lambda: not (tmp_path / "state" / "keeper.sock").exists())


async def test_a_directory_with_a_very_long_name_will_do(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 100) / ("e" * 100)
    first = await Engine(LocalExecutor(deep)).start()
    await first.executor.close(leave_running=True)
    second = await Engine(LocalExecutor(deep)).start()
    (end,) = await second.run(spec(tmp_path, "deep", "true"))
    assert isinstance(end, Ended)
    await second.executor.close(leave_running=False)


async def test_a_flood_is_kept_head_and_tail_while_it_runs(engine: Engine, tmp_path: Path) -> None:
    limit = 200_000
    done = tmp_path / "done"
    source = (
        "import os, time\n"
        "for n in range(40): os.write(1, b'%07d\\n' % n * 12500); time.sleep(0.02)\n"
        f"while not os.path.exists({str(done)!r}): time.sleep(0.01)\n"
        "os.write(1, b'the end\\n')\n"
    )
    task = python(tmp_path, "flood", source, log_limit=limit)
    engine.executor.submit([task])
    out = Path(task.log_dir) / "stdout"
    await becomes(lambda: out.exists() and out.stat().st_size == 4_000_000)
    await becomes(lambda: out.stat().st_blocks * 512 < limit * 2)
    done.touch()
    await engine.end_of(task.id)
    await asyncio.sleep(0)
    assert out.stat().st_size == 4_000_008
    assert out.stat().st_blocks * 512 < limit + 3 * 4096
    text = out.read_bytes()
    assert text[: limit // 2] == (b"0000000\n" * 12_500)
    assert text.endswith(b"0000039\n" * 12_499 + b"the end\n")
