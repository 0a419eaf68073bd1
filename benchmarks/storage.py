"""What SQLite storage costs: group commit against bare fsyncs, pages of runs with few and with many stored.

Figures are ratios taken in one run on one machine; `--json` prints them for machines.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from petit.core.ids import RunId
from petit.storage.base import AttemptEnded, NewRun, RunChange, RunFilter, Slots, Step, TaskChange
from petit.storage.records import AttemptRow, RunRow, TaskRow
from petit.storage.sqlite import SqliteStorage

ROWS_PER_RUN = 3  # run, task, attempt
JOBS = 50
START_MS = 1_750_000_000_000


def run_id(number: int) -> RunId:
    digits = f"{START_MS + number:012x}7{number % 0x1000:03x}8{number:015x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def new_run(number: int) -> NewRun:
    run, at = run_id(number), START_MS + number
    job = f"job-{number % JOBS}"
    return NewRun(
        run=RunRow(
            id=run,
            job_id=job,
            status="running",
            trigger="manual",
            created_at=at,
            started_at=at,
            definition="d" * 64,
        ),
        tasks=(TaskRow(run_id=run, task_id="only", position=0, status="running", attempts=1, started_at=at),),
        attempts=(AttemptRow(run_id=run, task_id="only", number=1, status="running", opened_at=at),),
        slots=Slots(total=10_000),
    )


def ending(number: int) -> Step:
    run, at = run_id(number), START_MS + number + 5
    return Step(
        run_id=run,
        tasks=(TaskChange(task_id="only", status="completed", ended_at=at, exit_code=0),),
        ended=(AttemptEnded(task_id="only", number=1, status="completed", ended_at=at, exit_code=0),),
        run=RunChange(status="completed", ended_at=at),
    )


async def one_run(storage: SqliteStorage, number: int) -> None:
    await storage.create_run(new_run(number))
    await storage.advance([ending(number)])


async def runs(storage: SqliteStorage, first: int, count: int, callers: int) -> None:
    numbers = iter(range(first, first + count))

    async def caller() -> None:
        for number in numbers:
            await one_run(storage, number)

    await asyncio.gather(*(caller() for _ in range(callers)))


def fsyncs_per_s(directory: Path, seconds: float = 1.0) -> float:
    """A commit's least work: append a page to a log and wait until the disk has it."""
    page, count = os.urandom(4096), 0
    with (directory / "bare").open("wb", buffering=0) as file:
        began = time.perf_counter()
        while time.perf_counter() - began < seconds:
            file.write(page)
            os.fdatasync(file.fileno())
            count += 1
        return count / (time.perf_counter() - began)


async def microseconds(times: int, read: Callable[[], Awaitable[object]]) -> float:
    """Median time of one read."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        await read()
        taken.append((time.perf_counter() - began) * 1e6)
    return statistics.median(taken)


async def throughput(directory: Path) -> dict[str, float]:
    storage = SqliteStorage(directory / "throughput.db")
    await storage.open()
    figures: dict[str, float] = {}
    first = 0
    for callers, count in ((1, 200), (8, 1500), (64, 3000), (512, 8000)):
        bare = fsyncs_per_s(directory)
        began = time.perf_counter()
        await runs(storage, first, count, callers)
        per_s = count / (time.perf_counter() - began)
        first += count
        figures[f"runs_per_s_{callers}_callers"] = round(per_s)
        figures[f"commits_waited_per_bare_fsync_{callers}_callers"] = round(2 * per_s / bare, 2)
    figures["bare_fsyncs_per_s"] = round(bare)
    await storage.close()
    return figures


async def pages(directory: Path, many: int) -> dict[str, float]:
    storage = SqliteStorage(directory / "pages.db")
    await storage.open()
    figures: dict[str, float] = {}
    stored = 0
    questions: dict[str, Callable[[], Awaitable[object]]] = {
        "page_of_all": lambda: storage.runs(RunFilter(), limit=20),
        "page_of_job": lambda: storage.runs(RunFilter(job_id="job-7"), limit=20),
        "page_of_failed": lambda: storage.runs(RunFilter(statuses=("failed", "interrupted")), limit=20),
        "page_by_time": lambda: storage.runs(RunFilter(since=START_MS + 100, until=START_MS + 500), limit=20),
        "activity_of_50_jobs": storage.activity,
        "last_ended": lambda: storage.last_ended("job-7"),
        "run": lambda: storage.run(run_id(900)),
    }
    few = 1000
    for count in (few, many):
        await runs(storage, stored, count - stored, 500)
        stored = count
        for name, read in questions.items():
            figures[f"{name}_us_with_{count}"] = round(await microseconds(300, read), 1)
    for name in questions:
        figures[f"{name}_ratio"] = round(
            figures[f"{name}_us_with_{many}"] / figures[f"{name}_us_with_{few}"], 2
        )
    figures["bytes_per_run"] = round((directory / "pages.db").stat().st_size / stored)
    await storage.close()
    return figures


async def measure(directory: Path, many: int) -> dict[str, float]:
    return {**await throughput(directory), **await pages(directory, many)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--directory", default=".", help="where the disk to measure is")
    parser.add_argument(
        "--many", type=int, default=100_000, help="runs stored for the second half of the pages"
    )
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.directory) as directory:
        figures = asyncio.run(measure(Path(directory), arguments.many))
    if arguments.json:
        print(json.dumps(figures))
        return
    for name, value in figures.items():
        print(f"{name:48} {value:>12,}")


if __name__ == "__main__":
    main()
