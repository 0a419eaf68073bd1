from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from tests.support.http import Connection
from tests.support.site import Site, site

from petit.api.settings import ApiSettings
from petit.execution.keeper import index
from petit.testing.executor import FAILS, HOLDS

LINES = b"one\ntwo\nthree\n"


@pytest.fixture
async def log(api: Site) -> str:
    """The path of a log whose attempt is over: LINES on stdout, oops on stderr."""
    run_id = await api.trigger("hello")
    await api.world.clock.advance(100)
    api.write_log(run_id, "main", "stdout", LINES)
    api.write_log(run_id, "main", "stderr", b"oops\n")
    return f"/api/runs/{run_id}/tasks/main/logs"


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        pytest.param("", LINES + b"oops\n", id="both by default, one after the other"),
        pytest.param("?stream=combined", LINES + b"oops\n", id="combined"),
        pytest.param("?stream=stdout", LINES, id="stdout"),
        pytest.param("?stream=stderr", b"oops\n", id="stderr"),
        pytest.param("?stream=stdout&attempt=1", LINES, id="an attempt by its number"),
        pytest.param("?stream=stdout&tail=2", b"two\nthree\n", id="the last lines"),
        pytest.param("?stream=stdout&tail=0", b"", id="no line"),
        pytest.param("?stream=stdout&tail=99999999999999999999", LINES, id="more lines than there are"),
        pytest.param("?tail=1", b"three\noops\n", id="the last line of each"),
        pytest.param("?stream=stdout&offset=4", b"two\nthree\n", id="from a byte on"),
        pytest.param("?stream=stdout&offset=14", b"", id="from the end on"),
        pytest.param("?stream=stdout&offset=99999999999999999999", b"", id="from far behind the end on"),
        pytest.param("?stream=stdout&follow", LINES, id="followed, when all is there already"),
    ],
)
async def test_what_is_shown(api: Site, log: str, query: str, shown: bytes) -> None:
    answer = await api.get(log + query)
    assert (answer.status, answer.body) == (200, shown)
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("?stream=stdin", "stream"),
        ("?stream=", "stream"),
        ("?stream=stdout&stream=stderr", "stream"),
        ("?offset=-1", "offset"),
        ("?offset=x", "offset"),
        ("?tail=1.5", "tail"),
        ("?tail=1&offset=1", "tail"),
        ("?attempt=one", "attempt"),
        ("?follow=maybe", "follow"),
    ],
)
async def test_a_bad_query_is_refused(api: Site, log: str, query: str, parameter: str) -> None:
    answer = await api.get(log + query)
    assert (answer.status, answer.json()["parameter"]) == (400, parameter)


@pytest.mark.parametrize("attempt", ["0", "2", "99999999999999999999"])
async def test_an_unknown_attempt_is_not_found(api: Site, log: str, attempt: str) -> None:
    assert (await api.get(f"{log}?attempt={attempt}")).status == 404


