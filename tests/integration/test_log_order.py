"""The real keeper sees in which order a task writes its two streams."""

from __future__ import annotations

import os
import time
from pathlib import Path

from tests.support.attempts import Engine, python, sh

from petit.core.log_order import STREAMS, in_order, is_exact
from petit.execution.base import Ended
from petit.execution.local import LocalExecutor
from petit.execution.logs import LogFile

TURNS = """
import os, time
for n in range(6):
    os.write(1 + n % 2, b"%d\\n" % n)
    time.sleep(0.45 if n < 5 else 0.25)
"""


async def test_turns_of_two_streams_are_told_apart(tmp_path: Path) -> None:
    engine = await Engine(LocalExecutor(tmp_path / "state")).start()
    turns = python(tmp_path, "turns", TURNS)
    begun_ms = time.time() * 1000
    (end,) = await engine.run(turns)
    await engine.executor.close(leave_running=False)
    assert isinstance(end, Ended)
    files = {stream: Path(turns.log_dir) / stream for stream in STREAMS}
    with LogFile(files["stdout"]) as log:
        samples = log.samples()
    sizes = {stream: path.stat().st_size for stream, path in files.items()}
    shown = list(in_order(samples, dict.fromkeys(STREAMS, 0), sizes, end.ended_at))
    assert b"".join(files[each.stream].read_bytes()[each.start : each.end] for each in shown) == (
        b"0\n1\n2\n3\n4\n5\n"
    )
    assert is_exact(samples, sizes)
    for n, each in enumerate(shown):
        assert each.at is not None
        assert 450 * n - 5 <= each.at - begun_ms <= end.ended_at - begun_ms


async def test_a_short_task_has_no_index(tmp_path: Path) -> None:
    engine = await Engine(LocalExecutor(tmp_path / "state")).start()
    short = sh(tmp_path, "short", "echo out; echo err >&2")
    await engine.run(short)
    await engine.executor.close(leave_running=False)
    assert sorted(os.listdir(short.log_dir)) == ["stderr", "stdout"]
