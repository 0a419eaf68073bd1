"""What a session's cookie is worth in the wrong hands, and from the wrong pages."""

from __future__ import annotations

import os

import pytest
from tests.support.callers import as_owner, log_in, make
from tests.support.routes import CHANGING, filled
from tests.support.site import Site

from petit.api.peers import NOBODY, Peer
from petit.api.routing import Route


async def test_it_is_worth_nothing_once_its_token_is_revoked(strange: Site) -> None:
    _, page = await log_in(strange, "read")
    assert (await strange.get("/api/jobs", **page)).status == 200
    await as_owner(strange, "DELETE", "/api/tokens/laptop")
    assert (await strange.get("/api/jobs", **page)).status == 401


async def test_it_is_worth_nothing_once_its_token_has_expired(strange: Site) -> None:
    _, page = await log_in(strange, "read", expires_at=strange.world.clock.now() + 60_000)
    await strange.world.clock.advance(60_000)
    assert (await strange.get("/api/jobs", **page)).status == 401


async def test_it_holds_nothing_of_the_token_and_is_not_one(strange: Site) -> None:
    _, page = await log_in(strange, "admin")
    value = page["Cookie"].removeprefix("petit_session=")
    assert (await strange.get("/api/jobs", Authorization=f"Bearer {value}")).status == 401
    assert (await strange.get("/api/jobs", Authorization=f"Bearer petit_{value}")).status == 401
    stored = await strange.world.storage.tokens()
    assert value not in repr(stored)
    assert value not in repr(strange.world.storage._access._sessions)


async def test_a_token_is_no_session(strange: Site) -> None:
    shown = await make(strange, "ci", "admin")
    secret = shown["Authorization"].removeprefix("Bearer ")
    sent = {"Cookie": f"petit_session={secret}", "Sec-Fetch-Site": "same-origin"}
    assert (await strange.get("/api/jobs", **sent)).status == 401


@pytest.mark.parametrize("thief", [Peer("tcp", 1001), NOBODY], ids=["another user", "nobody knows who"])
async def test_another_user_who_was_sent_it_has_no_use_for_it(
    api: Site, thief: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cookie goes to every port of its host: also to a web server that is somebody else's."""
    _, page = await log_in(api, "admin")
    assert (await api.get("/api/session", **page)).json()["kind"] == "token"
    monkeypatch.setattr(api.server._table, "owner", lambda *_: thief)
    assert (await api.get("/api/jobs", **page)).status == 401
    monkeypatch.setattr(api.server._table, "owner", lambda *_: Peer("tcp", os.getuid()))
    assert (await api.get("/api/session", **page)).json()["kind"] == "token"


async def test_one_of_another_machine_is_not_good_for_a_user_of_this_one(
    api: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api.server._table, "owner", lambda *_: NOBODY)
    _, page = await log_in(api, "admin")
    assert (await api.get("/api/jobs", **page)).status == 200
    monkeypatch.setattr(api.server._table, "owner", lambda *_: Peer("tcp", 1001))
    assert (await api.get("/api/jobs", **page)).status == 401


@pytest.mark.parametrize("route", CHANGING, ids=lambda route: f"{route.method} {route.path}")
async def test_what_changes_something_comes_from_a_page_of_ours(strange: Site, route: Route) -> None:
    _, page = await log_in(strange, "admin")
    run_id = (await as_owner(strange, "POST", "/api/jobs/hello/trigger")).json()["run_id"]
    change = strange.world.storage.change
    method, path = route.method, filled(route.path, run_id)
    cookie = {"Cookie": page["Cookie"]}
    own = f"http://localhost:{strange.port}"
    for said in (
        {},  # neither: no page
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": own, "Sec-Fetch-Site": "cross-site"},
    ):
        answer = await strange.ask(method, path, headers={**cookie, **said})
        # To begin a session no cookie is needed, and none counts.
        expected = {422, 403} if (method, path) == ("POST", "/api/session") else {403}
        assert answer.status in expected, (said, answer)
    assert strange.world.storage.change == change


@pytest.mark.parametrize("said", [{"Origin": "{own}"}, {"Sec-Fetch-Site": "same-origin"}])
async def test_a_page_of_ours_may(strange: Site, said: dict[str, str]) -> None:
    _, page = await log_in(strange, "admin")
    own = f"http://localhost:{strange.port}"
    sent = {"Cookie": page["Cookie"], **{name: value.format(own=own) for name, value in said.items()}}
    assert (await strange.post("/api/scheduler/pause", {}, **sent)).status == 200


async def test_a_cookie_beside_ours_takes_nothing_over(strange: Site) -> None:
    """Another server of the same host can set a cookie of our name: then there are two, and none counts."""
    _, page = await log_in(strange, "read")
    both = {**page, "Cookie": f"petit_session=theirs; {page['Cookie']}"}
    assert (await strange.get("/api/jobs", **both)).status == 401


async def test_the_header_counts_where_both_are_shown(strange: Site) -> None:
    _, page = await log_in(strange, "admin")
    shown = await make(strange, "reader", "read")
    assert (await strange.post("/api/reload", **page, **shown)).status == 403
    assert (await strange.get("/api/jobs", **page, Authorization="Bearer petit_wrong")).status == 401


async def test_made_up_cookies_are_worth_nothing(strange: Site) -> None:
    for value in ("", "x", "x" * 43, "petit_" + "x" * 43, "'", "%00", "a" * 4000, "../../etc/passwd"):
        answer = await strange.get("/api/jobs", Cookie=f"petit_session={value}")
        assert answer.status == 401, value
