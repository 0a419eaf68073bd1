"""Databases of earlier versions get the figures that they would have had, had this version written them."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.contract.rows import T0, fate, finish, new_run, run_id

from petit.core.tally import read_tally
from petit.storage.base import RunChange, Step
from petit.storage.migrate import APPLICATION_ID, migrations, newest_version
from petit.storage.past import Stretch
from petit.storage.sqlite import SqliteStorage

COPIED = ("runs", "job_marks", "occurrences", "database", "tallies", "stretches")
"""Where a version has them: what it did not count yet is made up when it is opened."""
FIRST_WITH_RERUNS = 7
RUNS = 150
STATUSES: tuple[Any, ...] = ("completed", "completed", "completed", "failed", "interrupted", "cancelled")


async def filled(path: Path, *, has_reruns: bool) -> SqliteStorage:
    """A database that this version wrote: runs of a few jobs, which end in the order of their making.

    Between them due times are skipped and missed, alone and in stretches.
    """
    storage, rng = SqliteStorage(path), random.Random(4)
    await storage.open()
    at = T0
    for number in range(1, RUNS + 1):
        at += rng.randrange(1, 3_000_000)
        job, is_waiting = rng.choice("abc"), number % 11 == 0
        first: Any = "pending" if is_waiting else "running"
        of = run_id(number - 1) if has_reruns and number % 7 == 0 else None
        await storage.create_run(new_run(number, job, status=first, created_at=at, rerun_of=of))
        over = RunChange(status="cancelled", ended_at=at + 9)
        end = finish(number, at=at + int(1.2 ** rng.randrange(100)), status=rng.choice(STATUSES))
        assert await storage.advance([Step(run_id=run_id(number), run=over) if is_waiting else end]) == [True]
        last = at + rng.choice((0, 0, 5_000_000))
        which: Any = rng.choice(("skipped", "missed"))
        row = fate(at, last, job_id=job, schedule=f"s{number}", fate=which, reason=f"r{number}")
        assert await storage.record([row]) == [True]
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
            if columns:
                connection.execute(
                    f"INSERT INTO main.{table} ({columns}) SELECT {columns} FROM newer.{table}"
                )
        connection.commit()
    return path


async def counted(storage: SqliteStorage, job: str) -> tuple[dict[int, dict[str, int]], list[Stretch]]:
    found = await storage.tallies(job, since=T0, until=T0 * 2)
    return {each.hour: read_tally(each.tally) for each in found.hours}, list(found.stretches)


@pytest.mark.parametrize("version", range(1, newest_version()))
async def test_what_was_stored_before_counts(tmp_path: Path, version: int) -> None:
    newer = await filled(tmp_path / "newer.db", has_reruns=version >= FIRST_WITH_RERUNS)
    older = SqliteStorage(earlier(tmp_path / "older.db", version, newer.path))
    await older.open()
    told, expected = await older.activity(), await newer.activity()
    assert {job: each.figures for job, each in told.items()} == {
        job: each.figures for job, each in expected.items()
    }
    assert expected["a"].figures.recent_runs == 30
    for job in "abc":
        hours, stretches = await counted(newer, job)
        assert await counted(older, job) == (hours, stretches)
        assert len(hours) > 20
        assert len(stretches) > 5
    await older.close()
    await newer.close()
