"""The API of a real scheduler: its own process, uvloop, SQLite, the keeper, tasks that write."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.daemon import Daemon, daemon

from petit.version import VERSION

TALK = """
tasks:
  - id: main
    run: |
      echo begun
      echo wrong >&2
      until [ -e go ]; do sleep 0.02; done
      echo done
"""


@pytest.fixture(scope="module")
def petit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    with daemon(tmp_path_factory.mktemp("live")) as made:
        made.write("hello", "tasks:\n  - {id: main, run: echo hello}\n")
        made.write("fails", "tasks:\n  - {id: main, run: exit 3}\n")
        made.write("talk", TALK)
        made.write("tick", "schedule: '* * * * * *'\ntasks:\n  - {id: main, run: ':'}\n")
        made.start()
        yield made


def test_the_ten_routes(petit: Daemon) -> None:
    assert petit.get("/api/health") == {"status": "ok", "version": VERSION}
    assert petit.get("/api/scheduler/state")["is_running"] is True
    jobs = petit.get("/api/jobs")
    assert (jobs["count"], [job["id"] for job in jobs["jobs"]]) == (4, ["fails", "hello", "talk", "tick"])
    assert petit.get("/api/jobs/hello")["task_count"] == 1
    answer = petit.ask("POST", "/api/jobs/hello/trigger")
    assert (answer.status, answer.body["message"]) == (200, "job 'hello' triggered")
    run_id = answer.body["run_id"]
    assert petit.over(run_id)["status"] == "completed"
    assert petit.get("/api/jobs/hello/runs?limit=1")["runs"][0]["id"] == run_id
    (task,) = petit.get(f"/api/runs/{run_id}/tasks")["tasks"]
    assert (task["status"], task["exit_code"], task["run_id"]) == ("completed", 0, run_id)
    assert petit.get(task["log"]) == "hello\n"
    for verb in ("pause", "resume"):
        assert petit.ask("POST", f"/api/scheduler/{verb}").body == {"message": f"scheduler {verb}d"}


def test_waiting_tells_how_it_ended(petit: Daemon) -> None:
    for job, status in (("hello", "completed"), ("fails", "failed")):
        told = petit.ask("POST", f"/api/jobs/{job}/trigger?wait=20s").body
        assert (told["status"], told["run"]["status"], told["run"]["id"]) == (status, status, told["run_id"])


def test_a_log_is_followed_while_it_is_written(petit: Daemon) -> None:
    run_id = petit.trigger("talk")
    connection = http.client.HTTPConnection("127.0.0.1", petit.port, timeout=20)
    connection.request("GET", f"/api/runs/{run_id}/tasks/main/logs?stream=stdout&follow=1")
    answer = connection.getresponse()
    assert answer.readline() == b"begun\n"
    (petit.home / "go").touch()
    assert answer.read() == b"done\n"
    connection.close()
    assert petit.over(run_id)["status"] == "completed"
    assert petit.get(f"/api/runs/{run_id}/tasks/main/logs?stream=stderr") == "wrong\n"


def test_what_is_kept_follows_the_clock(petit: Daemon) -> None:
    """`tick` is due each second: with its due times the list changes, and its tag with it."""
    seen: dict[str, set[int]] = {}
    end = time.monotonic() + 2.5
    while time.monotonic() < end:
        answer = petit.ask("GET", "/api/jobs")
        (tick,) = (job for job in answer.body["jobs"] if job["id"] == "tick")
        seen.setdefault(answer.headers["etag"], set()).add(tick["next_run_at"])
        time.sleep(0.01)
    assert all(len(times) == 1 for times in seen.values())
    assert len({each for times in seen.values() for each in times}) >= 3


def test_the_control_socket_serves_the_same(petit: Daemon) -> None:
    (path,) = petit.home.glob(".petit/*/api.sock")
    with socket.socket(socket.AF_UNIX) as client:
        directory = os.open(path.parent, os.O_RDONLY)
        client.connect(f"/proc/self/fd/{directory}/api.sock")
        os.close(directory)
        client.sendall(b"GET /api/jobs/hello HTTP/1.1\r\nHost: petit\r\nConnection: close\r\n\r\n")
        data = b""
        while part := client.recv(65536):
            data += part
    assert json.loads(data.partition(b"\r\n\r\n")[2])["id"] == "hello"


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_curl_needs_no_option(petit: Daemon) -> None:
    def curl(*args: str) -> Any:
        done = subprocess.run(["curl", "-sS", *args], capture_output=True, check=True, timeout=20)
        return json.loads(done.stdout)

    base = f"http://localhost:{petit.port}"
    run_id = curl("-X", "POST", f"{base}/api/jobs/hello/trigger")["run_id"]
    assert curl(f"{base}/api/runs/{run_id}")["job_id"] == "hello"
    assert curl(f"{base}/api/jobs")["count"] == 4
    assert curl("--json", '{"reason": "by hand"}', f"{base}/api/jobs/hello/trigger")["status"]
    assert "--json" in curl("-d", "{}", f"{base}/api/jobs/hello/trigger")["detail"]


def test_a_stop_answers_what_is_held_and_refuses_what_is_new(tmp_path: Path) -> None:
    with daemon(tmp_path) as petit:
        petit.write("long", "tasks:\n  - {id: main, grace: 100ms, run: sleep 1000}\n")
        petit.start()
        answers: list[Any] = []
        path = "/api/jobs/long/trigger?wait=10m"
        waiting = threading.Thread(target=lambda: answers.append(petit.ask("POST", path)))
        waiting.start()
        petit.until(lambda: petit.get("/api/scheduler/state")["running_tasks"] == 1)
        began = time.monotonic()
        assert petit.stop(signal.SIGTERM) == 0
        waiting.join(20)
        assert time.monotonic() - began < 10
        assert (answers[0].status, answers[0].body["status"]) == (200, "running")


def test_a_scheduler_without_tcp_has_only_its_socket(tmp_path: Path) -> None:
    with daemon(tmp_path) as petit:
        petit.write("hello", "tasks:\n  - {id: main, run: echo hello}\n")
        petit.launch("--no-api")
        petit.until(lambda: "ready" in (tmp_path / "stdout.txt").read_text())
        said = (tmp_path / "stdout.txt").read_text()
        assert "http://" not in said
        assert list(tmp_path.glob(".petit/*/api.sock"))
        assert petit.process is not None
        assert listening(petit.process.pid) == []


def listening(pid: int) -> list[str]:
    """Return the TCP ports that a process listens on."""
    inodes = {
        os.readlink(link)[8:-1]
        for link in Path(f"/proc/{pid}/fd").iterdir()
        if os.readlink(link).startswith("socket:[")
    }
    rows = [
        line.split()
        for name in ("tcp", "tcp6")
        for line in Path(f"/proc/net/{name}").read_text().splitlines()
    ]
    return [row[1] for row in rows if row[3] == "0A" and row[9] in inodes]


def test_the_server_loads_nothing_that_it_does_not_use() -> None:
    """Each of these would cost an idle scheduler memory, on a machine that has little."""
    unused = {
        "anyio._backends._asyncio", "h11", "jinja2", "prometheus_client", "starlette.applications",
        "starlette.staticfiles", "starlette.templating", "starlette.testclient", "websockets",
        "petit.api.handshakes", "petit.api.tls",
    }  # fmt: skip
    program = "import sys, petit.api.server; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert unused.intersection(done.stdout.split()) == set()
