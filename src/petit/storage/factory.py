"""The one place that names the backends."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from petit.core.errors import DatabaseRefused
from petit.storage.base import Storage
from petit.storage.upkeep import Upkeep

MEMORY = ":memory:"


class Known(Protocol):
    """Which database it is, and where its state is, if it has any."""

    @property
    def uuid(self) -> str:
        """Its identity."""
        ...

    @property
    def state_dir(self) -> str | None:
        """The state directory that it remembers."""
        ...


def older(location: str) -> Known | None:
    """Return which database it is that opening would migrate; None where opening changes nothing."""
    if location == MEMORY or "://" in location or not location:
        return None
    from petit.storage.sqlite_file import older_identity  # noqa: PLC0415 - as below

    return older_identity(Path(location))


def open_storage(location: str) -> Storage:
    """Return the storage for `location`, not opened yet.

    Args:
        location: ":memory:", or the path of a SQLite file.

    Raises:
        DatabaseRefused: The location names a kind of database that this version cannot use.
    """
    if location == MEMORY:
        from petit.storage.memory import MemoryStorage  # noqa: PLC0415 - only the backend in use costs memory

        return MemoryStorage()
    scheme, separator, _ = location.partition("://")
    if separator:
        if scheme in {"postgresql", "postgres"}:
            raise DatabaseRefused("this version has no PostgreSQL backend; name a SQLite file with --db")
        raise DatabaseRefused(f"'{scheme}://' is not a kind of database; name a SQLite file, or {MEMORY}")
    if not location:
        raise DatabaseRefused(f"the name of the database is empty; name a SQLite file, or {MEMORY}")
    from petit.storage.sqlite import SqliteStorage  # noqa: PLC0415 - as above

    return SqliteStorage(Path(location))


def upkeep_of(location: str) -> Upkeep:
    """Return who looks after the database at `location`.

    Raises:
        DatabaseRefused: There is nothing that could be looked after.
    """
    if location == MEMORY or "://" in location or not location:
        raise DatabaseRefused(f"'{location}' is no database file; name one with --db")
    from petit.storage.sqlite_upkeep import SqliteUpkeep  # noqa: PLC0415 - as above

    return SqliteUpkeep(Path(location))
