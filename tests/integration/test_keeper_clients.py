"""Whom the keeper listens to, and what it is made of."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support.attempts import (
    Engine,
    becomes,
    ignore,
    keeper_pid,
    outcome,
    sh,
    spec,
    wait_until,
)

from petit.execution import launch
from petit.execution.keeper import wire
from petit.execution.local import KeeperError, LocalExecutor


async def test_the_newest_engine_wins_and_the_older_one_is_told(tmp_path: Path) -> None:
    told: list[str] = []
    first = await Engine(
        LocalExecutor(tmp_path / "state", on_superseded=lambda: told.append("first"))
    ).start()
    task = sh(tmp_path, "shared", f"{wait_until(tmp_path / 'go')}; exit 2")
    first.executor.submit([task])
    await first.started(task.id)
    second = await Engine(LocalExecutor(tmp_path / "state")).start()
    await becomes(lambda: told)
    assert [r.attempt for r in second.adopted.running] == [task.id]
    first.executor.submit([spec(tmp_path, "late", "true")])
    (tmp_path / "go").touch()
    assert outcome(await second.end_of(task.id)) == (2, None, None)
    assert not first.ends_of(task.id)
    await second.executor.close(leave_running=False)
    await first.executor.close(leave_running=False)


async def test_an_older_engine_is_refused(tmp_path: Path) -> None:
    old = LocalExecutor(tmp_path / "state")
    old._epoch = 1
    new = await Engine(LocalExecutor(tmp_path / "state")).start()
    with pytest.raises(KeeperError, match="newer scheduler"):
        await old.start(ignore)
    (end,) = await new.run(spec(tmp_path, "mine", "true"))
    assert outcome(end) == (0, None, None)
    await new.executor.close(leave_running=False)


@pytest.mark.parametrize(
    "garbage",
    [
        pytest.param(b"GET / HTTP/1.1\r\n\r\n", id="another protocol: a length that no frame has"),
        pytest.param(wire.sealed(b"\xff\xfe"), id="not UTF-8"),
        pytest.param(wire.sealed(b"[["), id="not JSON"),
        pytest.param(wire.sealed(b"[" * 100_000), id="nested beyond reason"),
        pytest.param(wire.sealed(b"7"), id="not a list"),
        pytest.param(wire.sealed(b"[7]"), id="a message that is no list"),
        pytest.param(wire.sealed(b'[["spawn"]]'), id="no hello first"),
        pytest.param(wire.sealed(b'[["hello"]]'), id="a hello that says nothing"),
        pytest.param(wire.sealed(b'[["hello",1,"x",false]]'), id="an epoch that is no number"),
    ],
)
async def test_garbage_costs_its_sender_the_connection_and_nobody_else(
    tmp_path: Path, garbage: bytes
) -> None:
    engine = await Engine(LocalExecutor(tmp_path / "state")).start()
    connection = launch.connect(tmp_path / "state")
    assert connection is not None
    with connection:
        connection.setblocking(True)
        connection.settimeout(10)
        connection.sendall(garbage)
        assert connection.recv(1) == b""
    (end,) = await engine.run(spec(tmp_path, "fine", "true"))
    assert outcome(end) == (0, None, None)
    await engine.executor.close(leave_running=False)


@pytest.mark.parametrize(
    "message",
    [
        ["spawn", "x/t/1", "not a list", {}, "/", "/tmp/x", None, 1, 1],
        ["spawn", "x/t/1", ["true"], {"A": 1}, "/", "/tmp/x", None, 1, 1],
        ["spawn", "x/t/1", ["true"], {}, "/", "/tmp/x", "soon", 1, 1],
        ["spawn", "x/t/1"],
        ["ack", [7]],
        ["cancel", ["x"]],
        ["surprise"],
    ],
    ids=["argv", "environment", "timeout", "too short", "ack", "cancel", "unknown"],
)
async def test_an_engine_that_says_nonsense_is_dropped_and_may_come_again(
    tmp_path: Path, message: list[object]
) -> None:
    pid, connection = launch.start(tmp_path / "state", umask=0o077)
    with connection:
        connection.setblocking(True)
        connection.settimeout(10)
        connection.sendall(wire.frame([["hello", 1, 1, False]]) + wire.frame([message]))
        received = b""
        while data := connection.recv(65536):
            received += data
        assert b'"hello"' in received
    engine = await Engine(LocalExecutor(tmp_path / "state")).start()
    assert engine.adopted.running == ()
    await engine.executor.close(leave_running=False)
    await becomes(lambda: os.waitpid(pid, os.WNOHANG)[0])


@pytest.mark.skipif(os.geteuid() != 0, reason="needs to become another user")
def test_another_user_is_refused(tmp_path: Path) -> None:
    def as_nobody(work: Callable[[], bool]) -> bool:
        if (child := os.fork()) == 0:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
            try:
                os._exit(0 if work() else 1)
            except OSError:
                os._exit(1)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0

    pid, ours = launch.start(tmp_path / "state", umask=0o077)
    path = str(tmp_path / "state" / wire.SOCKET)
    ours.setblocking(True)
    ours.sendall(wire.frame([["hello", 1, 1, False]]))
    assert ours.recv(4)

    def is_kept_out_by_mode() -> bool:
        try:
            socket.socket(socket.AF_UNIX).connect(path)
        except PermissionError:
            return True
        return False

    assert as_nobody(is_kept_out_by_mode)
    for opened in (tmp_path / "state", *tmp_path.parents[:2], tmp_path):
        opened.chmod(0o755)
    os.chmod(path, 0o777)

    def is_refused() -> bool:
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(10)
        connection.connect(path)
        try:
            connection.sendall(wire.frame([["hello", 1, 1 << 60, False]]))
            return connection.recv(1) == b""
        except (BrokenPipeError, ConnectionResetError):
            return True

    assert as_nobody(is_refused)
    ours.sendall(wire.frame([["end"]]))
    ours.recv(65536)
    ours.close()
    os.waitpid(pid, 0)


async def test_the_keeper_is_small_and_lean(tmp_path: Path) -> None:
    engine = await Engine(LocalExecutor(tmp_path / "state")).start()
    await engine.run(*(spec(tmp_path, f"t{n}", "true") for n in range(20)))
    pid = keeper_pid(tmp_path / "state")
    maps = await becomes(Path(f"/proc/{pid}/maps").read_text)
    assert "_ctypes" not in maps
    assert "site-packages" not in maps
    assert os.getsid(pid) == pid
    assert len(os.listdir(f"/proc/{pid}/fd")) <= 12
    await engine.executor.close(leave_running=False)


async def test_a_keeper_that_cannot_start_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file")
    with pytest.raises(KeeperError, match=r"cannot start the keeper of local tasks in .*state"):
        await LocalExecutor(tmp_path / "state").start(ignore)
