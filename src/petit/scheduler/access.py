"""Tokens and the audit record, as the API sees them."""

from __future__ import annotations

from collections.abc import Sequence

from petit.core.clock import Millis
from petit.core.tokens import Token, TokenExists, TokenNotFound
from petit.scheduler.audit import AuditTrail
from petit.storage.access import AccessStorage
from petit.storage.records import AuditRow


class Access:
    """Who may call, and who did. `trail` takes what is to be added to the audit record."""

    def __init__(self, storage: AccessStorage) -> None:
        self._storage = storage
        self.trail = AuditTrail(storage)

    async def add(self, token: Token) -> None:
        """Store a token; raises TokenExists where one that is not revoked has its name."""
        if not await self._storage.add_token(token):
            raise TokenExists(token.name)

    async def tokens(self) -> Sequence[Token]:
        """Return all tokens, revoked and expired ones too, oldest first."""
        return await self._storage.tokens()

    async def token_by_hash(self, token_hash: str) -> Token | None:
        """Return the token whose secret has this SHA-256."""
        return await self._storage.token_by_hash(token_hash)

    async def revoke(self, name: str, at: Millis) -> Token:
        """Revoke the token with this name; raises TokenNotFound where none is in force under it."""
        token = await self._storage.revoke_token(name, at=at)
        if token is None:
            raise TokenNotFound(name)
        return token

    async def audit(self, *, limit: int, before: int | None = None) -> Sequence[AuditRow]:
        """Return the audit record, newest first."""
        return await self._storage.audit(limit=limit, before=before)
