"""The session of a browser."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.callers import as_owner, log_in, make
from tests.support.site import Site, site

from petit.api.settings import ApiSettings
from petit.core.sessions import LONGEST_MS
from petit.version import VERSION


async def test_a_token_is_traded_for_a_cookie(strange: Site) -> None:
    expires_at = strange.world.clock.now() + 3_600_000
    answer, page = await log_in(strange, "trigger", jobs=["hel*"], expires_at=expires_at)
    assert answer.json() == {
        "caller": "token laptop",
        "scope": "trigger",
        "jobs": ["hel*"],
        "expires_at": expires_at,
    }
    pair, *attributes = answer.headers["set-cookie"].split("; ")
    assert len(pair.removeprefix("petit_session=")) == 43
    assert attributes == ["Max-Age=3600", "HttpOnly", "SameSite=Strict", "Path=/"]
    assert (await strange.get("/api/session", **page)).json() == {
        "kind": "token",
        "caller": "token laptop",
        "scope": "trigger",
        "jobs": ["hel*"],
        "expires_at": expires_at,
        "version": VERSION,
    }


async def test_the_cookie_does_what_the_header_would(strange: Site) -> None:
    _, page = await log_in(strange, "trigger", jobs=["hel*"])
    assert (await strange.get("/api/jobs", **page)).status == 200
    run_id = (await strange.post("/api/jobs/hello/trigger", **page)).json()["run_id"]
    assert (await strange.world.run(run_id)).caller == "token laptop"
    assert (await strange.post("/api/jobs/chain/trigger", **page)).status == 403
    assert (await strange.post("/api/reload", **page)).status == 403


async def test_a_session_lasts_thirty_days_at_most(strange: Site) -> None:
    answer, page = await log_in(strange, "read")
    assert answer.json()["expires_at"] == strange.world.clock.now() + LONGEST_MS
    assert "Max-Age=2592000;" in answer.headers["set-cookie"]
    strange.world.clock.jump(LONGEST_MS)
    assert (await strange.get("/api/jobs", **page)).status == 401


async def test_who_runs_petit_is_somebody_without_one(api: Site) -> None:
    told = (await api.get("/api/session")).json()
    assert (told["kind"], told["scope"], told["jobs"], told["expires_at"]) == ("local", "admin", [], None)
    assert told["caller"].startswith("uid ")


async def test_who_shows_a_token_is_told_of_that(strange: Site) -> None:
    shown = await make(strange, "ci", "read")
    told = (await strange.get("/api/session", **shown)).json()
    assert (told["kind"], told["caller"], told["expires_at"]) == ("token", "token ci", None)


async def test_a_stranger_is_nobody(strange: Site) -> None:
    assert (await strange.get("/api/session")).status == 401


async def test_a_session_counts_also_where_none_is_needed(api: Site) -> None:
    """Who logs in as less is less, until they log out."""
    _, page = await log_in(api, "read")
    assert (await api.post("/api/jobs/hello/trigger", **page)).status == 403
    gone = await api.ask("DELETE", "/api/session", headers=page)
    assert gone.headers["set-cookie"].startswith("petit_session=; Max-Age=0; HttpOnly")
    assert (await api.post("/api/jobs/hello/trigger", **page)).status == 200


async def test_ending_it_twice_is_harmless(strange: Site) -> None:
    _, page = await log_in(strange, "read")
    for _ in range(2):
        assert (await strange.ask("DELETE", "/api/session", headers=page)).status == 204
        assert (await strange.get("/api/jobs", **page)).status == 401
    assert (await strange.ask("DELETE", "/api/session")).status == 204


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"token": "petit_" + "x" * 43}, 401),
        ({"token": "secret"}, 401),
        ({"token": ""}, 401),
        ({"token": "x" * 201}, 422),
        ({"token": None}, 422),
        ({}, 422),
        ({"token": "x", "remember": True}, 422),
        ([], 422),
    ],
)
async def test_what_is_no_token_begins_nothing(strange: Site, body: Any, status: int) -> None:
    answer = await strange.post("/api/session", body)
    assert (answer.status, "set-cookie" in answer.headers) == (status, False)


async def test_wrong_tokens_are_counted_here_too(tmp_path: Path) -> None:
    async with site(tmp_path, ApiSettings(max_wrong_tokens=2)) as api:
        told = [(await api.post("/api/session", {"token": "wrong"})).status for _ in range(4)]
    assert told == [401, 401, 429, 429]


async def test_both_ends_of_a_session_are_in_the_audit_record(strange: Site) -> None:
    _, page = await log_in(strange, "read")
    await strange.ask("DELETE", "/api/session", headers=page)
    calls = (await as_owner(strange, "GET", "/api/audit?limit=2")).json()["calls"]
    assert [(each["caller"], each["method"], each["path"], each["status"]) for each in calls] == [
        ("token laptop", "DELETE", "/api/session", 204),
        ("token laptop", "POST", "/api/session", 200),
    ]


@pytest.fixture(params=["TLS", "a proxy"])
async def private(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Site]:
    settings = ApiSettings(is_behind_proxy=request.param == "a proxy")
    async with site(tmp_path, settings, is_tls=request.param == "TLS") as made:
        yield made


async def test_under_tls_the_cookie_travels_by_nothing_else(private: Site) -> None:
    answer, page = await log_in(private, "read")
    assert answer.headers["set-cookie"].endswith("; Path=/; Secure")
    gone = await private.ask("DELETE", "/api/session", headers=page)
    assert gone.headers["set-cookie"].endswith("; Path=/; Secure")
