"""How much Petit does, with full durability, as a share of a loop in C that does nothing but posix_spawn.

    python benchmarks/throughput.py [--count 1000] [--rounds 5] [--quick]

Contestants take turns in each round, in fresh directories; the median of the ratios counts, as machines are
noisy. C keeps 4 programs in flight. Petit commits and fsyncs each run before it starts it:

- runs: one-task runs, triggered by 8 clients without pause, from the first trigger to the last end;
- the same through the HTTP API of `petit run`;
- fan-out: one run with 1,000 tasks;
- trigger to start: from the trigger to the first instruction of the task's program, one run at a time;
- due together: 100 jobs due in one second, after how long each of their programs ran; C starts 100 at once.
"""

from __future__ import annotations

import argparse
import asyncio
import socket
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from petit.events.facts import Fact, RunCompleted
from petit.scheduler.commands import TriggerRun
from petit.scheduler.handle import SchedulerHandle
from yardstick import c_loop, results
from yardstick.scheduler import daemon, with_engine

CLIENTS = 8
FLIGHT = 4
DUE_TOGETHER = 100


def jobs(directory: Path, **files: str) -> Path:
    """Make a directory of its own with job files."""
    (directory / "jobs").mkdir(parents=True)
    for name, text in files.items():
        (directory / "jobs" / f"{name}.yaml").write_text(f"id: {name}\n{text}\n")
    return directory


def one_task(program: str) -> str:
    return f"tasks: [{{id: t, command: {program}}}]"


