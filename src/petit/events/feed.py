"""The change feed: what happened lately, each with an id that grows, for those who follow it from outside."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from typing import NamedTuple

from petit.core.ids import RunId
from petit.events.facts import RUN_ENDINGS, Fact, RunFact, name_of

MAX_FACTS = 5_000
MAX_BYTES = 4 * 1024 * 1024
"""What is kept for those who come back: some seconds of a busy scheduler, days of a quiet one."""

Write = Callable[[Fact], bytes]
"""Writes a fact as JSON, as it is shown."""


class EventId(NamedTuple):
    """The storage's change number when a fact was announced, and its place among those of the same number."""

    change: int
    number: int

    def __str__(self) -> str:
        """Write it as it is handed out."""
        return f"{self.change}-{self.number}"


class Entry:
    """A fact as it is kept: as it is until somebody reads it, then as it is sent.

    Attributes:
        run_id: The run that it is about, None where it is about none.
        is_end: Whether it is the end of that run.
        block: The whole of it as a server-sent event, made once, however many read it.
    """

    __slots__ = ("block", "fact", "id", "is_end", "run_id")

    def __init__(self, event_id: EventId, fact: Fact) -> None:
        self.id = event_id
        self.fact: Fact | None = fact
        self.run_id: RunId | None = fact.run_id if isinstance(fact, RunFact) else None
        self.is_end = isinstance(fact, RUN_ENDINGS)
        self.block: bytes | None = None


def write_event(event_id: EventId, name: str, data: bytes) -> bytes:
    """Write a server-sent event; `data` is JSON without line feeds."""
    return f"id: {event_id}\nevent: {name}\ndata: ".encode() + data + b"\n\n"


class Feed:
    """Keeps the newest facts, within limits of count and bytes. Places in it are counted from 0, for ever."""

    def __init__(
        self, change: Callable[[], int], *, max_facts: int = MAX_FACTS, max_bytes: int = MAX_BYTES
    ) -> None:
        """Begin a feed.

        Args:
            change: Returns the number of the storage's last change. Ids of an earlier life of the scheduler
                are below those of this one: whatever is announced was written before.
            max_facts: Facts that are kept.
            max_bytes: Bytes of events that are kept of those that were read, as of the next fact.
        """
        self._change = change
        self._max_facts = max_facts
        self._max_bytes = max_bytes
        self._begin = EventId(change(), 0)
        self._newest = self._begin
        self._kept: deque[Entry] = deque()
        self._bytes = 0
        self._end = 0
        self._next: asyncio.Future[None] | None = None

    @property
    def newest(self) -> EventId:
        """The id of the newest fact, or where the feed began."""
        return self._newest

    @property
    def end(self) -> int:
        """The place behind the newest fact."""
        return self._end

    @property
    def start(self) -> int:
        """The place of the oldest fact that is kept."""
        return self._end - len(self._kept)

    def add(self, fact: Fact) -> None:
        """Take in a fact that was announced."""
        change = self._change()
        number = self._newest.number + 1 if change <= self._newest.change else 0
        self._newest = EventId(max(change, self._newest.change), number)
        self._kept.append(Entry(self._newest, fact))
        self._end += 1
        while len(self._kept) > self._max_facts or (self._bytes > self._max_bytes and len(self._kept) > 1):
            self._bytes -= len(self._kept.popleft().block or b"")
        if self._next is not None and not self._next.done():
            self._next.set_result(None)

    def block(self, entry: Entry, write: Write) -> bytes:
        """Return an entry as a server-sent event; the first reader has it written."""
        if entry.block is None:
            assert entry.fact is not None
            entry.block = write_event(entry.id, name_of(entry.fact), write(entry.fact))
            entry.fact = None
            self._bytes += len(entry.block)
        return entry.block

    def next(self) -> asyncio.Future[None]:
        """Return what is done as soon as another fact comes. Many may wait for the same."""
        if self._next is None or self._next.done():
            self._next = asyncio.get_running_loop().create_future()
        return self._next

    def entries(self, place: int) -> Iterator[Entry]:
        """Walk what is kept from a place on; readers are near the end, and pay for the rest only."""
        kept = self._kept
        return (kept[at] for at in range(max(place - self.start, 0), len(kept)))

    def behind(self, seen: EventId) -> int | None:
        """Return the place behind the fact with this id; None where it is not known, or no more."""
        if seen == self._newest:
            return self._end
        if seen == self._begin and self.start == 0:
            return 0
        for place, entry in enumerate(self._kept, start=self.start):
            if entry.id == seen:
                return place + 1
        return None
