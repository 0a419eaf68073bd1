"""Group commit: whatever has queued up is written as one transaction, and one thread waits for the disk.

An operation's statements run on the event loop, as reads do: they take microseconds and wait for nothing,
while in a thread each of them has to win the interpreter lock back from a busy loop. The thread does what can
block: COMMIT with its fsync, waiting for another process's lock, bulky operations, and everything after a
failure.

A thread that waits for the interpreter lock is told whenever the loop lets go of it, but a busy loop lets go
for a microsecond at a time and is back before the thread has woken up: without help it starved for seconds.
So where the thread has not answered for a while, the loop stands still for an instant and lets it through.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from typing import Any, NamedTuple

from petit.core.errors import StorageError, StorageUnavailable
from petit.storage.figures import Backlog
from petit.storage.sqlite_failures import BROKEN_CONNECTION, cause_of, explain

MAX_GROUP = 64  # operations in one transaction: bounds how long their statements keep the loop, about 4 ms
MAX_ROWS = (
    2000  # rows that one transaction writes on the loop, about 5 ms; a single operation of more is bulky
)

MAKE_WAY_AFTER_S = 0.001  # doubled each time up to the next: a slow disk is not hurried by asking
MAKE_WAY_AT_LEAST_EVERY_S = 0.016
MAKE_WAY_FOR_S = 0.0001

SAVE_CHANGE = "UPDATE database SET change = ?"
"""The change number, once for each group, in the group's own transaction."""


class Transaction:
    """What an operation works on: the connection inside a transaction, and the number of its change."""

    __slots__ = ("_last", "execute", "executemany", "number")

    def __init__(self, connection: sqlite3.Connection, last: int) -> None:
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
    rows: int


class _Outcome(NamedTuple):
    future: asyncio.Future[Any]
    result: Any
    error: Exception | None


class _Written(NamedTuple):
    """A group whose statements are done; `number` is that of its last change."""

    group: list[_Queued]
    outcomes: list[_Outcome]
    number: int


