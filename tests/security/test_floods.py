"""Slow clients, huge requests, streams without end: the API goes on answering, and stays small."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from tests.support.daemon import Daemon, daemon
from tests.support.http import Connection, request
from tests.support.scale import scale

WITHIN_MS = 500
LASTS_S = {"gate": 0.7, "quick": 15.0, "soak": 120.0}[scale()]
GROWS_MB = 24
PROBER = Path(__file__).parents[1] / "support" / "prober.py"
HOST = {"Host": "localhost"}
SETTINGS = """
[api]
header_timeout = "1s"
body_timeout = "1s"
"""
POST = request("POST", "/api/jobs/hello/trigger", {**HOST, "Content-Type": "application/json"})[:-2]

GUEST = """
import encodings.idna, os, select, socket, sys, time
os.setgroups([]); os.setgid(65534); os.setuid(65534)
port, end, opened, held = int(sys.argv[1]), time.monotonic() + float(sys.argv[2]), 0, []
while time.monotonic() < end or opened < 512:
    while len(held) < 512:
        held.append(socket.create_connection(("127.0.0.1", port)))
        opened += 1
    time.sleep(0.2)
    poll = select.poll()
    for each in held:
        poll.register(each)
    gone = {fd for fd, what in poll.poll(0) if what & (select.POLLIN | select.POLLHUP | select.POLLERR)}
    held = [each for each in held if each.fileno() not in gone]
    left = len(held)
