"""P1: what was answered 2xx is stored, whatever happens the instant after.

Clients trigger without pause, each trigger under a key of its own, and ask again until they are told 2xx. The
scheduler dies by SIGKILL amid this: at random moments, and the instant after the first byte of an answer.
"""

from __future__ import annotations

import http.client
import json
import random
import socket
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from tests.support.checker import check
from tests.support.daemon import Daemon, daemon
from tests.support.orphans import none_left
from tests.support.scale import scaled
from tests.support.tally import tell

pytestmark = pytest.mark.faults

SEED = 1
CLIENTS = 8
PATH = "/api/jobs/durable/trigger"
FULL = b'{"queue": true}'


class Clients:
    """Ask for one run after the other, over HTTP; each key is asked again until it is answered 2xx."""

    def __init__(self, petit: Daemon) -> None:
        self.petit = petit
        self.answers: dict[str, set[str]] = {}
        self.statuses: Counter[str] = Counter()
        self._lock = threading.Lock()

    @property
    def accepted(self) -> int:
        return len(self.answers)

    def accept(self, key: str) -> None:
        """Ask for a run under this key until it is accepted."""
        end = time.monotonic() + 60
        while not self.ask(key):
            assert time.monotonic() < end, f"{key} is never accepted"
            time.sleep(0.01)

    def ask(self, key: str) -> bool:
        """Ask once; say whether the answer was 2xx."""
        try:
            answer = self.petit.ask("POST", PATH, {"queue": True}, Idempotency_Key=key)
        except (OSError, http.client.HTTPException) as error:
            self._count(type(error).__name__)
            return False
        replayed = " replayed" if "idempotency-replayed" in answer.headers else ""
        self._count(f"{answer.status}{replayed}")
        if answer.status == 200:
            self.told(key, answer.body["run_id"])
        return answer.status == 200

    def told(self, key: str, run_id: str) -> None:
        """Note what was answered."""
        with self._lock:
            self.answers.setdefault(key, set()).add(run_id)

    def _count(self, what: str) -> None:
        with self._lock:
            self.statuses[what] += 1


def _kill_at_first_byte(petit: Daemon, key: str) -> str | None:
    """Trigger, kill the scheduler once one byte of the answer is there, then read what there is.

    Returns:
        The id of the accepted run; None if it was not told.
    """
    head = [f"POST {PATH} HTTP/1.1", f"Host: localhost:{petit.port}", f"Idempotency-Key: {key}",
            "Content-Type: application/json", f"Content-Length: {len(FULL)}"]  # fmt: skip
    with closing(socket.create_connection(("127.0.0.1", petit.port), timeout=20)) as connection:
        connection.sendall("\r\n".join([*head, "", ""]).encode() + FULL)
        answer = connection.recv(1)
        petit.kill()
        try:
            while more := connection.recv(65536):
                answer += more
        except ConnectionResetError:  # as much as the kernel still had is read
            pass
    status, _, rest = answer.partition(b"\r\n")
    assert status == b"HTTP/1.1 200 OK", answer
    body = rest.partition(b"\r\n\r\n")[2]
    return json.loads(body)["run_id"] if body.endswith(b"}") else None


def _stored_under(petit: Daemon, key: str) -> list[str]:
    return [row["run_id"] for row in petit.rows("SELECT run_id FROM idempotency WHERE key = ?", key)]


def _kill_again_and_again(petit: Daemon, clients: Clients, kills: int, triggers: int) -> int:
    """Kill the scheduler amid the traffic; return how often it died with an answer on its lips."""
    rng = random.Random(SEED)
    at_first_byte = 0
    for number in range(kills):
        wanted = (number + rng.random()) * triggers / kills
        petit.until(lambda wanted=wanted: clients.accepted >= wanted, within_s=60)
        time.sleep(rng.uniform(0, 0.02))
        if number % 2:
            key = f"last-{number}"
            told = _kill_at_first_byte(petit, key)
            stored = _stored_under(petit, key)
            assert len(stored) == 1, "answered 200 and not stored"
            assert told in {stored[0], None}
            clients.told(key, stored[0])
            at_first_byte += 1
        else:
            petit.kill()
        petit.start()
    return at_first_byte


def test_whatever_was_answered_2xx_runs_once_however_often_the_scheduler_dies(tmp_path: Path) -> None:
    kills, triggers = scaled(quick=50, soak=1_000), scaled(quick=2_000, soak=50_000)
    with daemon(tmp_path) as petit:
        petit.write("durable", "max_concurrency: 6\ntasks:\n" + petit.witness.task())
        petit.start()
        clients = Clients(petit)
        with ThreadPoolExecutor(CLIENTS) as pool:
            asked = pool.map(clients.accept, [f"key-{number}" for number in range(triggers)])
            at_first_byte = _kill_again_and_again(petit, clients, kills, triggers)
            assert len(list(asked)) == triggers
        again = [key for key in clients.answers if not clients.ask(key)]
        petit.idle(within_s=60)

        assert again == []
        assert [key for key, runs in clients.answers.items() if len(runs) != 1] == [], "doubled"
        promised = {run_id for runs in clients.answers.values() for run_id in runs}
        assert len(promised) == len(clients.answers) == triggers + at_first_byte
        stored = {row["id"]: row["status"] for row in petit.rows("SELECT id, status FROM runs")}
        assert promised - set(stored) == set(), "lost"
        assert set(stored) - promised == set(), "made by nobody's wish"
        assert set(stored.values()) == {"completed"}
        shown = petit.all_of("/api/jobs/durable/runs", "runs")
        assert {run["id"]: run["status"] for run in shown} == stored
        once = dict.fromkeys(((run_id, "main", 1) for run_id in promised), 1)
        assert dict(petit.witness.starts()) == once
        assert {(line.run, line.task, line.attempt) for line in petit.witness.lines("end")} == set(once)
        check(petit)
        petit.stop()
        assert none_left(tmp_path) == []
    tell(
        "P1",
        kills,
        f"kills, {at_first_byte} at the first byte of an answer;"
        f" {len(promised)} accepted {dict(clients.statuses)}, 0 lost, 0 doubled",
    )
