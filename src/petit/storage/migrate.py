"""Numbered forward migrations: each in a transaction of its own, with the version that it leads to."""

from __future__ import annotations

import sqlite3
from pathlib import Path

APPLICATION_ID = 0x50455449
"""Marks a SQLite file as Petit's ("PETI"), at the place that SQLite's file format keeps for it."""

_DIRECTORY = Path(__file__).parent / "migrations"


def migrations() -> list[tuple[int, Path]]:
    """Return the migrations as (version that it leads to, file), in order."""
    return sorted((int(path.name.split("_", 1)[0]), path) for path in _DIRECTORY.glob("[0-9]*.sql"))


def newest_version() -> int:
    """Return the version of the newest schema that this Petit knows."""
    return migrations()[-1][0]


def migrate(connection: sqlite3.Connection) -> None:
    """Bring a database to the newest version; the connection must be in autocommit mode."""
    version = version_of(connection)
    for number, path in migrations():
        if number > version:
            _apply(connection, number, path.read_text(encoding="utf-8"))


def version_of(connection: sqlite3.Connection) -> int:
    """Return the version of a database's schema, 0 for an empty one."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _apply(connection: sqlite3.Connection, number: int, script: str) -> None:
    connection.execute("BEGIN EXCLUSIVE")
    try:
        if version_of(connection) < number:  # else another process was faster
            for statement in _statements(script):
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID:d}")
            connection.execute(f"PRAGMA user_version = {number:d}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _statements(script: str) -> list[str]:
    """Take a script apart into statements (executescript would commit on its own)."""
    statements: list[str] = []
    text = ""
    for line in script.splitlines(keepends=True):
        text += line
        if sqlite3.complete_statement(text):
            statements.append(text)
            text = ""
    if text.strip():
        statements.append(text)
    return statements
