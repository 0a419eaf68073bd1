"""The first lines that a user types, as they are written in the README, in a copy of the examples."""

from __future__ import annotations

import http.client
import json
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.support.program import PETIT, Program, environment

EXAMPLES = Path(__file__).parents[2] / "examples"


def wait_until_free(*ports: int) -> None:
    """Another test, or a Petit of the machine's owner, may be using the standard ports."""
    end = time.monotonic() + 60
    for port in ports:
        while True:
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind(("127.0.0.1", port))
                except OSError:
                    assert time.monotonic() < end, f"port {port} is in use"
                    time.sleep(0.2)
                else:
                    break


@contextmanager
def typed(line: str, place: Path) -> Iterator[Program]:
    """Run a line as a shell would, until its scheduler is ready."""
    name, *args = line.split()
    program = Program(*args, cwd=place, program=(str(Path(sys.executable).with_name(name)),))
    try:
        yield program.ready()
    finally:
        program.end()


def curl(line: str, place: Path) -> Any:
    """Run a curl line; where there is no curl, ask the same in its place."""
    assert line.startswith("curl ")
    if shutil.which("curl"):
        done = subprocess.run(
            [*line.split(), "--silent", "--show-error", "--fail-with-body"],
            cwd=place, env=environment(), capture_output=True, text=True, check=True, timeout=30,
        )  # fmt: skip
        return json.loads(done.stdout)
    url = urlsplit(line.rsplit(maxsplit=1)[-1])
    connection = http.client.HTTPConnection(url.netloc, timeout=30)
    connection.request("POST" if "-X POST" in line else "GET", url.path)
    answer = connection.getresponse()
    assert answer.status == 200
    return json.loads(answer.read())


def test_the_lines_work_as_written(tmp_path: Path) -> None:
    shutil.copytree(EXAMPLES, tmp_path / "examples")
    wait_until_free(8565, 9000)

    with typed("petit --db petit.db run examples/jobs", tmp_path) as program:
        assert "http://127.0.0.1:8565" in program.text
        assert "problem" not in program.text
        answer = curl("curl -X POST http://localhost:8565/api/jobs/hello_world/trigger", tmp_path)
        assert answer["job_id"] == "hello_world"
        assert answer["message"] == "job 'hello_world' triggered"
        end = time.monotonic() + 20
        line = f"curl http://localhost:8565/api/runs/{answer['run_id']}"
        while (run := curl(line, tmp_path))["ended_at"] is None:
            assert time.monotonic() < end
            time.sleep(0.05)
        assert run["status"] == "completed"
        listed = curl("curl http://localhost:8565/api/jobs", tmp_path)
        assert listed["count"] == len(listed["jobs"]) > 5
        assert "hello_world" in [job["id"] for job in listed["jobs"]]
        program.send(signal.SIGINT)
        assert program.exit_code() == 0
    assert (tmp_path / "petit.db").exists()

    with typed("petit --db petit.db run examples/jobs --no-api", tmp_path) as program:
        assert "http://" not in program.text

    with typed("petit --db petit.db run examples/jobs --api-port 9000", tmp_path) as program:
        assert program.port == 9000
        again = curl(f"curl http://localhost:9000/api/runs/{answer['run_id']}", tmp_path)
        assert again == run

    with typed("pt run examples/jobs --db petit.db", tmp_path) as program:
        assert program.get("/api/health")["status"] == "ok"


def test_the_examples_are_good_and_can_be_triggered(tmp_path: Path) -> None:
    shutil.copytree(EXAMPLES, tmp_path / "examples")

    def say(line: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*PETIT, *line.split()[1:]], cwd=tmp_path, env=environment(HOME=str(tmp_path)),
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip

    assert re.fullmatch(r"\d+ jobs, \d+ tasks: all good\n", say("petit validate examples/jobs").stdout)
    assert "hello_world" in say("petit list examples/jobs").stdout
    triggered = say("petit trigger examples/jobs hello_world")
    assert (triggered.returncode, "completed" in triggered.stdout) == (0, True)
    failed = say("petit trigger examples/jobs failing_job")
    assert (failed.returncode, " failed in " in failed.stdout) == (1, True)
