"""Whoever tries tokens is slowed, in bounded memory, and shuts nobody else out."""

from __future__ import annotations

import json

import pytest
from tests.support.http import request
from tests.support.site import Site

from petit.api.peers import Peer


async def test_who_guesses_is_told_to_wait_and_locks_nobody_out(
    api: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = {"name": "ci", "scopes": ["read"]}
    secret = (await api.post("/api/tokens", body)).json()["secret"]
    monkeypatch.setattr(api.server._table, "owner", lambda *_: Peer("tcp", 65_534))
    connection = await api.connect()
    statuses = []
    for number in range(40):
        guess = "petit_" + f"{number:043}"
        await connection.send(
            request("GET", "/api/jobs", {"Host": "localhost", "Authorization": f"Bearer {guess}"})
        )
        answer = await connection.answer()
        statuses.append(answer.status)
        assert guess not in json.dumps([answer.json(), answer.headers])
    assert statuses == [401] * 10 + [429] * 30
    assert 0 < int(answer.headers["retry-after"]) <= 61
    assert (await api.get("/api/jobs", Authorization=f"Bearer {secret}")).status == 200


@pytest.mark.parametrize(
    "shown",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer petit_",
        "Basic cm9vdDpyb290",
        "Bearer a b",
        "petit_" + "a" * 43,
        "Bearer " + "x" * 9000,
    ],
    ids=lambda text: text[:20] or "empty",
)
async def test_what_is_no_token_opens_nothing(api: Site, shown: str) -> None:
    answer = await api.get("/api/jobs", Authorization=shown)
    assert (answer.status, answer.json()["code"]) == (401, "UNAUTHORIZED")


async def test_two_tokens_are_one_too_many(api: Site) -> None:
    connection = await api.connect()
    heads = [("Host", "localhost"), ("Authorization", "Bearer a"), ("Authorization", "Bearer b")]
    await connection.send(request("GET", "/api/jobs", heads))
    assert (await connection.answer()).status == 400
