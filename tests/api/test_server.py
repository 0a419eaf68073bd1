from __future__ import annotations

import asyncio
import stat
from pathlib import Path

import pytest
from tests.support.http import request
from tests.support.site import ONE_TASK, Site, site

from petit.api.peers import NOBODY
from petit.api.settings import ApiSettings
from petit.testing.executor import HOLDS


async def test_the_control_socket_serves_the_same(api: Site) -> None:
    assert stat.S_IMODE(api.control.stat().st_mode) == 0o600
    connection = await api.connect_unix()
    await connection.send(request("POST", "/api/jobs/hello/trigger", {"Host": "petit"}))
    answer = await connection.answer()
    run = (await api.get(answer.headers["location"])).json()
    assert (answer.status, run["caller"].startswith("uid ")) == (200, True)


async def test_closing_removes_the_socket_and_refuses_what_comes(api: Site) -> None:
    await api.server.close()
    assert not api.control.exists()
    with pytest.raises(OSError, match=r"onnect"):
        await api.connect()
    await api.server.close()


async def test_closing_lets_requests_finish(api: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    reached, gate = asyncio.Event(), asyncio.Event()
    reload = api.world.engine.reload

    async def slow() -> object:
        reached.set()
        await gate.wait()
        return await reload()

    monkeypatch.setattr(api.world.engine, "reload", slow)
    asking = asyncio.create_task(api.post("/api/reload"))
    await reached.wait()
    closing = asyncio.create_task(api.server.close(grace_s=10))
    await asyncio.sleep(0.02)
    assert not closing.done()
    gate.set()
    assert (await asking).status == 200
    await closing


async def test_closing_waits_no_longer_than_its_grace(api: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    reached = asyncio.Event()

    async def never() -> None:
        reached.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(api.world.engine, "reload", never)
    asking = asyncio.create_task(api.post("/api/reload"))
    await reached.wait()
    await asyncio.wait_for(api.server.close(grace_s=0.05), 5)
    answer = await asking
    assert (answer.status, "retry-after" in answer.headers) == (503, True)


async def test_closing_answers_what_is_held_at_once(api: Site) -> None:
    api.world.executor.default = HOLDS
    waiting = asyncio.create_task(api.post("/api/jobs/hello/trigger?wait=10m"))
    await api.until(lambda: api.world.executor.running)
    run_id = (await api.get("/api/jobs/hello/runs")).json()["runs"][0]["id"]
    following = asyncio.create_task(api.get(f"/api/runs/{run_id}/tasks/main/logs?follow"))
    await api.until(lambda: len(api.server._state.tasks) == 2)
    await asyncio.wait_for(api.server.close(grace_s=30), 5)
    assert (await waiting).json()["status"] == "running"
    assert (await following).status == 200


async def test_idle_connections_are_closed_with_the_server(api: Site) -> None:
    connection = await api.connect()
    await connection.send(request("GET", "/api/health", {"Host": "localhost"}))
    await connection.answer()
    await api.server.close()
    assert await connection.closed() == b""


async def test_a_server_that_never_started_can_be_closed(tmp_path: Path) -> None:
    async with site(tmp_path) as api:
        await api.server.close()


# --- slow and huge requests

QUICK = ApiSettings(head_timeout_s=0.15, body_timeout_s=0.15, max_head=4096, keep_alive_s=1)


@pytest.mark.parametrize(
    "begun",
    [
        pytest.param(b"G", id="a single byte"),
        pytest.param(b"GET /api/health HTTP/1.1\r\nHost: localhost\r\nX-Slow: 1", id="a head without end"),
    ],
)
async def test_a_slow_head_is_refused(tmp_path: Path, begun: bytes) -> None:
    async with site(tmp_path, QUICK) as api:
        connection = await api.connect()
        await connection.send(begun)
        answer = await connection.answer()
        assert (answer.status, answer.json()["code"]) == (408, "REQUEST_TIMEOUT")
        assert await connection.closed() == b""


async def test_a_head_that_trickles_is_refused(tmp_path: Path) -> None:
    async with site(tmp_path, QUICK) as api:
        connection = await api.connect()

        async def trickle() -> None:
            for byte in b"GET /api/health HTTP/1.1\r\nHost: localhost\r\n" + b"x" * 1000:
                await connection.send(bytes([byte]))
                await asyncio.sleep(0.02)

        trickling = asyncio.create_task(trickle())
        assert (await connection.answer()).status == 408
        trickling.cancel()
        await asyncio.gather(trickling, return_exceptions=True)


async def test_who_says_nothing_is_closed(tmp_path: Path) -> None:
    async with site(tmp_path, QUICK) as api:
        connection = await api.connect()
        assert await connection.closed() == b""


async def test_a_slow_body_is_refused(tmp_path: Path) -> None:
    async with site(tmp_path, QUICK) as api:
        connection = await api.connect()
        headers = {"Host": "localhost", "Content-Type": "application/json", "Content-Length": "100"}
        await connection.send(request("POST", "/api/jobs/hello/trigger", headers) + b"{")
        answer = await connection.answer()
        assert (answer.status, answer.json()["code"]) == (408, "REQUEST_TIMEOUT")


async def test_a_body_that_nobody_reads_does_not_hold_the_connection(tmp_path: Path) -> None:
    async with site(tmp_path, QUICK) as api:
        connection = await api.connect()
        await connection.send(request("GET", "/api/health", {"Host": "localhost", "Content-Length": "100"}))
        assert (await connection.answer()).status == 200
        assert await connection.closed() == b""


async def test_a_huge_head_is_refused(tmp_path: Path) -> None:
    async with site(tmp_path, QUICK) as api:
        connection = await api.connect()
        await connection.send(b"GET /api/health HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 5000)
        answer = await connection.answer()
        assert (answer.status, answer.json()["code"], answer.json()["limit"]) == (
            431,
            "HEADERS_TOO_LARGE",
            4096,
        )


async def test_a_long_request_on_an_old_connection_has_its_own_time(tmp_path: Path) -> None:
    async with site(tmp_path, QUICK) as api:
        connection = await api.connect()
        for _ in range(4):
            await asyncio.sleep(0.08)
            await connection.send(request("GET", "/api/health", {"Host": "localhost"}))
            assert (await connection.answer()).status == 200


async def test_connections_are_limited_and_given_back(tmp_path: Path) -> None:
    async with site(tmp_path, ApiSettings(max_connections=3)) as api:
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


async def test_an_answer_that_nobody_takes_is_given_up(tmp_path: Path) -> None:
    many = {f"job{number}": f"description: {'x' * 20_000}\n{ONE_TASK}" for number in range(400)}
    async with site(tmp_path, ApiSettings(keep_alive_s=1), jobs=many) as api:
        connection = await api.connect()
        connection.writer.transport.pause_reading()  # type: ignore[attr-defined]  # a socket's transport can
        await connection.send(request("GET", "/api/jobs", {"Host": "localhost"}))
        await api.until(lambda: api.server._state.connections)
        await api.until(lambda: not api.server._state.connections)


async def test_who_may_not_call_cannot_take_all_connections(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with site(tmp_path, ApiSettings(max_guests=2)) as api:
        monkeypatch.setattr(api.server._table, "owner", lambda *_: NOBODY)
        guests = [await api.connect() for _ in range(5)]
        await api.until(lambda: len(api.server._state.connections) == 2)
        monkeypatch.undo()
        assert (await api.get("/api/health")).status == 200
        assert len(guests) == 5
