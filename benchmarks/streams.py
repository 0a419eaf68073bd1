"""What it costs the scheduler that many watch while much goes on.

    python benchmarks/streams.py [--seconds 15] [--rounds 3] [--rate 500] [--streams 64] [--quick]

8 clients trigger one-task runs at a given rate through the HTTP API of `petit run`, while 20 jobs are due
each second. Once nobody watches, once 64 event streams are open, one of whose readers never reads:
contestants take turns. What counts is the scheduler's lag (from due to started, of the runs that were due),
its processor time for a run, and its memory, with the streams as a share of without. Each reader must have
been told everything, but the one who never read: it hears of a reset when it looks at last.
"""

from __future__ import annotations

import argparse
import json
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from memory import pss_mb
from yardstick import results
from yardstick.scheduler import Daemon, cpu_s, daemon

CLIENTS = 8
TICKING = 20
READERS = Path(__file__).parent / "yardstick" / "readers.py"


class Found(NamedTuple):
    """One round."""

    rate: float
    lag_p50_ms: float
    lag_p99_ms: float
    cpu_ms: float
    added_mb: float


class Heard(NamedTuple):
    """What the readers of one round were told."""

    least: int
    most: int
    resets: int
    sleeper_resets: int


def prepare(directory: Path) -> Path:
    """Make a directory of its own with the jobs."""
    (directory / "jobs").mkdir(parents=True)
    task = "tasks: [{id: main, command: /bin/true}]\n"
    (directory / "jobs" / "one.yaml").write_text(f"id: one\n{task}")
    for number in range(TICKING):
        text = f"id: tick{number:02}\nschedule: '* * * * * *'\n{task}"
        (directory / "jobs" / f"tick{number:02}.yaml").write_text(text)
    return directory


@contextmanager
def watching(port: int, count: int) -> Iterator[list[Heard]]:
    """Have so many readers while the block lasts; what they heard is in the list after it."""
    heard: list[Heard] = []
    if count == 0:
        yield heard
        return
    words = [sys.executable, str(READERS), str(port), str(count)]
    process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "ready\n"
        yield heard
        process.stdin.close()
        told: dict[str, Any] = json.loads(process.stdout.readline())
        events = told["events"]
        heard.append(Heard(min(events), max(events), told["resets"], told["sleeper"]["resets"]))
    finally:
        process.kill()
        process.wait()


def _client(port: int, interval_s: float, end: float, done: list[int]) -> None:
    """Trigger at a pace on one connection, as long as the time lasts; what is late is not made up for."""
    request = f"POST /api/jobs/one/trigger HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: 0\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        due, count = time.perf_counter(), 0
        while due < end:
            time.sleep(max(due - time.perf_counter(), 0))
            connection.sendall(request.encode())
            answer = b""
            while b"}" not in answer:
                answer += connection.recv(65536)
            assert answer.startswith(b"HTTP/1.1 200"), answer
            count += 1
            due = max(due + interval_s, time.perf_counter() - interval_s)
        done.append(count)


def triggered(port: int, rate: float, seconds: float) -> int:
    """Trigger at this rate for so long; return how often."""
    done: list[int] = []
    end = time.perf_counter() + seconds
    threads = [
        threading.Thread(target=_client, args=(port, CLIENTS / rate, end, done)) for _ in range(CLIENTS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(done)


def lags_ms(petit: Daemon, since: int) -> list[float]:
    """Return how late each run began that was due since then."""
    found: list[float] = []
    path = f"/api/runs?trigger=schedule&since={since}&limit=1000"
    page: Any = petit.get(path)
    while True:
        found.extend(run["lag_ms"] for run in page["runs"] if run["lag_ms"] is not None)
        if page["next_cursor"] is None:
            return found
        page = petit.get(f"{path}&cursor={page['next_cursor']}")


def _settle(petit: Daemon) -> None:
    """Return when what was triggered is over; there is always something that ticks."""
    while int(str(petit.get("/api/scheduler/state")["running_runs"])) > TICKING:
        time.sleep(0.01)


def one_round(directory: Path, *, streams: int, rate: float, seconds: float) -> tuple[Found, list[Heard]]:
    """Measure with so many streams."""
    with daemon(prepare(directory)) as petit:
        pid = petit.process.pid
        triggered(petit.port, rate, 2.0)  # warm
        with watching(petit.port, streams) as heard:
            before_mb, cpu, since = pss_mb(pid), cpu_s(pid), int(time.time() * 1000)
            begun = time.perf_counter()
            runs = triggered(petit.port, rate, seconds)
            taken = time.perf_counter() - begun
            _settle(petit)
            lags = lags_ms(petit, since)
            found = Found(
                rate=runs / taken,
                lag_p50_ms=results.quantile(lags, 0.5),
                lag_p99_ms=results.quantile(lags, 0.99),
                cpu_ms=(cpu_s(pid) - cpu) * 1000 / (runs + len(lags)),
                added_mb=pss_mb(pid) - before_mb,
            )
    return found, heard


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=15.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rate", type=float, default=500.0)
    parser.add_argument("--streams", type=int, default=64)
    parser.add_argument("--quick", action="store_true", help="one round of 5 seconds")
    options = parser.parse_args()
    seconds, rounds = (5.0, 1) if options.quick else (options.seconds, options.rounds)
    without: list[Found] = []
    watched: list[Found] = []
    heard: list[Heard] = []
    with tempfile.TemporaryDirectory(prefix="petit-bench-", ignore_cleanup_errors=True) as name:
        for number in range(rounds):
            for streams, found in ((0, without), (options.streams, watched)):
                directory = Path(name) / f"{number}-{streams}"
                one, told = one_round(directory, streams=streams, rate=options.rate, seconds=seconds)
                found.append(one)
                heard += told
    figures = {
        field: {
            "nobody": statistics.median(getattr(each, field) for each in without),
            "streams": statistics.median(getattr(each, field) for each in watched),
            "ratio": statistics.median(
                getattr(one, field) / getattr(other, field)
                for one, other in zip(watched, without, strict=True)
                if getattr(other, field)
            ),
        }
        for field in Found._fields
    }
    print(f"\n{'medians':<28}{'nobody':>10}{f'{options.streams} streams':>12}{'ratio':>8}")
    for field, each in figures.items():
        print(f"  {field:<26}{each['nobody']:>10.2f}{each['streams']:>12.2f}{each['ratio']:>8.2f}")
    for each_round in heard:
        print(
            f"  readers were told {each_round.least:,} to {each_round.most:,} events, "
            f"{each_round.resets} resets; who never read, {each_round.sleeper_resets}"
        )
    results.save(
        "streams",
        {
            "asked_rate": options.rate,
            "streams": options.streams,
            "figures": figures,
            "heard": [each_round._asdict() for each_round in heard],
        },
    )


if __name__ == "__main__":
    main()
