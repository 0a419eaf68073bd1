"""Who belongs to a tree of processes, decided on a snapshot."""

from __future__ import annotations

import os
import signal

import pytest

from petit.execution import tree
from petit.execution.tree import Process


def family(*members: tuple[int, int]) -> dict[int, Process]:
    return {pid: Process(pid, parent, pid, pid, "S", 0) for pid, parent in members}


@pytest.mark.parametrize(
    ("members", "roots", "found"),
    [
        pytest.param([(10, 1), (11, 10), (12, 11)], [10], [10, 11, 12], id="a chain, parents first"),
        pytest.param([(10, 1), (11, 10), (20, 1), (21, 20)], [10], [10, 11], id="nobody else's children"),
        pytest.param([(10, 1), (11, 10), (20, 1)], [10, 20], [10, 20, 11], id="several roots"),
        pytest.param([(10, 1), (11, 10)], [10, 11], [10, 11], id="a root below a root counts once"),
        pytest.param([(11, 10)], [10], [], id="a root that is gone"),
        pytest.param([(10, 11), (11, 10)], [10], [10, 11], id="a circle, as a torn snapshot may show"),
        pytest.param([], [], [], id="nothing"),
    ],
)
def test_descendants(members: list[tuple[int, int]], roots: list[int], found: list[int]) -> None:
    assert [p.pid for p in tree.descendants(family(*members), roots)] == found


def test_a_process_is_read_as_it_is() -> None:
    me = tree.read_process(os.getpid())
    assert me is not None
    assert (me.parent, me.group, me.session) == (os.getppid(), os.getpgid(0), os.getsid(0))
    assert me.pid in tree.snapshot()
    assert tree.read_process(1 << 30) is None


def test_a_signal_goes_to_the_process_that_was_meant() -> None:
    child = os.posix_spawn("/bin/sleep", ["sleep", "1000"], {})
    known = tree.read_process(child)
    assert known is not None
    older = Process(known.pid, known.parent, known.group, known.session, "S", known.start_ms - 10)
    assert not tree.send(older, signal.SIGKILL)
    assert os.waitpid(child, os.WNOHANG) == (0, 0)
    assert tree.send(known, signal.SIGKILL)
    assert os.waitpid(child, 0) == (child, signal.SIGKILL)
    assert not tree.send(known, signal.SIGKILL)


def test_a_child_is_ours_until_it_is_reaped() -> None:
    child = os.posix_spawn("/bin/true", ["true"], {})
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    assert tree.is_child(child)
    os.waitpid(child, 0)
    assert not tree.is_child(child)
    assert not tree.is_child(os.getpid())


@pytest.mark.parametrize("script", ["exit 7", "kill -9 $$", "exit 0"], ids=["code", "signal", "success"])
def test_the_status_of_a_zombie_can_be_read_without_reaping_it(script: str) -> None:
    child = os.posix_spawn("/bin/sh", ["sh", "-c", script], {})
    pidfd = os.pidfd_open(child)
    assert tree.exit_status(child, pidfd) is None or tree.read_process(child)
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    seen = tree.exit_status(child, pidfd)
    assert seen == os.waitpid(child, 0)[1]
    os.close(pidfd)


def test_a_tag_is_carried_through_cleared_environments_and_new_sessions() -> None:
    mine = tree.tag_of(os.getpid())
    tree.tag_next(4711)
    try:
        child = os.posix_spawnp("env", ["env", "-i", "setsid", "--fork", "sleep", "1000"], {})
        os.waitpid(child, 0)
        (daemon,) = tree.tagged((p for p in tree.snapshot().values() if p.pid != os.getpid()), 4711)
        assert tree.send(daemon, signal.SIGKILL)
    finally:
        tree.tag_next(-1)
    assert tree.tag_of(os.getpid()) == mine
    assert tree.tag_of(1 << 30) is None
