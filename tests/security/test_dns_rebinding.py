"""A page whose name is pointed at this machine calls the API by its own name, and is refused."""

from __future__ import annotations

import itertools

from tests.support.http import request
from tests.support.site import Site

NAMES = [
    "evil.example", "a.localhost", "localhost.evil.example", "xn--lcalhost-o4a.example",
    "127.0.0.1.nip.example", "127-0-0-1.rebind.example", "127.0.0.2", "127.1", "2130706433", "0x7f.1",
    "017700000001", "0", "0.0.0.0", "[::]", "[::ffff:127.0.0.1]", "[0:0:0:0:0:0:0:1]", "[fe80::1]",
    "10.0.0.1", "169.254.169.254", "localhost.",
]  # fmt: skip
TAILS = ["", ":{port}", ":80", ":443", ":0", ":", ":{port}x", ":99999", "@localhost:{port}", "/localhost"]
TARGETS = [("GET", "/api/jobs"), ("POST", "/api/jobs/hello/trigger"), ("GET", "/api/health/live")]


async def test_no_foreign_name_is_answered(api: Site) -> None:
    hosts = [name + tail.format(port=api.port) for name, tail in itertools.product(NAMES, TAILS)]
    accepted = []
    connection = await api.connect()
    for host, (method, path) in zip(hosts, itertools.cycle(TARGETS), strict=False):
        await connection.send(request(method, path, {"Host": host}))
        answer = await connection.answer()
        if answer.status != 403:
            accepted.append((host, answer.status))
        assert b"Says it." not in answer.body
    print(f"{len(hosts)} Host headers, {len(accepted)} accepted")
    assert accepted == []
    assert len(hosts) == 200
    assert (await api.get("/api/jobs/hello/runs")).json()["count"] == 0


async def test_one_name_behind_another_is_refused(api: Site) -> None:
    for hosts in (["localhost", "evil.example"], ["evil.example", "localhost"], []):
        connection = await api.connect()
        await connection.send(request("GET", "/api/jobs", [("Host", host) for host in hosts]))
        assert (await connection.answer()).status == 400


async def test_a_name_in_the_request_line_is_no_way_round(api: Site) -> None:
    connection = await api.connect()
    await connection.send(request("GET", f"http://localhost:{api.port}/api/jobs", {"Host": "evil.example"}))
    assert (await connection.answer()).status == 403


async def test_what_a_proxy_says_is_not_believed(api: Site) -> None:
    lies = {
        "Host": "evil.example",
        "X-Forwarded-Host": f"localhost:{api.port}",
        "Forwarded": "host=localhost",
        "X-Forwarded-For": "127.0.0.1",
        "X-Original-URL": "/api/health/live",
        "X-HTTP-Method-Override": "POST",
    }
    assert (await api.get("/api/jobs", **lies)).status == 403
    lies["Host"] = "localhost"
    assert (await api.get("/api/jobs/hello/trigger", **lies)).status == 401, "a proxy's caller has no uid"
    own = {name: value for name, value in lies.items() if "forward" not in name.lower()}
    assert (await api.get("/api/jobs/hello/trigger", **own)).status == 405
