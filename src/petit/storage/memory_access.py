"""Tokens and the audit record in memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from itertools import islice

import msgspec

from petit.core.clock import Millis
from petit.core.sessions import Session
from petit.core.tokens import Token
from petit.storage.access import AUDIT_KEPT, SESSIONS_KEPT
from petit.storage.records import AuditRow

_replace = msgspec.structs.replace


class MemoryAccess:
    """Keeps tokens and audit rows while the process lives."""

    def __init__(self) -> None:
        self._tokens: dict[str, Token] = {}
        self._sessions: dict[str, Session] = {}
        self._audit: deque[AuditRow] = deque()
        self._audited = 0

    def add(self, token: Token) -> bool:
        """Keep a token whose name is free."""
        if self._named(token.name) is not None:
            return False
        self._tokens[token.hash] = token
        return True

    def _named(self, name: str) -> Token | None:
        live = (token for token in self._tokens.values() if token.revoked_at is None and token.name == name)
        return next(live, None)

    def all(self) -> list[Token]:
        """Return all tokens, oldest first."""
        return sorted(self._tokens.values(), key=lambda token: (token.created_at, token.id))

    def by_hash(self, token_hash: str) -> Token | None:
        """Return the token of a secret."""
        return self._tokens.get(token_hash)

    def revoke(self, name: str, at: Millis) -> Token | None:
        """Revoke the token that has this name."""
        token = self._named(name)
        if token is None:
            return None
        revoked = self._tokens[token.hash] = _replace(token, revoked_at=at)
        return revoked

    def add_session(self, session: Session) -> None:
        """Keep a session, and forget those that are in nobody's way any more."""
        self._sessions = {
            each.hash: each for each in self._sessions.values() if each.expires_at > session.created_at
        }
        self._sessions[session.hash] = session
        same = [each for each in self._sessions.values() if each.token_id == session.token_id]
        same.sort(key=lambda each: (-each.created_at, each.hash))
        for each in same[SESSIONS_KEPT:]:
            del self._sessions[each.hash]

    def session(self, session_hash: str) -> tuple[Session, Token] | None:
        """Return the session of a cookie, and its token."""
        found = self._sessions.get(session_hash)
        if found is None:
            return None
        return found, next(token for token in self._tokens.values() if token.id == found.token_id)

    def end_session(self, session_hash: str) -> bool:
        """Forget a session."""
        return self._sessions.pop(session_hash, None) is not None

    def forget(self, *, now: Millis, before: Millis | None, limit: int) -> int:
        """Forget expired sessions, and what was over before a moment; return how many went."""
        count = len(self._sessions) + len(self._tokens) + len(self._audit)
        old = (
            set() if before is None else {token.id for token in self._tokens.values() if _over(token, before)}
        )
        self._tokens = {key: token for key, token in self._tokens.items() if token.id not in old}
        self._sessions = {
            key: each
            for key, each in self._sessions.items()
            if each.expires_at > now and each.token_id not in old
        }
        if before is not None:
            oldest = islice(self._audit, limit)
            going = {row.number for row in oldest if row.at < before}
            self._audit = deque(row for row in self._audit if row.number not in going)
        return count - len(self._sessions) - len(self._tokens) - len(self._audit)

    def append(self, rows: Sequence[AuditRow]) -> None:
        """Add rows, and drop the oldest."""
        for row in rows:
            self._audited += 1
            self._audit.append(_replace(row, number=self._audited))
        while len(self._audit) > AUDIT_KEPT:
            self._audit.popleft()

    def page(self, limit: int, before: int | None) -> list[AuditRow]:
        """Return rows, newest first."""
        newest = reversed(self._audit)
        return list(islice((row for row in newest if before is None or row.number < before), limit))


class MemoryAccessStorage:
    """The part of the storage about who may call and who did."""

    def __init__(self) -> None:
        self._access = MemoryAccess()

    def _stamp(self) -> int:
        """Count a change."""
        raise NotImplementedError

    async def add_token(self, token: Token) -> bool:
        """Store a token whose name is free."""
        added = self._access.add(token)
        if added:
            self._stamp()
        return added

    async def tokens(self) -> Sequence[Token]:
        """Read all tokens, oldest first."""
        return self._access.all()

    async def token_by_hash(self, token_hash: str) -> Token | None:
        """Read the token of a secret."""
        return self._access.by_hash(token_hash)

    async def revoke_token(self, name: str, *, at: Millis) -> Token | None:
        """Revoke the token that has this name."""
        revoked = self._access.revoke(name, at)
        if revoked is not None:
            self._stamp()
        return revoked

    async def add_session(self, session: Session) -> None:
        """Store a session."""
        self._access.add_session(session)
        self._stamp()

    async def session(self, session_hash: str) -> tuple[Session, Token] | None:
        """Read the session of a cookie, and its token."""
        return self._access.session(session_hash)

    async def end_session(self, session_hash: str) -> bool:
        """Forget a session."""
        ended = self._access.end_session(session_hash)
        if ended:
            self._stamp()
        return ended

    async def append_audit(self, rows: Sequence[AuditRow]) -> None:
        """Add to the audit record."""
        self._access.append(rows)

    async def audit(self, *, limit: int, before: int | None = None) -> Sequence[AuditRow]:
        """Read the audit record, newest first."""
        return self._access.page(limit, before)


def _over(token: Token, before: Millis) -> bool:
    """Say whether a token was worth nothing any more before a moment."""
    ends = (token.revoked_at, token.expires_at)
    return any(end is not None and end < before for end in ends)
