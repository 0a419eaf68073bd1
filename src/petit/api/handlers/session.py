"""The session of a browser: a token is shown once, and stood for by a cookie from then on (decision 25)."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from petit.api import body
from petit.api.context import CALLER, PEER, context_of, handle_of
from petit.api.cookies import write_cookie
from petit.api.door import Caller, address_of_peer
from petit.api.responses import json_response
from petit.core.clock import Millis
from petit.core.sessions import begin_session
from petit.core.tokens import Scope
from petit.version import VERSION


class SessionBody(body.Body, frozen=True):
    """The secret of a token."""

    token: Annotated[str, msgspec.Meta(max_length=200)]


class SessionBegun(msgspec.Struct, frozen=True, kw_only=True):
    """What the token opens: up to `scope`; of jobs, those that match `jobs`, or all where there are none.

    The session ends at `expires_at`.
    """

    caller: str
    scope: Scope
    jobs: tuple[str, ...]
    expires_at: Millis


class SessionView(msgspec.Struct, frozen=True, kw_only=True):
    """Who is calling: the user that runs Petit, or root (`local`), or whoever has a token.

    `expires_at` is when session or token end, null for never.
    """

    kind: Literal["local", "token"]
    caller: str
    scope: Scope
    jobs: tuple[str, ...]
    expires_at: Millis | None
    version: str


async def begin(request: Request) -> Response:
    """Show a token and get a cookie, which from then on does what the Authorization header would.

    The cookie is HttpOnly and SameSite=Strict, and good for 30 days at most. It holds nothing of the token;
    whoever revokes that ends the session at once. Calls that change something must come from a page of
    this API's own origin.
    """
    wanted = await body.read(request, SessionBody)
    context, peer, now = context_of(request), request.scope[PEER], handle_of(request).now()
    token = await context.door.token_of(wanted.token, address_of_peer(peer, request.scope))
    session, secret = begin_session(context.entropy, token, uid=peer.uid, now=now)
    await handle_of(request).access.begin_session(session)
    caller = request.scope[CALLER] = Caller(f"token {token.name}", token, session)
    shown = SessionBegun(
        caller=caller.name, scope=token.scope, jobs=token.jobs, expires_at=session.expires_at
    )
    left_s = (session.expires_at - now) // 1000
    return json_response(shown, headers={"set-cookie": _cookie(request, secret, left_s)})


async def show(request: Request) -> Response:
    """Say who is calling, and what they may."""
    caller: Caller = request.scope[CALLER]
    return json_response(
        SessionView(
            kind="local" if caller.token is None else "token",
            caller=caller.name,
            scope=caller.scope,
            jobs=() if caller.token is None else caller.token.jobs,
            expires_at=caller.expires_at,
            version=VERSION,
        )
    )


async def end(request: Request) -> Response:
    """End the session, and have the cookie forgotten. Harmless where there is none."""
    caller = await context_of(request).door.session_of(request.scope[PEER], request.scope)
    if caller is not None and caller.session is not None:
        request.scope[CALLER] = caller
        await handle_of(request).access.end_session(caller.session.hash)
    headers = {"cache-control": "no-store", "set-cookie": _cookie(request, "", 0)}
    return Response(b"", 204, headers)


def _cookie(request: Request, value: str, max_age_s: int) -> str:
    is_private = request.scope["scheme"] == "https" or context_of(request).settings.is_behind_proxy
    return write_cookie(value, max_age_s=max_age_s, is_private=is_private)
