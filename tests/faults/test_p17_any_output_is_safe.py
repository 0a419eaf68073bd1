"""P17: any output is safe. Floods of it block nobody, fill nothing, and leave head and tail as they were."""

from __future__ import annotations

import http.client
import re
import statistics
import time
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.support.daemon import Daemon, daemon
from tests.support.scale import scaled
from tests.support.tally import tell

from petit.execution.keeper.bounds import read_gap

pytestmark = pytest.mark.faults

MIB = 1 << 20
LIMIT = 256 * 1024
RSS_GAIN_MB = 20.0
LAG_P99_MS = 250.0

# Writes COUNT bytes in blocks of 1 MiB: block n begins with its number, so that each byte is known anywhere.
FLOOD = r"""
import os, sys
stream, text, count = int(sys.argv[1]), bytes.fromhex(sys.argv[2]), int(sys.argv[3])
filler = (text * ((1 << 20) // len(text) + 1))[: 1 << 20]
for n in range(count >> 20):
    block = b"%016d" % n + filler[16:]
    while block:
        block = block[os.write(stream, block):]
"""


class Writer(NamedTuple):
    """A task that floods."""

    id: str
    fd: int
    text: bytes

    @property
    def stream(self) -> str:
        return ("stdout", "stderr")[self.fd - 1]

    def byte_range(self, start: int, end: int) -> bytes:
        """Return what it wrote there."""
        filler = (self.text * (MIB // len(self.text) + 1))[:MIB]
        first, last = start >> 20, (end - 1) >> 20
        whole = b"".join(b"%016d" % n + filler[16:] for n in range(first, last + 1))
        return whole[start - (first << 20) : end - (first << 20)]


WRITERS = (
    Writer("binary", 1, bytes(range(256))),
    Writer("nul", 2, b"\0"),
    Writer("line", 1, b"x"),
    Writer("lines", 2, b"y" * 79 + b"\n"),
)


def rss_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    assert found is not None
    return int(found[1]) / 1024


def write_job(at: Daemon, count: int, limit: str) -> None:
    (at.home / "flood.py").write_text(FLOOD)
    tasks = "".join(
        f"  - id: {w.id}\n    command: python3\n"
        f"    args: [-I, -S, '{at.home}/flood.py', '{w.fd}', '{w.text.hex()}', '{count}']\n"
        for w in WRITERS
    )
    at.write("flood", f"log_limit: {limit}\ntasks:\n{tasks}")


def disk_bytes(path: Path) -> int:
    return path.stat().st_blocks * 512


def log_file(at: Daemon, run_id: str, writer: Writer) -> Path:
    (found,) = [p for p in at.home.rglob(writer.stream) if {run_id, f"{writer.id}.1"} <= set(p.parts)]
    return found


def check_writer(at: Daemon, run_id: str, writer: Writer, count: int) -> None:
    path = log_file(at, run_id, writer)
    start, end = read_gap(str(path))
    assert (path.stat().st_size, start, end) == (count, LIMIT // 2, count - LIMIT // 2), writer
    assert disk_bytes(path) <= LIMIT + 4 * 65_536, (writer, disk_bytes(path))
    head, tail = writer.byte_range(0, start), writer.byte_range(end, count)
    with path.open("rb") as file:
        assert file.read(len(head)) == head, writer
        file.seek(end)
        assert file.read() == tail, writer
    url = f"/api/runs/{run_id}/tasks/{writer.id}/logs?stream={writer.stream}"
    shown = at.ask("GET", url)
    mark = f"\n[... {end - start:,} bytes dropped ...]\n".encode()
    assert shown.body == (head + mark + tail).decode(errors="replace"), writer
    assert shown.headers["x-petit-dropped"] == f"{start}-{end}"


def test_floods_block_nobody_and_leave_head_and_tail(tmp_path: Path) -> None:
    count = scaled(quick=500, soak=10_000) << 20
    with daemon(tmp_path) as at:
        write_job(at, count, "256KiB")
        at.start()
        assert at.process is not None
        before, most = rss_mb(at.process.pid), 0.0
        lags: list[float] = []
        begin = time.monotonic()
        run_id = at.trigger("flood")
        while True:
            asked = time.monotonic()
            run = at.get(f"/api/runs/{run_id}")
            lags.append((time.monotonic() - asked) * 1000)
            most = max(most, rss_mb(at.process.pid))
            if run["status"] not in {"pending", "running"}:
                break
            time.sleep(0.01)
        seconds = time.monotonic() - begin
        tasks = at.get(f"/api/runs/{run_id}/tasks")["tasks"]
        assert run["status"] == "completed", tasks
        for task in tasks:
            assert (task["attempts"], task["exit_code"], task["signal"]) == (1, 0, None)
        for writer in WRITERS:
            check_writer(at, run_id, writer, count)
        gain = max(most, rss_mb(at.process.pid)) - before
        p99 = statistics.quantiles(lags, n=100)[98]
        tell(
            "P17",
            len(WRITERS),
            f"writers x {count >> 20} MiB in {seconds:.1f} s, head and tail exact; "
            f"RSS {gain:+.1f} MB; {len(lags)} answers meanwhile, p99 {p99:.1f} ms",
        )
        assert gain <= RSS_GAIN_MB
        assert p99 <= LAG_P99_MS


def read_all(at: Daemon, path: str, form: str) -> int:
    """Read a log to its end, keeping none of it; return how many bytes came."""
    connection = http.client.HTTPConnection("127.0.0.1", at.port, timeout=30)
    with closing(connection):
        connection.request("GET", path, headers={"Accept": form})
        answer = connection.getresponse()
        assert answer.status == 200
        return sum(len(data) for data in iter(lambda: answer.read(MIB), b""))


def test_a_reader_of_a_flood_costs_bounded_memory(tmp_path: Path) -> None:
    """A log of which nothing is dropped, one line of it, read whole in each form while it is written."""
    count = scaled(quick=500, soak=1_000) << 20
    with daemon(tmp_path) as at:
        write_job(at, count, "64GiB")
        at.start()
        assert at.process is not None
        before = rss_mb(at.process.pid)
        run_id = at.trigger("flood")
        gain = 0.0
        for form in ("text/plain", "application/x-ndjson", "text/event-stream"):
            url = f"/api/runs/{run_id}/tasks/line/logs?follow=true"
            read = read_all(at, url, form)
            gain = max(gain, rss_mb(at.process.pid) - before)
            assert read >= count, form
        tell("P17", count >> 20, f"MiB read in three forms, RSS {gain:+.1f} MB")
        at.over(run_id)
        assert gain <= RSS_GAIN_MB
