"""What each kind of token opens: every route, held against what its scope says."""

from __future__ import annotations

import os
from typing import Any

import pytest
from tests.support.callers import as_owner, make
from tests.support.http import request
from tests.support.site import Site

from petit.api.routes import ROUTES
from petit.api.routing import Route
from petit.core.tokens import SCOPES


def named(route: Route) -> str:
    return f"{route.method} {route.path}"


@pytest.mark.parametrize("route", ROUTES, ids=named)
async def test_a_token_opens_what_its_scope_says(strange: Site, route: Route) -> None:
    run_id = (await as_owner(strange, "POST", "/api/jobs/hello/trigger")).json()["run_id"]
    path = route.path.format(job_id="hello", run_id=run_id, task_id="main", token_name="none")
    for held in SCOPES:
        shown = await make(strange, f"t-{held}", held)
        answer = await strange.ask(route.method, path, headers=shown)
        may = route.is_open or SCOPES.index(held) >= SCOPES.index(route.needs)
        assert (answer.status != 403) == may, (held, answer)
        assert answer.status != 401
        if not may:
            assert answer.json()["scope"] == route.needs


def test_what_changes_something_is_never_for_readers() -> None:
    # It looks at the text that it is sent, and keeps nothing of it.
    looks = {"POST /api/validate"}
    assert {named(route) for route in ROUTES if route.method != "GET" and route.needs == "read"} <= looks
    for_starters = {route.path for route in ROUTES if route.needs == "trigger"}
    assert all("{job_id}" in path or "{run_id}" in path for path in for_starters)
    assert {route.path for route in ROUTES if route.method == "GET" and route.needs == "admin"} == {
        "/api/tokens",
        "/api/audit",
    }


async def test_patterns_limit_which_jobs_are_started_and_stopped(strange: Site) -> None:
    shown = await make(strange, "ci", "trigger", jobs=["hel*"])
    assert (await strange.post("/api/jobs/hello/trigger", **shown)).status == 200
    refused = await strange.post("/api/jobs/chain/trigger", **shown)
    assert (refused.status, "hel* only" in refused.json()["detail"]) == (403, True)
    own, other = [
        (await as_owner(strange, "POST", f"/api/jobs/{job}/trigger")).json()["run_id"]
        for job in ("hello", "chain")
    ]
    assert (await strange.post(f"/api/runs/{own}/cancel", **shown)).status == 202
    assert (await strange.post(f"/api/runs/{other}/cancel", **shown)).status == 403
    assert (await strange.get(f"/api/runs/{other}", **shown)).status == 200


async def test_a_run_tells_which_token_started_it(strange: Site) -> None:
    shown = await make(strange, "ci", "trigger")
    run_id = (await strange.post("/api/jobs/hello/trigger", **shown)).json()["run_id"]
    stored = await strange.world.storage.run(run_id)
    assert stored is not None
    assert stored.caller == "token ci"


async def test_a_token_is_worth_nothing_once_it_is_revoked(strange: Site) -> None:
    shown = await make(strange, "ci", "read")
    connection = await strange.connect()
    for status in (200, 401):
        await connection.send(request("GET", "/api/jobs", {"Host": "localhost", **shown}))
        answer = await connection.answer()
        assert answer.status == status
        await as_owner(strange, "DELETE", "/api/tokens/ci")
    assert "revoked" in answer.json()["detail"]
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


async def test_a_token_is_worth_nothing_once_it_has_expired(strange: Site) -> None:
    shown = await make(strange, "ci", "read", expires_at=strange.world.clock.now() + 60_000)
    assert (await strange.get("/api/jobs", **shown)).status == 200
    await strange.world.clock.advance(60_000)
    answer = await strange.get("/api/jobs", **shown)
    assert (answer.status, "expired" in answer.json()["detail"]) == (401, True)


async def test_a_token_counts_also_where_none_is_needed(api: Site) -> None:
    shown = await make(api, "reader", "read")
    assert (await api.post("/api/jobs/hello/trigger", **shown)).status == 403
    assert (await api.get("/api/jobs", Authorization="Bearer petit_wrong")).status == 401


