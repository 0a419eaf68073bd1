"""What SQLite's errors mean to Petit."""

from __future__ import annotations

import sqlite3

from petit.core.errors import StorageError, StorageUnavailable

_DAMAGED = "the database file is damaged; restore a backup of it"
_NO_TEXT = "Could not decode to UTF-8"  # Python's own, without a code; all that is stored as text was text
_CAUSES = {
    sqlite3.SQLITE_FULL: ("disk_full", "the disk is full"),
    sqlite3.SQLITE_BUSY: ("locked", "another process holds the database locked"),
    sqlite3.SQLITE_LOCKED: ("locked", "another process holds the database locked"),
    sqlite3.SQLITE_PROTOCOL: ("locked", "another process holds the database locked"),
    sqlite3.SQLITE_IOERR: ("io_error", "the disk does not take or give data"),
    sqlite3.SQLITE_CANTOPEN: ("io_error", "the database file cannot be opened any more"),
    sqlite3.SQLITE_READONLY: ("io_error", "the database file cannot be written any more"),
    sqlite3.SQLITE_PERM: ("io_error", "the database file cannot be written any more"),
    sqlite3.SQLITE_CORRUPT: ("damaged", _DAMAGED),
    sqlite3.SQLITE_NOTADB: ("damaged", _DAMAGED),
}
BROKEN_CONNECTION = frozenset({"io_error", "damaged"})
"""After these a new connection is made: the old one may remember what the disk does not hold."""


def primary_code(error: sqlite3.Error) -> int:
    """Return the primary result code (the low byte of the extended one), 0 where the error has none."""
    return (getattr(error, "sqlite_errorcode", 0) or 0) & 0xFF


def explain(error: BaseException) -> Exception:
    """Return the error to raise for what SQLite raised; other errors are returned as they are."""
    if isinstance(error, sqlite3.Error):
        if str(error).startswith(_NO_TEXT):
            return StorageUnavailable(f"the database is not available: {_DAMAGED}", cause="damaged")
        known = _CAUSES.get(primary_code(error))
        if known is None:
            return StorageError(f"the database refused a statement: {error}")
        cause, sentence = known
        return StorageUnavailable(f"the database is not available: {sentence} ({error})", cause=cause)
    return error if isinstance(error, Exception) else StorageError(f"the write was broken off: {error!r}")


def cause_of(error: BaseException) -> str | None:
    """Return the cause of an explained error, None where nothing is wrong with the database."""
    return error.evidence["cause"] if isinstance(error, StorageUnavailable) else None
