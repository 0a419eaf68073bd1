"""Limits on slow clients, huge requests and many connections, with TLS and without."""

from __future__ import annotations

import asyncio
import gc
import socket
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests.support.http import request
from tests.support.site import ONE_TASK, Site, site

from petit.api.peers import NOBODY
from petit.api.protocol import Protocol
from petit.api.settings import ApiSettings


@pytest.fixture(params=[False, True], ids=["plain", "TLS"])
def is_tls(request: pytest.FixtureRequest) -> bool:
    with_tls: bool = request.param
    return with_tls


def quick(is_tls: bool) -> ApiSettings:
    """Limits that a test can wait for; a handshake on a busy machine takes longer than a head."""
    limit_s = 0.6 if is_tls else 0.15
    return ApiSettings(head_timeout_s=limit_s, body_timeout_s=0.15, max_head=4096, keep_alive_s=1)


@pytest.mark.parametrize(
    "begun",
    [
        pytest.param(b"G", id="a single byte"),
        pytest.param(b"GET /api/health HTTP/1.1\r\nHost: localhost\r\nX-Slow: 1", id="a head without end"),
    ],
)
async def test_a_slow_head_is_refused(tmp_path: Path, is_tls: bool, begun: bytes) -> None:
    async with site(tmp_path, quick(is_tls), is_tls=is_tls) as api:
        connection = await api.connect()
        await connection.send(begun)
        answer = await connection.answer()
        assert (answer.status, answer.json()["code"]) == (408, "REQUEST_TIMEOUT")
        assert await connection.closed() == b""


async def test_a_head_that_trickles_is_refused(tmp_path: Path, is_tls: bool) -> None:
    async with site(tmp_path, quick(is_tls), is_tls=is_tls) as api:
        connection = await api.connect()

        async def trickle() -> None:
            for byte in b"GET /api/health HTTP/1.1\r\nHost: localhost\r\n" + b"x" * 1000:
                await connection.send(bytes([byte]))
                await asyncio.sleep(0.02)

        trickling = asyncio.create_task(trickle())
        assert (await connection.answer()).status == 408
        trickling.cancel()
        await asyncio.gather(trickling, return_exceptions=True)


async def test_who_says_nothing_is_closed(tmp_path: Path, is_tls: bool) -> None:
    async with site(tmp_path, quick(is_tls), is_tls=is_tls) as api:
        connection = await api.connect()
        assert await connection.closed() == b""


async def test_a_slow_body_is_refused(tmp_path: Path, is_tls: bool) -> None:
    async with site(tmp_path, quick(is_tls), is_tls=is_tls) as api:
        connection = await api.connect()
        headers = {"Host": "localhost", "Content-Type": "application/json", "Content-Length": "100"}
        await connection.send(request("POST", "/api/jobs/hello/trigger", headers) + b"{")
        answer = await connection.answer()
        assert (answer.status, answer.json()["code"]) == (408, "REQUEST_TIMEOUT")


async def test_a_body_that_nobody_reads_does_not_hold_the_connection(tmp_path: Path, is_tls: bool) -> None:
    async with site(tmp_path, quick(is_tls), is_tls=is_tls) as api:
        connection = await api.connect()
        await connection.send(request("GET", "/api/health", {"Host": "localhost", "Content-Length": "100"}))
        assert (await connection.answer()).status == 200
        assert await connection.closed() == b""


