"""Pages of an origin that was named: what they may with a token, and that they may nothing without one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.support.callers import log_in, make
from tests.support.routes import PATHS, filled
from tests.support.site import Site, site

from petit.api.settings import ApiSettings

DASH = "https://dash.example"
PAGE = {"Origin": DASH, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "empty", "Sec-Fetch-Mode": "cors"}
EXPOSED = {"X-Request-Id", "ETag", "Location", "Link", "Retry-After", "Idempotency-Replayed"}
ASKS = {**PAGE, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Site]:
    async with site(tmp_path, ApiSettings(cors_origins=(DASH, "http://localhost:3000"))) as made:
        yield made


def shared(headers: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.startswith("access-control-")}


@pytest.mark.parametrize("path", [*PATHS, "/api/nothing"])
async def test_a_browser_may_ask_what_the_page_may(strange: Site, path: str) -> None:
    answer = await strange.ask("OPTIONS", filled(path, "1"), headers=ASKS)
    assert (answer.status, answer.headers["vary"]) == (204, "Origin")
    told = shared(answer.headers)
    assert told["access-control-allow-origin"] == DASH
    assert {"GET", "POST", "DELETE"} <= set(told["access-control-allow-methods"].split(", "))
    allowed = told["access-control-allow-headers"].lower().split(", ")
    assert {"authorization", "content-type", "idempotency-key", "last-event-id"} <= set(allowed)
    assert "access-control-allow-credentials" not in told
    assert "allow" not in answer.headers, "what is served where is told to those with a token"


async def test_with_a_token_a_page_reads_and_changes(strange: Site) -> None:
    shown = await make(strange, "dash", "trigger")
    listed = await strange.get("/api/jobs", **PAGE, **shown)
    triggered = await strange.post("/api/jobs/hello/trigger", **PAGE, **shown)
    for answer in (listed, triggered):
        assert answer.status == 200
        told = shared(answer.headers)
        assert told.pop("access-control-allow-origin") == DASH
        exposed = told.pop("access-control-expose-headers").split(", ")
        assert {"X-Request-Id", "ETag", "Location", "Link", "Retry-After", "Idempotency-Replayed"} == set(
            exposed
        )
        assert told == {}, "no cookie is ever asked for"
        assert answer.headers["vary"] == "Origin"
    assert (await strange.post("/api/reload", **PAGE, **shown)).status == 403
    not_modified = await strange.get(
        "/api/jobs", **PAGE, **shown, **{"If-None-Match": listed.headers["etag"]}
    )
    assert not_modified.status in {200, 304}


@pytest.mark.parametrize("path", PATHS)
async def test_without_a_token_it_reads_nothing_also_in_the_browser_of_who_runs_petit(
    api: Site, path: str
) -> None:
    run_id = await api.trigger("hello")
    answer = await api.get(filled(path, run_id), **PAGE)
    if path in {"/", "/api/health/live"}:
        assert answer.status == 200
    elif answer.status != 405:
        assert (answer.status, answer.json()["code"]) == (401, "UNAUTHORIZED")


async def test_without_a_token_it_changes_nothing_also_in_the_browser_of_who_runs_petit(api: Site) -> None:
    change = api.world.storage.change
    for path in ("/api/jobs/hello/trigger", "/api/scheduler/pause", "/api/tokens", "/api/session"):
        answer = await api.post(path, {}, **PAGE)
        assert (answer.status, answer.json()["code"]) == (403, "FORBIDDEN")
    assert api.world.storage.change == change


async def test_a_cookie_counts_for_nothing(strange: Site) -> None:
    _, own = await log_in(strange, "admin")
    sent = {**PAGE, "Cookie": own["Cookie"]}
    assert (await strange.get("/api/jobs", **sent)).status == 401
    assert (await strange.post("/api/scheduler/pause", {}, **sent)).status == 403


async def test_a_token_that_is_wrong_is_told_so(api: Site) -> None:
    """So that the page can show it."""
    answer = await api.get("/api/jobs", **PAGE, Authorization="Bearer petit_wrong")
    assert (answer.status, answer.headers["access-control-allow-origin"]) == (401, DASH)


@pytest.mark.parametrize(
    "origin",
    [
        "http://dash.example",
        "https://dash.example:8443",
        "https://dash.example.evil.example",
        "https://evil.example",
        "https://xdash.example",
        "https://DASH.example/",
        "http://localhost:3001",
        "null",
        "",
        "*",
    ],
)
async def test_pages_of_other_origins_are_as_foreign_as_ever(api: Site, origin: str) -> None:
    shown = await make(api, "dash", "admin")
    foreign = {**PAGE, "Origin": origin}
    for answer in (
        await api.get("/api/jobs", **foreign, **shown),
        await api.post("/api/scheduler/pause", {}, **foreign, **shown),
        await api.ask("OPTIONS", "/api/jobs", headers={**ASKS, "Origin": origin}),
    ):
        assert shared(answer.headers) == {}
        assert answer.headers["vary"] == "Origin"
    assert (await api.get("/api/scheduler/state")).json()["state"] == "running"
    assert (await api.post("/api/scheduler/pause", {}, **foreign)).status == 403


async def test_our_own_page_and_programs_need_no_more_than_before(api: Site) -> None:
    own = {"Origin": f"http://localhost:{api.port}", "Sec-Fetch-Site": "same-origin"}
    assert (await api.get("/api/jobs", **own)).status == 200
    assert (await api.post("/api/scheduler/pause", {}, **own)).status == 200
    answer = await api.get("/api/jobs")
    assert (answer.status, shared(answer.headers)) == (200, {})
