from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from petit.cli.client import ControlClient, NoAnswer

HEAD_404 = b"HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n"
ANSWERS = {
    "a body with a length": (b'HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n{"a": 1}', 200, {"a": 1}),
    "a body in chunks": (
        HEAD_404 + b'3\r\n{"a\r\n5;x=y\r\n": 1}\r\n0\r\n\r\n',
        404,
        {"a": 1},
    ),
    "a body to the end": (b"HTTP/1.1 503 Busy\r\n\r\n[]", 503, []),
}


class Peer:
    """Answers every connection with the same bytes, and keeps what it was sent."""

    def __init__(self, answer: bytes) -> None:
        self.answer = answer
        self.heard = b""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.heard = await reader.read(65536)
        writer.write(self.answer)
        await writer.drain()
        writer.close()
        await writer.wait_closed()


@pytest.fixture
async def peer(tmp_path: Path) -> AsyncIterator[tuple[Peer, ControlClient]]:
    # Deep enough that its address would not fit into the kernel's 108 bytes.
    directory = tmp_path / ("d" * 60) / ("e" * 60)
    directory.mkdir(parents=True)
    peer = Peer(b"")
    path = directory / "api.sock"
    handle = os.open(directory, os.O_RDONLY)
    server = await asyncio.start_unix_server(peer.serve, path=f"/proc/self/fd/{handle}/{path.name}")
    os.close(handle)
    yield peer, ControlClient(path)
    server.close()
    await server.wait_closed()


@pytest.mark.parametrize(("raw", "status", "body"), ANSWERS.values(), ids=ANSWERS.keys())
async def test_answers(peer: tuple[Peer, ControlClient], raw: bytes, status: int, body: object) -> None:
    other, client = peer
    other.answer = raw
    answer = await client.get("/api/health")
    assert (answer.status, answer.json()) == (status, body)
    assert other.heard.startswith(b"GET /api/health HTTP/1.1\r\nHost: localhost\r\n")


async def test_a_post_carries_json(peer: tuple[Peer, ControlClient]) -> None:
    other, client = peer
    other.answer = ANSWERS["a body to the end"][0]
    await client.post("/api/jobs/a/trigger", {"queue": True})
    head, _, body = other.heard.partition(b"\r\n\r\n")
    assert b"Content-Type: application/json" in head
    assert body == b'{"queue":true}'


NO_ANSWERS = {
    "silence": b"",
    "another protocol": b"220 mail ready\r\n",
    "a body cut short": b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc",
}


@pytest.mark.parametrize("raw", NO_ANSWERS.values(), ids=NO_ANSWERS.keys())
async def test_what_is_no_answer_says_so(peer: tuple[Peer, ControlClient], raw: bytes) -> None:
    other, client = peer
    other.answer = raw
    with pytest.raises(NoAnswer, match="no answer on"):
        await client.get("/")


async def test_nobody_there_is_no_answer(tmp_path: Path) -> None:
    with pytest.raises(NoAnswer):
        await ControlClient(tmp_path / "api.sock").get("/")


async def test_a_body_that_is_not_json_is_no_answer(peer: tuple[Peer, ControlClient]) -> None:
    other, client = peer
    other.answer = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"
    answer = await client.get("/")
    with pytest.raises(NoAnswer):
        answer.json()
