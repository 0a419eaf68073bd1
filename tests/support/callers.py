"""Who calls a site: the user that runs it, somebody with a token, somebody with a session."""

from __future__ import annotations

import json
from typing import Any

from tests.support.http import Answer, request
from tests.support.site import Site

from petit.api.peers import Peer

STRANGER = Peer("tcp", 65_534)


async def as_owner(api: Site, method: str, path: str, body: str = "") -> Answer:
    """Ask as the user that runs Petit, over the control socket."""
    connection = await api.connect_unix()
    kind = {"Content-Type": "application/json"} if body else {}
    await connection.send(request(method, path, {"Host": "localhost", **kind}, body.encode()))
    return await connection.answer()


async def make(api: Site, name: str, *scopes: str, **given: Any) -> dict[str, str]:
    """Make a token; return the header that shows it."""
    answer = await as_owner(api, "POST", "/api/tokens", json.dumps({"name": name, "scopes": scopes, **given}))
    assert answer.status == 201, answer
    return {"Authorization": f"Bearer {answer.json()['secret']}"}


async def log_in(api: Site, *scopes: str, **given: Any) -> tuple[Answer, dict[str, str]]:
    """Begin a session; return the answer, and the headers that a page of ours has from then on."""
    shown = await make(api, "laptop", *scopes, **given)
    answer = await api.post("/api/session", {"token": shown["Authorization"].removeprefix("Bearer ")})
    assert answer.status == 200, answer
    cookie = answer.headers["set-cookie"].partition(";")[0]
    return answer, {"Cookie": cookie, "Sec-Fetch-Site": "same-origin"}
