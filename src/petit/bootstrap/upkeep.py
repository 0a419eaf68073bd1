"""The database that is to be looked after, and whether a scheduler works on it meanwhile."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import msgspec

from petit.bootstrap.places import MEMORY, Location, Places, home_of, locate
from petit.config.settings import Settings
from petit.core.errors import DatabaseRefused, SettingsError
from petit.seams import SystemClock
from petit.storage.factory import upkeep_of
from petit.storage.lock import SchedulerLock
from petit.storage.upkeep import Upkeep


class _Known(msgspec.Struct, frozen=True):
    uuid: str
    state_dir: str | None


class Place(msgspec.Struct, frozen=True):
    """A database file and where its state is.

    Attributes:
        upkeep: Who looks after it.
        location: What the settings say.
    """

    upkeep: Upkeep
    location: Location

    @property
    def path(self) -> Path:
        """The database file."""
        return self.upkeep.path

    @property
    def logs(self) -> Path | None:
        """The directory of its log files; None where it cannot be told."""
        places = places_of(self.upkeep, self.location)
        return None if places is None else places.logs


def find(settings: Settings, *, cwd: Path, must_exist: bool = True) -> Place:
    """Find the database that the settings name.

    Raises:
        SettingsError: It is in memory, or not there.
    """
    location = locate(settings.database, settings.state_dir, cwd=cwd)
    if location.database == MEMORY:
        raise SettingsError("a database in memory cannot be looked after; name a file with --db")
    upkeep = upkeep_of(location.database)
    if must_exist and not upkeep.path.exists():
        raise SettingsError(f"there is no database '{location.database}'; name another with --db")
    return Place(upkeep, location)


def places_of(upkeep: Upkeep, location: Location) -> Places | None:
    """Return where the state of a database is; None where it has none, or cannot be read."""
    identity = upkeep.identity()
    if identity is None:
        return None
    known = _Known(*identity)
    return Places(root=home_of(known, location) / known.uuid)


@contextmanager
def alone(location: Location, *databases: Upkeep) -> Iterator[None]:
    """Hold the lock of the scheduler on each of these databases.

    Of one that cannot be read nobody knows whose state is whose: then none may run on that state directory.

    Raises:
        SchedulerAlreadyRunning: One runs.
    """
    roots: set[Path] = set()
    for upkeep in databases:
        places = places_of(upkeep, location)
        if places is not None:
            roots.add(places.root)
        elif upkeep.path.exists():
            roots.update(lock.parent for lock in location.state_dir.glob("*/lock"))
    with ExitStack() as held:
        for root in sorted(root for root in roots if root.is_dir()):
            lock = SchedulerLock(Places(root=root).lock)
            lock.acquire(pid=os.getpid(), started_at=SystemClock().now())
            held.callback(lock.release)
        yield


def expect_sound(source: Upkeep) -> None:
    """Raise DatabaseRefused for a backup that is not a whole database of Petit's, or a newer one."""
    if not source.path.is_file():
        raise SettingsError(f"there is no backup '{source.path}'")
    found = source.check(None, lambda _done, _total: None)
    damage = [each for each in found.problems if "damaged" in each]
    if damage:
        raise DatabaseRefused(f"'{source.path}' cannot be restored: {damage[0]}")
