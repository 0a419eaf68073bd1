"""The loop in C that starts programs with posix_spawn: built anew in each run, it is what 1 means."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

HERE = Path(__file__).parent
ENV = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/", "LANG": "C.UTF-8", "TZ": "UTC"}


def build(directory: Path) -> tuple[Path, Path]:
    """Compile the loop and the program that writes when it was started; return both."""
    loop, stamp = directory / "spawn_loop", directory / "stamp"
    for source, program in ((HERE.parent / "spawn_loop.c", loop), (HERE / "stamp.c", stamp)):
        subprocess.run(["gcc", "-O2", "-o", program, source], check=True)
    return loop, stamp


def seconds(loop: Path, *, count: int, flight: int) -> float:
    """Return how long the loop takes to start `/bin/true` so often, so many at once."""
    done = subprocess.run(
        [str(loop), str(count), str(flight)], check=True, capture_output=True, env=ENV, text=True
    )
    return float(done.stdout)


def burst_lags_ms(stamp: Path, directory: Path, *, count: int) -> list[float]:
    """Start so many programs as fast as posix_spawn can; return after how long each of them ran."""
    pids, begun = [], time.time_ns()
    for number in range(count):
        out = os.open(directory / str(number), os.O_WRONLY | os.O_CREAT, 0o600)
        actions = [(os.POSIX_SPAWN_DUP2, out, 1)]
        pids.append(os.posix_spawn(stamp, [str(stamp)], ENV, file_actions=actions, setsid=True))
        os.close(out)
    for pid in pids:
        os.waitpid(pid, 0)
    return [(int((directory / str(number)).read_text()) - begun) / 1e6 for number in range(count)]
