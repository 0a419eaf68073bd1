"""An answer that is still true is given again at once, and only where nothing is to be decided."""

from __future__ import annotations

import gzip
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.support.http import Answer, Connection, request
from tests.support.site import JOBS, ONE_TASK, Site, site

from petit.api import shortcut
from petit.api.peers import Peer
from petit.api.protocol import Protocol
from petit.api.settings import ApiSettings


class Watched:
    """Notes what the shortcut answered."""

    def __init__(self, api: Site, monkeypatch: pytest.MonkeyPatch) -> None:
        self.given: list[bool] = []
        real = api.server._app.shortcut.answer

        def answer(*asked: object) -> bytes | None:
            told = real(*asked)  # type: ignore[arg-type]  # passed on as it came
            self.given.append(told is not None)
            return told

        monkeypatch.setattr(api.server._app.shortcut, "answer", answer)

    def was_taken(self) -> bool:
        """Say whether the last answer came by it."""
        return bool(self.given) and self.given.pop()


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Site]:
    many = {f"job{number:02}": ONE_TASK for number in range(20)}
    async with site(tmp_path, jobs=JOBS | many) as made:
        yield made


@pytest.fixture
def watched(api: Site, monkeypatch: pytest.MonkeyPatch) -> Watched:
    return Watched(api, monkeypatch)


TAGGED = [
    "/api/jobs",
    "/api/jobs/hello",
    "/api/jobs/ticking",
    "/api/runs",
    "/api/jobs?limit=3",
    "/api/occurrences",
]


def lasting(answer: Answer) -> tuple[int, list[tuple[str, str]], bytes]:
    """Return an answer without what differs from one to the next; the order of headers counts."""
    kept = [(name, value) for name, value in answer.headers.items() if name not in {"date", "x-request-id"}]
    return answer.status, kept, answer.body


@pytest.mark.parametrize("path", TAGGED)
async def test_the_second_answer_is_the_first_one_again(api: Site, watched: Watched, path: str) -> None:
    first = await api.get(path)
    assert not watched.was_taken()
    second, third = await api.get(path), await api.get(path)
    assert watched.given[-2:] == [True, True]
    assert lasting(first) == lasting(second) == lasting(third)
    assert list(first.headers) == list(second.headers)
    assert len({each.headers["x-request-id"] for each in (first, second, third)}) == 3


@pytest.mark.parametrize("path", ["/api/jobs", "/api/jobs/hello"])
async def test_what_has_not_changed_is_said_so_as_on_the_long_way(
    api: Site, watched: Watched, path: str
) -> None:
    tag = (await api.get(path)).headers["etag"]
    for accepted in ({}, {"Accept-Encoding": "gzip"}):
        short = await api.get(path, **{"If-None-Match": tag, **accepted})
        assert watched.was_taken()
        long = await api.get(path, **{"If-None-Match": tag, "X-Anything": "1", **accepted})
        assert not watched.was_taken()
        assert lasting(short) == lasting(long)
        assert (short.status, short.body) == (304, b"")


async def test_a_compressed_form_is_given_once_it_was_made(api: Site, watched: Watched) -> None:
    plain = await api.get("/api/jobs")
    first = await api.get("/api/jobs", **{"Accept-Encoding": "gzip"})
    assert not watched.was_taken()
    second = await api.get("/api/jobs", **{"Accept-Encoding": "gzip"})
    assert watched.was_taken()
    assert lasting(first) == lasting(second)
    assert gzip.decompress(second.body) == plain.body
    assert lasting(await api.get("/api/jobs")) == lasting(plain)


async def test_an_id_that_the_caller_gives_is_given_back(api: Site, watched: Watched) -> None:
    await api.get("/api/jobs")
    assert (await api.get("/api/jobs", **{"X-Request-Id": "mine-1"})).headers["x-request-id"] == "mine-1"
    assert watched.was_taken()
    assert (await api.get("/api/jobs", **{"X-Request-Id": "not plain!"})).headers[
        "x-request-id"
    ] != "not plain!"


