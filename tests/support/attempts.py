"""Attempts for tests of executors: specs, reports collected, processes looked at."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from petit.core.ids import AttemptId
from petit.execution.base import Adopted, AttemptSpec, CouldNotStart, Ended, Report, Started
from petit.execution.local import LocalExecutor
from petit.execution.tree import read_process

T = TypeVar("T")
PATIENCE_S = 20.0
PATH = "/usr/local/bin:/usr/bin:/bin"


def spec(
    base: Path,
    name: str,
    *argv: str,
    env: dict[str, str] | None = None,
    cwd: str | None = "/",
    timeout_ms: int | None = None,
    grace_ms: int = 500,
    log_limit: int = 10 * 1024 * 1024,
) -> AttemptSpec:
    """An attempt `name/t/1`, with its logs in `base/logs/name`."""
    marked = {"PATH": PATH, "PETIT_RUN_ID": name, "PETIT_TASK_ID": "t", "PETIT_ATTEMPT": "1"}
    return AttemptSpec(
        f"{name}/t/1",
        argv,
        {**marked, **(env or {})},
        cwd,
        str(base / "logs" / name),
        timeout_ms=timeout_ms,
        grace_ms=grace_ms,
        log_limit=log_limit,
    )


def sh(base: Path, name: str, script: str, **options: object) -> AttemptSpec:
    """An attempt that runs a shell script."""
    return spec(base, name, "sh", "-c", script, **options)  # type: ignore[arg-type]  # handed through


def python(base: Path, name: str, source: str, **options: object) -> AttemptSpec:
    """An attempt that runs a Python program, quickly started."""
    return spec(base, name, sys.executable, "-I", "-S", "-c", source, **options)  # type: ignore[arg-type]  # as above


class Engine:
    """What an engine is to an executor: it collects reports, acknowledges ends and waits for facts."""

    def __init__(self, executor: LocalExecutor, *, acknowledges: bool = True) -> None:
        self.executor = executor
        self.reports: list[Report] = []
        self.adopted = Adopted((), ())
        self._acknowledges = acknowledges
        self._news = asyncio.Event()

    async def start(self) -> Engine:
        self.adopted = await self.executor.start(self._take)
        return self

    def _take(self, reports: list[Report]) -> None:
        self.reports += reports
        if self._acknowledges:
            self.executor.acknowledge([r.attempt for r in reports if not isinstance(r, Started)])
        self._news.set()

    async def until(self, is_so: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not is_so():
                self._news.clear()
                await self._news.wait()

    async def run(self, *specs: AttemptSpec) -> list[Ended | CouldNotStart]:
        self.executor.submit(list(specs))
        return [await self.end_of(each.id) for each in specs]

    async def started(self, attempt: AttemptId) -> Started:
        await self.until(lambda: any(isinstance(r, Started) and r.attempt == attempt for r in self.reports))
        return next(r for r in self.reports if isinstance(r, Started) and r.attempt == attempt)

    async def end_of(self, attempt: AttemptId) -> Ended | CouldNotStart:
        await self.until(lambda: bool(self.ends_of(attempt)))
        return self.ends_of(attempt)[0]

    def ends_of(self, attempt: AttemptId) -> list[Ended | CouldNotStart]:
        return [r for r in self.reports if not isinstance(r, Started) and r.attempt == attempt]


def stdout(attempt: AttemptSpec) -> bytes:
    return (Path(attempt.log_dir) / "stdout").read_bytes()


def stderr(attempt: AttemptSpec) -> bytes:
    return (Path(attempt.log_dir) / "stderr").read_bytes()


def is_alive(pid: int) -> bool:
    process = read_process(pid)
    return process is not None and not process.is_dead


async def appears(path: Path) -> str:
    """Wait until a task has written a file, and return what it wrote."""
    return await becomes(lambda: path.read_text() if path.exists() else "")


async def becomes(look: Callable[[], T]) -> T:
    """Look until there is something to see."""
    async with asyncio.timeout(PATIENCE_S):
        while not (seen := look()):  # noqa: ASYNC110 - processes of others announce nothing
            await asyncio.sleep(0.01)
        return seen


def keeper_pid(directory: Path) -> int:
    """Find the keeper of a directory among the processes."""
    wanted = os.fsencode(str(directory.resolve()))
    for name in os.listdir("/proc"):
        if name.isdecimal():
            try:
                arguments = Path(f"/proc/{name}/cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if wanted in arguments and any(a.endswith(b"keeper/main.py") for a in arguments):
                return int(name)
    raise LookupError(f"no keeper in {directory}")


def popen(*argv: str) -> subprocess.Popen[bytes]:
    """A process that is no task of anybody, in a session of its own."""
    return subprocess.Popen(argv, start_new_session=True)


def kill(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()


def wait_until(path: Path) -> str:
    """Shell text that waits until a file is there."""
    return f"until [ -e {path} ]; do sleep 0.02; done"


def ignore(reports: list[Report]) -> None:
    """For executors whose reports do not matter."""


def outcome(end: object) -> tuple[int | None, int | None, str | None]:
    assert isinstance(end, Ended), end
    return end.exit_code, end.signal, end.cause
