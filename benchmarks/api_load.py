"""How many answers a second the HTTP API gives, and after how long.

    python benchmarks/api_load.py [--seconds 3] [--rounds 5] [--connections 32] [--quick]

`petit run` with 50 jobs, each of which ran once, is asked without pause by a client in C. Contestants take
turns in each round; the yardstick is an application that answers with an empty object, on the same server
(uvicorn, uvloop, httptools), and the median of the ratios counts. *us of cpu* is the processor time of the
server's process for an answer: on a machine that does other things too, it says more than the rate.
"""

from __future__ import annotations

import argparse
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from yardstick import http_load, results
from yardstick.scheduler import Daemon, cpu_s, daemon

JOBS = 50
EMPTY = "an empty application"


class Question(NamedTuple):
    """What is asked."""

    path: str
    headers: tuple[str, ...] = ()


class Found(NamedTuple):
    """How it was answered in one round."""

    rate: float
    p50_ms: float
    p99_ms: float
    cpu_us: float


@contextmanager
def empty_application() -> Iterator[tuple[int, int]]:
    """Serve nothing; yield port and pid."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    program = Path(__file__).parent / "yardstick" / "empty_app.py"
    process = subprocess.Popen([sys.executable, str(program), str(port)])
    try:
        for _ in range(1000):
            with socket.socket() as attempt:
                if attempt.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.01)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(10)


@contextmanager
def petit(directory: Path) -> Iterator[Daemon]:
    """Run the program with jobs that ran."""
    (directory / "jobs").mkdir(parents=True)
    for number in range(JOBS):
        text = f"id: job{number:02}\nschedule: '0 3 * * *'\ntasks: [{{id: main, command: /bin/true}}]\n"
        (directory / "jobs" / f"job{number:02}.yaml").write_text(text)
    with daemon(directory) as running:
        for number in range(JOBS):
            running.ask("POST", f"/api/jobs/job{number:02}/trigger?wait=20s")
        yield running


def questions(running: Daemon) -> dict[str, Question]:
    """Return what is asked of Petit."""
    tag = running.ask("GET", "/api/jobs").headers["etag"]
    return {
        "all jobs": Question("/api/jobs"),
        "all jobs, gzip": Question("/api/jobs", ("Accept-Encoding: gzip",)),
        "all jobs, nothing new": Question("/api/jobs", (f"If-None-Match: {tag}",)),
        "one job": Question("/api/jobs/job07"),
        "20 runs": Question("/api/runs"),
        "is it alive?": Question("/api/health/live"),
    }


def rounds_of(root: Path, *, rounds: int, seconds: float, connections: int) -> dict[str, list[Found]]:
    """Let the contestants take turns."""
    client = http_load.build(root)
    with empty_application() as empty, petit(root / "petit") as running:
        asked = {EMPTY: (*empty, Question("/"))}
        own = (running.port, running.process.pid)
        asked |= {name: (*own, question) for name, question in questions(running).items()}
        found: dict[str, list[Found]] = {name: [] for name in asked}
        for _ in range(rounds):
            for name, (port, pid, question) in asked.items():
                begun = cpu_s(pid)
                told = http_load.load(
                    client,
                    port,
                    question.path,
                    connections=connections,
                    seconds=seconds,
                    headers=question.headers,
                )
                taken_us = (cpu_s(pid) - begun) / told.answers * 1e6
                found[name].append(Found(told.rate, told.p50_ms, told.p99_ms, taken_us))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--quick", action="store_true", help="two rounds of a second")
    options = parser.parse_args()
    seconds, rounds = (1.0, 2) if options.quick else (options.seconds, options.rounds)
    with tempfile.TemporaryDirectory(prefix="petit-bench-", ignore_cleanup_errors=True) as name:
        found = rounds_of(Path(name), rounds=rounds, seconds=seconds, connections=options.connections)
    yard = [each.rate for each in found[EMPTY]]
    figures = {
        name: {
            "ratio_to_empty": statistics.median(
                each.rate / empty for each, empty in zip(all_of_one, yard, strict=True)
            ),
            **{
                field: statistics.median(getattr(each, field) for each in all_of_one)
                for field in Found._fields
            },
        }
        for name, all_of_one in found.items()
    }
    print(f"\n{'medians':<24}{'ratio':>8}{'a second':>11}{'p50 ms':>9}{'p99 ms':>9}{'us of cpu':>11}")
    for name, each in figures.items():
        print(
            f"  {name:<22}{each['ratio_to_empty']:>8.2f}{each['rate']:>11,.0f}{each['p50_ms']:>9.2f}"
            f"{each['p99_ms']:>9.2f}{each['cpu_us']:>11.1f}"
        )
    results.save("api_load", {"connections": options.connections, "answers": figures})


if __name__ == "__main__":
    main()
