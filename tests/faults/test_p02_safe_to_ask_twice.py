"""P2: one Idempotency-Key is one run, whatever became of the connections that it was sent over.

Each trigger is sent and its connection cut: before, amid and after the answer, in order or by a reset.
Then it is asked again under the same key, sometimes by two at a time. The witness counts the runs.
"""

from __future__ import annotations

import http.client
import random
import socket
import struct
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from tests.support.checker import check
from tests.support.daemon import Daemon, daemon
from tests.support.scale import scaled
from tests.support.tally import tell

pytestmark = pytest.mark.faults

SEED = 2
PATH = "/api/jobs/once/trigger"
BODY = b'{"reason": "asked twice", "queue": true}'
RESET = struct.pack("ii", 1, 0)  # SO_LINGER of no time: closing sends RST


def send_and_cut(petit: Daemon, key: str, rng: random.Random) -> str:
    """Send a trigger over a connection of its own and cut it; return how."""
    head = (
        f"POST {PATH} HTTP/1.1", f"Host: localhost:{petit.port}", f"Idempotency-Key: {key}",
        "Content-Type: application/json", f"Content-Length: {len(BODY)}", "", "",
    )  # fmt: skip
    request = "\r\n".join(head).encode() + BODY
    how = rng.choice(["at once", "soon", "at the first byte", "with the answer unread", "amid the request"])
    with closing(socket.create_connection(("127.0.0.1", petit.port), timeout=20)) as connection:
        # A byte ahead lets the server accept, and see whose the connection is, while somebody is there.
        connection.sendall(request[:1])
        time.sleep(0.002)
        connection.sendall(request[1 : len(request) - 10 if how == "amid the request" else None])
        if how == "soon":
            time.sleep(rng.random() * 0.004)
        elif how == "at the first byte":
            connection.recv(1)
        elif how == "with the answer unread":
            time.sleep(0.02)
        if rng.random() < 0.5:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            how += ", reset"
    return how


def ask(petit: Daemon, key: str) -> tuple[str, bool]:
    """Ask again, over a connection that is left alone; return the run and whether it was there already."""
    connection = http.client.HTTPConnection("127.0.0.1", petit.port, timeout=20)
    with closing(connection):
        sent = {"Content-Type": "application/json", "Idempotency-Key": key}
        connection.request("POST", PATH, BODY, sent)
        answer = connection.getresponse()
        body = answer.read()
        assert answer.status == 200, body
        location = answer.getheader("Location")
        assert location is not None
        return location.rpartition("/")[2], answer.getheader("Idempotency-Replayed") == "true"


def test_one_key_is_one_run(tmp_path: Path) -> None:
    rng = random.Random(SEED)
    cuts = scaled(quick=500, soak=5_000)
    counts: Counter[str] = Counter()
    runs: dict[str, str] = {}
    with daemon(tmp_path) as petit, ThreadPoolExecutor(2) as two:
        petit.write("once", f"tasks:\n{petit.witness.task()}")
        petit.start()
        for number in range(cuts):
            key = f"key-{number}"
            counts[send_and_cut(petit, key, rng)] += 1
            again = list(two.map(lambda _, key=key: ask(petit, key), range(rng.choice([1, 2]))))
            assert len({run_id for run_id, _ in again}) == 1, key
            assert sum(not was_there for _, was_there in again) <= 1, key
            counts["accepted before the cut"] += all(was_there for _, was_there in again)
            runs[key] = again[0][0]
            assert ask(petit, key) == (runs[key], True)
        petit.idle(60)
        starts = petit.witness.starts()
        tell(
            "P2", cuts, f"cuts, {len(set(runs.values()))} runs, {sum(starts.values())} starts: {dict(counts)}"
        )
        assert len(set(runs.values())) == cuts
        assert starts == Counter((run_id, "main", 1) for run_id in runs.values())
        assert len(petit.all_of("/api/jobs/once/runs", "runs")) == cuts
        assert counts["accepted before the cut"] > 0
        check(petit)
