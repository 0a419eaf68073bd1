"""P22: memory, descriptors and the write-ahead log stay as they are, however many runs there were."""

from __future__ import annotations

import http.client
import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.support.checker import check
from tests.support.daemon import Daemon, daemon
from tests.support.limits import fds_of, rss_kib
from tests.support.orphans import none_left
from tests.support.scale import scaled
from tests.support.tally import tell

pytestmark = pytest.mark.faults

CLIENTS = 4
WARM = 100
GAIN_KIB = 5 * 1024
WAL_BYTES = 12 * 1024 * 1024
"""SQLite begins the log anew at 1,000 pages; what one large group adds before it may stays in its size."""


class Size(NamedTuple):
    """How large it is: of the scheduler and of the keeper."""

    rss_kib: tuple[int, int]
    fds: tuple[int, int]
    wal: int


def size_of(petit: Daemon) -> Size:
    assert petit.process is not None
    pids = (petit.process.pid, petit.keeper_pid)
    log = petit.home / "petit.db-wal"
    rss, fds = [rss_kib(pid) for pid in pids], [fds_of(pid) for pid in pids]
    return Size((rss[0], rss[1]), (fds[0], fds[1]), log.stat().st_size)


def run_many(petit: Daemon, count: int) -> None:
    """Let runs follow each other, some at a time, until so many are over."""

    def some(number: int) -> None:
        with closing(http.client.HTTPConnection("127.0.0.1", petit.port, timeout=60)) as connection:
            for _ in range(number):
                headers = {"Content-Type": "application/json"}
                connection.request("POST", "/api/jobs/small/trigger", json.dumps({"queue": True}), headers)
                answer = connection.getresponse()
                assert answer.status == 200, answer.read()
                answer.read()

    shares = [count // CLIENTS + (number < count % CLIENTS) for number in range(CLIENTS)]
    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(some, shares))
    petit.idle(within_s=600)


def test_a_thousand_runs_later_it_is_as_large_as_before(tmp_path: Path) -> None:
    runs = scaled(quick=5_000, soak=500_000)
    parts = 5
    with daemon(tmp_path) as petit:
        petit.write("small", "max_concurrency: 2\ntasks: [{id: main, command: 'true'}]\n")
        petit.start()
        run_many(petit, WARM)
        before = size_of(petit)
        sizes = []
        for _ in range(parts):
            run_many(petit, runs // parts)
            sizes.append(size_of(petit))
        after = sizes[-1]
        gains = [now - then for now, then in zip(after.rss_kib, before.rss_kib, strict=True)]
        assert all(gain <= GAIN_KIB for gain in gains), (before, sizes)
        assert all(now <= then + 2 for now, then in zip(after.fds, before.fds, strict=True)), (before, sizes)
        assert max(size.wal for size in sizes) <= WAL_BYTES, sizes
        assert check(petit, bears_witness=False)["completed"] == WARM + runs // parts * parts
        assert petit.stop() == 0
        assert none_left(tmp_path) == []
    tell("P22", runs, f"runs of `true`; memory {gains[0]:+} and {gains[1]:+} KiB, log {after.wal >> 10} KiB")
