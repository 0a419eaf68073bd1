"""Tokens, sessions and the audit record, as the API sees them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from petit.core.clock import Millis
from petit.core.sessions import Session
from petit.core.tokens import Token, TokenExists, TokenNotFound
from petit.scheduler.audit import AuditTrail
from petit.scheduler.timer import Timer
from petit.storage.access import AccessStorage
from petit.storage.records import AuditRow

_LOOK_EVERY_MS: Millis = 15_000
"""Whoever waits for a moment looks at the clock this often: it may be set meanwhile."""


class Access:
    """Who may call, and who did. `trail` takes what is to be added to the audit record."""

    def __init__(self, storage: AccessStorage, timer: Timer) -> None:
        self._storage = storage
        self._timer = timer
        self._waiting: dict[str, set[asyncio.Future[None]]] = {}
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
        self._tell(token.id)
        return token

    async def begin_session(self, session: Session) -> None:
        """Store a session."""
        await self._storage.add_session(session)

    async def session(self, session_hash: str) -> tuple[Session, Token] | None:
        """Return the session whose cookie has this SHA-256, and its token."""
        return await self._storage.session(session_hash)

    async def end_session(self, session_hash: str) -> None:
        """End a session; harmless where there is none."""
        if await self._storage.end_session(session_hash):
            self._tell(session_hash)

    async def over(self, token: Token, session: Session | None = None) -> None:
        """Return when a token is worth nothing any more, or the session that stands for it has ended."""
        told: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        keys = [token.id, *([] if session is None else [session.hash])]
        for each in keys:
            self._waiting.setdefault(each, set()).add(told)
        try:
            if not await self._is_over(token, session):  # before it was waited for, say
                await self._told_or_expired(told, (token if session is None else session).expires_at)
        finally:
            for each in keys:
                self._forget(each, told)

    async def _is_over(self, token: Token, session: Session | None) -> bool:
        if session is not None and await self._storage.session(session.hash) is None:
            return True
        known = await self._storage.token_by_hash(token.hash)
        return known is None or not known.is_in_force(self._timer.now())

    async def _told_or_expired(self, told: asyncio.Future[None], expires_at: Millis | None) -> None:
        if expires_at is None:
            await told
            return
        while not told.done() and (left := expires_at - self._timer.now()) > 0:
            look = asyncio.ensure_future(self._timer.sleep(min(left, _LOOK_EVERY_MS)))
            try:
                await asyncio.wait({told, look}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                look.cancel()

    def _forget(self, key: str, told: asyncio.Future[None]) -> None:
        waiting = self._waiting.get(key, set())
        waiting.discard(told)
        if not waiting:
            self._waiting.pop(key, None)

    def _tell(self, key: str) -> None:
        for told in self._waiting.pop(key, ()):
            if not told.done():
                told.set_result(None)

    async def audit(self, *, limit: int, before: int | None = None) -> Sequence[AuditRow]:
        """Return the audit record, newest first."""
        return await self._storage.audit(limit=limit, before=before)
