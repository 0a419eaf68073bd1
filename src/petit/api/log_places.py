"""The streams of an attempt, opened when there is something in them, and how far each has been sent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

from starlette.requests import Request

from petit.api.context import handle_of
from petit.core.clock import Millis
from petit.core.ids import TaskId
from petit.core.log_order import Sample
from petit.core.states import TASK_OVER

_BLOCK = 64 * 1024


class ShownPiece(Protocol):
    """A part of a log as it is shown, and where the next part begins."""

    @property
    def data(self) -> bytes:
        """Bytes of the log, with a mark in place of what was dropped."""
        ...

    @property
    def next_offset(self) -> int:
        """Where to go on."""
        ...


class Log(Protocol):
    """What the handle opens: one stream of one attempt."""

    @property
    def size(self) -> int:
        """Bytes written so far, dropped ones included."""
        ...

    @property
    def dropped(self) -> tuple[int, int] | None:
        """The range that was dropped."""
        ...

    def samples(self) -> Sequence[Sample]:
        """Return what is known of the sizes of both streams of the attempt at moments."""
        ...

    def read(self, offset: int, length: int) -> bytes:
        """Return bytes as they are on disk."""
        ...

    def render(self, offset: int, length: int) -> ShownPiece:
        """Return bytes as they are shown."""
        ...

    def tail_offset(self, lines: int) -> int:
        """Return where the last lines begin."""
        ...

    def close(self) -> None:
        """Close the file."""
        ...


class Part(NamedTuple):
    """Something to be sent.

    Attributes:
        stream: Where it was written.
        offset: Its first byte.
        next_offset: The byte after its last.
        data: What was written; a mark where that was dropped.
        at: When it was first seen, where that is known.
        dropped: How many bytes the mark stands for, else 0.
    """

    stream: str
    offset: int
    next_offset: int
    data: bytes
    at: Millis | None = None
    dropped: int = 0


class Place:
    """How far a stream has been sent. It is opened when its attempt begins to write."""

    def __init__(self, request: Request, stream: str, attempt: int | None) -> None:
        self._request = request
        self.stream = stream
        self.attempt = attempt
        self.offset = 0
        self.log: Log | None = None

    async def open(self) -> None:
        """Open the log, if there is one by now."""
        if self.log is None:
            params = self._request.path_params
            handle = handle_of(self._request)
            self.log = await handle.log(params["run_id"], params["task_id"], self.stream, self.attempt)

    def close(self) -> None:
        """Close the log."""
        if self.log is not None:
            self.log.close()

    @property
    def size(self) -> int:
        """Bytes that have been written so far, dropped ones included."""
        return 0 if self.log is None else self.log.size

    def parts(self) -> Iterator[Part]:
        """Yield what is there by now and was not yielded before, with a mark where something was dropped."""
        if self.log is None:
            return
        limit = self.log.size
        while self.offset < limit:
            offset = self.offset
            piece = self.log.render(offset, min(_BLOCK, limit - offset))
            if piece.next_offset == offset:
                return
            self.offset = piece.next_offset
            yield Part(self.stream, offset, piece.next_offset, piece.data)

    def raw(self, start: int, end: int) -> Iterator[bytes]:
        """Yield the bytes of a range as they are on disk."""
        assert self.log is not None
        while start < end:
            data = self.log.read(start, min(_BLOCK, end - start))
            if not data:
                return
            start += len(data)
            yield data


class End(NamedTuple):
    """How an attempt ended; without a number, how a task ended that never had one."""

    attempt: int | None
    status: str
    ended_at: Millis | None = None
    exit_code: int | None = None
    signal: int | None = None
    cause: str | None = None
    error: str | None = None


async def end_of(request: Request, places: Sequence[Place]) -> End | None:
    """Return how the attempt ended; None while more may be written.

    Where no attempt was there to look at, the first to come is it from now on.
    """
    handle, run_id = handle_of(request), request.path_params["run_id"]
    task_id: TaskId = request.path_params["task_id"]
    rows = await handle.attempts(run_id, task_id)
    if not rows:
        tasks = [row for row in await handle.tasks(run_id) if row.task_id == task_id]
        return next((End(None, row.status) for row in tasks if row.status in TASK_OVER), None)
    for place in places:
        place.attempt = place.attempt or rows[-1].number
    row = rows[(places[0].attempt or 1) - 1]
    if row.status == "running":
        return None
    return End(row.number, row.status, row.ended_at, row.exit_code, row.signal, row.cause, row.error)
