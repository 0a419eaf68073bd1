"""What Petit takes of a machine where nothing is to be done, and how soon it is there.

    python benchmarks/memory.py [--rounds 3] [--quick]

- idle memory: proportional set size (PSS) of scheduler and keeper together, with 100 jobs that are not due;
- start: from the start of the process to the first healthy answer of its API, with 1, 100, 1,000 job files,
  at the first start (which stores every definition) and at the second. The share is that of `python -c pass`.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from yardstick import results
from yardstick.scheduler import Daemon, daemon

SETTLE_S = 2.0
FILES = (1, 100, 1_000)


def prepare(directory: Path, count: int) -> Path:
    """Make a directory of its own with so many jobs that are not due for long."""
    (directory / "jobs").mkdir(parents=True)
    for number in range(count):
        (directory / "jobs" / f"job{number:04}.yaml").write_text(
            f"id: job{number:04}\nschedule: '0 0 1 1 *'\ntasks:\n"
            "  - {id: extract, command: /bin/true, environment: {STAGE: bench}}\n"
            "  - {id: load, command: /bin/true, depends_on: [extract]}\n"
        )
    return directory


def pss_mb(pid: int) -> float:
    """Return the proportional set size of a process."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    raise ValueError(f"the kernel tells no PSS of {pid}")


def idle_mb(directory: Path) -> dict[str, float]:
    """Return what scheduler and keeper hold once they have come to rest."""
    with daemon(prepare(directory, 100)) as petit:
        time.sleep(SETTLE_S)
        scheduler, *others = petit.pids()
        figures = {"scheduler": pss_mb(scheduler), "keeper": sum(map(pss_mb, others))}
        return figures | {"together": sum(figures.values())}


def interpreter_s() -> float:
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", "pass"], check=True)
    return time.perf_counter() - begun


def starts_s(directory: Path, count: int) -> dict[str, float]:
    """Return how long the first and the second start take."""
    prepare(directory, count)
    found = {}
    for which in ("first", "second"):
        petit = Daemon(directory)
        found[which] = petit.ready_s
        petit.stop()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="one round, up to 100 files")
    options = parser.parse_args()
    rounds, files = (1, FILES[:2]) if options.quick else (options.rounds, FILES)
    starts: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory(prefix="petit-bench-", ignore_cleanup_errors=True) as name:
        root = Path(name)
        memory = idle_mb(root / "idle")
        for number in range(rounds):
            starts.setdefault("python -c pass", []).append(interpreter_s())
            for count in files:
                for which, taken in starts_s(root / f"{number}-{count}", count).items():
                    starts.setdefault(f"{count} files, {which} start", []).append(taken)
    print("idle with 100 jobs, MB of PSS")
    for part, megabytes in memory.items():
        print(f"  {part:<30}{megabytes:>10.1f}")
    print("start to healthy, seconds: median (range)")
    for what, taken_s in starts.items():
        print(f"  {what:<30}{results.spread(taken_s):>24}")
    medians = {what: statistics.median(taken_s) for what, taken_s in starts.items()}
    results.save("memory", {"idle_pss_mb": memory, "start_to_healthy_s": medians})


if __name__ == "__main__":
    main()