def runs(directory: Path, count: int, cpu_ms: list[float] | None = None) -> float:
    """Return the seconds that one-task runs take through the engine, and note its processor time for each."""

    async def measure(handle: SchedulerHandle) -> float:
        all_ended = asyncio.Event()
        ended = 0

        def listen(fact: Fact) -> None:
            nonlocal ended
            ended += isinstance(fact, RunCompleted)
            if ended == count // CLIENTS * CLIENTS:
                all_ended.set()

        async def client() -> None:
            for _ in range(count // CLIENTS):
                await handle.trigger(TriggerRun(job_id="one"))

        handle.bus.subscribe(listen)
        begun, cpu = time.perf_counter(), time.process_time()
        await asyncio.gather(*(client() for _ in range(CLIENTS)))
        await all_ended.wait()
        if cpu_ms is not None:
            cpu_ms.append((time.process_time() - cpu) / count * 1000)
        return time.perf_counter() - begun

    return with_engine(jobs(directory, one=one_task("/bin/true")), measure)


def runs_by_api(directory: Path, count: int) -> float:
    """Return the seconds that one-task runs take through `petit run` and its HTTP API."""
    with daemon(jobs(directory, one=one_task("/bin/true"))) as petit:
        threads = [
            threading.Thread(target=_client, args=(petit.port, count // CLIENTS)) for _ in range(CLIENTS)
        ]
        begun = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        while petit.get("/api/scheduler/state")["running_runs"]:
            time.sleep(0.002)
        return time.perf_counter() - begun


def _client(port: int, count: int) -> None:
    """Trigger so often on one connection, at next to no cost of its own: it runs beside what is measured."""
    request = f"POST /api/jobs/one/trigger HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: 0\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        for _ in range(count):
            connection.sendall(request.encode())
            answer = b""
            while b"}" not in answer:
                answer += connection.recv(65536)
            assert answer.startswith(b"HTTP/1.1 200"), answer


def fan_out(directory: Path, count: int, at_once: int = FLIGHT) -> float:
    """Return the seconds that one run with so many independent tasks takes."""
    tasks = "\n".join(f"  - {{id: t{number}, command: /bin/true}}" for number in range(count))

    async def measure(handle: SchedulerHandle) -> float:
        begun = time.perf_counter()
        triggered = await handle.trigger(TriggerRun(job_id="fan"))
        await handle.wait_for_run(triggered.run_id, 600_000)
        return time.perf_counter() - begun

    return with_engine(jobs(directory, fan=f"max_tasks: {at_once}\ntasks:\n{tasks}"), measure)


def latencies_ms(directory: Path, stamp: Path, count: int) -> list[float]:
    """Return after how long the program of a triggered run runs, one run at a time."""
    found: list[float] = []

    async def measure(handle: SchedulerHandle) -> float:
        for _ in range(count):
            begun = time.time_ns()
            triggered = await handle.trigger(TriggerRun(job_id="one"))
            await handle.wait_for_run(triggered.run_id, 60_000)
            found.append((await _stamp(handle, triggered.run_id) - begun) / 1e6)
        return 0.0

    with_engine(jobs(directory, one=one_task(str(stamp))), measure)
    return found


async def _stamp(handle: SchedulerHandle, run_id: str) -> int:
    log = await handle.log(run_id, "t", "stdout")
    assert log is not None
    with log:
        return int(log.read(0, 64))


def due_lags_ms(directory: Path, stamp: Path) -> list[float]:
    """Return after how long the programs of 100 jobs ran that were due together."""
    # Due once, in the fourth second from now: long enough for the start, and not twice.
    due_s = int(time.time()) + 4
    schedule = f"'{due_s % 60} * * * * *'"
    files = {f"j{n:03}": f"schedule: {schedule}\n{one_task(str(stamp))}" for n in range(DUE_TOGETHER)}
    found: list[float] = []

    async def measure(handle: SchedulerHandle) -> float:
        ids: list[str] = []
        while len(ids) < DUE_TOGETHER:
            await asyncio.sleep(0.5)
            views = await handle.jobs()
            ended = [view.activity.last_run for view in views if view.activity.last_run is not None]
            ids = [run.id for run in ended if run.status == "completed"]
        found.extend([await _stamp(handle, run_id) / 1e6 - due_s * 1000 for run_id in ids])
        return 0.0

    with_engine(jobs(directory, **files), measure)
    return found


def ratios(root: Path, loop: Path, count: int, rounds: int) -> dict[str, list[float]]:
    """Let the contestants take turns; return the ratios to C, by contestant."""
    cpu_ms: list[float] = []
    contestants: dict[str, Callable[[Path, int], float]] = {
        "one-task runs, 8 clients": partial(runs, cpu_ms=cpu_ms),
        "one-task runs through the API, 8 clients": runs_by_api,
        "fan-out in one run, 4 tasks at a time": fan_out,
        "fan-out in one run, 32 tasks at a time": partial(fan_out, at_once=32),
    }
    found: dict[str, list[float]] = {name: [] for name in contestants}
    found["C, programs per second"] = []
    for number in range(rounds):
        yard = c_loop.seconds(loop, count=count, flight=FLIGHT)
        found["C, programs per second"].append(count / yard)
        for place, (name, run) in enumerate(contestants.items()):
            taken = run(root / f"{number}-{place}", count)
            found[name].append(yard / taken)
    return found | {"engine, ms of processor for a run": cpu_ms}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="two rounds of 400")
    options = parser.parse_args()
    count, rounds = (400, 2) if options.quick else (options.count, options.rounds)
    with tempfile.TemporaryDirectory(prefix="petit-bench-", ignore_cleanup_errors=True) as name:
        root = Path(name)
        loop, stamp = c_loop.build(root)
        found = ratios(root, loop, count, rounds)
        latencies = latencies_ms(root / "latency", stamp, min(count, 300))
        due = due_lags_ms(root / "due", stamp)
        (root / "burst").mkdir()
        burst = c_loop.burst_lags_ms(stamp, root / "burst", count=DUE_TOGETHER)
    figures = {
        "ratio_to_c": {key: statistics.median(values) for key, values in found.items()},
        "trigger_to_start_ms": {
            "p50": results.quantile(latencies, 0.5),
            "p99": results.quantile(latencies, 0.99),
        },
        "due_together_ms": {"p50": results.quantile(due, 0.5), "p99": results.quantile(due, 0.99)},
        "c_together_ms": {"p50": results.quantile(burst, 0.5), "p99": results.quantile(burst, 0.99)},
    }
    print(f"\n{'share of C: median (range)':<45}")
    for key, values in found.items():
        print(f"  {key:<43}{results.spread(values):>24}")
    print("milliseconds: p50, p99")
    for key in ("trigger_to_start_ms", "due_together_ms", "c_together_ms"):
        print(f"  {key:<43}{figures[key]['p50']:>12.2f}{figures[key]['p99']:>12.2f}")
    results.save("throughput", figures)


if __name__ == "__main__":
    main()
