"""P7: when an attempt has ended, nothing of it is alive, and nothing else was harmed.

Ten shapes of what a task may do, four ways to end, several attempts at once, and canaries: processes that
look much like the tasks' own and are none. Whoever writes its pid into the attempt's own file is of the
attempt.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.attempts import Engine, becomes, is_alive, keeper_pid, kill, sh
from tests.support.scale import scaled
from tests.support.tally import tell

from petit.execution.base import AttemptSpec, Ended
from petit.execution.local import LocalExecutor

pytestmark = pytest.mark.faults

SEED = 7
AT_ONCE = 4
PYTHON = f"{sys.executable} -ISc"

# In each, `$say` is a file to which every process of the attempt appends its pid.
STAY = "echo $$ >>$say; exec sleep 1000"
DEAF = "trap '' TERM; echo $$ >>$say; sleep 1000; sleep 1000"
BRANCHES = 'for i in 1 2 3; do sh -c "echo \\$\\$ >>$say; sleep 1000 & sleep 1000" & done; sleep 1000'
RUN_AWAY = 'go() { sh -c "echo \\$PPID" >>$say; (sleep 0.01; go) & }; go'
SHAPES = {
    "child in the background": f"sh -c '{STAY}' &",
    "twice forked": f"(sh -c '{STAY}' &) &",
    "session of its own": f"setsid sh -c '{STAY}' &",
    "TERM ignored": f'sh -c "{DEAF}" &'.replace("$", "\\$"),
    "TERM ignored in a session of its own": f'setsid sh -c "{DEAF}" &'.replace("$", "\\$"),
    "environment cleared": f"env -i say=$say setsid sh -c '{STAY}' &",
    "a daemon": f"(env -i say=$say setsid sh -c '{STAY}' </dev/null >/dev/null 2>&1 &) &",
    "stopped": "sh -c 'echo $$ >>$say; kill -STOP $$; sleep 1000' &",
    "a tree": f"sh -c '{BRANCHES}' &",
    "ever another pid": f"setsid sh -c '{RUN_AWAY}' &",
}
ENDINGS = ("success", "failure", "cancel", "timeout")


def task(base: Path, name: str, shape: str, ending: str) -> AttemptSpec:
    said = base / f"{name}.pids"
    last = {"success": "exit 0", "failure": "exit 3", "cancel": "sleep 1000", "timeout": "sleep 1000"}[ending]
    script = f"export say={said}; {SHAPES[shape]} until [ -s $say ]; do sleep 0.01; done; {last}"
    return sh(base, name, script, timeout_ms=600 if ending == "timeout" else None, grace_ms=200)


@pytest.fixture
def canaries(tmp_path: Path) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Innocents: the same program, the same directory, marks of another attempt, TERM ignored."""
    marks = {"PETIT_RUN_ID": "other", "PETIT_TASK_ID": "t", "PETIT_ATTEMPT": "1", "PATH": os.environ["PATH"]}
    innocents = [
        subprocess.Popen(["sleep", "1000"]),
        subprocess.Popen(["sleep", "1000"], start_new_session=True, cwd=tmp_path),
        subprocess.Popen(["sleep", "1000"], env=marks),
        subprocess.Popen(["sh", "-c", "trap '' TERM; exec sleep 1000"], start_new_session=True, env=marks),
    ]
    yield innocents
    for innocent in innocents:
        kill(innocent)


async def test_no_process_outlives_its_run(tmp_path: Path, canaries: list[subprocess.Popen[bytes]]) -> None:
    chance = random.Random(SEED)
    cases = list(itertools.product(SHAPES, ENDINGS))
    chance.shuffle(cases)
    count = max(scaled(quick=200, soak=2_000), len(cases))
    numbered = list(enumerate(itertools.islice(itertools.cycle(cases), count)))
    engine = await Engine(LocalExecutor(tmp_path / "state")).start()
    keeper = keeper_pid(tmp_path / "state")  # the parent that an orphan sees
    orphans: list[str] = []
    seen = 0

    async def one(number: int, shape: str, ending: str) -> int:
        name = f"run{number}"
        attempt = task(tmp_path, name, shape, ending)
        said = tmp_path / f"{name}.pids"
        engine.executor.submit([attempt])
        if ending == "cancel":
            await becomes(lambda: said.exists() and said.stat().st_size > 0)
            engine.executor.cancel(attempt.id)
        end = await engine.end_of(attempt.id)
        assert isinstance(end, Ended), end
        assert end.cause == {"cancel": "cancelled", "timeout": "timeout"}.get(ending), (shape, ending, end)
        pids = {int(line) for line in said.read_text().split() if line.isdigit()} - {keeper}
        orphans.extend(f"{shape}, {ending}: {pid}" for pid in pids if is_alive(pid))
        return len(pids)

    for start in range(0, count, AT_ONCE):
        batch = numbered[start : start + AT_ONCE]
        seen += sum(await asyncio.gather(*(one(n, shape, ending) for n, (shape, ending) in batch)))
    await engine.executor.close(leave_running=False)
    innocents = [c.args for c in canaries if c.poll() is not None]
    tell("P7", count, f"endings, {seen} processes, {len(innocents)} innocents", orphaned=len(orphans))
    assert orphans == []
    assert innocents == []
