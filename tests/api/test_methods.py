"""What holds for all routes: HEAD is GET without a body, OPTIONS tells what is possible."""

from __future__ import annotations

import pytest
from tests.support.site import Site

from petit.api.routes import ROUTES

STREAMS = ("/api/events", "/api/runs/{run_id}/events")


def filled(path: str, run_id: str) -> str:
    return path.format(job_id="hello", run_id=run_id, task_id="main", token_name="none")


async def test_head_says_of_every_get_what_get_says(api: Site) -> None:
    run_id = await api.trigger("hello")
    await api.world.clock.advance(100)
    for route in ROUTES:
        if route.method != "GET" or route.path in {*STREAMS, "/metrics"}:
            continue
        path = filled(route.path, run_id)
        got, head = await api.get(path), await api.ask("HEAD", path)
        volatile = {"date", "x-request-id", "transfer-encoding"}
        assert (head.status, head.body) == (got.status, b""), path
        assert {name: value for name, value in head.headers.items() if name not in volatile} == {
            name: value for name, value in got.headers.items() if name not in volatile
        }, path


async def test_options_tells_every_path_what_is_possible(api: Site) -> None:
    for path in {route.path for route in ROUTES}:
        methods = {route.method for route in ROUTES if route.path == path} | {"OPTIONS"}
        methods |= {"HEAD"} if "GET" in methods else set()
        answer = await api.ask("OPTIONS", filled(path, "x"))
        assert (answer.status, answer.body) == (204, b"")
        assert answer.headers["allow"] == ", ".join(sorted(methods)), path


@pytest.mark.parametrize("path", ["/api/nothing", "*"])
async def test_options_of_nothing(api: Site, path: str) -> None:
    assert (await api.ask("OPTIONS", path)).status in {400, 404}