CHANGES = {
    "a run": ("/api/jobs/hello/trigger", None),
    "a pause": ("/api/scheduler/pause", None),
    "a pause of a job": ("/api/jobs/hello/pause", {"reason": "x"}),
}


@pytest.mark.parametrize(("path", "body"), CHANGES.values(), ids=CHANGES)
async def test_a_change_is_seen_at_once(api: Site, watched: Watched, path: str, body: object) -> None:
    before = await api.get("/api/jobs/hello")
    assert lasting(await api.get("/api/jobs/hello")) == lasting(before)
    assert (await api.post(path, body)).status == 200
    after = await api.get("/api/jobs/hello")
    assert not watched.was_taken()
    assert after.headers["etag"] != before.headers["etag"]


async def test_a_due_time_that_has_passed_is_seen_at_once(api: Site, watched: Watched) -> None:
    due = (await api.get("/api/jobs/ticking")).json()["next_run_at"]
    await api.world.clock.advance(300_000)
    assert (await api.get("/api/jobs/ticking")).json()["next_run_at"] == due + 300_000


LONG_WAYS: dict[str, tuple[dict[str, str], int]] = {
    "a name that is not ours": ({"Host": "evil.example"}, 403),
    "a page of another origin": ({"Origin": "http://evil.example"}, 403),
    "a browser that loads it into another page": ({"Sec-Fetch-Site": "cross-site"}, 403),
    "a browser that loads it into our own": ({"Sec-Fetch-Site": "same-origin"}, 200),
    "a token that is none": ({"Authorization": "Bearer nonsense"}, 401),
    "a cookie": ({"Cookie": "a=b"}, 200),
    "a range": ({"Range": "bytes=0-1"}, 200),
    "something unknown": ({"X-Whatever": "1"}, 200),
    "a body": ({"Content-Length": "2"}, 200),
    "a body in chunks": ({"Transfer-Encoding": "chunked"}, 200),
    "an upgrade": ({"Connection": "upgrade", "Upgrade": "h2c"}, 200),
    "the last request": ({"Connection": "close"}, 200),
}
BODIES = {"a body": b"{}", "a body in chunks": b"2\r\n{}\r\n0\r\n\r\n"}


@pytest.mark.parametrize("what", LONG_WAYS)
async def test_what_is_not_plain_goes_the_long_way(api: Site, watched: Watched, what: str) -> None:
    headers, status = LONG_WAYS[what]
    await api.get("/api/jobs")
    answer = await api.ask("GET", "/api/jobs", headers=headers, raw=BODIES.get(what))
    assert (answer.status, watched.was_taken()) == (status, False)


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "POST", "BREW"])
async def test_other_methods_go_the_long_way(api: Site, watched: Watched, method: str) -> None:
    await api.get("/api/jobs")
    await api.ask(method, "/api/jobs")
    assert not watched.was_taken()


@pytest.mark.parametrize(
    "target", ["/api/jobs?", "/api/jobs?limit=1", "/api/./jobs", "/api/%6Aobs", "http://localhost/api/jobs"]
)
async def test_another_way_to_write_it_is_another_question(api: Site, watched: Watched, target: str) -> None:
    await api.get("/api/jobs")
    connection = await api.connect()
    await connection.send(request("GET", target, {"Host": "localhost"}))
    await connection.answer()
    assert not watched.was_taken()


@pytest.mark.parametrize("peer", [Peer("tcp"), Peer("tcp", 12345), Peer("tcp", is_proxy=True), Peer("unix")])
async def test_who_needs_a_token_goes_the_long_way(
    api: Site, watched: Watched, monkeypatch: pytest.MonkeyPatch, peer: Peer
) -> None:
    await api.get("/api/jobs")
    monkeypatch.setattr(api.server._table, "owner", lambda *_: peer)
    assert ((await api.get("/api/jobs")).status, watched.was_taken()) == (401, False)


