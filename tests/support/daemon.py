"""The real scheduler as a process in a scratch directory: started, killed, started again, asked over HTTP."""

from __future__ import annotations

import http.client
import json
import re
import signal
import sqlite3
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from tests.support.orphans import kill_all, processes_of
from tests.support.program import PETIT, environment
from tests.support.witness import Witness

WITHIN_S = 20.0
OVER = ("completed", "failed", "interrupted", "cancelled")


class Answer(NamedTuple):
    """What the API answered."""

    status: int
    body: Any
    headers: dict[str, str]


class Daemon:
    """`petit --db petit.db run jobs --api-port 0` in its own directory, again and again on the same state.

    Attributes:
        before: A program, with arguments, that becomes the scheduler, such as setpriv.
        environ: What its environment has besides.
    """

    def __init__(self, home: Path, *args: str) -> None:
        self.home = home
        self.jobs_dir = home / "jobs"
        self.jobs_dir.mkdir(exist_ok=True)
        self.database = home / "petit.db"
        self.errors = home / "stderr.txt"
        self.witness = Witness(home / "witness.txt")
        self.args = args
        self.before: tuple[str, ...] = ()
        # What tests count stays. Those of retention say how much of it.
        self.environ: dict[str, str] = {"PETIT_RETENTION_MAX_RUNS": "none"}
        self.program: tuple[str, ...] = PETIT
        self.port = 0
        self.tls: ssl.SSLContext | None = None
        self.process: subprocess.Popen[bytes] | None = None

    # --- life ---
    def write(self, job_id: str, text: str) -> None:
        """Write a job file; the id is put above the text."""
        (self.jobs_dir / f"{job_id}.yaml").write_text(f"id: {job_id}\n{text}")

    def start(self, *args: str) -> None:
        """Start it and return once it is healthy."""
        self.launch(*args)
        self.ready()

    def launch(self, *args: str) -> None:
        """Start it."""
        with (self.home / "stdout.txt").open("wb") as out, self.errors.open("ab") as err:
            self.process = subprocess.Popen(
                [
                    *self.before,
                    *self.program,
                    "--db",
                    "petit.db",
                    "run",
                    "jobs",
                    "--api-port",
                    "0",
                    *self.args,
                    *args,
                ],
                cwd=self.home,
                env=environment(HOME=str(self.home), **self.environ),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )

    def ready(self) -> None:
        """Wait until it says so and its health is good."""
        assert self.process is not None
        end = time.monotonic() + WITHIN_S
        while (found := re.search(r"https?://[^\s]*:(\d+)(?s:.*)ready", self._said())) is None:
            assert self.process.poll() is None, self.errors.read_text()
            assert time.monotonic() < end, self.errors.read_text()
            time.sleep(0.01)
        self.port = int(found.group(1))
        self.until(lambda: self.ask("GET", "/api/health").status == 200)

    def _said(self) -> str:
        return (self.home / "stdout.txt").read_text()

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the scheduler alone."""
        assert self.process is not None
        self.process.send_signal(number)

    def kill(self) -> None:
        """SIGKILL, now; keeper and tasks go on."""
        self.send(signal.SIGKILL)
        self.wait()

    def wait(self, within_s: float = WITHIN_S) -> int:
        """Wait for its end; return the exit code."""
        assert self.process is not None
        return self.process.wait(within_s)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Stop it in order; return the exit code."""
        self.send(number)
        return self.wait()

    @property
    def keeper_pid(self) -> int:
        """The process that keeps the tasks' processes."""
        (pid,) = (each.pid for each in processes_of(self.home) if "/keeper/main.py" in each.argv)
        return pid

    def end(self) -> None:
        """End everything that it has ever started."""
        if self.process is not None and self.process.poll() is None:
            self.kill()
        kill_all(self.home)

    # --- asking ---
    @property
    def url(self) -> str:
        """Where its API is."""
        return f"{'http' if self.tls is None else 'https'}://localhost:{self.port}"

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> Answer:
        """Ask one thing over a connection of its own. Raises OSError, HTTPException where nobody answers."""
        with closing(self._connection()) as connection:
            sent = {name.replace("_", "-"): value for name, value in headers.items()}
            if body is not None:
                sent["Content-Type"] = "application/json"
            connection.request(method, path, None if body is None else json.dumps(body), sent)
            answer = connection.getresponse()
            data = answer.read()
            is_json = "json" in (answer.getheader("Content-Type") or "")
            found = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(
                answer.status, json.loads(data) if is_json else data.decode(errors="replace"), found
            )

    def _connection(self) -> http.client.HTTPConnection:
        if self.tls is None:
            return http.client.HTTPConnection("127.0.0.1", self.port, timeout=WITHIN_S)
        return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=WITHIN_S, context=self.tls)

    def get(self, path: str) -> Any:
        """Return what is at `path`, which must be there."""
        answer = self.ask("GET", path)
        assert answer.status == 200, (path, answer)
        return answer.body

    def trigger(self, job_id: str, **body: object) -> str:
        """Trigger a job, which must be accepted; return the run's id."""
        answer = self.ask("POST", f"/api/jobs/{job_id}/trigger", body)
        assert answer.status == 200, answer
        run_id: str = answer.body["run_id"]
        return run_id

    def cancel(self, run_id: str) -> int:
        """Ask for the end of a run; return the status of the answer."""
        return self.ask("POST", f"/api/runs/{run_id}/cancel").status

    def over(self, run_id: str, within_s: float = WITHIN_S) -> Any:
        """Wait until a run is over; return it."""
        self.until(lambda: self.get(f"/api/runs/{run_id}")["status"] in OVER, within_s)
        return self.get(f"/api/runs/{run_id}")

    def idle(self, within_s: float = WITHIN_S) -> None:
        """Wait until no run is pending or running."""

        def is_idle() -> bool:
            state = self.get("/api/scheduler/state")
            return bool(state["running_runs"] == state["queued_runs"] == 0)

        self.until(is_idle, within_s)

    def until(self, is_so: Any, within_s: float = WITHIN_S) -> None:
        """Wait until something is so."""
        end = time.monotonic() + within_s
        while not is_so():
            assert time.monotonic() < end, self.errors.read_text()[-4000:]
            time.sleep(0.02)

    def all_of(self, path: str, plural: str) -> list[Any]:
        """Read a list to its end, page by page."""
        found: list[Any] = []
        joint = "&" if "?" in path else "?"
        page = self.get(f"{path}{joint}limit=500")
        while True:
            found.extend(page[plural])
            if not page.get("next_cursor"):
                return found
            page = self.get(f"{path}{joint}limit=500&cursor={page['next_cursor']}")

    def rows(self, sql: str, *values: object) -> list[sqlite3.Row]:
        """Read the database, whoever else has it open."""
        with closing(sqlite3.connect(self.database, timeout=10)) as connection:
            connection.row_factory = sqlite3.Row
            return connection.execute(sql, values).fetchall()


@contextmanager
def daemon(home: Path, *args: str) -> Iterator[Daemon]:
    """Have a daemon, not started yet; whatever it started is gone after the block."""
    made = Daemon(home, *args)
    try:
        yield made
    except BaseException as error:
        if made.errors.exists():
            error.add_note(f"the scheduler said:\n{made.errors.read_text()[-6000:]}")
        raise
    finally:
        made.end()
