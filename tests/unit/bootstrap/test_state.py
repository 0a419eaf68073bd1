"""Opening a database of an older Petit."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from petit.bootstrap.state import open_state
from petit.config.settings import Settings, StorageSettings
from petit.core.errors import SchedulerAlreadyRunning
from petit.storage.lock import SchedulerLock
from petit.storage.migrate import _apply, migrations, newest_version, version_of

UUID = "0b5ff1a6-52a2-4d4e-9c39-0c3e7ec6d2aa"


def version(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return version_of(connection)


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A database as the first version made it, and its state directory."""
    path = tmp_path / "petit.db"
    number, script = migrations()[0]
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        _apply(connection, number, script.read_text())
        state = str(tmp_path / ".petit")
        connection.execute("INSERT INTO database (only_row, uuid, state_dir) VALUES (1, ?, ?)", (UUID, state))
    (tmp_path / ".petit" / UUID).mkdir(parents=True)
    return path


def settings(path: Path) -> Settings:
    return Settings(storage=StorageSettings(path=str(path)))


async def test_it_is_not_migrated_below_a_scheduler_that_runs_on_it(old: Path) -> None:
    lock = SchedulerLock(old.parent / ".petit" / UUID / "lock")
    lock.acquire(pid=4711, started_at=1)
    with pytest.raises(SchedulerAlreadyRunning, match="pid 4711"):
        async with open_state(settings(old), cwd=old.parent):
            pass
    assert version(old) == 1
    lock.release()
    async with open_state(settings(old), cwd=old.parent) as state:
        assert state.storage.uuid == UUID
    assert version(old) == newest_version()


async def test_one_of_this_version_is_opened_beside_its_scheduler(old: Path) -> None:
    async with open_state(settings(old), cwd=old.parent) as state:
        lock = SchedulerLock(state.places.lock)
        lock.acquire(pid=4711, started_at=1)
        async with open_state(settings(old), cwd=old.parent) as other:
            assert other.storage.uuid == UUID
        lock.release()


async def test_one_that_no_scheduler_ever_ran_on_is_migrated(old: Path) -> None:
    (old.parent / ".petit" / UUID).rmdir()
    async with open_state(settings(old), cwd=old.parent):
        assert version(old) == newest_version()
