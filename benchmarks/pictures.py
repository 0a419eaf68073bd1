"""What the pictures of a job's past cost with few and with many runs stored.

    python benchmarks/pictures.py [--runs 1000 100000] [--times 60]

`petit run` with a job that ran so often within the last year. Each question is asked over HTTP again and
again, each time a little differently, so that no answer is one that was kept; the median counts, as a ratio
to that with the fewest runs.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from yardstick import past, results
from yardstick.scheduler import Daemon, daemon

JOB = "etl"
DAY_S = 86_400

QUESTIONS: dict[str, Callable[[int], str]] = {
    "/days": lambda n: f"/api/jobs/{JOB}/days?from={_day(370)}&to={_day(-n)}",
    "/durations": lambda n: f"/api/jobs/{JOB}/durations?buckets={400 - n}",
    "/grid": lambda n: f"/api/jobs/{JOB}/grid?runs=50&n={n}",
    "/api/runs": lambda n: f"/api/runs?limit=50&n={n}",
}


def _day(ago: int) -> str:
    """Return the day (UTC) that was so many days ago."""
    return time.strftime("%Y-%m-%d", time.gmtime(time.time() - ago * DAY_S))


def median_ms(running: Daemon, question: Callable[[int], str], times: int) -> float:
    """Return after how long it is answered."""
    taken = []
    for number in range(times):
        begun = time.perf_counter()
        answer = running.ask("GET", question(number))
        taken.append((time.perf_counter() - begun) * 1_000)
        if answer.status != 200:
            raise RuntimeError(f"{question(number)} was answered {answer.status}: {answer.body[:200]!r}")
    return statistics.median(taken)


def with_runs(directory: Path, runs: int, times: int) -> dict[str, float]:
    """Ask a scheduler that has so many runs stored."""
    (directory / "jobs").mkdir(parents=True)
    (directory / "jobs" / f"{JOB}.yaml").write_text(f"id: {JOB}\ntasks: [{{id: main, command: /bin/true}}]\n")
    past.fill(directory / "petit.db", JOB, runs=runs, until=int(time.time() * 1_000) - 3_600_000)
    with daemon(directory) as running:
        return {name: median_ms(running, question, times) for name, question in QUESTIONS.items()}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, nargs="+", default=[1_000, 100_000])
    parser.add_argument("--times", type=int, default=60)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="petit-bench-", ignore_cleanup_errors=True) as name:
        found = {runs: with_runs(Path(name) / str(runs), runs, options.times) for runs in options.runs}
    fewest = found[min(found)]
    print(f"{'median ms (ratio)':<20}" + "".join(f"{runs:>22,}" for runs in found))
    for question in QUESTIONS:
        cells = (f"{each[question]:.2f} ({each[question] / fewest[question]:.2f})" for each in found.values())
        print(f"  {question:<18}" + "".join(f"{cell:>22}" for cell in cells))
    results.save("pictures", {"median_ms": {str(runs): each for runs, each in found.items()}})


if __name__ == "__main__":
    main()