async def test_a_browser_can_make_nothing_of_it(api: Site, log: str) -> None:
    for query in ("", "?stream=stdout", "?follow"):
        headers = (await api.get(log + query)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["content-security-policy"].startswith("sandbox")
        assert headers["cache-control"] == "no-store"
        assert "etag" not in headers


async def test_the_order_of_the_combined_view_is_not_claimed_where_nothing_tells_it(
    api: Site, log: str
) -> None:
    assert (await api.get(log)).headers["x-petit-order"] == "approximate"
    assert "x-petit-order" not in (await api.get(f"{log}?stream=stdout")).headers


async def test_both_streams_are_interleaved_as_their_index_tells(api: Site, log: str) -> None:
    directory = api.write_log(log.split("/")[3], "main", "stdout", b"").parent
    for at, out, err in ((1_000, 4, 0), (2_000, 4, 5)):
        index.append(str(directory), at, out, err)
    answer = await api.get(log)
    assert answer.body == b"one\noops\ntwo\nthree\n"
    assert answer.headers["x-petit-order"] == "exact"
    assert (await api.get(f"{log}?tail=1")).body == b"oops\nthree\n"


@pytest.mark.parametrize(
    ("wanted", "status", "shown", "told"),
    [
        ("bytes=0-3", 206, b"one\n", "bytes 0-3/14"),
        ("bytes=4-", 206, b"two\nthree\n", "bytes 4-13/14"),
        ("bytes=-6", 206, b"three\n", "bytes 8-13/14"),
        ("bytes=-99", 206, LINES, "bytes 0-13/14"),
        ("bytes=0-99", 206, LINES, "bytes 0-13/14"),
        ("bytes=14-", 416, None, "bytes */14"),
        ("bytes=-0", 416, None, "bytes */14"),
        ("bytes=0-1,3-4", 200, LINES, None),
        ("bytes=3-1", 200, LINES, None),
        ("lines=0-1", 200, LINES, None),
    ],
)
async def test_byte_ranges(
    api: Site, log: str, wanted: str, status: int, shown: bytes | None, told: str | None
) -> None:
    answer = await api.get(f"{log}?stream=stdout", Range=wanted)
    assert (answer.status, answer.headers.get("content-range")) == (status, told)
    assert shown is None or answer.body == shown


async def test_a_range_with_a_condition_gets_the_whole(api: Site, log: str) -> None:
    answer = await api.get(f"{log}?stream=stdout", **{"Range": "bytes=0-1", "If-Range": '"x"'})
    assert (answer.status, answer.body) == (200, LINES)


async def test_a_dropped_middle_is_shown_as_a_mark(api: Site, log: str) -> None:
    run_id = log.split("/")[3]
    path = api.write_log(run_id, "main", "stdout", b"")
    path.write_bytes(b"head\n" + b"\0" * 10_000 + b"tail\n")
    path.with_name("stdout.gap").write_text("[5, 10005]")
    answer = await api.get(f"{log}?stream=stdout", Range="bytes=0-3")
    assert (answer.status, answer.headers["accept-ranges"]) == (200, "none")
    assert answer.headers["x-petit-dropped"] == "5-10005"
    assert answer.headers["x-petit-size"] == "10010"
    assert answer.body.startswith(b"head\n")
    assert answer.body.endswith(b"tail\n")
    assert b"10,000 bytes dropped" in answer.body
    assert b"\0" not in answer.body


async def test_any_bytes_arrive_as_they_are(api: Site, log: str) -> None:
    run_id = log.split("/")[3]
    path = api.write_log(run_id, "main", "stdout", b"")
    data = bytes(range(256)) * 1024
    path.write_bytes(data)
    for query in ("?stream=stdout", "?stream=stdout&offset=0", "?stream=stdout&follow"):
        assert (await api.get(log + query)).body == data


async def test_what_has_not_been_written_is_empty(api: Site) -> None:
    run_id = await api.trigger("chain")
    for task in ("first", "last"):
        answer = await api.get(f"/api/runs/{run_id}/tasks/{task}/logs")
        assert (answer.status, answer.body) == (200, b"")


async def test_each_attempt_has_its_own_log(tmp_path: Path) -> None:
    text = "tasks:\n  - {id: main, command: work, retry: {max_attempts: 1}}\n"
    async with site(tmp_path, jobs={"again": text}) as api:
        api.world.executor.default = FAILS
        run_id = await api.trigger("again")
        await api.world.clock.advance(1_000)
        for attempt in (1, 2):
            api.write_log(run_id, "main", "stdout", b"try %d\n" % attempt, attempt=attempt)
        path = f"/api/runs/{run_id}/tasks/main/logs"
        assert (await api.get(path)).body == b"try 2\n"
        assert (await api.get(f"{path}?attempt=1")).body == b"try 1\n"


# --- follow


async def follow(api: Site, path: str) -> Connection:
    connection = await api.connect()
    await connection.send(f"GET {path} HTTP/1.1\r\nHost: localhost:{api.port}\r\n\r\n".encode())
    status, headers = await connection.head()
    assert (status, headers["transfer-encoding"]) == (200, "chunked")
    return connection


@pytest.fixture
async def held(api: Site) -> str:
    """A run whose task goes on until it is finished."""
    api.world.executor.default = HOLDS
    run_id = await api.trigger("hello")
    await api.until(lambda: api.world.executor.running)
    return run_id


async def test_a_log_is_followed_to_the_end_of_its_attempt(api: Site, held: str) -> None:
    api.write_log(held, "main", "stdout", b"begun\n")
    connection = await follow(api, f"/api/runs/{held}/tasks/main/logs?stream=stdout&follow=true")
    assert await connection.chunk() == b"begun\n"
    api.write_log(held, "main", "stdout", b"more\n")
    assert await connection.chunk() == b"more\n"
    api.write_log(held, "main", "stdout", b"done\n")
    api.world.executor.finish("main")
    assert await connection.chunk() == b"done\n"
    assert await connection.chunk() == b""
    await connection.close()


async def test_both_streams_are_followed_as_they_come(api: Site, held: str) -> None:
    connection = await follow(api, f"/api/runs/{held}/tasks/main/logs?follow")
    for stream, data in (("stderr", b"a\n"), ("stdout", b"b\n"), ("stderr", b"c\n")):
        api.write_log(held, "main", stream, data)
        assert await connection.chunk() == data
    await connection.close()


async def test_following_begins_where_it_is_told(api: Site, held: str) -> None:
    api.write_log(held, "main", "stdout", LINES)
    connection = await follow(api, f"/api/runs/{held}/tasks/main/logs?stream=stdout&follow&tail=1")
    assert await connection.chunk() == b"three\n"
    await connection.close()


async def test_a_task_is_followed_before_it_starts(api: Site) -> None:
    api.world.executor.script["first"] = HOLDS
    run_id = await api.trigger("chain")
    connection = await follow(api, f"/api/runs/{run_id}/tasks/middle/logs?follow")
    api.world.executor.script["middle"] = HOLDS
    await api.until(lambda: api.world.executor.running)
    api.world.executor.finish("first")
    await api.until(lambda: api.world.executor.running_tasks == ["middle"])
    api.write_log(run_id, "middle", "stdout", b"now\n")
    assert await connection.chunk() == b"now\n"
    api.world.executor.finish("middle")
    assert await connection.chunk() == b""
    await connection.close()


async def test_a_task_that_never_starts_ends_its_stream(api: Site) -> None:
    api.world.executor.script["first"] = HOLDS
    run_id = await api.trigger("chain")
    connection = await follow(api, f"/api/runs/{run_id}/tasks/last/logs?follow")
    await api.until(lambda: api.world.executor.running)
    api.world.executor.finish("first", exit_code=1)
    assert await connection.chunk() == b""
    await connection.close()


async def test_who_follows_and_goes_leaves_nothing_behind(api: Site, held: str) -> None:
    connection = await follow(api, f"/api/runs/{held}/tasks/main/logs?follow")
    await connection.close()
    await api.until(lambda: not api.server._state.tasks)


async def test_streams_are_limited_and_given_back(tmp_path: Path) -> None:
    async with site(tmp_path, ApiSettings(max_streams=2)) as api:
        api.world.executor.default = HOLDS
        path = f"/api/runs/{await api.trigger('hello')}/tasks/main/logs?follow"
        streams = [await follow(api, path) for _ in range(2)]
        refused = await api.get(path)
        assert (refused.status, refused.json()["limit"], "retry-after" in refused.headers) == (503, 2, True)
        assert (await api.get("/api/health")).status == 200
        await streams.pop().close()
        await api.until(lambda: len(api.server._state.tasks) == 1)
        streams.append(await follow(api, path))
        for stream in streams:
            await stream.close()


async def test_a_head_of_a_followed_log_does_not_follow(api: Site, held: str) -> None:
    answer = await asyncio.wait_for(api.ask("HEAD", f"/api/runs/{held}/tasks/main/logs?follow"), 5)
    assert answer.status == 200


async def test_a_reader_who_takes_nothing_is_left(tmp_path: Path) -> None:
    async with site(tmp_path, ApiSettings(stall_s=0.2)) as api:
        run_id = await api.trigger("hello")
        await api.world.clock.advance(100)
        path = api.write_log(run_id, "main", "stdout", b"")
        with path.open("wb") as file:
            file.truncate(64 * 1024 * 1024)
        connection = await api.connect()
        target = f"/api/runs/{run_id}/tasks/main/logs?stream=stdout"
        await connection.send(f"GET {target} HTTP/1.1\r\nHost: localhost:{api.port}\r\n\r\n".encode())
        await connection.head()
        await api.until(lambda: not api.server._state.tasks)
        await api.until(lambda: not api.server._state.connections)
        await connection.close()
