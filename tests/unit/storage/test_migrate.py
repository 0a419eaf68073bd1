"""Migrations: numbered without gaps, each whole or not at all."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from petit.storage import migrate as subject
from petit.storage.migrate import APPLICATION_ID, migrate, migrations, newest_version, version_of


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    opened = sqlite3.connect(":memory:", isolation_level=None)
    yield opened
    opened.close()


def test_migrations_are_numbered_without_gaps() -> None:
    assert [number for number, _ in migrations()] == list(range(1, newest_version() + 1))


def test_an_empty_database_becomes_the_newest(connection: sqlite3.Connection) -> None:
    assert version_of(connection) == 0
    migrate(connection)
    assert version_of(connection) == newest_version()
    assert connection.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
    schema = connection.execute("SELECT sql FROM sqlite_schema").fetchall()
    migrate(connection)
    assert connection.execute("SELECT sql FROM sqlite_schema").fetchall() == schema


def test_a_migration_that_fails_leaves_nothing(
    connection: sqlite3.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, bad = tmp_path / "0001_good.sql", tmp_path / "0002_bad.sql"
    good.write_text("CREATE TABLE one (a); -- first; of two\nCREATE TABLE two (a);\n")
    bad.write_text("CREATE TABLE three (a);\nDROP TABLE never;\n")
    monkeypatch.setattr(subject, "migrations", lambda: [(1, good), (2, bad)])
    with pytest.raises(sqlite3.OperationalError, match="never"):
        migrate(connection)
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema")}
    assert tables == {"one", "two"}
    assert version_of(connection) == 1
    assert not connection.in_transaction
