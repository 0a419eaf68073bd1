"""Databases of earlier versions get the figures that they would have had, had this version written them."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.contract.rows import T0, finish, new_run

from petit.storage.migrate import APPLICATION_ID, migrations, newest_version
from petit.storage.sqlite import SqliteStorage

COPIED = ("runs", "job_marks", "occurrences", "database")
RUNS = 150
STATUSES: tuple[Any, ...] = ("completed", "completed", "completed", "failed", "interrupted", "cancelled")


async def filled(path: Path) -> SqliteStorage:
    """A database that this version wrote: runs of a few jobs, which end in the order of their making."""
    storage, rng = SqliteStorage(path), random.Random(4)
    await storage.open()
    at = T0
    for number in range(1, RUNS + 1):
        at += rng.randrange(1, 3_000_000)
        first: Any = "pending" if number % 11 == 0 else "running"
        status = "cancelled" if first == "pending" else rng.choice(STATUSES)
        await storage.create_run(new_run(number, rng.choice("abc"), status=first, created_at=at))
        await storage.advance([finish(number, at=at + int(1.2 ** rng.randrange(100)), status=status)])
    return storage


def earlier(path: Path, version: int, source: Path) -> Path:
    """Make a database of an earlier version that holds the same rows."""
    with closing(sqlite3.connect(path)) as connection:
        for number, script in migrations():
            if number <= version:
                connection.executescript(script.read_text())
        connection.execute(f"PRAGMA user_version = {version}")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute("ATTACH ? AS newer", (str(source),))
        for table in COPIED:
            columns = ", ".join(row[1] for row in connection.execute(f"PRAGMA main.table_info({table})"))
            connection.execute(f"INSERT INTO main.{table} ({columns}) SELECT {columns} FROM newer.{table}")
        connection.commit()
    return path


@pytest.mark.parametrize("version", range(1, newest_version()))
async def test_what_was_stored_before_counts(tmp_path: Path, version: int) -> None:
    newer = await filled(tmp_path / "newer.db")
    older = SqliteStorage(earlier(tmp_path / "older.db", version, newer.path))
    await older.open()
    told, expected = await older.activity(), await newer.activity()
    assert {job: each.figures for job, each in told.items()} == {
        job: each.figures for job, each in expected.items()
    }
    assert expected["a"].figures.recent_runs == 30
    await older.close()
    await newer.close()
