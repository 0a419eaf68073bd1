"""P8: a task ends when its main process ends, even if a child holds its output open."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from tests.support.attempts import Engine, sh
from tests.support.scale import scaled
from tests.support.tally import tell

from petit.execution.base import Ended
from petit.execution.local import LocalExecutor

pytestmark = pytest.mark.faults

WITHIN_S = 1.0
HOLDERS = (
    "sleep 1000 & exit 0",
    "setsid sleep 1000 & exit 0",
    "(sleep 1000 &) ; exit 0",
    "sh -c 'sleep 1000 & sleep 1000' & exit 0",
)


async def test_a_task_ends_with_its_main_process(tmp_path: Path) -> None:
    count = scaled(quick=50, soak=500)
    engine = await Engine(LocalExecutor(tmp_path / "state")).start()
    late: list[str] = []
    slowest = 0.0
    for number in range(count):
        holder = HOLDERS[number % len(HOLDERS)]
        begin = time.monotonic()
        (end,) = await engine.run(sh(tmp_path, f"hold{number}", holder))
        seconds = time.monotonic() - begin
        slowest = max(slowest, seconds)
        assert isinstance(end, Ended)
        assert (end.exit_code, end.cause) == (0, None)
        if seconds > WITHIN_S:
            late.append(f"{holder}: {seconds:.2f} s")
    await engine.executor.close(leave_running=False)
    tell("P8", count - len(late), f"of {count} within {WITHIN_S} s, slowest {slowest:.3f} s")
    assert late == []
