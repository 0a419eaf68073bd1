"""Tokens: made, listed, revoked. Only here, and once, is a secret told."""

from __future__ import annotations

from typing import Annotated

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from petit.api import body
from petit.api.context import context_of, handle_of
from petit.api.handlers.scheduler import Moment
from petit.api.responses import json_response
from petit.api.views_token import TokenView
from petit.core.tokens import issue

Text = Annotated[str, msgspec.Meta(max_length=200)]


class TokenBody(body.Body, frozen=True):
    """What a token is to be.

    Attributes:
        name: What people call it.
        scopes: Of `read`, `trigger` and `admin`; each implies those before it.
        jobs: Patterns of the jobs that it may start and stop; none means all.
        expires_at: Milliseconds since the epoch; null for never.
    """

    name: Text
    scopes: Annotated[tuple[Text, ...], msgspec.Meta(max_length=3)]
    jobs: Annotated[tuple[Text, ...], msgspec.Meta(max_length=100)] = ()
    expires_at: Moment | None = None


async def list_tokens(request: Request) -> Response:
    """List all tokens, oldest first; expired and revoked ones too."""
    now = handle_of(request).now()
    tokens = [TokenView.of(token, now) for token in await handle_of(request).access.tokens()]
    return json_response({"tokens": tokens, "count": len(tokens)})


async def create_token(request: Request) -> Response:
    """Make a token. `secret` is in this answer and nowhere else."""
    wanted = await body.read(request, TokenBody)
    now = handle_of(request).now()
    token, secret = issue(
        context_of(request).entropy,
        name=wanted.name,
        scopes=wanted.scopes,
        jobs=wanted.jobs,
        now=now,
        expires_at=wanted.expires_at,
    )
    await handle_of(request).access.add(token)
    return json_response({"token": TokenView.of(token, now), "secret": secret}, status=201)


async def revoke_token(request: Request) -> Response:
    """Revoke the token with this name; from the next request on it is worth nothing."""
    now = handle_of(request).now()
    token = await handle_of(request).access.revoke(request.path_params["token_name"], now)
    return json_response({"token": TokenView.of(token, now)})
