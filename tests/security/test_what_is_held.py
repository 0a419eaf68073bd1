"""What a token has open ends with the token: streams, followed logs, requests that wait."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from tests.support.callers import as_owner, log_in, make
from tests.support.http import Connection, request
from tests.support.site import Site

from petit.testing.executor import HOLDS

End = Callable[[Site], Awaitable[object]]


async def revoke(api: Site) -> None:
    assert (await as_owner(api, "DELETE", "/api/tokens/ci")).status == 200


async def expire(api: Site) -> None:
    await api.world.clock.advance(60_000)


ENDS: dict[str, End] = {"revoked": revoke, "expired": expire}


async def open_stream(api: Site, path: str, **headers: str) -> Connection:
    connection = await api.connect()
    await connection.send(request("GET", path, {"Host": "localhost", **headers}))
    status, _ = await connection.head()
    assert status == 200
    return connection


async def held_run(api: Site) -> str:
    api.world.executor.script["main"] = HOLDS
    run_id: str = (await as_owner(api, "POST", "/api/jobs/hello/trigger")).json()["run_id"]
    api.write_log(run_id, "main", "stdout", b"begun\n")
    return run_id


@pytest.mark.parametrize(
    "path",
    [
        "/api/events",
        "/api/runs/{run_id}/events",
        "/api/runs/{run_id}/tasks/main/logs?follow=1",
        "/api/runs/{run_id}/tasks/main/logs?stream=stdout&follow=1",
    ],
)
@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS.keys())
async def test_a_stream_ends_with_its_token(strange: Site, path: str, end: End) -> None:
    shown = await make(strange, "ci", "read", expires_at=strange.world.clock.now() + 60_000)
    other = await make(strange, "other", "read")
    path = path.format(run_id=await held_run(strange))
    mine = await open_stream(strange, path, **shown)
    theirs = await open_stream(strange, path, **other)
    await mine.chunk()
    await end(strange)
    async with asyncio.timeout(2):
        while await mine.chunk():
            pass
    assert strange.server._app.context.held.streams == 1
    assert (await strange.get("/api/jobs", **shown)).status == 401
    assert (await strange.get("/api/jobs", **other)).status == 200
    await theirs.close()


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS.keys())
async def test_a_request_that_waits_ends_with_its_token_and_tells_no_more(strange: Site, end: End) -> None:
    shown = await make(strange, "ci", "trigger", expires_at=strange.world.clock.now() + 60_000)
    strange.world.executor.script["main"] = HOLDS
    asking = asyncio.create_task(strange.post("/api/jobs/hello/trigger?wait=10m", **shown))
    await strange.until(lambda: strange.world.executor.submitted)
    await end(strange)
    async with asyncio.timeout(2):
        answer = await asking
    told = answer.json()
    assert (answer.status, told["status"], "run" in told) == (200, "running", False)
    assert (await strange.world.run(told["run_id"])).status == "running", "what was begun goes on"


async def test_what_a_session_has_open_ends_when_it_is_ended(strange: Site) -> None:
    _, page = await log_in(strange, "read")
    stream = await open_stream(strange, "/api/events", **page)
    await stream.chunk()
    assert (await strange.ask("DELETE", "/api/session", headers=page)).status == 204
    async with asyncio.timeout(2):
        while await stream.chunk():
            pass


async def test_what_a_session_has_open_ends_with_its_token(strange: Site) -> None:
    _, page = await log_in(strange, "read")
    stream = await open_stream(strange, "/api/events", **page)
    await stream.chunk()
    await as_owner(strange, "DELETE", "/api/tokens/laptop")
    async with asyncio.timeout(2):
        while await stream.chunk():
            pass


async def test_nothing_is_left_of_those_who_have_gone(strange: Site) -> None:
    shown = await make(strange, "ci", "read")
    stream = await open_stream(strange, "/api/events", **shown)
    await stream.chunk()
    waiting = strange.handle.access._waiting
    assert waiting
    await stream.close()
    await strange.until(lambda: not waiting)
