"""The database file: looked at before it is touched, made whole or not at all, connected to."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote
from uuid import uuid4

from petit.core.errors import DatabaseRefused
from petit.storage import sqlite_tallies
from petit.storage.migrate import APPLICATION_ID, migrate, newest_version, version_of
from petit.storage.sqlite_failures import primary_code

LEAST_SQLITE = (3, 37, 0)  # the first with STRICT tables
WHOLE_CHECK_BYTES = 4 * 1024 * 1024
QUICK_CHECK_BYTES = 8 * 1024 * 1024
"""Files up to these sizes are checked when they are opened, tables against indexes or each by itself: about
75 ms at most. Larger ones are checked by `petit db check` only."""

_MAGIC = b"SQLite format 3\0"
_HEADER_BYTES = 100
_RESTORE = "restore a backup of it, or move it away to begin with an empty one"

CREATE_IDENTITY = "INSERT INTO database (only_row, uuid) VALUES (1, ?)"
"""The database gets its identity when it is made."""

READ_IDENTITY = "SELECT uuid, state_dir, change FROM database"
"""Identity, state directory and last change number."""


def open_file(path: Path, *, busy_timeout_s: float) -> sqlite3.Connection:
    """Open or create the database at `path` for writing, brought to the newest version.

    Raises DatabaseRefused for what is not ours to write; such a file is left as it was.
    """
    if sqlite3.sqlite_version_info < LEAST_SQLITE:
        raise DatabaseRefused(f"SQLite {sqlite3.sqlite_version} is too old; Petit needs 3.37 or newer")
    if not path.parent.is_dir():
        raise DatabaseRefused(f"cannot open database '{path}': directory '{path.parent}' does not exist")
    try:
        if not path.exists():
            _create(path)
        look_at(path)
        return _connect_newest(path, busy_timeout_s)
    except OSError as error:
        reason = error.strerror or str(error)
        raise DatabaseRefused(f"cannot open database '{path}': {reason}") from error
    except sqlite3.Error as error:
        raise DatabaseRefused(_sentence(path, error)) from error
    except UnicodeDecodeError as error:
        raise DatabaseRefused(
            f"database '{path}' is damaged (it has texts that are none); {_RESTORE}"
        ) from error


class Identity(NamedTuple):
    """Which database it is, and where its state is, if it has any."""

    uuid: str
    state_dir: str | None


def older_identity(path: Path) -> Identity | None:
    """Return which database it is that would have to be migrated; None for all others. Changes nothing."""
    try:
        if not path.is_file() or path.stat().st_size == 0:
            return None
        mode = "ro" if path.with_name(f"{path.name}-wal").exists() else "ro&immutable=1"
        with closing(connect(path, timeout_s=1, mode=mode)) as connection:
            if not 0 < version_of(connection) < newest_version():
                return None
            return Identity(*connection.execute(READ_IDENTITY).fetchone()[:2])
    except (OSError, sqlite3.Error):
        return None  # whoever opens it is told what is wrong


def connect(path: Path, *, timeout_s: float, mode: str = "rw") -> sqlite3.Connection:
    """Connect to an existing file. Statements commit on their own unless a transaction is begun.

    Args:
        path: The database file.
        timeout_s: How long a statement may wait for another process's lock.
        mode: As in SQLite's file names: "rw", or "ro" for a look.
    """
    uri = f"file:{quote(str(path.absolute()))}?mode={mode}"
    return sqlite3.connect(
        uri, uri=True, timeout=timeout_s, isolation_level=None, check_same_thread=False, cached_statements=256
    )


def connect_writer(path: Path, *, busy_timeout_s: float) -> sqlite3.Connection:
    """Connect for writing: every commit is on the disk when it returns."""
    connection = connect(path, timeout_s=busy_timeout_s)
    try:
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute("PRAGMA wal_autocheckpoint = 1000")
        connection.execute(f"PRAGMA journal_size_limit = {8 * 1024 * 1024}")
        sqlite_tallies.prepare(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def connect_reader(path: Path) -> sqlite3.Connection:
    """Connect for short reads on the event loop: never waits, never writes."""
    connection = connect(path, timeout_s=0)
    try:
        connection.execute("PRAGMA query_only = ON")
        connection.execute("PRAGMA temp_store = MEMORY")
    except BaseException:
        connection.close()
        raise
    return connection


def look_at(path: Path) -> None:
    """Raise DatabaseRefused for a file that is foreign, newer than we know, or damaged. Changes nothing."""
    if not path.is_file():
        raise DatabaseRefused(f"database '{path}' is not a regular file")
    os.close(os.open(path, os.O_RDWR | os.O_CLOEXEC))  # raises what stands against writing; changes nothing
    if not os.access(path.parent, os.W_OK | os.X_OK, effective_ids=os.access in os.supports_effective_ids):
        raise DatabaseRefused(f"cannot open database '{path}': its directory is not writable for this user")
    size = path.stat().st_size
    if size == 0:  # an empty file is an empty database
        return
    expect_ours(path)
    _look_inside(path, size)


def expect_ours(path: Path) -> None:
    """Raise DatabaseRefused for a file that its first bytes show to be foreign, newer, or cut off."""
    with path.open("rb") as file:
        header = file.read(_HEADER_BYTES)
    _check_header(path, header, path.stat().st_size)


def publish_directory(directory: Path) -> None:
    """Make renames in a directory durable."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _look_inside(path: Path, size: int) -> None:
    """Read the version and check the pages, without a trace where nobody has the database open."""
    log = path.with_name(f"{path.name}-wal")
    while True:
        seen = path.stat().st_mtime_ns
        mode = (
            "ro" if log.exists() else "ro&immutable=1"
        )  # the second makes no -shm file, but must not be changed
        try:
            with closing(connect(path, timeout_s=1, mode=mode)) as connection:
                _check_version(path, version_of(connection))
                _check_pages(path, connection, size)
        except (sqlite3.DatabaseError, DatabaseRefused):
            if mode == "ro" or (path.stat().st_mtime_ns == seen and not log.exists()):
                raise  # else another process opened it meanwhile: look again, as one does at an open one
        else:
            return


