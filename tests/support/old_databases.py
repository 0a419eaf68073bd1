"""Databases as an earlier Petit left them: an old schema, with what a database of today holds."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from petit.storage.migrate import APPLICATION_ID, migrations


def make_older(path: Path, version: int, *, like: Path) -> None:
    """Make a database of an earlier version at `path`.

    Args:
        path: Where nothing is yet.
        version: Of its schema.
        like: A database that is not open; rows are taken from it, as far as the old schema has a place.
    """
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for number, script in migrations():
            if number <= version:
                connection.executescript(script.read_text(encoding="utf-8"))
        connection.execute(f"PRAGMA user_version = {version}")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute("ATTACH ? AS today", (str(like),))
        for (table,) in connection.execute(
            "SELECT name FROM main.sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        ).fetchall():
            names = ", ".join(_common_columns(connection, table))
            connection.execute(f"INSERT INTO main.{table} ({names}) SELECT {names} FROM today.{table}")
        connection.execute("DETACH today")
        connection.execute("PRAGMA journal_mode = WAL")


def _common_columns(connection: sqlite3.Connection, table: str) -> list[str]:
    old, new = (
        [row[1] for row in connection.execute(f"PRAGMA {schema}.table_info({table})")]
        for schema in ("main", "today")
    )
    return [name for name in old if name in new]
