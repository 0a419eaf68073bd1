from __future__ import annotations

import json
import logging

import pytest
from tests.support.http import request
from tests.support.site import Site

from petit.core.errors import StorageError, StorageUnavailable

TRIGGER = "/api/jobs/hello/trigger"
MEMBERS = {"type", "title", "status", "detail", "instance", "error", "code", "request_id"}


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/nothing", 404, "NOT_FOUND"),
        ("GET", "/api/jobs/", 404, "NOT_FOUND"),
        ("GET", "//api/jobs", 404, "NOT_FOUND"),
        ("GET", "/API/JOBS", 404, "NOT_FOUND"),
        ("GET", "/api/jobs/nobody", 404, "NOT_FOUND"),
        ("DELETE", "/api/jobs", 405, "METHOD_NOT_ALLOWED"),
        ("GET", TRIGGER, 405, "METHOD_NOT_ALLOWED"),
        ("OPTIONS", "/api/nothing", 404, "NOT_FOUND"),
        ("BREW", "/api/jobs", 400, "BAD_REQUEST"),
        ("GET", "/api/jobs/hello/runs?limit=x", 400, "BAD_REQUEST"),
    ],
)
async def test_every_error_has_one_form(api: Site, method: str, path: str, status: int, code: str) -> None:
    answer = await api.ask(method, path)
    assert answer.status == status
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert told.keys() >= MEMBERS
    assert (told["status"], told["code"]) == (status, code)
    assert told["error"] == told["detail"]


async def test_the_request_is_named(api: Site) -> None:
    answer = await api.get("/api/jobs/n%C3%B6?x=1", **{"X-Request-Id": "mine-1"})
    assert (answer.json()["instance"], answer.json()["request_id"]) == ("/api/jobs/n%C3%B6", "mine-1")
    assert answer.headers["x-request-id"] == "mine-1"


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/api/jobs", "GET, HEAD, OPTIONS"),
        (TRIGGER, "OPTIONS, POST"),
        ("/api/scheduler/pause", "OPTIONS, POST"),
        ("/", "GET, HEAD, OPTIONS"),
    ],
)
async def test_what_is_possible_is_told_with_what_is_not(api: Site, path: str, allowed: str) -> None:
    answer = await api.ask("PATCH", path)
    assert (answer.status, answer.headers["allow"]) == (405, allowed)


@pytest.mark.parametrize(
    ("raw", "position", "line", "column"),
    [
        pytest.param(b"{", 1, 1, 2, id="an end too soon"),
        pytest.param(b'{"a": 1,}', 8, 1, 9, id="a comma too many"),
        pytest.param(b'{\n "a": nope}', 12, 2, 11, id="a word on the second line"),
        pytest.param(b"{} {}", 4, 1, 5, id="two values"),
        pytest.param(b"NaN", 0, 1, 1, id="no number"),
        pytest.param(b'{"\xff": 1}', 2, 1, 3, id="no UTF-8"),
    ],
)
async def test_malformed_json_is_told_with_its_place(
    api: Site, raw: bytes, position: int, line: int, column: int
) -> None:
    answer = await api.ask("POST", TRIGGER, raw=raw, headers={"Content-Type": "application/json"})
    told = answer.json()
    assert (answer.status, told["code"]) == (400, "BAD_REQUEST")
    assert (told["position"], told["line"], told["column"]) == (position, line, column)


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"[" * 200_000, id="deep arrays"),
        pytest.param(b'{"a":' * 100_000, id="deep objects"),
        pytest.param(b'{"reason":"\\ud800"}', id="half a surrogate pair"),
        pytest.param(b"\x00", id="a NUL"),
        pytest.param(b"\xef\xbb\xbf{}", id="a byte order mark"),
        pytest.param(b"9" * 5000, id="a long number"),
        pytest.param(b" ", id="a blank"),
    ],
)
async def test_no_body_makes_an_internal_error(api: Site, raw: bytes) -> None:
    answer = await api.ask("POST", TRIGGER, raw=raw, headers={"Content-Type": "application/json"})
    assert answer.status in {400, 422}


