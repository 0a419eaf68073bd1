"""Where a scheduler keeps its things: the database and its state directory (decision 21)."""

from __future__ import annotations

import itertools
import os
import shutil
from pathlib import Path

import msgspec

from petit.core.errors import SchedulerAlreadyRunning, SettingsError
from petit.execution.launch import sync_directory
from petit.storage.base import Storage
from petit.storage.factory import Known
from petit.storage.lock import SchedulerLock

MEMORY = ":memory:"
STATE_DIR = ".petit"
DATABASE = "petit.db"
_MEMORY_PREFIX = "memory-"


class Location(msgspec.Struct, frozen=True, kw_only=True):
    """What settings say of database and state directory.

    Attributes:
        database: `:memory:`, a URL, or an absolute path.
        state_dir: Absolute; where the database does not remember another one.
        is_chosen: Whether somebody asked for this state directory, instead of leaving it to the default.
    """

    database: str
    state_dir: Path
    is_chosen: bool


class Places(msgspec.Struct, frozen=True, kw_only=True):
    """The directory of one database within its state directory, and what lives in it."""

    root: Path

    @property
    def lock(self) -> Path:
        """The lock file of the scheduler."""
        return self.root / "lock"

    @property
    def notice(self) -> Path:
        """What the running scheduler says of itself; see `notice.py`."""
        return self.root / "scheduler.json"

    @property
    def socket(self) -> Path:
        """The control socket: the whole HTTP API."""
        return self.root / "api.sock"

    @property
    def keeper(self) -> Path:
        """The keeper's socket and journal."""
        return self.root / "keeper"

    @property
    def logs(self) -> Path:
        """Log files of attempts."""
        return self.root / "logs"


def locate(database: str | None, state_dir: str | None, *, cwd: Path) -> Location:
    """Work out where database and state directory are.

    Args:
        database: As settings name it; None means `petit.db` in the state directory.
        state_dir: As settings name it; None means `.petit` beside the database file, else in `cwd`.
        cwd: Absolute directory that relative paths start from.
    """
    chosen = None if state_dir is None else _absolute(state_dir, cwd)
    if database is None:
        home = chosen or cwd / STATE_DIR
        return Location(database=str(home / DATABASE), state_dir=home, is_chosen=chosen is not None)
    if database == MEMORY or "://" in database:
        return Location(database=database, state_dir=chosen or cwd / STATE_DIR, is_chosen=chosen is not None)
    path = _absolute(database, cwd)
    return Location(
        database=str(path), state_dir=chosen or path.parent / STATE_DIR, is_chosen=chosen is not None
    )


def _absolute(path: str, cwd: Path) -> Path:
    return Path(os.path.normpath(cwd / Path(path).expanduser()))


def make_directory(path: Path) -> None:
    """Make a private directory, parents and all, that a power cut leaves; one that is there is left as it is.

    Raises:
        SettingsError: That could not be done.
    """
    missing = list(itertools.takewhile(lambda each: not each.exists(), (path, *path.parents)))
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        for each in missing:
            sync_directory(each.parent)
    except OSError as error:
        raise _unusable(path, error) from error


async def settle(storage: Storage, location: Location) -> Places:
    """Find the directory of an open database, make it, and let the database remember it.

    The directory that the database remembers wins: logs and a running scheduler's lock are there. One that
    was moved together with its database is found where it is now.

    Raises:
        SchedulerAlreadyRunning: One runs there, and another state directory is asked for.
        SettingsError: Another state directory is asked for than the one in use, or it cannot be written.
    """
    state_dir = home_of(storage, location)
    root = state_dir / (storage.uuid if location.database != MEMORY else f"{_MEMORY_PREFIX}{storage.uuid}")
    try:
        make_directory(state_dir)
        make_directory(root)
        root.chmod(0o700)
        make_directory(root / "logs")
    except OSError as error:
        raise _unusable(root, error) from error
    if not os.access(root, os.W_OK | os.X_OK):
        raise SettingsError(f"the state directory '{root}' cannot be written")
    if location.database != MEMORY and storage.state_dir != str(state_dir):
        await storage.set_state_dir(str(state_dir))
        if storage.state_dir != str(state_dir):  # another start was faster: its directory is the one
            return await settle(storage, location)
    return Places(root=root)


def sweep_memory(state_dir: Path) -> None:
    """Remove what killed schedulers with databases in memory left: nothing will ever look for it again."""
    for root in state_dir.glob(f"{_MEMORY_PREFIX}*"):
        places = Places(root=root)
        # The notice is written under the lock: where it is and nobody holds the lock, its writer is gone.
        if places.notice.exists() and SchedulerLock(places.lock).holder() is None:
            shutil.rmtree(root, ignore_errors=True)


def home_of(storage: Known, location: Location) -> Path:
    """Return the state directory of a database: the one that it remembers, unless it was moved with it.

    Raises:
        SchedulerAlreadyRunning: One runs there, and another state directory is asked for.
        SettingsError: Another state directory is asked for than the one in use.
    """
    if storage.state_dir is None or storage.state_dir == str(location.state_dir):
        return location.state_dir
    remembered = Path(storage.state_dir)
    is_there = (remembered / storage.uuid).is_dir()
    if location.is_chosen:
        if is_there:
            _expect_nobody(Places(root=remembered / storage.uuid))
            raise SettingsError(
                f"the database '{location.database}' has its state in '{remembered}', not in"
                f" '{location.state_dir}': leave out --state-dir, or move the directory there first",
                state_dir=str(remembered),
            )
        return location.state_dir
    has_moved = not is_there and (location.state_dir / storage.uuid).is_dir()
    return location.state_dir if has_moved else remembered


def _expect_nobody(places: Places) -> None:
    """What runs there must be stopped before anything else is worth saying."""
    holder = SchedulerLock(places.lock).holder()
    if holder is not None:
        raise SchedulerAlreadyRunning(
            str(places.root), pid=holder.pid, started_at=holder.started_at, address=holder.address
        )


def _unusable(path: Path, error: OSError) -> SettingsError:
    return SettingsError(
        f"cannot use the state directory '{path}': {error.strerror}; name another with --state-dir"
    )
