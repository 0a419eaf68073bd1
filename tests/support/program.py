"""Runs the real `petit` program in a directory of its own."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PETIT = (sys.executable, "-m", "petit")
READY_S = 30.0


def environment(**more: str) -> dict[str, str]:
    """What a user's shell would give, and no settings of the machine that runs the tests."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PETIT_", "XDG_"))}
    return {**kept, "PYTHONUNBUFFERED": "1", "TERM": "dumb", **more}


def petit(
    *args: str | Path, cwd: Path, timeout: float = 60, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [*PETIT, *map(str, args)],
        cwd=cwd,
        env=environment(HOME=str(cwd), **(env or {})),
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
        stdin=subprocess.DEVNULL,
    )


class Program:
    """A `petit` that is running. Its output is collected as it comes."""

    def __init__(
        self,
        *args: str | Path,
        cwd: Path,
        env: Mapping[str, str] | None = None,
        program: tuple[str, ...] = PETIT,
        stdout: int = subprocess.PIPE,
    ) -> None:
        self.process = subprocess.Popen(
            [*program, *map(str, args)],
            cwd=cwd,
            env=environment(HOME=str(cwd), **(env or {})),
            stdout=stdout,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        self.out: list[str] = []
        self.err: list[str] = []
        self._readers = [
            threading.Thread(target=_collect, args=pair, daemon=True)
            for pair in ((self.process.stdout, self.out), (self.process.stderr, self.err))
            if pair[0] is not None
        ]
        for reader in self._readers:
            reader.start()

    @property
    def text(self) -> str:
        """All output so far."""
        return "".join([*self.out, *self.err])

    def wait_for(self, pattern: str, *, within: float = READY_S) -> re.Match[str]:
        """Return the first match in the output, as soon as it is there."""
        end = time.monotonic() + within
        while True:
            found = re.search(pattern, self.text, re.MULTILINE)
            if found:
                return found
            if time.monotonic() > end or self.process.poll() is not None:
                self._finish_reading()
                found = re.search(pattern, self.text, re.MULTILINE)
                if found:
                    return found
                raise AssertionError(f"no {pattern!r} in (exit {self.process.poll()}):\n{self.text}")
            time.sleep(0.02)

    def ready(self) -> Program:
        """Return once the scheduler says that it is ready."""
        self.wait_for(r"^\s*ready\b")
        return self

    @property
    def port(self) -> int:
        """The port of its API."""
        return int(self.wait_for(r"https?://[^\s]*?:(\d+)").group(1))

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the program alone."""
        self.process.send_signal(number)

    def exit_code(self, *, within: float = 20) -> int:
        """Wait for the end; return the exit code."""
        code = self.process.wait(within)
        self._finish_reading()
        return code

    def _finish_reading(self) -> None:
        for reader in self._readers:
            reader.join(1 if self.process.poll() is not None else 0.1)

    def ask(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        """Call its API; return the status and the JSON."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            headers = {} if body is None else {"Content-Type": "application/json"}
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            data = answer.read()
            return answer.status, json.loads(data) if data else None
        finally:
            connection.close()

    def get(self, path: str) -> Any:
        """Return the JSON at `path`, which must be there."""
        status, body = self.ask("GET", path)
        assert status == 200, (status, body)
        return body

    def until(self, path: str, member: str, *values: object, within: float = 20) -> Any:
        """Ask again and again until a member has one of these values; return the whole."""
        end = time.monotonic() + within
        while True:
            body = self.get(path)
            if body[member] in values:
                return body
            assert time.monotonic() < end, f"{path} still has {member}={body[member]!r}"
            time.sleep(0.03)

    def end(self) -> None:
        """End it and all of its tasks, however it is."""
        for number in (signal.SIGINT, signal.SIGINT, signal.SIGKILL):
            if self.process.poll() is not None:
                break
            self.process.send_signal(number)
            try:
                self.process.wait(0.3 if number is signal.SIGINT else 5)
            except subprocess.TimeoutExpired:
                continue
        self._finish_reading()
        for stream in (self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()


@contextmanager
def running(*args: str | Path, cwd: Path, env: Mapping[str, str] | None = None) -> Iterator[Program]:
    """Run a command while the block lasts."""
    program = Program(*args, cwd=cwd, env=env)
    try:
        yield program
    finally:
        program.end()


@contextmanager
def scheduler(
    *args: str | Path, cwd: Path, jobs: str = "jobs", env: Mapping[str, str] | None = None
) -> Iterator[Program]:
    """Run a scheduler on a free port while the block lasts, from its ready line on."""
    with running("run", jobs, "--api-port", "0", *args, cwd=cwd, env=env) as program:
        yield program.ready()


def write_job(directory: Path, name: str, *lines: str) -> Path:
    """Write a job file `jobs/<name>.yaml` with the id `name`; the lines come below the id."""
    path = directory / "jobs" / f"{name}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([f"id: {name}", *lines, ""]))
    return path


def script_job(directory: Path, name: str, script: str, *more: str) -> Path:
    """Write a job of one task `main` that is a shell script."""
    indented = "\n".join(f"      {line}" for line in script.splitlines())
    return write_job(
        directory, name, *more, "tasks:", "  - id: main", "    grace: 500ms", "    run: |", indented
    )


def _collect(stream: Any, lines: list[str]) -> None:
    try:
        for line in stream:
            lines.append(line)  # noqa: PERF402 - each at once, not when the stream has ended
    except ValueError:  # closed at the end of the test
        return