@pytest.mark.parametrize("kind", [None, "text/plain", "application/jsonx", ""])
async def test_a_body_must_be_said_to_be_json(api: Site, kind: str | None) -> None:
    headers = {} if kind is None else {"Content-Type": kind}
    answer = await api.ask("POST", TRIGGER, raw=b"{}", headers=headers)
    assert (answer.status, answer.json()["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")
    assert "--json" in answer.json()["detail"]


# --- size


async def test_a_body_of_the_limit_is_read(api: Site) -> None:
    raw = b"{}" + b" " * (1024 * 1024 - 2)
    answer = await api.ask("POST", TRIGGER, raw=raw, headers={"Content-Type": "application/json"})
    assert answer.status == 200


async def test_a_body_over_the_limit_is_refused_before_it_is_sent(api: Site) -> None:
    connection = await api.connect()
    headers = {"Host": f"localhost:{api.port}", "Content-Length": str(10**15), "Expect": "100-continue"}
    await connection.send(request("POST", TRIGGER, headers))
    answer = await connection.answer()
    assert (answer.status, answer.json()["code"], answer.json()["limit"]) == (
        413,
        "PAYLOAD_TOO_LARGE",
        1024 * 1024,
    )


async def test_a_body_that_grows_over_the_limit_is_refused(api: Site) -> None:
    connection = await api.connect()
    headers = {
        "Host": f"localhost:{api.port}",
        "Transfer-Encoding": "chunked",
        "Content-Type": "application/json",
    }
    await connection.send(request("POST", TRIGGER, headers))
    block = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    for _ in range(17):
        await connection.send(block)
    assert (await connection.answer()).status == 413


async def test_a_body_without_end_is_cut_off(api: Site) -> None:
    connection = await api.connect()
    headers = {"Host": f"localhost:{api.port}", "Transfer-Encoding": "chunked"}
    await connection.send(request("POST", TRIGGER, headers))
    block = b"100000\r\n" + b" " * 0x100000 + b"\r\n"

    async def flood() -> None:
        for _ in range(1000):
            await connection.send(block)

    with pytest.raises(ConnectionError):
        await flood()


# --- what nobody meant to happen


async def test_an_internal_error_tells_nothing_but_its_id(
    api: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise RuntimeError("SELECT secret FROM /var/lib/petit.db")

    monkeypatch.setattr(api.world.engine, "state", fail)
    answer = await api.get("/api/scheduler/state", **{"X-Request-Id": "find-me"})
    assert (answer.status, answer.json()["code"]) == (500, "INTERNAL_ERROR")
    assert answer.json()["request_id"] == "find-me"
    for word in (b"SELECT", b"petit.db", b"Traceback", b"RuntimeError"):
        assert word not in answer.body
    (record,) = [each for each in caplog.records if each.levelno == logging.ERROR]
    assert vars(record)["request_id"] == "find-me"
    assert "SELECT secret" in str(record.exc_info)


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (StorageUnavailable("the disk is full", cause="disk_full"), 503, "SERVICE_UNAVAILABLE"),
        (StorageError("no such table: runs"), 500, "INTERNAL_ERROR"),
    ],
)
async def test_what_storage_cannot_do(
    api: Site, monkeypatch: pytest.MonkeyPatch, error: StorageError, status: int, code: str
) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(api.world.storage, "create_run", fail)
    answer = await api.post(TRIGGER)
    assert (answer.status, answer.json()["code"]) == (status, code)
    assert answer.json().get("cause") == ("disk_full" if status == 503 else None)
    assert ("retry-after" in answer.headers) == (status == 503)
    assert (b"table" in answer.body) is False


# --- what is no request


@pytest.mark.parametrize(
    "sent",
    [
        b"hello\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"GET / HTTP/1.1\r\nHost : localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
    ],
)
async def test_what_is_no_http_is_refused_and_closed(api: Site, sent: bytes) -> None:
    connection = await api.connect()
    await connection.send(sent)
    answer = await connection.answer()
    assert (answer.status, json.loads(answer.body)["code"]) == (400, "BAD_REQUEST")
    assert answer.headers["x-request-id"] == answer.json()["request_id"]
    assert await connection.closed() == b""
