"""What the hop to the keeper costs: `/bin/true` through the keeper against a C loop with posix_spawn.

    python benchmarks/keeper_hop.py [--count 1000] [--flight 4] [--rounds 5] [--directory DIR] [--json FILE]

Four contestants take turns in each round, in fresh directories; medians and ratios to C count, for the
machine is noisy: the C loop; the C loop with a session and two log files for each process; the keeper with a
minimal client, frames batched; and the keeper with the local executor on an event loop.

Files go to a memory file system where there is one: the hop is the subject, and a disk on which thousands of
files were just deleted takes ten times longer to make new ones, for minutes.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import socket
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
import uvloop

from petit.execution import launch
from petit.execution.base import AttemptSpec, Report, Started
from petit.execution.keeper import wire
from petit.execution.local import LocalExecutor

ENV = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/", "LANG": "C.UTF-8", "TZ": "UTC", "USER": "petit"}


def compile_loop(directory: Path) -> Path:
    program = directory / "spawn_loop"
    source = Path(__file__).with_name("spawn_loop.c")
    subprocess.run(["gcc", "-O2", "-o", program, source], check=True)
    return program


def spec(number: int, logs: Path) -> AttemptSpec:
    run = f"0197a3c2-7e57-7000-8000-{number:012x}"
    env = {**ENV, "PETIT_RUN_ID": run, "PETIT_TASK_ID": "hop", "PETIT_ATTEMPT": "1"}
    return AttemptSpec(f"{run}/hop/1", ("/bin/true",), env, "/", str(logs / str(number)))


class MinimalClient:
    """Speaks the protocol with a blocking socket and nothing else."""

    def __init__(self, connection: socket.socket) -> None:
        connection.setblocking(True)
        self._socket = connection
        self._frames = wire.Frames()

    def say(self, messages: list[Any]) -> None:
        self._socket.sendall(wire.sealed(msgspec.json.encode(messages)))

    def hear(self) -> list[Any]:
        heard: list[Any] = []
        while not heard:
            for payload in self._frames.feed(self._socket.recv(262144)):
                heard += msgspec.json.decode(payload)
        return heard


def keeper_alone(directory: Path, count: int, flight: int) -> float:
    pid, connection = launch.start(directory / "keeper", umask=0o077)
    client = MinimalClient(connection)
    client.say([["hello", wire.PROTOCOL, 1, False]])
    client.hear()
    logs = directory / "logs"
    messages = [["spawn", *msgspec.to_builtins(spec(n, logs))] for n in range(count)]
    begin = time.perf_counter()
    client.say(messages[:flight])
    submitted, ended = flight, 0
    while ended < count:
        done = [m[1] for m in client.hear() if m[0] == "ended"]
        if done:
            ended += len(done)
            more = messages[submitted : submitted + len(done)]
            submitted += len(more)
            client.say([["ack", done], *more])
    seconds = time.perf_counter() - begin
    client.say([["end"]])
    client.hear()
    connection.close()
    os.waitpid(pid, 0)
    return seconds


async def _with_executor(directory: Path, count: int, flight: int) -> float:
    executor = LocalExecutor(directory / "keeper")
    logs = directory / "logs"
    specs = iter([spec(n, logs) for n in range(count)])
    done = asyncio.get_running_loop().create_future()
    left = count

    def on_reports(reports: list[Report]) -> None:
        nonlocal left
        ended = [r.attempt for r in reports if not isinstance(r, Started)]
        left -= len(ended)
        executor.acknowledge(ended)
        executor.submit(list(islice(specs, len(ended))))
        if left == 0:
            done.set_result(None)

    await executor.start(on_reports)
    begin = time.perf_counter()
    executor.submit(list(islice(specs, flight)))
    await done
    seconds = time.perf_counter() - begin
    await executor.close(leave_running=False)
    return seconds


def with_executor(directory: Path, count: int, flight: int) -> float:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_with_executor(directory, count, flight))


def c_loop(program: Path, *, has_logs: bool) -> Callable[[Path, int, int], float]:
    def run(directory: Path, count: int, flight: int) -> float:
        arguments = [str(program), str(count), str(flight), *([str(directory)] if has_logs else [])]
        return float(subprocess.run(arguments, check=True, capture_output=True, env=ENV).stdout)

    return run


def measure(count: int, flight: int, rounds: int, where: str) -> dict[str, dict[str, float]]:
    with tempfile.TemporaryDirectory(prefix="petit-hop-", dir=where) as root:
        program = compile_loop(Path(root))
        contestants: dict[str, Callable[[Path, int, int], float]] = {
            "C loop": c_loop(program, has_logs=False),
            "C loop, session and log files": c_loop(program, has_logs=True),
            "keeper, minimal client": keeper_alone,
            "keeper, local executor": with_executor,
        }
        seconds: dict[str, list[float]] = {name: [] for name in contestants}
        for number in range(rounds):
            for name, run in contestants.items():
                directory = Path(root) / f"{number}-{name.replace(' ', '-').replace(',', '')}"
                directory.mkdir()
                seconds[name].append(run(directory, count, flight))
    yardstick = seconds["C loop"]
    return {
        name: {
            "per_second": count / statistics.median(taken),
            "ratio_to_c": statistics.median(c / t for c, t in zip(yardstick, taken, strict=True)),
        }
        for name, taken in seconds.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--flight", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--directory", default="/dev/shm" if os.path.isdir("/dev/shm") else None)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    figures = measure(options.count, options.flight, options.rounds, options.directory)
    print(f"{'/bin/true, ' + str(options.flight) + ' in flight':<32}{'per second':>12}{'of C':>8}")
    for name, figure in figures.items():
        print(f"{name:<32}{figure['per_second']:>12.0f}{figure['ratio_to_c']:>8.2f}")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
