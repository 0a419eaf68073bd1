"""Logs as objects: NDJSON and server-sent events."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from tests.support.http import Connection
from tests.support.site import Site

from petit.execution.keeper import index
from petit.testing.executor import HOLDS

NDJSON = "application/x-ndjson"
EVENTS = "text/event-stream"


@pytest.fixture
async def log(api: Site) -> str:
    """The path of a log whose attempt is over: a, b without an end on stdout; e on stderr, between them."""
    run_id = await api.trigger("hello")
    await api.world.clock.advance(100)
    path = api.write_log(run_id, "main", "stdout", b"a\nb")
    api.write_log(run_id, "main", "stderr", b"e\n")
    index.append(str(path.parent), 1_000, 2, 0)
    index.append(str(path.parent), 2_000, 2, 2)
    return f"/api/runs/{run_id}/tasks/main/logs"


def line(stream: str, offset: int, at: int | None, text: str, *, partial: bool = False) -> dict[str, Any]:
    return {"stream": stream, "offset": offset, "at": at, "text": text, "partial": partial}


def lines(body: bytes) -> list[dict[str, Any]]:
    return [json.loads(each) for each in body.splitlines()]


def events(body: bytes) -> list[tuple[str, str, Any]]:
    """Read (id, event, data) of each event."""
    found = []
    for block in body.decode().split("\n\n")[:-1]:
        fields = dict(each.split(": ", 1) for each in block.split("\n") if not each.startswith(":"))
        if fields:
            found.append((fields["id"], fields["event"], json.loads(fields["data"])))
    return found


async def ended_at(api: Site, log: str) -> int:
    attempts = (await api.get(log.replace("/logs", "/attempts"))).json()["attempts"]
    return int(attempts[-1]["ended_at"])


async def test_lines_as_objects(api: Site, log: str) -> None:
    answer = await api.get(log, Accept=NDJSON)
    assert (answer.status, answer.headers["content-type"]) == (200, NDJSON)
    assert answer.headers["x-petit-order"] == "exact"
    assert answer.headers["vary"] == "Accept"
    assert lines(answer.body) == [
        line("stdout", 0, 1_000, "a"),
        line("stderr", 0, 2_000, "e"),
        line("stdout", 2, await ended_at(api, log), "b", partial=True),
    ]


@pytest.mark.parametrize(
    ("query", "texts"),
    [
        ("?stream=stdout", ["a", "b"]),
        ("?stream=stderr", ["e"]),
        ("?tail=1", ["e", "b"]),
        ("?stream=stdout&offset=2", ["b"]),
        ("?stream=stdout&offset=99", []),
        ("?follow", ["a", "e", "b"]),
    ],
)
async def test_parts_of_a_log(api: Site, log: str, query: str, texts: list[str]) -> None:
    answer = await api.get(log + query, Accept=NDJSON)
    assert [each["text"] for each in lines(answer.body)] == texts
    answer = await api.get(log + query, Accept=EVENTS)
    assert [data["text"] for _, name, data in events(answer.body) if name == "line"] == texts


async def test_a_range_is_of_text_alone(api: Site, log: str) -> None:
    answer = await api.get(f"{log}?stream=stdout", Accept=NDJSON, Range="bytes=0-1")
    assert (answer.status, answer.headers["accept-ranges"], len(lines(answer.body))) == (200, "none", 2)


async def test_events_tell_where_to_go_on_and_how_it_ended(api: Site, log: str) -> None:
    answer = await api.get(log, Accept=EVENTS)
    assert answer.headers["content-type"] == f"{EVENTS}; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    at = await ended_at(api, log)
    end = {"attempt": 1, "status": "completed", "ended_at": at, "exit_code": 0}
    assert events(answer.body) == [
        ("1.2.0", "line", line("stdout", 0, 1_000, "a")),
        ("1.2.2", "line", line("stderr", 0, 2_000, "e")),
        ("1.3.2", "line", line("stdout", 2, at, "b", partial=True)),
        ("1.3.2.end", "end", {**end, "signal": None, "cause": None, "error": None}),
    ]


@pytest.mark.parametrize(
    ("seen", "texts"),
    [
        ("1.0.0", ["a", "e", "b"]),
        ("1.2.0", ["e", "b"]),
        ("1.2.2", ["b"]),
        ("1.3.2", []),
        ("0.0.0", ["a", "e", "b"]),
    ],
)
async def test_events_go_on_behind_the_last_one_seen(
    api: Site, log: str, seen: str, texts: list[str]
) -> None:
    answer = await api.get(f"{log}?tail=1", Accept=EVENTS, **{"Last-Event-ID": seen})
    *found, end = events(answer.body)
    assert [data["text"] for _, _, data in found] == texts
    assert end[:2] == ("1.3.2.end", "end")


async def test_behind_the_end_nothing_comes_and_nobody_shall_ask_again(api: Site, log: str) -> None:
    answer = await api.get(log, Accept=EVENTS, **{"Last-Event-ID": "1.3.2.end"})
    assert (answer.status, answer.body) == (204, b"")


@pytest.mark.parametrize("seen", ["x", "1.2", "1.2.3.4", "-1.0.0", "1.0.0.end.end", "9" * 30 + ".0.0"])
async def test_an_id_that_was_not_given_out_is_refused(api: Site, log: str, seen: str) -> None:
    answer = await api.get(log, Accept=EVENTS, **{"Last-Event-ID": seen})
    assert (answer.status, answer.json()["parameter"]) == (400, "Last-Event-ID")
    assert (await api.get(log, Accept=NDJSON, **{"Last-Event-ID": seen})).status == 200


async def test_an_id_of_an_attempt_that_never_was_is_not_found(api: Site, log: str) -> None:
    assert (await api.get(log, Accept=EVENTS, **{"Last-Event-ID": "7.0.0"})).status == 404


@pytest.mark.parametrize("accept", [NDJSON, EVENTS])
async def test_output_that_is_made_to_harm_is_inert(api: Site, log: str, accept: str) -> None:
    path = api.write_log(log.split("/")[3], "main", "stdout", b"")
    evil = b"\x1b[2J\x1b]0;x\x07<script>alert(1)</script>\r\ndata: x\xff\xfe\0\xe2\x80\xa8id: 9.9.9\n"
    path.write_bytes(evil)
    answer = await api.get(f"{log}?stream=stdout&follow=0", Accept=accept)
    found = lines(answer.body) if accept == NDJSON else [e[2] for e in events(answer.body) if e[1] == "line"]
    assert "".join(each["text"] + "\n" for each in found) == evil.decode(errors="replace")
    assert not set(answer.body) & set(b"\x1b\x07\0\r\xff")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"].startswith("sandbox")


@pytest.mark.parametrize("accept", ["text/plain", NDJSON, EVENTS])
async def test_a_head_has_the_headers_and_no_body(api: Site, log: str, accept: str) -> None:
    answer = await asyncio.wait_for(api.ask("HEAD", log, headers={"Accept": accept}), 5)
    assert (answer.status, answer.body) == (200, b"")
    assert answer.headers["content-type"].startswith(accept)
    assert answer.headers["x-petit-order"] == "exact"


async def test_a_dropped_middle_is_an_object_of_its_own(api: Site, log: str) -> None:
    path = api.write_log(log.split("/")[3], "main", "stdout", b"")
    path.write_bytes(b"head\n" + b"\0" * 10_000 + b"tail\n")
    path.with_name("stdout.gap").write_text("[5, 10005]")
    path.with_name("index").unlink()
    _, gap, tail = lines((await api.get(f"{log}?stream=stdout", Accept=NDJSON)).body)
    assert gap == {**line("stdout", 5, None, "[... 10,000 bytes dropped ...]"), "dropped": 10_000}
    assert (tail["offset"], tail["text"]) == (10_005, "tail")


# --- follow


async def follow(api: Site, path: str, accept: str, **headers: str) -> Connection:
    connection = await api.connect()
    sent = {"Host": f"localhost:{api.port}", "Accept": accept, **headers}
    head = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
    await connection.send(f"GET {path} HTTP/1.1\r\n{head}\r\n".encode())
    status, found = await connection.head()
    assert (status, found["transfer-encoding"]) == (200, "chunked")
    return connection


@pytest.fixture
async def held(api: Site) -> str:
    """A run whose task goes on until it is finished."""
    api.world.executor.default = HOLDS
    run_id = await api.trigger("hello")
    await api.until(lambda: api.world.executor.running)
    return run_id


async def test_lines_are_followed_and_come_whole(api: Site, held: str) -> None:
    api.write_log(held, "main", "stdout", b"one\n")
    connection = await follow(api, f"/api/runs/{held}/tasks/main/logs?follow", NDJSON)
    assert lines(await connection.chunk()) == [line("stdout", 0, None, "one")]
    api.write_log(held, "main", "stderr", b"err\nno e")
    (first,) = lines(await connection.chunk())
    assert (first["stream"], first["text"], first["at"]) == ("stderr", "err", api.world.clock.now())
    (second,) = lines(await connection.chunk())
    assert (second["text"], second["partial"], second["offset"]) == ("no e", True, 4)
    api.write_log(held, "main", "stderr", b"nd\n")
    (third,) = lines(await connection.chunk())
    assert (third["text"], third["partial"], third["offset"]) == ("nd", False, 8)
    api.world.executor.finish("main")
    assert await connection.chunk() == b""
    await connection.close()


async def test_a_line_arrives_within_half_a_second(api: Site, held: str) -> None:
    connection = await follow(api, f"/api/runs/{held}/tasks/main/logs", EVENTS)
    slowest = 0.0
    for number in range(5):
        begin = asyncio.get_running_loop().time()
        api.write_log(held, "main", "stdout", b"%d\n" % number)
        assert events(await connection.chunk())[0][2]["text"] == str(number)
        slowest = max(slowest, asyncio.get_running_loop().time() - begin)
    assert slowest < 0.5
    await connection.close()


async def test_events_that_were_cut_off_go_on_to_the_end(api: Site, held: str) -> None:
    path = f"/api/runs/{held}/tasks/main/logs"
    api.write_log(held, "main", "stdout", b"one\n")
    connection = await follow(api, path, EVENTS)
    ((seen, _, _),) = events(await connection.chunk())
    await connection.close()
    api.write_log(held, "main", "stdout", b"two\n")
    connection = await follow(api, path, EVENTS, **{"Last-Event-ID": seen})
    assert [data["text"] for _, _, data in events(await connection.chunk())] == ["two"]
    api.world.executor.finish("main", exit_code=3)
    ((seen, name, end),) = events(await connection.chunk())
    assert (seen, name, end["exit_code"], end["status"]) == ("1.8.0.end", "end", 3, "failed")
    assert await connection.chunk() == b""
    await connection.close()


async def test_a_task_is_followed_before_it_starts(api: Site) -> None:
    api.world.executor.script["first"] = HOLDS
    run_id = await api.trigger("chain")
    connection = await follow(api, f"/api/runs/{run_id}/tasks/middle/logs", EVENTS)
    api.world.executor.script["middle"] = HOLDS
    await api.until(lambda: api.world.executor.running)
    api.world.executor.finish("first")
    await api.until(lambda: api.world.executor.running_tasks == ["middle"])
    api.write_log(run_id, "middle", "stdout", b"now\n")
    assert [each[0] for each in events(await connection.chunk())] == ["1.4.0"]
    api.world.executor.finish("middle")
    assert events(await connection.chunk())[0][1] == "end"
    assert await connection.chunk() == b""
    await connection.close()


async def test_a_task_that_never_starts_ends_without_an_attempt(api: Site) -> None:
    api.world.executor.script["first"] = HOLDS
    run_id = await api.trigger("chain")
    connection = await follow(api, f"/api/runs/{run_id}/tasks/last/logs", EVENTS)
    await api.until(lambda: api.world.executor.running)
    api.world.executor.finish("first", exit_code=1)
    ((seen, name, end),) = events(await connection.chunk())
    assert (seen, name, end["attempt"], end["status"]) == ("0.0.0.end", "end", None, "skipped")
    assert await connection.chunk() == b""
    await connection.close()
