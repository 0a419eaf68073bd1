"""The shape of a token in answers. Times are milliseconds since the epoch."""

from __future__ import annotations

import msgspec

from petit.core.clock import Millis
from petit.core.tokens import SCOPES, Scope, Token


class TokenView(msgspec.Struct, frozen=True, kw_only=True):
    """A token, without anything that opens a door."""

    id: str
    name: str
    scopes: tuple[Scope, ...]
    jobs: tuple[str, ...]
    created_at: Millis
    expires_at: Millis | None
    revoked_at: Millis | None
    in_force: bool

    @classmethod
    def of(cls, token: Token, now: Millis) -> TokenView:
        """Show a token."""
        return cls(
            id=token.id,
            name=token.name,
            scopes=tuple(scope for scope in SCOPES if scope in token.scopes),
            jobs=token.jobs,
            created_at=token.created_at,
            expires_at=token.expires_at,
            revoked_at=token.revoked_at,
            in_force=token.is_in_force(now),
        )
