"""A scheduler to be measured: the real engine on SQLite and keeper, in this process, or the whole program."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import NamedTuple

import uvloop

from petit.config.directory import JobDirectory
from petit.events.bus import Bus
from petit.execution.local import LocalExecutor
from petit.scheduler.engine import Engine
from petit.scheduler.handle import SchedulerHandle
from petit.scheduler.options import EngineOptions
from petit.seams import SystemClock, SystemEntropy
from petit.storage.sqlite import SqliteStorage

READY_S = 60
TICK_S = 1 / os.sysconf("SC_CLK_TCK")


@asynccontextmanager
async def engine(directory: Path) -> AsyncIterator[SchedulerHandle]:
    """Run an engine on the jobs in `directory/jobs`, as `petit run` wires it, without the API."""
    (directory / "logs").mkdir()
    storage = SqliteStorage(directory / "petit.db")
    await storage.open()
    clock, bus = SystemClock(), Bus()
    engine = Engine(
        storage=storage,
        executor=LocalExecutor(directory / "keeper"),
        source=JobDirectory(directory / "jobs"),
        clock=clock,
        entropy=SystemEntropy(),
        bus=bus,
        options=EngineOptions(
            logs_dir=str(directory / "logs"), environ={"PATH": "/usr/bin:/bin"}, host="bench"
        ),
    )
    await engine.start()
    try:
        yield SchedulerHandle(engine, storage, bus, clock)
    finally:
        engine.request_stop("cancel")
        await engine.stopped()
        await storage.close()


def with_engine(directory: Path, measure: Callable[[SchedulerHandle], Awaitable[float]]) -> float:
    """Measure something on an engine that runs as the program does."""

    async def main() -> float:
        async with engine(directory) as handle:
            return await measure(handle)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main())


class Answer(NamedTuple):
    """What the API answered."""

    status: int
    headers: dict[str, str]
    body: bytes


class Daemon:
    """`petit run` as a process of its own.

    Attributes:
        ready_s: Seconds from the start of the process to its first healthy answer.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.begun = time.perf_counter()
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "petit", "--db", str(directory / "petit.db")),
                *("run", str(directory / "jobs"), "--api-port", str(self._port())),
            ],
            cwd=directory,
            env={"PATH": os.environ["PATH"], "HOME": str(directory), "PETIT_RETENTION_MAX_RUNS": "none"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.ready_s = self._ready()

    def _port(self) -> int:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        return self.port

    def _ready(self) -> float:
        end = self.begun + READY_S
        while time.perf_counter() < end:
            try:
                if self.get("/api/health")["status"] == "ok":
                    return time.perf_counter() - self.begun
            except OSError:
                time.sleep(0.005)
        raise TimeoutError(f"petit is not healthy after {READY_S} s")

    def ask(self, method: str, path: str) -> Answer:
        """Ask the API for something."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path)
            answer = connection.getresponse()
            headers = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, headers, answer.read())
        finally:
            connection.close()

    def get(self, path: str) -> dict[str, object]:
        """Read something from the API."""
        told: dict[str, object] = json.loads(self.ask("GET", path).body)
        return told

    def pids(self) -> list[int]:
        """Return the scheduler and its keeper."""
        pids = [self.process.pid]
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    words = (entry / "cmdline").read_bytes().decode().split("\0")
                except OSError:
                    continue
                if any(str(self.directory) in word for word in words) and int(entry.name) not in pids:
                    pids.append(int(entry.name))
        return pids

    def stop(self) -> None:
        """Stop it and wait for it."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=30)


def cpu_s(pid: int) -> float:
    """Return the processor time that a process has taken."""
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) * TICK_S


@contextmanager
def daemon(directory: Path) -> Iterator[Daemon]:
    """Run the program on the jobs in `directory/jobs`."""
    running = Daemon(directory)
    try:
        yield running
    finally:
        running.stop()
