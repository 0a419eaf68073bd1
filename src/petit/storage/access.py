"""The part of the storage contract about who may call and who did: tokens and the audit record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from petit.core.clock import Millis
from petit.core.sessions import Session
from petit.core.tokens import Token
from petit.storage.records import AuditRow

SESSIONS_KEPT = 100
"""Sessions of one token that are kept, the newest ones."""

AUDIT_KEPT = 100_000
"""Rows of the audit record that are kept, the newest ones."""


class AccessStorage(Protocol):
    """Keeps tokens and the audit record. Rules are those of `petit.storage.base`."""

    async def add_token(self, token: Token) -> bool:
        """Store a token. False: one that is not revoked has its name; nothing was written."""
        ...

    async def tokens(self) -> Sequence[Token]:
        """Read all tokens, those that are worth nothing any more too, oldest first."""
        ...

    async def token_by_hash(self, token_hash: str) -> Token | None:
        """Read the token whose secret has this SHA-256."""
        ...

    async def revoke_token(self, name: str, *, at: Millis) -> Token | None:
        """Revoke the token that has this name; return it as it is now. None: there was none to revoke."""
        ...

    async def add_session(self, session: Session) -> None:
        """Store a session. Those that had expired when it began go, and the oldest beyond `SESSIONS_KEPT`."""
        ...

    async def session(self, session_hash: str) -> tuple[Session, Token] | None:
        """Read the session whose cookie has this SHA-256, and its token."""
        ...

    async def end_session(self, session_hash: str) -> bool:
        """Forget a session. False: there was none."""
        ...

    async def append_audit(self, rows: Sequence[AuditRow]) -> None:
        """Add to the audit record, in this order, and drop what is older than the newest `AUDIT_KEPT`.

        It does not count as a change: what a refused call leaves behind makes no kept answer stale.
        """
        ...

    async def audit(self, *, limit: int, before: int | None = None) -> Sequence[AuditRow]:
        """Read the audit record, newest (greatest number) first, with numbers less than `before`."""
        ...
