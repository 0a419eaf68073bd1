"""What a reader of a long log waits for: its first screen, its lines, its end, from the real program.

    python benchmarks/log_view.py [--mb 200] [--rounds 9] [--quick]

A task prints so many megabytes of numbered lines, alternately to both streams. Then, over HTTP on loopback,
each question on a connection of its own, medians:

- the last 64 KiB by Range, and the last 400 lines (`tail=400`), of one stream and of both, as text and as
  NDJSON, and `index?marks=false`: the first screen of a log viewer, whose budget is 100 ms;
- the index with all its marks, at the first time and when it is known; a search to the end of one stream;
- the whole as text and as NDJSON, in MB a second, with what it adds to the scheduler's memory.

The yardstick is `tail -c 65536` of the file as a process of its own.
"""

from __future__ import annotations

import argparse
import http.client
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from yardstick import results
from yardstick.scheduler import Daemon, daemon

NDJSON = "application/x-ndjson"
WRITER = """
import sys
mb, n = int(sys.argv[1]), 0
for block in range(mb):
    stream = (sys.stdout, sys.stderr)[block % 2].buffer
    line = b"%012d something happened that a program thought worth a line of its log: %d\\n"
    lines = b"".join(line % (n + i, i) for i in range(13_000))[: 1 << 20]
    stream.write(lines)
    stream.flush()
    n += 13_000
"""


JOB = """id: talk
log_limit: 4GiB
tasks:
  - {{id: main, command: {python}, args: [-I, -S, {writer}, '{mb}']}}
"""


def ask(petit: Daemon, method: str, path: str, headers: dict[str, str] | None = None) -> int:
    """Read an answer to its end, keeping none of it; return how many bytes it had."""
    connection = http.client.HTTPConnection("127.0.0.1", petit.port, timeout=120)
    try:
        connection.request(method, path, headers=headers or {})
        answer = connection.getresponse()
        assert answer.status in {200, 206}, answer.read()
        return sum(len(part) for part in iter(lambda: answer.read(1 << 20), b""))
    finally:
        connection.close()


def write_log(petit: Daemon, mb: int) -> tuple[str, Path]:
    """Run the task; return the path of its log in the API, and of its stdout on disk."""
    ask(petit, "POST", "/api/jobs/talk/trigger?wait=60s")
    runs: Any = petit.get("/api/jobs/talk/runs")["runs"]
    run = runs[0]
    assert run["status"] == "completed", run
    (stdout,) = [path for path in petit.directory.rglob("stdout") if run["id"] in path.parts]
    assert stdout.stat().st_size >= (mb // 2) << 20
    return f"/api/runs/{run['id']}/tasks/main/logs", stdout


def median_ms(rounds: int, question: Callable[[], object]) -> float:
    """Return what a question takes."""
    taken = []
    for _ in range(rounds):
        begun = time.perf_counter()
        question()
        taken.append((time.perf_counter() - begun) * 1000)
    return statistics.median(taken)


def rss_mb(pid: int) -> float:
    found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    assert found is not None
    return int(found[1]) / 1024


def measure(petit: Daemon, mb: int, rounds: int) -> dict[str, Any]:
    log, stdout = write_log(petit, mb)
    questions: dict[str, tuple[str, dict[str, str]]] = {
        "stdout, last 64 KiB by Range": (f"{log}?stream=stdout", {"Range": "bytes=-65536"}),
        "stdout, tail=400": (f"{log}?stream=stdout&tail=400", {}),
        "stdout, tail=400, NDJSON": (f"{log}?stream=stdout&tail=400", {"Accept": NDJSON}),
        "both, tail=400": (f"{log}?tail=400", {}),
        "both, tail=400, NDJSON": (f"{log}?tail=400", {"Accept": NDJSON}),
        "stdout, index without marks": (f"{log}/index?stream=stdout&marks=false", {}),
    }
    figures: dict[str, Any] = {
        "tail -c 65536, a process (ms)": median_ms(
            rounds, lambda: subprocess.run(["tail", "-c", "65536", stdout], check=True, capture_output=True)
        )
    }
    for name, (path, headers) in questions.items():
        figures[f"{name} (ms)"] = median_ms(rounds, lambda p=path, h=headers: ask(petit, "GET", p, h))  # type: ignore[misc]  # bound now
    before = rss_mb(petit.process.pid)
    for name in ("stdout, index, read for it", "stdout, index, known"):
        figures[f"{name} (ms)"] = median_ms(1, lambda: ask(petit, "GET", f"{log}/index?stream=stdout"))
    for name, query in (("a text", "q=nowhere"), ("a pattern", "q=no.?where&regex"), ("errors", "errors")):
        path = f"{log}/search?stream=stdout&{query}"
        figures[f"stdout, search for {name} (ms)"] = median_ms(1, lambda p=path: ask(petit, "GET", p))  # type: ignore[misc]  # bound now
    wholes: dict[str, tuple[str, dict[str, str]]] = {
        "stdout, whole": (f"{log}?stream=stdout", {}),
        "both, whole": (log, {}),
        "both, whole, NDJSON": (log, {"Accept": NDJSON}),
    }
    for name, (path, headers) in wholes.items():
        begun = time.perf_counter()
        size = (mb >> (1 if "stdout" in name else 0)) * 1.0
        ask(petit, "GET", path, headers)
        figures[f"{name} (MB of log a second)"] = size / (time.perf_counter() - begun)
    figures["RSS added (MB)"] = rss_mb(petit.process.pid) - before
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--mb", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--quick", action="store_true", help="a tenth of it, nothing is written down")
    options = parser.parse_args()
    mb = options.mb // 10 if options.quick else options.mb
    with tempfile.TemporaryDirectory(prefix="petit-log-") as root:
        directory = Path(root)
        (directory / "jobs").mkdir()
        (directory / "writer.py").write_text(WRITER)
        job = JOB.format(python=sys.executable, writer=directory / "writer.py", mb=mb)
        (directory / "jobs" / "talk.yaml").write_text(job)
        with daemon(directory) as petit:
            figures = measure(petit, mb, options.rounds)
    print(f"a log of {mb} MB")
    for name, figure in figures.items():
        print(f"  {name:<48}{figure:>10.1f}")
    if not options.quick:
        results.save("log_view", figures)


if __name__ == "__main__":
    main()