print(opened, left)
"""
"""Another user who wants all the room there is: how many it opened, and how many it still had."""

Attack = Callable[[Connection], Coroutine[Any, Any, None]]


@pytest.fixture(scope="module")
def petit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    home = tmp_path_factory.mktemp("petit")
    (home / "settings.toml").write_text(SETTINGS)
    with daemon(home, "--config", "settings.toml") as made:
        made.write("hello", "tasks:\n  - {id: main, run: ':'}\n")
        made.write("tick", "schedule: '@every 1s'\ntasks:\n  - {id: main, run: ':'}\n")
        made.write(
            "noisy", "log_limit: 1MiB\ntasks:\n  - {id: main, run: while echo 0123456789; do :; done}\n"
        )
        made.start()
        made.get("/api/openapi.json")  # the first time takes a while
        yield made


def rss_mb(petit: Daemon) -> float:
    assert petit.process is not None
    status = Path(f"/proc/{petit.process.pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def sockets(petit: Daemon) -> int:
    assert petit.process is not None
    found = 0
    for each in Path(f"/proc/{petit.process.pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # it may be closed meanwhile
            found += os.readlink(each).startswith("socket:")
    return found


@asynccontextmanager
async def well(petit: Daemon, what: str) -> AsyncIterator[None]:
    """Ask for its health, from another process, while the block lasts; then see that all is as it was."""
    petit.until(lambda: sockets(petit) <= 8)
    before = rss_mb(petit)
    prober = await asyncio.create_subprocess_exec(
        sys.executable, "-I", "-S", str(PROBER), str(petit.port), str(LASTS_S), stdout=subprocess.PIPE
    )
    yield
    said, _ = await prober.communicate()
    answers = [line.split() for line in said.decode().splitlines()]
    took = sorted(float(ms) for _, ms in answers)
    grown = rss_mb(petit) - before
    print(f"{what}: p50 {took[len(took) // 2]:.0f} ms, worst {took[-1]:.0f} ms, {grown:+.1f} MB")
    assert prober.returncode == 0
    assert {status for status, _ in answers} == {"200"}
    assert took[-1] < WITHIN_MS
    assert grown < GROWS_MB
    petit.until(lambda: sockets(petit) <= 8)


async def connect(petit: Daemon) -> Connection:
    return Connection(*await asyncio.open_connection("127.0.0.1", petit.port))


async def flood(petit: Daemon, count: int, attack: Attack) -> int:
    """Attack over `count` connections at a time, again and again; return how often it was done."""
    end = asyncio.get_running_loop().time() + LASTS_S
    done = 0

    async def one() -> None:
        nonlocal done
        while asyncio.get_running_loop().time() < end:
            connection = None
            try:
                connection = await connect(petit)
                async with asyncio.timeout_at(end):
                    await attack(connection)
            except (OSError, EOFError, TimeoutError):
                pass  # cut off, as it should be
            finally:
                done += 1
                if connection is not None:
                    await connection.close()

    await asyncio.gather(*(one() for _ in range(count)))
    return done


async def drop_by_drop(connection: Connection, data: bytes) -> None:
    for byte in data:
        await connection.send(bytes([byte]))
        await asyncio.sleep(0.05)


async def says_nothing(connection: Connection) -> None:
    await connection.closed()


async def head_by_bytes(connection: Connection) -> None:
    await drop_by_drop(connection, b"GET /api/health HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 10_000)


async def body_by_bytes(connection: Connection) -> None:
    await connection.send(POST + b"Content-Length: 100000\r\n\r\n")
    await drop_by_drop(connection, b"{" + b" " * 10_000)


async def chunks_without_end(connection: Connection) -> None:
    await connection.send(POST + b"Transfer-Encoding: chunked\r\n\r\n")
    while True:
        await connection.send(b"1\r\n \r\n" * 1000)


async def chunk_extensions(connection: Connection) -> None:
    await connection.send(POST + b"Transfer-Encoding: chunked\r\n\r\n")
    while True:
        await connection.send(b"1;" + b"x" * 100_000 + b"\r\n \r\n")


async def huge_body(connection: Connection) -> None:
    await connection.send(POST + b"Content-Length: 1000000000\r\n\r\n")
    while True:
        await connection.send(b" " * 1_000_000)


async def huge_head(connection: Connection) -> None:
    await connection.send(b"GET /api/health HTTP/1.1\r\n")
    while True:
        await connection.send(b"X-Header: " + b"x" * 1000 + b"\r\n")


async def many_headers(connection: Connection) -> None:
    await connection.send(b"GET /api/health HTTP/1.1\r\n")
    while True:
        await connection.send(b"a:b\r\n" * 1000)


async def long_line(connection: Connection) -> None:
    while True:
        await connection.send(b"G" * 100_000)


async def requests_ahead(connection: Connection) -> None:
    connection.writer.transport.pause_reading()  # type: ignore[attr-defined]  # a socket's transport can
    while True:
        await connection.send(request("GET", "/api/openapi.json", HOST) * 100)


async def half_closed(connection: Connection) -> None:
    await connection.send(request("GET", "/api/events", HOST))
    connection.writer.write_eof()
    await connection.closed()


async def sends_and_resets(connection: Connection) -> None:
    await connection.send(request("GET", "/api/jobs", HOST) * 10)
    connection.writer.transport.abort()


async def events_unread(connection: Connection) -> None:
    connection.writer.transport.pause_reading()  # type: ignore[attr-defined]  # a socket's transport can
    await connection.send(request("GET", "/api/events", HOST))
    await asyncio.sleep(LASTS_S)


async def garbage(connection: Connection) -> None:
    while True:
        await connection.send(bytes(range(256)) * 100)


FLOODS: dict[Attack, int] = {
    says_nothing: 200, head_by_bytes: 200, body_by_bytes: 200, chunks_without_end: 4, chunk_extensions: 4,
    huge_body: 4, huge_head: 4, many_headers: 4, long_line: 4, requests_ahead: 4, half_closed: 50,
    sends_and_resets: 20, events_unread: 200, garbage: 4,
}  # fmt: skip
"""How many connections at a time do it; the API has room for 512."""


@pytest.mark.parametrize("attack", FLOODS, ids=lambda attack: attack.__name__)
async def test_a_flood_delays_nobody(petit: Daemon, attack: Attack) -> None:
    async with well(petit, attack.__name__):
        done = await flood(petit, FLOODS[attack], attack)
    assert done >= FLOODS[attack]


async def test_logs_that_nobody_reads_delay_nobody(petit: Daemon) -> None:
    run_id = petit.trigger("noisy")

    async def follow(connection: Connection) -> None:
        connection.writer.transport.pause_reading()  # type: ignore[attr-defined]  # a socket's transport can
        await connection.send(request("GET", f"/api/runs/{run_id}/tasks/main/logs?follow=1", HOST))
        await asyncio.sleep(LASTS_S)

    async with well(petit, "logs unread"):
        await flood(petit, 100, follow)
    assert petit.cancel(run_id) == 202


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")
async def test_a_guest_with_many_connections_delays_nobody(petit: Daemon) -> None:
    async with well(petit, "512 connections of a guest"):
        guest = await asyncio.create_subprocess_exec(
            sys.executable,
            "-I",
            "-S",
            "-c",
            GUEST,
            str(petit.port),
            str(LASTS_S),
            stdout=subprocess.PIPE,
            cwd="/",
        )
        said, _ = await guest.communicate()
    opened, left = map(int, said.split())
    assert opened >= 512
    assert left <= 32


async def test_all_of_them_at_once_delay_nobody(petit: Daemon) -> None:
    async with well(petit, "all at once"):
        await asyncio.gather(*(flood(petit, max(1, count // 10), attack) for attack, count in FLOODS.items()))
    assert petit.over(petit.trigger("hello"))["status"] == "completed"
