"""A proxy calls for others: that it runs as root, or as whoever runs Petit, is worth nothing to them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.support.callers import as_owner, make
from tests.support.site import Site, site

from petit.api.settings import ApiSettings


@pytest.fixture
async def proxied(tmp_path: Path) -> AsyncIterator[Site]:
    settings = ApiSettings(is_behind_proxy=True, allowed_hosts=("petit.example",), max_wrong_tokens=2)
    async with site(tmp_path, settings) as made:
        yield made


async def test_behind_a_proxy_every_call_needs_a_token(proxied: Site) -> None:
    assert (await proxied.get("/api/jobs")).status == 401
    assert (await proxied.post("/api/jobs/hello/trigger")).status == 401
    shown = await make(proxied, "laptop", "read")
    assert (await proxied.get("/api/jobs", **shown)).status == 200


async def test_the_control_socket_is_not_behind_the_proxy(proxied: Site) -> None:
    assert (await as_owner(proxied, "GET", "/api/jobs")).status == 200


@pytest.mark.parametrize(
    ("told", "noted"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("1.2.3.4, 203.0.113.9", "203.0.113.9"),
        ("203.0.113.9, 2001:db8::1", "2001:db8::1"),
        ("nonsense", "127.0.0.1"),
        ("203.0.113.9, ", "127.0.0.1"),
        (None, "127.0.0.1"),
    ],
)
async def test_the_audit_record_has_the_address_that_the_proxy_tells(
    proxied: Site, told: str | None, noted: str
) -> None:
    shown = await make(proxied, "laptop", "trigger")
    forwarded = {} if told is None else {"X-Forwarded-For": told}
    await proxied.post("/api/jobs/hello/trigger", Host="petit.example", **forwarded, **shown)
    calls = (await as_owner(proxied, "GET", "/api/audit?limit=1")).json()["calls"]
    assert calls[0]["address"] == noted


async def test_wrong_tokens_are_counted_by_the_address_that_the_proxy_tells(proxied: Site) -> None:
    wrong = {"Authorization": "Bearer petit_wrong"}
    told = [
        (await proxied.get("/api/jobs", **wrong, **{"X-Forwarded-For": address})).status
        for address in ("203.0.113.1", "203.0.113.1", "203.0.113.1", "203.0.113.2")
    ]
    assert told == [401, 401, 429, 401]


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via", "X-Forwarded-Host"])
async def test_a_proxy_that_nobody_told_us_of_does_not_pass_its_right_on(api: Site, header: str) -> None:
    assert (await api.get("/api/jobs")).status == 200
    answer = await api.get("/api/jobs", **{header: "203.0.113.9"})
    assert (answer.status, answer.json()["code"]) == (401, "UNAUTHORIZED")
    shown = await make(api, "laptop", "read")
    assert (await api.get("/api/jobs", **{header: "203.0.113.9"}, **shown)).status == 200


async def test_what_is_forwarded_is_not_believed_of_others(api: Site) -> None:
    shown = await make(api, "laptop", "trigger")
    await api.post("/api/jobs/hello/trigger", **{"X-Forwarded-For": "203.0.113.9"}, **shown)
    calls = (await as_owner(api, "GET", "/api/audit?limit=1")).json()["calls"]
    assert calls[0]["address"] == "127.0.0.1"
