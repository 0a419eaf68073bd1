"""Tokens and the audit record in SQLite."""

# ruff: noqa: S608 - statements are put together from constants of this package; values are always bound

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

import msgspec

from petit.core.clock import Millis
from petit.core.sessions import Session
from petit.core.tokens import SCOPES, Scope, Token
from petit.storage.access import AUDIT_KEPT, SESSIONS_KEPT
from petit.storage.records import AuditRow
from petit.storage.sqlite_rows import Row, marks
from petit.storage.sqlite_writer import Transaction

TOKEN_COLUMNS = "id, name, scopes, jobs, created_at, expires_at, revoked_at, hash"  # noqa: S105 - names of columns
AUDIT_COLUMNS = "at, caller, address, method, path, status, job_id, run_id, request_id"

ADD_TOKEN = f"""
INSERT INTO tokens ({TOKEN_COLUMNS}) VALUES ({marks(TOKEN_COLUMNS)})
ON CONFLICT (name) WHERE revoked_at IS NULL DO NOTHING
"""
"""A token, unless one that is not revoked has its name."""

READ_TOKENS = f"SELECT {TOKEN_COLUMNS} FROM tokens ORDER BY created_at, id"
"""All tokens, oldest first."""

READ_TOKEN_BY_HASH = f"SELECT {TOKEN_COLUMNS} FROM tokens WHERE hash = ?"
"""The token of a secret."""

REVOKE_TOKEN = f"""
UPDATE tokens SET revoked_at = ? WHERE name = ? AND revoked_at IS NULL RETURNING {TOKEN_COLUMNS}
"""
"""A token is taken back."""

APPEND_AUDIT = f"INSERT INTO audit ({AUDIT_COLUMNS}) VALUES ({marks(AUDIT_COLUMNS)})"
"""A changing call."""

TRIM_AUDIT = "DELETE FROM audit WHERE number <= (SELECT max(number) FROM audit) - ?"
"""As many old rows go as new ones have come."""

READ_AUDIT = f"""
SELECT {AUDIT_COLUMNS}, number FROM audit WHERE number < ? ORDER BY number DESC LIMIT ?
"""
"""A page of the audit record, newest first."""

SESSION_COLUMNS = "hash, token_id, uid, created_at, expires_at"

ADD_SESSION = f"INSERT INTO sessions ({SESSION_COLUMNS}) VALUES ({marks(SESSION_COLUMNS)})"
"""A session begins."""

FORGET_EXPIRED = "DELETE FROM sessions WHERE expires_at <= ?"
"""Sessions that are worth nothing any more go."""

FORGET_OLDEST = """
DELETE FROM sessions WHERE hash IN (
    SELECT hash FROM sessions WHERE token_id = ? ORDER BY created_at DESC, hash LIMIT -1 OFFSET ?
)
"""
"""Of one token only the newest sessions are kept."""

READ_SESSION = f"""
SELECT {", ".join(f"sessions.{each.strip()}" for each in SESSION_COLUMNS.split(","))},
       {", ".join(f"tokens.{each.strip()}" for each in TOKEN_COLUMNS.split(","))}
FROM sessions JOIN tokens ON tokens.id = sessions.token_id WHERE sessions.hash = ?
"""
"""The session of a cookie, and its token."""

END_SESSION = "DELETE FROM sessions WHERE hash = ?"
"""A session is ended."""

_BEYOND = 2**63 - 1
_SCOPES = msgspec.json.Decoder(frozenset[Scope])
_JOBS = msgspec.json.Decoder(tuple[str, ...])


def add_token(transaction: Transaction, token: Token) -> bool:
    """Store a token whose name is free."""
    if transaction.execute(ADD_TOKEN, _of_token(token)).rowcount == 0:
        return False
    transaction.change()
    return True


def revoke_token(transaction: Transaction, name: str, at: Millis) -> Token | None:
    """Revoke the token that has this name."""
    row = transaction.execute(REVOKE_TOKEN, (at, name)).fetchone()
    if row is None:
        return None
    transaction.change()
    return _token_of(row)


def add_session(transaction: Transaction, session: Session) -> None:
    """Store a session, and forget those that are in nobody's way any more."""
    transaction.execute(FORGET_EXPIRED, (session.created_at,))
    transaction.execute(ADD_SESSION, msgspec.structs.astuple(session))
    transaction.execute(FORGET_OLDEST, (session.token_id, SESSIONS_KEPT))
    transaction.change()


def end_session(transaction: Transaction, session_hash: str) -> bool:
    """Forget a session."""
    if transaction.execute(END_SESSION, (session_hash,)).rowcount == 0:
        return False
    transaction.change()
    return True


def session(connection: sqlite3.Connection, session_hash: str) -> tuple[Session, Token] | None:
    """Read the session of a cookie, and its token."""
    row = connection.execute(READ_SESSION, (session_hash,)).fetchone()
    if row is None:
        return None
    found = Session(hash=row[0], token_id=row[1], uid=row[2], created_at=row[3], expires_at=row[4])
    return found, _token_of(row[5:])


def append_audit(transaction: Transaction, rows: Sequence[AuditRow]) -> None:
    """Add to the audit record, and trim it."""
    transaction.executemany(APPEND_AUDIT, [_of_audit(row) for row in rows])
    transaction.execute(TRIM_AUDIT, (AUDIT_KEPT,))


def tokens(connection: sqlite3.Connection) -> list[Token]:
    """Read all tokens."""
    return [_token_of(row) for row in connection.execute(READ_TOKENS)]


def token_by_hash(connection: sqlite3.Connection, token_hash: str) -> Token | None:
    """Read the token of a secret."""
    row = connection.execute(READ_TOKEN_BY_HASH, (token_hash,)).fetchone()
    return None if row is None else _token_of(row)


def audit(connection: sqlite3.Connection, limit: int, before: int | None) -> list[AuditRow]:
    """Read a page of the audit record."""
    found = connection.execute(READ_AUDIT, (_BEYOND if before is None else before, limit))
    return [_audit_of(row) for row in found]


def _of_token(token: Token) -> Row:
    return (
        token.id,
        token.name,
        msgspec.json.encode([scope for scope in SCOPES if scope in token.scopes]).decode(),
        msgspec.json.encode(token.jobs).decode(),
        token.created_at,
        token.expires_at,
        token.revoked_at,
        token.hash,
    )


def _token_of(row: Row) -> Token:
    return Token(
        id=row[0],
        name=row[1],
        scopes=_SCOPES.decode(row[2]),
        jobs=_JOBS.decode(row[3]),
        created_at=row[4],
        expires_at=row[5],
        revoked_at=row[6],
        hash=row[7],
    )


def _of_audit(row: AuditRow) -> Row:
    return (
        row.at,
        row.caller,
        row.address,
        row.method,
        row.path,
        row.status,
        row.job_id,
        row.run_id,
        row.request_id,
    )


def _audit_of(row: Row) -> AuditRow:
    return AuditRow(
        at=row[0],
        caller=row[1],
        address=row[2],
        method=row[3],
        path=row[4],
        status=row[5],
        job_id=row[6],
        run_id=row[7],
        request_id=row[8],
        number=row[9],
    )
