from __future__ import annotations

import asyncio
import stat
from pathlib import Path

import pytest
from tests.support.http import request
from tests.support.site import Site, site

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
