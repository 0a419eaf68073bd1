"""Finding something in a log."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from tests.support.http import Answer, request
from tests.support.site import Site, site

from petit.api.settings import ApiSettings
from petit.execution import log_search
from petit.scheduler.log_searches import AT_A_TIME

WHOLE = {"type": "end", "is_complete": True, "stopped": None}
STUCK = r"(x+x+)+y"


async def written(api: Site, data: bytes, stream: str = "stdout") -> str:
    """Return the path of the logs of a run that is over."""
    run_id = await api.trigger("hello")
    api.write_log(run_id, "main", stream, data)
    await api.world.clock.advance(100)
    return f"/api/runs/{run_id}/tasks/main/logs"


def objects(answer: Answer) -> list[dict[str, Any]]:
    assert (answer.status, answer.headers["content-type"]) == (200, "application/x-ndjson"), answer
    return [json.loads(line) for line in answer.body.splitlines()]


async def find(api: Site, log: str, text: str | None = None, more: str = "") -> list[dict[str, Any]]:
    query = more.lstrip("&") if text is None else f"q={quote(text)}{more}"
    return objects(await api.get(f"{log}/search?{query}"))


async def texts(api: Site, log: str, text: str | None = None, more: str = "") -> list[str]:
    *hits, end = await find(api, log, text, more)
    assert (end["count"], end["shown"]) == (len(hits), len(hits))
    return [hit["text"] for hit in hits]


async def test_hits_come_with_what_stands_around_them(api: Site) -> None:
    log = await written(api, b"one\ntwo\nthree\nfour\nfive\n")
    assert await find(api, log, "three", "&context=1") == [
        {"type": "hit", "offset": 8, "line": 3, "text": "three", "before": ["two"], "after": ["four"]},
        {**WHOLE, "count": 1, "shown": 1},
    ]
    (hit, _) = await find(api, log, "five")
    assert (hit["before"], hit["after"]) == (["two", "three", "four"], [])


@pytest.mark.parametrize(
    ("text", "more", "found"),
    [
        ("b", "", ["Bb", "ab", "B."]),
        ("b", "&case=true", ["Bb", "ab"]),
        (".", "", ["B."]),
        ("^b", "&regex", ["Bb", "B."]),
        ("^B.$", "&regex=1&case=1", ["Bb", "B."]),
        ("ümer", "", ["ÜMER ä"]),
        ("ÜMER", "&case", ["ÜMER ä"]),
        (r"\w ä$", "&regex", ["ÜMER ä"]),
        ("nothing", "", []),
        ("<i>", "", ["<i>\x1b[1m"]),
    ],
)
async def test_what_is_found(api: Site, text: str, more: str, found: list[str]) -> None:
    log = await written(api, "Bb\nab\nB.\nÜMER ä\n".encode() + b"<i>\x1b[1m\n\xff\0\n")
    assert await texts(api, log, text, more) == found


async def test_lines_that_tell_of_an_error(api: Site) -> None:
    output = b"0 errors\nERROR one\nTraceback (most recent call last):\n  File\nBoom: x\n"
    log = await written(api, output)
    assert await texts(api, log, None, "&errors=true") == ["ERROR one", "Boom: x"]


async def test_all_are_counted_and_some_are_shown(api: Site) -> None:
    log = await written(api, b"a line\n" * 5_000)
    *hits, end = await find(api, log, "line", "&limit=10&context=0")
    assert [hit["line"] for hit in hits] == list(range(1, 11))
    assert end == {**WHOLE, "count": 5_000, "shown": 10}
    assert len(await find(api, log, "line")) == 1_001
    assert await find(api, log, "line", "&limit=0") == [{**WHOLE, "count": 5_000, "shown": 0}]


async def test_a_stream_an_attempt_a_task_that_never_ran(api: Site) -> None:
    log = await written(api, b"here\n", "stderr")
    assert await texts(api, log, "here") == []
    assert await texts(api, log, "here", "&stream=stderr&attempt=1") == ["here"]
    assert (await api.get(f"{log}/search?q=x&attempt=2")).status == 404
    run_id = await api.trigger("chain")
    none = await find(api, f"/api/runs/{run_id}/tasks/last/logs", "x")
    assert none == [{**WHOLE, "count": 0, "shown": 0}]


async def test_a_long_line_is_taken_in_pieces(api: Site) -> None:
    log = await written(api, b"x" * 10_000 + b"needle" + b"x" * 600_000 + b"\nnext\n")
    *hits, _ = await find(api, log, "needle")
    assert [(hit["offset"], hit["line"], len(hit["text"])) for hit in hits] == [(8_192, 1, 4_096)]
    assert await texts(api, log, "next") == ["next"]


async def test_dropped_bytes_are_passed_over(api: Site) -> None:
    log = await written(api, b"a\nb\n" + b"\0" * 100 + b"lf\na\n")
    directory = Path(api.world.engine.log_dir(log.split("/")[3], "main", 1))
    (directory / "stdout.gap").write_text("[4, 104]")
    *hits, end = await find(api, log, "a", "&context=9")
    assert [(hit["offset"], hit["line"], hit["before"], hit["after"]) for hit in hits] == [
        (0, 1, [], ["b"]),
        (107, 4, ["lf"], []),
    ]
    assert end["count"] == 2


@pytest.mark.parametrize(
    "query",
    [
        pytest.param("", id="nothing to look for"),
        pytest.param("q=", id="an empty text"),
        pytest.param("q=x&errors", id="two things at once"),
        pytest.param("q=a%0Ab", id="two lines"),
        pytest.param(f"q={'x' * 1001}", id="a book"),
        pytest.param("q=(&regex", id="no pattern"),
        pytest.param(f"q={'(' * 900}&regex", id="a pattern that is too deep"),
        pytest.param("q=x{1,99999999999999999999}&regex", id="a number that is too large"),
        pytest.param("q=%5B%5Cd-a%5D&regex", id="a range of no letters"),
        pytest.param("q=x&regex=perhaps", id="perhaps a pattern"),
        pytest.param("q=x&stream=combined", id="both streams"),
        pytest.param("q=x&context=-1", id="less than nothing around"),
        pytest.param("q=x&limit=x", id="no limit"),
        pytest.param("q=x&q=y", id="two texts"),
    ],
)
async def test_wrong_questions(api: Site, query: str) -> None:
    log = await written(api, b"x\n")
    answer = await api.get(f"{log}/search?{query}")
    assert (answer.status, answer.json()["code"]) == (400, "BAD_REQUEST")


@pytest.mark.parametrize(
    "pattern",
    [
        pytest.param(STUCK, id="nested quantifiers"),
        pytest.param("(x|xx)+y", id="alternatives that overlap"),
        pytest.param("(.*)(.*)(.*)(.*)(.*)(.*)y", id="many ways to share a line"),
        pytest.param("(?=(x+))*(x*)*y", id="behind a look ahead"),
    ],
)
async def test_a_pattern_that_takes_for_ever_is_given_up(
    api: Site, monkeypatch: pytest.MonkeyPatch, pattern: str
) -> None:
    monkeypatch.setattr(log_search, "TICK_S", 0.05)
    log = await written(api, b"axxy\n" + b"x" * 4_000 + b"\nxxy\n")
    *hits, end = await find(api, log, pattern, "&regex")
    assert end == {
        "type": "end",
        "count": len(hits),
        "shown": len(hits),
        "is_complete": False,
        "stopped": "pattern",
    }
    assert [hit["line"] for hit in hits] == [1]


async def test_a_pattern_that_takes_for_ever_to_be_understood_is_none(
    api: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_search, "TICK_S", 0.02)
    log = await written(api, b"x\n")
    answer = await api.get(f"{log}/search?regex&q=" + quote("[\\x00-\\U0010ffff]" * 55))
    assert answer.status == 400


async def test_a_search_takes_only_so_long(api: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_search, "TICK_S", 0.01)
    monkeypatch.setattr(log_search, "WHOLE_TICKS", 3)
    log = await written(api, b"a line of a log that is long\n" * 200_000)
    end = (await find(api, log, "^.*z", "&regex"))[-1]
    assert (end["is_complete"], end["stopped"]) == (False, "time")


async def test_a_search_that_is_ended_from_outside_says_so(api: Site) -> None:
    log = await written(api, b"x" * 4_000 + b"\n")
    before = set(children())
    connection = await api.connect()
    path = f"{log}/search?regex&q={quote(STUCK)}"
    await connection.send(request("GET", path, {"Host": f"localhost:{api.port}"}))
    assert (await connection.head())[0] == 200
    (pid,) = set(children()) - before
    os.kill(int(pid), signal.SIGKILL)
    assert json.loads(await connection.chunk())["stopped"] == "failed"


def children() -> list[str]:
    """The processes that this one has started and not seen the end of."""
    return [pid for path in Path("/proc/self/task").glob("*/children") for pid in path.read_text().split()]


async def test_who_goes_ends_their_search_and_nobody_else_waits(api: Site) -> None:
    log = await written(api, b"x" * 4_000 + b"\n")
    before = set(children())
    path = f"{log}/search?regex&q={quote(STUCK)}"
    connections = []
    for _ in range(AT_A_TIME):
        connection = await api.connect()
        await connection.send(request("GET", path, {"Host": f"localhost:{api.port}"}))
        assert (await connection.head())[0] == 200
        connections.append(connection)
    assert len(set(children()) - before) == AT_A_TIME
    assert (await api.get("/api/jobs")).status == 200
    for connection in connections:
        await connection.close()
    await api.until(lambda: set(children()) == before)
    assert await texts(api, log, "y") == []
    assert api.server._app.context.held.streams == 0


async def test_a_search_counts_as_a_stream(tmp_path: Path) -> None:
    async with site(tmp_path, ApiSettings(max_streams=0)) as api:
        log = await written(api, b"x\n")
        assert (await api.get(f"{log}/search?q=x")).status == 503


async def test_head_searches_nothing(api: Site) -> None:
    log = await written(api, b"x\n")
    before = set(children())
    answer = await api.ask("HEAD", f"{log}/search?q=x")
    assert (answer.status, answer.body) == (200, b"")
    await api.until(lambda: set(children()) == before)
