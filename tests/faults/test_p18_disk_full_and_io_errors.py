"""P18: a full or failing disk: what is not stored is not acknowledged, health says so, and it passes.

One scheduler lives on a disk of a few megabytes, with all its state, that is filled and freed again. Another
has its calls to the kernel answered with errors by strace: those of the database, and those of the keeper's
journal. Meanwhile clients trigger, each under a key of its own, and a task runs that takes longer than all.
"""

from __future__ import annotations

import http.client
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.support.checker import check
from tests.support.daemon import Daemon, daemon
from tests.support.disk import failing, fill, injected, small_disk
from tests.support.orphans import none_left
from tests.support.scale import scaled
from tests.support.tally import tell
from tests.support.witness import Witness

pytestmark = pytest.mark.faults

SEED = 18
RECOVERY_S = 5.0
RETRY = "retry: {max_attempts: 100, delay: 100ms}"
PATH = "/api/jobs/brief/trigger"
CALLS = ("pwrite64,fdatasync", "fdatasync", "pwrite64", "pwrite64,write,ftruncate,fdatasync,fsync,pread64")


class Client:
    """Triggers again and again from a thread; each key is asked under until it is answered 2xx."""

    def __init__(self, petit: Daemon) -> None:
        self.petit = petit
        self.accepted: dict[str, set[str]] = {}
        self.refused: Counter[int] = Counter()
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._go_on)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Trigger while the block lasts."""
        self._thread.start()
        try:
            yield
        finally:
            self._is_over.set()
            self._thread.join()

    def _go_on(self) -> None:
        number = 0
        while not self._is_over.is_set():
            number += self.ask(f"key-{number}")
            time.sleep(0.02)

    def ask(self, key: str) -> bool:
        """Ask once; say whether it was accepted."""
        try:
            answer = self.petit.ask("POST", PATH, {"queue": True}, Idempotency_Key=key)
        except (OSError, http.client.HTTPException):
            self.refused[0] += 1
            return False
        if answer.status == 200:
            self.accepted.setdefault(key, set()).add(answer.body["run_id"])
        else:
            assert answer.status == 503, answer
            self.refused[answer.status] += 1
        return answer.status == 200


def write_jobs(petit: Daemon) -> None:
    petit.write("brief", f"max_concurrency: 4\ntasks:\n{petit.witness.task('main', RETRY)}")
    petit.write("long", f"tasks:\n{petit.witness.task('main', RETRY, sleep=1000)}")


def is_well(petit: Daemon) -> bool:
    return petit.ask("GET", "/api/health").status == 200


def accepts(petit: Daemon, key: str) -> bool:
    return petit.ask("POST", PATH, {"queue": True}, Idempotency_Key=key).status == 200


def recovers(petit: Daemon, number: int) -> str:
    """Expect health and a trigger to be good again in time; return the key of the trigger."""
    began, key = time.monotonic(), f"after-{number}"
    petit.until(lambda: is_well(petit) and accepts(petit, key), within_s=RECOVERY_S)
    assert time.monotonic() - began <= RECOVERY_S
    return key


def expect_truth(petit: Daemon, client: Client, long_run: str, kept: list[str]) -> int:
    """Compare what was accepted with database and witness; return how many runs were accepted."""
    for key in kept:
        client.ask(key)  # tells the run that it has made
    assert petit.get(f"/api/runs/{long_run}")["status"] == "running", "a task that ran was harmed"
    petit.cancel(long_run)
    petit.idle(within_s=60)
    assert [key for key, runs in client.accepted.items() if len(runs) != 1] == [], "doubled"
    promised = {run_id for runs in client.accepted.values() for run_id in runs}
    stored = {
        row["id"]: row["status"] for row in petit.rows("SELECT id, status FROM runs WHERE job_id = 'brief'")
    }
    assert promised - set(stored) == set(), "lost"
    # One that was refused may be there all the same: the last that was asked for and never again.
    assert len(set(stored) - promised) <= 1, "made by nobody's wish"
    assert set(stored.values()) == {"completed"}
    started = Counter(run_id for run_id, _, _ in petit.witness.starts())
    assert {run_id: started[run_id] for run_id in stored} == dict.fromkeys(stored, 1)
    check(petit)
    return len(promised)


def test_a_full_disk_loses_nothing_and_is_over_when_there_is_space(tmp_path: Path) -> None:
    episodes = scaled(quick=25, soak=500)
    rng = random.Random(SEED)
    with small_disk(tmp_path / "small", "24m") as home, daemon(home) as petit:
        petit.witness = Witness(tmp_path / "witness.txt")
        write_jobs(petit)
        petit.start()
        long_run = petit.trigger("long")
        petit.until(lambda: petit.witness.starts()[(long_run, "main", 1)])
        client, kept = Client(petit), []
        ballast = home / "ballast"
        with client.at_work():
            for number in range(episodes):
                fill(ballast)
                petit.until(lambda: not is_well(petit), within_s=RECOVERY_S)
                until = time.monotonic() + rng.uniform(0.2, 0.5)
                while time.monotonic() < until:
                    fill(ballast)
                    time.sleep(0.01)
                ballast.unlink()
                kept.append(recovers(petit, number))
        accepted = expect_truth(petit, client, long_run, kept)
        assert petit.stop() == 0
        assert none_left(home) == []
    tell("P18", episodes, f"disks filled and freed; {accepted} accepted, {client.refused.total()} refused")


def test_calls_that_fail_lose_nothing(tmp_path: Path) -> None:
    episodes = scaled(quick=25, soak=500)
    rng = random.Random(SEED)
    log, errors = tmp_path / "strace.txt", 0
    with daemon(tmp_path) as petit:
        write_jobs(petit)
        petit.start()
        assert petit.process is not None
        long_run = petit.trigger("long")
        petit.until(lambda: petit.witness.starts()[(long_run, "main", 1)])
        client, kept = Client(petit), []
        database: tuple[Path, ...] = (petit.database, Path(f"{petit.database}-wal"))
        (journal,) = tmp_path.rglob("keeper.journal")
        with client.at_work():
            for number in range(episodes):
                first = rng.randint(1, 5)
                when = rng.choice([f"{first}", f"{first}+", f"{first}..{first + 5}", f"{first}+3"])
                error, calls = rng.choice(["EIO", "ENOSPC"]), rng.choice(CALLS)
                pid, paths = petit.process.pid, database
                if number % 5 == 4:
                    pid, paths, calls = petit.keeper_pid, (journal,), "write,fdatasync"
                with failing(pid, calls, error, log, when=when, paths=paths):
                    time.sleep(rng.uniform(0.2, 0.5))
                errors += injected(log)
                kept.append(recovers(petit, number))
        accepted = expect_truth(petit, client, long_run, kept)
        assert petit.stop() == 0
        assert none_left(tmp_path) == []
    assert errors >= episodes
    tell(
        "P18",
        errors,
        f"calls failed with EIO or ENOSPC; {accepted} accepted, {client.refused.total()} refused",
    )
