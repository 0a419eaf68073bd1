"""Connections to a database file: one that writes, in a thread, and one that reads in place."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from petit.core.errors import DatabaseRefused, StorageError, StorageUnavailable
from petit.storage.figures import Backlog
from petit.storage.sqlite_failures import BROKEN_CONNECTION, cause_of, explain
from petit.storage.sqlite_file import READ_IDENTITY, connect_reader, connect_writer, open_file
from petit.storage.sqlite_writer import Transaction, Writer

T = TypeVar("T")
Read = Callable[[sqlite3.Connection], T]


class Connections:
    """Opens, reads, writes and closes one file. A read takes 33 us in place; a hop to a thread costs 150.

    Args:
        path: The database file; its directory must exist.
        busy_timeout_s: How long a write waits for another process's lock before it fails with cause "locked".
    """

    def __init__(self, path: Path, *, busy_timeout_s: float = 5.0) -> None:
        self.path = path
        self.uuid = ""
        self.state_dir: str | None = None
        self._busy_timeout_s = busy_timeout_s
        self._change = 0
        self._writer: Writer | None = None
        self._reader: sqlite3.Connection | None = None

    @property
    def name(self) -> str | None:
        """The name of its file."""
        return self.path.name

    @property
    def change(self) -> int:
        """Number of the last committed change."""
        return self._change if self._writer is None else self._writer.change

    @property
    def commits(self) -> int:
        """Transactions committed since it was opened."""
        return 0 if self._writer is None else self._writer.commits

    @property
    def backlog(self) -> Backlog:
        """What it has been given to write."""
        return Backlog() if self._writer is None else self._writer.backlog

    async def open(self) -> None:
        """Open or create, migrate. Raises DatabaseRefused, leaving the file untouched."""
        if self._writer is not None:
            return
        connection = open_file(self.path, busy_timeout_s=self._busy_timeout_s)
        try:
            self.uuid, self.state_dir, change = connection.execute(READ_IDENTITY).fetchone()
            self._reader = connect_reader(self.path)
        except sqlite3.Error as error:
            connection.close()
            raise DatabaseRefused(f"cannot read database '{self.path}': {error}") from error
        self._change = change
        self._writer = Writer(connection, self._reconnect, change=change, busy_timeout_s=self._busy_timeout_s)

    async def close(self) -> None:
        """Finish what is queued and let go; the last connection brings the write-ahead log into the file."""
        writer, self._writer = self._writer, None
        self._close_reader()
        if writer is not None:
            await writer.close()
            self._change = writer.change

    def _reconnect(self) -> sqlite3.Connection:
        """Connect for writing again after the disk failed."""
        return self._same(connect_writer(self.path, busy_timeout_s=self._busy_timeout_s))

    def _same(self, connection: sqlite3.Connection) -> sqlite3.Connection:
        """Return a connection to this very database; another one in its place is not ours."""
        try:
            uuid = connection.execute(READ_IDENTITY).fetchone()[0]
            if uuid != self.uuid:
                raise StorageUnavailable(f"'{self.path}' is another database now", cause="io_error")
        except BaseException:
            connection.close()
            raise
        return connection

    # --- the two ways to the file ---------------------------------------------------------------------------
    async def _write(self, operation: Callable[[Transaction], T], *, rows: int = 1) -> T:
        if self._writer is None:
            raise StorageError("the database is not open")
        result: T = await self._writer.submit(operation, rows=rows)
        return result

    def _read(self, read: Read[T]) -> T:
        """Read in one statement."""
        if self._writer is None:
            raise StorageError("the database is not open")
        try:
            if self._reader is None:
                self._reader = self._same(connect_reader(self.path))
            return read(self._reader)
        except sqlite3.Error as error:
            failure = explain(error)
            if cause_of(failure) in BROKEN_CONNECTION:
                self._close_reader()
            raise failure from error

    def _read_at_once(self, read: Read[T]) -> T:
        """Read in several statements that see the same state."""

        def within(connection: sqlite3.Connection) -> T:
            connection.execute("BEGIN")
            try:
                return read(connection)
            finally:
                connection.execute("COMMIT")

        return self._read(within)

    def _close_reader(self) -> None:
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.close()