async def test_kept_answers_are_told_apart_by_who_may_see_them(strange: Site) -> None:
    shown = await make(strange, "reader", "read")
    owner = (await as_owner(strange, "GET", "/api/jobs")).headers["etag"]
    reader = await strange.get("/api/jobs", **shown)
    assert reader.headers["etag"] != owner
    again = await strange.get("/api/jobs", **shown, **{"If-None-Match": reader.headers["etag"]})
    assert again.status == 304
    assert (await strange.get("/api/jobs", **{"If-None-Match": owner})).status == 401


@pytest.mark.parametrize("name", ["token", "access_token", "api_key", "authorization"])
async def test_no_token_is_taken_from_a_url(strange: Site, name: str) -> None:
    shown = await make(strange, "ci", "admin")
    secret = shown["Authorization"].removeprefix("Bearer ")
    assert (await strange.get(f"/api/jobs?{name}={secret}")).status == 401
    assert (await strange.get("/api/jobs", Cookie=f"{name}={secret}")).status == 401
    assert (await strange.get("/api/jobs", **{"X-Api-Key": secret})).status == 401


async def test_no_secret_is_stored_logged_or_shown_again(
    strange: Site, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    shown = await make(strange, "ci", "admin")
    secret = shown["Authorization"].removeprefix("Bearer ")
    told = [
        (await strange.get("/api/tokens", **shown)).body,
        (await strange.post(f"/api/jobs/{secret}/trigger", **shown)).headers,
        (await strange.get("/api/audit", **shown)).body,
        (await strange.post("/api/jobs/hello/trigger", **shown)).body,
        [record.getMessage() for record in caplog.records],
        await strange.world.storage.tokens(),
    ]
    assert [each for each in told if secret in str(each)] == []


async def test_each_changing_call_of_a_known_caller_is_written_down(strange: Site) -> None:
    reader, starter = await make(strange, "reader", "read"), await make(strange, "ci", "trigger")
    run_id = (await strange.post("/api/jobs/hello/trigger", **starter)).json()["run_id"]
    await strange.post("/api/scheduler/pause", {}, **reader)
    await strange.post(f"/api/runs/{run_id}/cancel")
    await strange.get("/api/jobs", **reader)
    calls = (await as_owner(strange, "GET", "/api/audit")).json()["calls"]
    told = [(each["caller"], each["address"], each["method"], each["path"], each["status"]) for each in calls]
    owner = f"uid {os.getuid()}"
    assert told == [
        ("token reader", "127.0.0.1", "POST", "/api/scheduler/pause", 403),
        ("token ci", "127.0.0.1", "POST", "/api/jobs/hello/trigger", 200),
        (owner, "local", "POST", "/api/tokens", 201),
        (owner, "local", "POST", "/api/tokens", 201),
    ]
    assert (calls[1]["job_id"], calls[1]["run_id"]) == ("hello", run_id)
    page = (await as_owner(strange, "GET", "/api/audit?limit=3")).json()
    rest = (await as_owner(strange, "GET", f"/api/audit?limit=3&cursor={page['next_cursor']}")).json()
    assert [*page["calls"], *rest["calls"]] == calls


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param({"name": "ci", "scopes": ["read"]}, 409, id="the name is taken"),
        pytest.param({"name": "x", "scopes": []}, 422, id="no scope"),
        pytest.param({"name": "x/y", "scopes": ["read"]}, 422, id="no name"),
        pytest.param({"name": "x", "scopes": ["read"], "jobs": ["a"]}, 422, id="patterns need trigger"),
        pytest.param({"name": "x", "scopes": ["read"], "secret": "mine"}, 422, id="nobody brings a secret"),
    ],
)
async def test_a_wrong_token_is_not_made(api: Site, body: dict[str, Any], status: int) -> None:
    await make(api, "ci", "read")
    assert (await api.post("/api/tokens", body)).status == status
    assert (await api.get("/api/tokens")).json()["count"] == 1
