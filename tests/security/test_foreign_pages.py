"""What a web page of another origin can make a browser send changes nothing, and it can read nothing."""

from __future__ import annotations

import itertools

import pytest
from tests.support.routes import CHANGING, PATHS, READING, filled
from tests.support.site import Site

FOREIGN = [
    {"Origin": "http://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://localhost"},
    {"Origin": "http://localhost:3000"},
    {"Origin": "http://127.0.0.1"},
    {"Origin": "http://localhost:{port}.evil.example"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Origin": "http://localhost:{port}", "Sec-Fetch-Site": "cross-site"},
]
KINDS = [
    None,
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/json",
]


@pytest.mark.parametrize("path", sorted({route.path for route in CHANGING}))
async def test_no_foreign_page_changes_anything(api: Site, path: str) -> None:
    run_id = await api.trigger("chain")
    change = api.world.storage.change
    for headers in FOREIGN:
        sent = {name: value.format(port=api.port) for name, value in headers.items()}
        for kind in KINDS:
            with_kind = sent if kind is None else {**sent, "Content-Type": kind}
            answer = await api.ask(
                "POST", filled(path, run_id), raw=b"" if kind is None else b"{}", headers=with_kind
            )
            assert (answer.status, answer.json()["code"]) == (403, "FORBIDDEN"), (sent, kind)
    assert api.world.storage.change == change
    assert (await api.get("/api/scheduler/state")).json()["state"] == "running"


async def test_our_own_page_may(api: Site) -> None:
    own = {"Origin": f"http://localhost:{api.port}", "Sec-Fetch-Site": "same-origin"}
    assert (await api.post("/api/scheduler/pause", {}, **own)).status == 200


@pytest.mark.parametrize("path", PATHS)
async def test_no_answer_allows_another_origin_to_read_it(api: Site, path: str) -> None:
    run_id = await api.trigger("hello")
    for method in ("GET", "HEAD", "OPTIONS", "POST"):
        preflight = {
            "Origin": "http://evil.example",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type",
            "Access-Control-Request-Private-Network": "true",
        }
        answer = await api.ask(method, filled(path, run_id), headers=preflight)
        assert [name for name in answer.headers if name.startswith("access-control-")] == []
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"


@pytest.mark.parametrize("path", [route.path for route in READING])
async def test_another_page_may_link_to_us_and_load_nothing(api: Site, path: str) -> None:
    path = filled(path, await api.trigger("hello"))
    for method, site, dest in itertools.product(
        ("GET", "HEAD"),
        ("cross-site", "same-site"),
        ("empty", "image", "script", "iframe", "object", "style"),
    ):
        answer = await api.ask(method, path, headers={"Sec-Fetch-Site": site, "Sec-Fetch-Dest": dest})
        assert answer.status == 403, (method, site, dest)
    for site in ("cross-site", "same-site", "none"):
        going = {"Sec-Fetch-Site": site, "Sec-Fetch-Dest": "document", "Sec-Fetch-Mode": "navigate"}
        assert (await api.get(path, **going)).status != 403


@pytest.mark.parametrize("path", [route.path for route in READING])
async def test_a_get_changes_nothing(api: Site, path: str) -> None:
    run_id = await api.trigger("hello")
    await api.world.clock.advance(100)
    path = filled(path, run_id)
    change, generation = api.world.storage.change, api.world.engine.generation
    for query in ("", "?follow=1&method=POST&_method=POST", "?dry_run=false&reason=x"):
        await api.get(path + query)
        await api.ask("GET", path + query, {"reason": "x", "queue": True})
    assert (api.world.storage.change, api.world.engine.generation) == (change, generation)