async def test_what_a_token_was_told_is_kept_for_nobody(api: Site, watched: Watched) -> None:
    secret = (await api.post("/api/tokens", {"name": "t", "scopes": ["read"]})).json()["secret"]
    told = await api.get("/api/jobs", Authorization=f"Bearer {secret}")
    assert told.status == 200
    own = await api.get("/api/jobs")
    assert not watched.was_taken()
    assert own.headers["etag"] != told.headers["etag"]


async def test_two_hosts_are_refused(api: Site, watched: Watched) -> None:
    await api.get("/api/jobs")
    connection = await api.connect()
    await connection.send(request("GET", "/api/jobs", [("Host", "localhost"), ("Host", "localhost")]))
    assert ((await connection.answer()).status, watched.was_taken()) == (400, False)


async def test_it_is_there_on_the_control_socket_too(api: Site, watched: Watched) -> None:
    for is_short in (False, True):
        connection = await api.connect_unix()
        await connection.send(request("GET", "/api/jobs", {"Host": "petit"}))
        assert ((await connection.answer()).status, watched.was_taken()) == (200, is_short)


async def test_answers_keep_the_order_of_requests(api: Site) -> None:
    await api.get("/api/jobs/hello")
    paths = ["/api/jobs/hello", "/api/health/live", "/api/jobs/hello", "/api/nothing", "/api/jobs/hello"] * 3
    connection = await api.connect()
    host = {"Host": f"localhost:{api.port}"}
    await connection.send(b"".join(request("GET", path, host) for path in paths))
    assert [(await told(connection)) for _ in paths] == [
        {"/api/jobs/hello": "hello", "/api/health/live": "ok", "/api/nothing": 404}[path] for path in paths
    ]


async def told(connection: Connection) -> object:
    body = (await connection.answer()).json()
    return body.get("id") or body["status"]


async def test_a_connection_that_had_a_known_answer_is_kept_as_others_are(tmp_path: Path) -> None:
    async with site(tmp_path, ApiSettings(keep_alive_s=0)) as api:
        await api.get("/api/jobs")
        connection = await api.connect()
        await connection.send(request("GET", "/api/jobs", {"Host": "localhost"}))
        assert (await connection.answer()).status == 200
        assert await connection.closed() == b""


async def test_who_takes_no_answers_is_sent_no_more(api: Site) -> None:
    await api.get("/api/jobs")
    connection = await api.connect()
    connection.writer.write(request("GET", "/api/jobs", {"Host": "localhost"}) * 20_000)
    await api.until(lambda: any(each.pipeline for each in protocols(api)) or not protocols(api))
    assert sum(each.transport.get_write_buffer_size() for each in protocols(api)) < 4 * 1024 * 1024


def protocols(api: Site) -> list[Protocol]:
    return [each for each in api.server._state.connections if isinstance(each, Protocol)]


async def test_requests_are_counted_and_can_be_logged(api: Site, caplog: pytest.LogCaptureFixture) -> None:
    await api.get("/api/jobs")
    await api.get("/api/jobs")
    counts = api.server._app.context.counts.requests
    assert counts["GET", "/api/jobs", 200] == 2
    with caplog.at_level(logging.DEBUG, "petit.api.app"):
        await api.get("/api/jobs")
    assert [record.getMessage() for record in caplog.records if record.name == "petit.api.app"] == [
        "GET /api/jobs"
    ]
    assert counts["GET", "/api/jobs", 200] == 3


async def test_only_so_much_is_kept(api: Site, watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(shortcut.MOST_KEPT + 5):
        await api.get(f"/api/jobs?limit={number + 1}")
    assert len(api.server._app.shortcut._kept) == shortcut.MOST_KEPT
    await api.get("/api/runs")
    await api.get("/api/runs")
    assert not watched.was_taken()
    await api.trigger("hello")
    await api.get("/api/runs")
    assert len(api.server._app.shortcut._kept) == 1
    monkeypatch.setattr(shortcut, "MOST_BYTES", 1000)
    await api.get("/api/jobs")
    await api.get("/api/jobs")
    assert not watched.was_taken()