class Writer:
    """Owns the writing connection. `connect` makes one; it is called again after the disk failed.

    At any time either the loop or the thread works with the connection: the loop while the thread waits for
    work, the thread from being handed a group until it has answered.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        connect: Callable[[], sqlite3.Connection],
        *,
        change: int,
        busy_timeout_s: float,
    ) -> None:
        self.change = change
        self.commits = 0
        self._answered = 0
        self._under_way = 0
        self._connect = connect
        self._connection: sqlite3.Connection | None = connection
        self._failed: sqlite3.Connection | None = None
        self._busy_timeout_ms = round(busy_timeout_s * 1000)
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[_Queued] = deque()
        self._idle = asyncio.Event()
        self._idle.set()
        self._patience: asyncio.TimerHandle | None = None
        self._handed: SimpleQueue[_Written | list[_Queued] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="petit-storage", daemon=True)
        self._thread.start()

    # --- on the loop
    # ------------------------------------------------------------------------------------------
    def submit(self, operation: Operation, *, rows: int = 1) -> asyncio.Future[Any]:
        """Queue an operation. The future is done when it is durable, or failed and left no trace.

        Args:
            operation: Called with the transaction, more than once if its group fails.
            rows: About how many rows it writes.
        """
        future: asyncio.Future[Any] = self._loop.create_future()
        self._waiting.append(_Queued(operation, future, rows))
        if self._idle.is_set():
            self._idle.clear()
            self._loop.call_soon(
                self._flush
            )  # what else is submitted in this turn of the loop joins the group
        return future

    @property
    def backlog(self) -> Backlog:
        """What was submitted and has no answer yet."""
        return Backlog(len(self._waiting) + self._under_way, self._answered)

    async def close(self) -> None:
        """Finish what is queued, close the connection, end the thread."""
        await self._idle.wait()
        self._handed.put(None)
        self._thread.join()

    def _flush(self) -> None:
        if not self._waiting:
            self._idle.set()
            return
        group = self._next_group()
        if self._connection is None or group[0].rows > MAX_ROWS:
            self._hand(group)
            return
        try:
            written = _write(self._connection, group, self.change)
        except Exception:  # noqa: BLE001 - the thread does it again, and finds out what is wrong
            self._hand(group)
        else:
            self._hand(written)

    def _next_group(self) -> list[_Queued]:
        group = [self._waiting.popleft()]
        rows = group[0].rows
        while self._waiting and len(group) < MAX_GROUP and rows + self._waiting[0].rows <= MAX_ROWS:
            group.append(self._waiting.popleft())
            rows += group[-1].rows
        return group

    def _hand(self, work: _Written | list[_Queued]) -> None:
        self._under_way = len(work.group if isinstance(work, _Written) else work)
        self._handed.put(work)
        self._patience = self._loop.call_later(MAKE_WAY_AFTER_S, self._make_way, MAKE_WAY_AFTER_S)

    def _make_way(self, waited_s: float) -> None:
        time.sleep(MAKE_WAY_FOR_S)
        again_s = min(waited_s * 2, MAKE_WAY_AT_LEAST_EVERY_S)
        self._patience = self._loop.call_later(again_s, self._make_way, again_s)

    def _answer(self, outcomes: list[_Outcome]) -> None:
        if self._patience is not None:
            self._patience.cancel()
        self._answered += 1
        self._under_way = 0
        for future, result, error in outcomes:
            if future.done():  # its caller was cancelled
                continue
            if error is None:
                future.set_result(result)
            else:
                future.set_exception(error)
        if any(error is not None and cause_of(error) == "locked" for _, _, error in outcomes):
            self._give_up_waiting()
        self._loop.call_soon(self._flush)  # after the callers answered just now, who may have more

    def _give_up_waiting(self) -> None:
        """Fail what queued up behind a lock: it would wait as long once more."""
        while self._waiting:
            future = self._waiting.popleft().future
            if not future.done():
                future.set_exception(
                    StorageUnavailable("the database is not available: locked", cause="locked")
                )

    # --- in the thread
    # ----------------------------------------------------------------------------------------
    def _work(self) -> None:
        while (handed := self._handed.get()) is not None:
            outcomes = self._committed(handed) if isinstance(handed, _Written) else self._patiently(handed)
            with suppress(RuntimeError):  # the loop is closed: nobody is left to be told
                self._loop.call_soon_threadsafe(self._answer, outcomes)
        self._disconnect()

    def _committed(self, written: _Written) -> list[_Outcome]:
        assert self._connection is not None
        try:
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            _roll_back(self._connection)
            if cause_of(explain(error)) in BROKEN_CONNECTION:
                self._give_up()
            return self._patiently(written.group)
        return self._done(written)

    def _done(self, written: _Written) -> list[_Outcome]:
        self.change = written.number
        self.commits += 1
        return written.outcomes

    def _patiently(self, group: list[_Queued]) -> list[_Outcome]:
        """Write a group, waiting for locks; where that fails, each operation in a transaction of its own.

        One bad operation thus harms no other. A lock and a failing disk are not tried again for each.
        """
        try:
            connection = self._connected()
            connection.execute(f"PRAGMA busy_timeout = {self._busy_timeout_ms:d}")
            written = _write(connection, group, self.change)
            connection.execute("COMMIT")
        except Exception as error:  # noqa: BLE001 - whatever an operation raises belongs to its caller
            failure = explain(error)
        else:
            return self._done(written)
        finally:
            self._never_wait()
        cause = cause_of(failure)
        if cause in BROKEN_CONNECTION:
            self._give_up()
        if len(group) > 1 and cause in {None, "disk_full"}:
            return [outcome for each in group for outcome in self._patiently([each])]
        return [_Outcome(each.future, None, _copy(failure)) for each in group]

    def _connected(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = self._connect()
            failed, self._failed = self._failed, None
            _close(failed)
        return self._connection

    def _never_wait(self) -> None:
        """Leave the connection as the loop needs it: outside a transaction, never waiting for a lock."""
        if self._connection is not None:
            _roll_back(self._connection)
            self._connection.execute("PRAGMA busy_timeout = 0")

    def _give_up(self) -> None:
        """Use the connection no more; it is closed once there is another.

        A write that failed may lie in the log as if it had succeeded. As long as somebody has the file open,
        the next write goes over it; whoever opened it first of all would take it as done, which was answered
        as failed.
        """
        if self._connection is not None:
            _close(self._failed)
            self._failed, self._connection = self._connection, None

    def _disconnect(self) -> None:
        for connection in (self._connection, self._failed):
            _close(connection)
        self._connection = self._failed = None


def _close(connection: sqlite3.Connection | None) -> None:
    if connection is not None:
        # Where closing fails, the write-ahead log keeps what was committed for the next opening.
        with suppress(sqlite3.Error):
            connection.close()


def _write(connection: sqlite3.Connection, group: list[_Queued], last: int) -> _Written:
    """Do the statements of a group, up to but without COMMIT; where one fails, all are taken back."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        transaction = Transaction(connection, last)
        outcomes = []
        for each in group:
            outcomes.append(_Outcome(each.future, each.operation(transaction), None))
            transaction.next_operation()
        if transaction.number != last:
            connection.execute(SAVE_CHANGE, (transaction.number,))
    except BaseException:
        _roll_back(connection)
        raise
    return _Written(group, outcomes, transaction.number)


def _roll_back(connection: sqlite3.Connection) -> None:
    """End a transaction, if one is open still (SQLite ends it by itself where the disk is full)."""
    with suppress(sqlite3.Error):
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _copy(error: Exception) -> Exception:
    """Return an error of one's own for each caller: a raised one collects the traces of all who raise it."""
    if isinstance(error, StorageUnavailable):
        return StorageUnavailable(str(error), cause=error.evidence["cause"])
    return StorageError(str(error)) if type(error) is StorageError else error
