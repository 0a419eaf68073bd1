"""The state of a scheduler: an open database, its directory, and the lock that makes one its scheduler."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import msgspec

from petit.bootstrap.places import (
    MEMORY,
    Location,
    Places,
    home_of,
    locate,
    make_directory,
    settle,
    sweep_memory,
)
from petit.config.settings import Settings
from petit.core.errors import SettingsError
from petit.seams import SystemClock
from petit.storage.base import Storage
from petit.storage.factory import older, open_storage
from petit.storage.lock import SchedulerLock


class State(msgspec.Struct, frozen=True):
    """An open database and its directory."""

    storage: Storage
    places: Places
    location: Location


@asynccontextmanager
async def open_state(settings: Settings, *, cwd: Path, must_exist: bool = False) -> AsyncIterator[State]:
    """Open the database, find its state directory.

    Args:
        settings: Say which database.
        cwd: Where relative paths start.
        must_exist: Make no database where there is none.

    Raises:
        StorageError: The database is refused or cannot be used.
        SettingsError: The state directory cannot be used, or there is no database.
    """
    location = locate(settings.database, settings.state_dir, cwd=cwd)
    if must_exist:
        _expect_database(location)
    is_inside = Path(location.database).parent == location.state_dir
    if is_inside:
        make_directory(location.state_dir)
    if location.database == MEMORY:
        sweep_memory(location.state_dir)
    storage = open_storage(location.database)
    with _alone_if_older(location):
        await storage.open()
    try:
        places = await settle(storage, location)
        try:
            yield State(storage, places, location)
        finally:
            if location.database == MEMORY:
                # Nothing will ever look for it again: the next database in memory is another one.
                shutil.rmtree(places.root, ignore_errors=True)
    finally:
        await storage.close()


@contextmanager
def _alone_if_older(location: Location) -> Iterator[None]:
    """Hold the scheduler's lock while a database is migrated: not below an older scheduler that runs on it.

    Raises:
        SchedulerAlreadyRunning: There is one.
    """
    known = older(location.database)
    places = None if known is None else Places(root=home_of(known, location) / known.uuid)
    if places is None or not places.root.is_dir():  # without one, no scheduler ever ran on it
        yield
        return
    lock = SchedulerLock(places.lock)
    lock.acquire(pid=os.getpid(), started_at=SystemClock().now())
    try:
        yield
    finally:
        lock.release()


def _expect_database(location: Location) -> None:
    if not Path(location.database).exists():
        raise SettingsError(f"there is no database '{location.database}'; name another with --db")


def take_lock(state: State) -> SchedulerLock:
    """Become the scheduler of this database; raises SchedulerAlreadyRunning at once where there is one."""
    lock = SchedulerLock(state.places.lock)
    lock.acquire(pid=os.getpid(), started_at=SystemClock().now())
    return lock


def make_private() -> int:
    """Make files of this process private from now on; return the umask that there was, for the tasks."""
    return os.umask(0o077)
