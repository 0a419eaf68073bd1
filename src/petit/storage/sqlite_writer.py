"""The one thread that writes: it commits whatever has queued up as one transaction (group commit)."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple

from petit.core.errors import StorageError, StorageUnavailable
from petit.storage.sqlite_failures import BROKEN_CONNECTION, cause_of, explain

MAX_GROUP = (
    1000  # operations in one transaction: bounds what one commit writes, and what one caller waits for
)

SAVE_CHANGE = "UPDATE database SET change = ?"
"""The change number, once for each group, in the group's own transaction."""


class Transaction:
    """What an operation works on: the connection inside a transaction, and the number of its change."""

    __slots__ = ("_last", "connection", "execute", "executemany", "number")

    def __init__(self, connection: sqlite3.Connection, last: int) -> None:
        self.connection = connection
        self.execute = connection.execute
        self.executemany = connection.executemany
        self._last = last
        self.number = last

    @property
    def coming(self) -> int:
        """The number that the present operation's change has, or would have."""
        return self._last + 1

    def change(self) -> int:
        """Return the number of the change that the present operation makes; rows that it writes carry it."""
        self.number = self._last + 1
        return self.number

    def next_operation(self) -> None:
        """Begin the next operation: it gets a number of its own once it writes."""
        self._last = self.number


Operation = Callable[[Transaction], Any]


class _Queued(NamedTuple):
    operation: Operation
    future: asyncio.Future[Any]


class _Outcome(NamedTuple):
    future: asyncio.Future[Any]
    result: Any
    error: Exception | None


class Writer:
    """Owns the writing connection. `connect` makes one; it is called again after the disk failed."""

    def __init__(self, connect: Callable[[], sqlite3.Connection], *, change: int) -> None:
        self.change = change
        self._connect = connect
        self._connection: sqlite3.Connection | None = None
        self._queue: SimpleQueue[_Queued | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="petit-storage", daemon=True)
        self._loop = asyncio.get_running_loop()
        self._closed = self._loop.create_future()

    def start(self, connection: sqlite3.Connection) -> None:
        """Start writing to this connection, which is the thread's own from now on."""
        self._connection = connection
        self._thread.start()

    def submit(self, operation: Operation) -> asyncio.Future[Any]:
        """Queue an operation. The future is done when it is durable, or failed and left no trace."""
        future: asyncio.Future[Any] = self._loop.create_future()
        self._queue.put(_Queued(operation, future))
        return future

    async def close(self) -> None:
        """Finish what is queued, close the connection, end the thread."""
        self._queue.put(None)
        await self._closed
        self._thread.join()

    # --- in the thread --------------------------------------------------------------------------------------
    def _work(self) -> None:
        going_on = True
        while going_on:
            group = [self._queue.get(), *self._queued()]
            operations = [each for each in group if each is not None]
            going_on = len(operations) == len(group)
            self._answer(self._commit(operations))
        self._disconnect()
        self._call(_finish, self._closed)

    def _queued(self) -> list[_Queued | None]:
        taken: list[_Queued | None] = []
        try:
            while len(taken) < MAX_GROUP - 1:
                taken.append(self._queue.get_nowait())
        except Empty:
            pass
        return taken

    def _answer(self, outcomes: list[_Outcome]) -> None:
        if outcomes:
            self._call(_resolve, outcomes)

    def _call(self, function: Callable[[Any], None], argument: object) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody is left to be told
            self._loop.call_soon_threadsafe(function, argument)

    def _commit(self, group: list[_Queued]) -> list[_Outcome]:
        """Write a group as one transaction; where that fails, each operation in one of its own.

        One bad operation thus harms no other. A lock and a failing disk are not tried again for each.
        """
        if not group:
            return []
        try:
            return self._write(group)
        except Exception as error:  # noqa: BLE001 - whatever an operation raises belongs to its caller
            failure = explain(error)
        cause = cause_of(failure)
        if cause in BROKEN_CONNECTION:
            self._disconnect()
        if cause == "locked":
            # Those that queued up meanwhile have no better chance: they would wait as long once more.
            group = group + [each for each in self._queued_now() if each is not None]
        if len(group) > 1 and cause in {None, "disk_full"}:
            return [outcome for each in group for outcome in self._commit([each])]
        return [_Outcome(each.future, None, _copy(failure)) for each in group]

    def _queued_now(self) -> list[_Queued | None]:
        """Take what is queued, leaving the order to stop where it is."""
        taken = self._queued()
        if None in taken:
            self._queue.put(None)
        return taken

    def _write(self, group: list[_Queued]) -> list[_Outcome]:
        if self._connection is None:
            self._connection = self._connect()
        connection = self._connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            transaction = Transaction(connection, self.change)
            outcomes = []
            for each in group:
                outcomes.append(_Outcome(each.future, each.operation(transaction), None))
                transaction.next_operation()
            if transaction.number != self.change:
                connection.execute(SAVE_CHANGE, (transaction.number,))
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        self.change = transaction.number
        return outcomes

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            # Where closing fails, the write-ahead log keeps what was committed for the next opening.
            with suppress(sqlite3.Error):
                connection.close()


def _copy(error: Exception) -> Exception:
    """Return an error of one's own for each caller: a raised one collects the traces of all who raise it."""
    if isinstance(error, StorageUnavailable):
        return StorageUnavailable(str(error), cause=error.evidence["cause"])
    return StorageError(str(error)) if type(error) is StorageError else error


def _resolve(outcomes: list[_Outcome]) -> None:
    for future, result, error in outcomes:
        if future.done():  # its caller was cancelled
            continue
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(error)


def _finish(closed: asyncio.Future[None]) -> None:
    if not closed.done():
        closed.set_result(None)