async def test_a_huge_head_is_refused(tmp_path: Path, is_tls: bool) -> None:
    async with site(tmp_path, quick(is_tls), is_tls=is_tls) as api:
        connection = await api.connect()
        await connection.send(b"GET /api/health HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 5000)
        answer = await connection.answer()
        assert (answer.status, answer.json()["code"], answer.json()["limit"]) == (
            431,
            "HEADERS_TOO_LARGE",
            4096,
        )


async def test_too_many_headers_are_refused(tmp_path: Path, is_tls: bool) -> None:
    async with site(tmp_path, is_tls=is_tls) as api:
        connection = await api.connect()
        await connection.send(b"GET /api/health HTTP/1.1\r\nHost: localhost\r\n" + b"a:b\r\n" * 5000)
        answer = await connection.answer()
        assert (answer.status, answer.json()["limit"]) == (431, 256)
        connection = await api.connect()
        many = [("Host", "localhost"), *((f"X-{number}", "x") for number in range(200))]
        await connection.send(request("GET", "/api/health", many))
        assert (await connection.answer()).status == 200


def in_chunks(data: bytes, size: int) -> bytes:
    parts = (data[start : start + size] for start in range(0, len(data), size))
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


async def test_a_body_in_chunks_is_taken_and_one_in_crumbs_refused(tmp_path: Path, is_tls: bool) -> None:
    body = b'{"reason": "' + b"x" * 150 + b'"' + b" " * 8000 + b"}"
    head = request("POST", "/api/jobs/hello/trigger", {
        "Host": "localhost", "Content-Type": "application/json", "Transfer-Encoding": "chunked",
    })  # fmt: skip
    async with site(tmp_path, is_tls=is_tls) as api:
        for size, status in ((1000, 200), (2, 200), (1, 400)):
            connection = await api.connect()
            await connection.send(head + in_chunks(body, size))
            answer = await connection.answer()
            assert answer.status == status, size
        assert answer.json()["detail"] == "a body may come in 4096 chunks at most"
        assert (await api.get("/api/jobs/hello/runs")).json()["count"] == 2


async def test_what_is_sent_ahead_is_answered_in_its_order(tmp_path: Path, is_tls: bool) -> None:
    ids = [f"request-{number}" for number in range(60)]
    async with site(tmp_path, is_tls=is_tls) as api:
        connection = await api.connect()
        heads = [request("GET", "/api/health", {"Host": "localhost", "X-Request-Id": each}) for each in ids]
        await connection.send(b"".join(heads))
        answers = [await connection.answer() for _ in ids]
        assert [answer.headers["x-request-id"] for answer in answers] == ids


def _protocols() -> int:
    return sum(isinstance(each, Protocol) for each in gc.get_objects())


async def test_a_flood_leaves_nothing_to_the_garbage_collector(tmp_path: Path, is_tls: bool) -> None:
    async with site(tmp_path, is_tls=is_tls) as api:
        gc.collect()
        before = _protocols()  # some are held by the tracebacks of errors that other tests keep
        gc.disable()
        try:
            for _ in range(20):
                connection = await api.connect()
                await connection.send(b"GET /api/health HTTP/1.1\r\n" + b"a:b\r\n" * 200)
                await connection.close()
            await api.until(lambda: not api.server._state.connections)
            # One is still going. Without the collector nothing frees the others but the last mention of them.
            await api.until(lambda: _protocols() <= before + 1)
        finally:
            gc.enable()


async def test_a_long_request_on_an_old_connection_has_its_own_time(tmp_path: Path, is_tls: bool) -> None:
    async with site(tmp_path, quick(is_tls), is_tls=is_tls) as api:
        connection = await api.connect()
        for _ in range(4):
            await asyncio.sleep(0.08)
            await connection.send(request("GET", "/api/health", {"Host": "localhost"}))
            assert (await connection.answer()).status == 200


async def test_connections_are_limited_and_given_back(tmp_path: Path, is_tls: bool) -> None:
    async with site(tmp_path, ApiSettings(max_connections=3), is_tls=is_tls) as api:
        kept = [await api.connect() for _ in range(3)]
        for connection in kept:
            await connection.send(request("GET", "/api/health", {"Host": "localhost"}))
            assert (await connection.answer()).status == 200
        with pytest.raises((ConnectionError, EOFError)):
            await api.get("/api/health")
        await kept.pop().close()
        await api.until(lambda: len(api.server._state.connections) == 2)
        assert (await api.get("/api/health")).status == 200


async def test_too_many_requests_ahead_are_cut_off(api: Site) -> None:
    connection = await api.connect()
    await connection.send(request("GET", "/api/health", {"Host": "localhost"}) * 200)
    await connection.closed()
    assert (await api.get("/api/health")).status == 200


async def test_an_answer_that_nobody_takes_is_given_up(tmp_path: Path, is_tls: bool) -> None:
    many = {f"job{number}": f"description: {'x' * 20_000}\n{ONE_TASK}" for number in range(400)}
    async with site(tmp_path, ApiSettings(keep_alive_s=1), jobs=many, is_tls=is_tls) as api:
        connection = await api.connect()
        connection.writer.transport.pause_reading()  # type: ignore[attr-defined]  # a socket's transport can
        await connection.send(request("GET", "/api/jobs", {"Host": "localhost"}))
        await api.until(lambda: api.server._state.connections)
        await api.until(lambda: not api.server._state.connections)


async def test_who_may_not_call_cannot_take_all_connections(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_tls: bool
) -> None:
    async with site(tmp_path, ApiSettings(max_guests=2), is_tls=is_tls) as api:
        monkeypatch.setattr(api.server._table, "owner", lambda *_: NOBODY)
        guests = await asyncio.gather(*(api.connect() for _ in range(5)), return_exceptions=True)
        await api.until(lambda: len(api.server._state.connections) == 2)
        monkeypatch.undo()
        assert (await api.get("/api/health")).status == 200
        assert len(guests) == 5


async def test_guests_leave_half_of_the_connections_to_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_tls: bool
) -> None:
    async with site(tmp_path, ApiSettings(max_connections=6, max_guests=5), is_tls=is_tls) as api:
        monkeypatch.setattr(api.server._table, "owner", lambda *_: NOBODY)
        guests = await asyncio.gather(*(api.connect() for _ in range(5)), return_exceptions=True)
        await api.until(lambda: len(api.server._state.connections) == 3)
        assert len(guests) == 5


async def test_who_comes_with_many_others_waits_and_is_not_turned_away(api: Site) -> None:
    """A queue that is too short makes the kernel of a client wait a second before it tries again."""
    with ExitStack() as stack:
        for _ in range(400):  # the server's loop is this one: it takes none of them in meanwhile
            stack.enter_context(socket.create_connection(("127.0.0.1", api.port), timeout=0.5))
    assert (await api.get("/api/health")).status == 200
