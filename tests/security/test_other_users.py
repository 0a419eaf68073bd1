"""Another user of this machine reaches nothing that holds data, and changes nothing."""

from __future__ import annotations

import asyncio
import json
import os
import re
import socket
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.support.routes import OPEN, PATHS, filled
from tests.support.site import Site

from petit.api.routes import PAGES

NOBODY = 65534
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"]
LIVE = "/api/health/live"
CHILD = """
import encodings.idna, json, os, socket, sys
uid, where, asked = int(sys.argv[1]), json.loads(sys.argv[2]), json.load(sys.stdin)
os.setgroups([]); os.setgid(uid); os.setuid(uid)
told = []
for method, path in asked:
    try:
        if isinstance(where, str):
            connection = socket.socket(socket.AF_UNIX); connection.connect(where)
        else:
            connection = socket.create_connection(where)
    except OSError as error:
        told.append([method, path, 0, error.strerror]); continue
    with connection:
        head = f"{method} {path} HTTP/1.1", "Host: localhost", "Connection: close", "", ""
        connection.sendall("\\r\\n".join(head).encode())
        data = b""
        while part := connection.recv(65536):
            data += part
    head, _, body = data.partition(b"\\r\\n\\r\\n")
    told.append([method, path, int(head.split()[1]), body.decode()])
json.dump(told, sys.stdout)
"""

needs_root = pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")


async def ask_as(uid: int, where: object, asked: list[tuple[str, str]]) -> list[tuple[str, str, int, str]]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-I", "-S", "-c", CHILD, str(uid), json.dumps(where), stdin=-1, stdout=-1, cwd="/"
    )
    out, _ = await asyncio.wait_for(process.communicate(json.dumps(asked).encode()), 60)
    told: list[Any] = json.loads(out)
    assert len(told) == len(asked)
    return [tuple(each) for each in told]


@needs_root
async def test_no_route_is_open_to_another_user(api: Site) -> None:
    run_id = await api.trigger("hello")
    await api.world.clock.advance(100)
    change = api.world.storage.change
    paths = [filled(path, run_id) for path in PATHS]
    asked = [(method, path) for path in [*paths, "/api/nothing"] for method in METHODS]
    told = await ask_as(NOBODY, ("127.0.0.1", api.port), asked)
    reached = [(method, path) for method, path, status, _ in told if status != 401]
    print(f"{len(told)} requests as uid {NOBODY}, {len(reached)} not refused")
    assert set(reached) == OPEN
    for method, path, _, body in told:
        assert not re.search("hello|chain|completed", body.replace(path, ""))
        if (method, path) not in OPEN and method != "HEAD":
            assert json.loads(body)["code"] == "UNAUTHORIZED"
    assert api.world.storage.change == change


@needs_root
async def test_the_pages_of_the_dashboard_are_open_and_the_same_for_all(api: Site) -> None:
    """They hold no data: what they show, they ask for, as whoever looks."""
    await api.trigger("hello")
    asked = [
        ("GET", route.path.format(job_id="hello", run_id="1", other_id="2", name="x.js")) for route in PAGES
    ]
    told = await ask_as(NOBODY, ("127.0.0.1", api.port), asked)
    assert {status for _, _, status, _ in told} <= {200, 404}
    for _, path, _, body in told:
        assert not re.search("hello|chain|completed", body.replace(path, ""))
    changing = [(method, path) for _, path in asked for method in ("POST", "PUT", "PATCH", "DELETE")]
    assert {status for _, _, status, _ in await ask_as(NOBODY, ("127.0.0.1", api.port), changing)} == {401}


@needs_root
async def test_the_control_socket_is_closed_to_another_user(api: Site) -> None:
    (refused,) = await ask_as(NOBODY, str(api.control), [("GET", "/api/jobs")])
    assert refused[2] == 0
    for place in (api.control, *api.control.parents):
        if place != Path("/"):
            place.chmod(0o777)  # as if somebody had opened the door: who it is decides still
    (refused,) = await ask_as(NOBODY, str(api.control), [("GET", "/api/jobs")])
    assert refused[2] == 401


@needs_root
async def test_root_is_let_in(api: Site) -> None:
    ((_, _, status, _),) = await ask_as(0, ("127.0.0.1", api.port), [("GET", "/api/jobs")])
    assert status == 200


async def test_who_sends_and_closes_is_nobody(api: Site) -> None:
    """The kernel shows a closed socket as uid 0: it must not be taken for root's."""
    for _ in range(20):
        with socket.create_connection(("127.0.0.1", api.port)) as connection:
            connection.sendall(b"POST /api/jobs/hello/trigger HTTP/1.1\r\nHost: localhost\r\n\r\n")
    # The server's loop is this one: it accepts only now, when nobody is there any more.
    await api.until(lambda: api.server._app.stamps._requests >= 20)
    assert (await api.get("/api/jobs/hello/runs")).json()["count"] == 0


async def test_whom_nobody_knows_is_refused(api: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    from petit.api.peers import NOBODY as UNKNOWN

    monkeypatch.setattr(api.server._table, "owner", lambda *_: UNKNOWN)
    answer = await api.get("/api/jobs")
    assert (answer.status, answer.headers["www-authenticate"]) == (401, 'Bearer realm="petit"')
    assert (await api.get(LIVE)).status == 200
