"""Tokens, sessions, and the record of changing calls."""

from __future__ import annotations

from petit.api.errors import BadToken, TooManyGuesses
from petit.api.handlers.audit import AuditView
from petit.api.handlers.session import SessionBegun, SessionBody, SessionView
from petit.api.handlers.tokens import TokenBody
from petit.api.openapi.operation import PAGE, Answer, Operation, list_of, page_of
from petit.api.openapi.shapes import TokenMade, TokenRevoked
from petit.api.views_token import TokenView
from petit.core.tokens import TokenExists, TokenNotFound

OPERATIONS = {
    "GET /api/tokens": Operation(
        "List the tokens", "access", (Answer(list_of("tokens", TokenView), "Tokens, oldest first."),)
    ),
    "POST /api/tokens": Operation(
        "Create a token",
        "access",
        (Answer(TokenMade, "The token, and its secret.", status=201),),
        body=TokenBody,
        errors=(TokenExists,),
    ),
    "DELETE /api/tokens/{token_name}": Operation(
        "Revoke a token", "access", (Answer(TokenRevoked, "It is revoked."),), errors=(TokenNotFound,)
    ),
    "GET /api/session": Operation(
        "Show who is calling", "access", (Answer(SessionView, "The user that runs Petit, or a token."),)
    ),
    "POST /api/session": Operation(
        "Begin a session",
        "access",
        (Answer(SessionBegun, "What the token opens, and the cookie.", headers=("Set-Cookie",)),),
        body=SessionBody,
        errors=(BadToken, TooManyGuesses),
    ),
    "DELETE /api/session": Operation(
        "End the session",
        "access",
        (Answer(None, "The cookie is forgotten.", 204, media_type="", headers=("Set-Cookie",)),),
    ),
    "GET /api/audit": Operation(
        "List the changing calls",
        "access",
        (Answer(page_of("calls", AuditView), "Calls, newest first.", headers=("Link",)),),
        PAGE,
    ),
}