def _check_header(path: Path, header: bytes, size: int) -> None:
    """Judge the first bytes of the file, as SQLite's file format describes them."""
    if not header.startswith(_MAGIC) or len(header) < _HEADER_BYTES:
        raise DatabaseRefused(f"'{path}' is not a database; name another file with --db")
    if _number(header, 68) != APPLICATION_ID:
        raise DatabaseRefused(f"'{path}' is a database of another program; name another file with --db")
    _check_version(path, _number(header, 60))
    if _has_content(path.with_name(f"{path.name}-wal")):
        return  # a power cut amid a checkpoint: what is missing here is there still
    page_size = int.from_bytes(header[16:18], "big")
    page_size = 65536 if page_size == 1 else page_size
    pages = _number(header, 28)
    if _number(header, 24) == _number(header, 92) and pages * page_size > size:
        raise DatabaseRefused(
            f"database '{path}' is damaged: its end is missing; {_RESTORE}", is_damaged=True
        )


def _has_content(path: Path) -> bool:
    try:
        return path.stat().st_size > 0
    except FileNotFoundError:
        return False


def _check_version(path: Path, version: int) -> None:
    if version > newest_version():
        raise DatabaseRefused(
            f"database '{path}' was written by a newer Petit (schema {version}; we know {newest_version()}):"
            " upgrade Petit, or name another file with --db"
        )


def _check_pages(path: Path, connection: sqlite3.Connection, size: int) -> None:
    if size > QUICK_CHECK_BYTES:
        return
    check = "integrity_check" if size <= WHOLE_CHECK_BYTES else "quick_check"
    try:
        answer = connection.execute(f"PRAGMA {check}(1)").fetchone()[0]
    except UnicodeDecodeError:  # SQLite's own words name what is damaged, in bytes that are no text
        answer = "its schema cannot be read"
    if answer != "ok":
        raise DatabaseRefused(
            f"database '{path}' is damaged ({' '.join(answer.split())}); {_RESTORE}", is_damaged=True
        )


def _create(path: Path) -> None:
    """Make a new database under another name first: no half-made one is ever seen under its own."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.new")
    draft.unlink(missing_ok=True)
    os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    try:
        with closing(connect(draft, timeout_s=0)) as connection:
            connection.execute("PRAGMA journal_mode = MEMORY")
            _bring_up(connection)
            connection.execute("PRAGMA journal_mode = WAL")
        _publish(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def _publish(draft: Path, path: Path) -> None:
    try:
        os.link(draft, path)
    except FileExistsError:  # another process made one meanwhile: that one is it
        return
    except OSError:  # a file system without hard links
        draft.rename(path)
    publish_directory(path.parent)


def _bring_up(connection: sqlite3.Connection) -> None:
    migrate(connection)
    if connection.execute(READ_IDENTITY).fetchone() is None:
        connection.execute(CREATE_IDENTITY, (str(uuid4()),))


def _connect_newest(path: Path, busy_timeout_s: float) -> sqlite3.Connection:
    connection = connect_writer(path, busy_timeout_s=busy_timeout_s)
    try:
        connection.execute(f"PRAGMA busy_timeout = {round(busy_timeout_s * 1000):d}")
        _bring_up(connection)
        mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
        connection.execute("PRAGMA busy_timeout = 0")  # from here on the writer decides who waits
        if mode != "wal":
            raise DatabaseRefused(
                f"database '{path}' lies on a file system without shared memory, which the write-ahead log"
                " needs; put it on a local disk"
            )
    except BaseException:
        connection.close()
        raise
    return connection


def _number(header: bytes, at: int) -> int:
    return int.from_bytes(header[at : at + 4], "big")


def _sentence(path: Path, error: sqlite3.Error) -> str:
    """Say in one line why the file cannot be opened and what to do."""
    code = primary_code(error)
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL}:
        return f"database '{path}' is locked by another process; end that one, or name another file with --db"
    if code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
        return f"database '{path}' is damaged ({error}); {_RESTORE}"
    if code == sqlite3.SQLITE_FULL:
        return f"cannot open database '{path}': the disk is full"
    return f"cannot open database '{path}': {error}"
