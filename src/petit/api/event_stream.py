"""What happens, as it happens: facts as server-sent events, from where the reader has been."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import msgspec
from starlette.requests import Request

from petit.api.context import NARROW, context_of, handle_of
from petit.api.counts import Counts
from petit.api.event_forms import event_data
from petit.core.ids import RunId
from petit.events.feed import EventId, Feed, write_event

HEARTBEAT_S = 15.0
"""A stream that has nothing to tell says that it is alive this often."""

BEAT_S = 0.05
"""Facts that come faster are sent together, this often: at most 1,280 sends a second for 64 readers."""

_BLOCK = 64 * 1024
_RETRY_MS = 1_000
_ENCODER = msgspec.json.Encoder()


class Reset(msgspec.Struct, frozen=True):
    """Facts were lost on this reader: read anew what is shown. `reason` is `unknown_id` or `too_slow`."""

    reason: str


class Reader:
    """How far one reader is. `place` counts facts of the feed."""

    def __init__(self, feed: Feed, run_id: RunId | None, place: int, counts: Counts) -> None:
        self._feed = feed
        self._counts = counts
        self._run_id = run_id
        self.place = place
        self.is_over = False

    def take(self) -> bytes:
        """Return what is new, some of it where it is much, nothing where nothing is."""
        if self.place < self._feed.start:
            return self.reset("too_slow")
        blocks: list[bytes] = []
        size = 0
        for entry in self._feed.entries(self.place):
            if size >= _BLOCK or self.is_over:
                break
            self.place += 1
            if self._run_id in (None, entry.run_id):
                blocks.append(self._feed.block(entry, event_data))
                size += len(blocks[-1])
                self.is_over = entry.is_end and self._run_id is not None
        return b"".join(blocks)

    def reset(self, reason: str) -> bytes:
        """Go on from the newest fact, and say so."""
        self.place = self._feed.end
        self._counts.resets[reason] += 1
        return write_event(self._feed.newest, "reset", _ENCODER.encode(Reset(reason)))

    def beat(self) -> bytes:
        """Say that all is well, and how far the reader is: what was passed over is not looked at again."""
        return f": still here\nid: {self._feed.newest}\n\n".encode()


def read_id(text: str) -> EventId | None:
    """Read an id; None where it was not made here."""
    change, dash, index = text.partition("-")
    digits = (change + index).isascii() and change.isdigit() and index.isdigit() and len(text) <= 40
    return EventId(int(change), int(index)) if dash and digits else None


def has_more(feed: Feed, run_id: RunId, seen: str) -> bool:
    """Say whether the end of a run is still to be told to a reader, who has seen so much."""
    known = read_id(seen)
    place = None if known is None else feed.behind(known)
    return place is None or any(entry.is_end and entry.run_id == run_id for entry in feed.entries(place))


async def events(request: Request, run_id: RunId | None, seen: str | None) -> AsyncGenerator[bytes, None]:
    """Yield facts until the run is over, the client goes or the server closes.

    Args:
        request: Of the reader.
        run_id: Only facts of this run.
        seen: Id of the last event that the reader has; None where it comes for the first time.
    """
    feed, held = handle_of(request).feed, context_of(request).held
    reader = Reader(feed, run_id, feed.end, context_of(request).counts)
    with held.stream():
        request.scope[NARROW]()
        yield _beginning(feed, reader, seen)
        async with held.leaving(request) as leaving:
            while not reader.is_over:
                place = reader.place
                if sent := reader.take():
                    yield sent
                if reader.place != place:
                    if await leaving.within(BEAT_S):
                        return
                elif await leaving.before(feed.next(), HEARTBEAT_S):
                    return
                elif reader.place == feed.end:
                    yield reader.beat()


def _beginning(feed: Feed, reader: Reader, seen: str | None) -> bytes:
    """Put the reader in its place; a new one learns where that is, so that it can come back."""
    head = f"retry: {_RETRY_MS}\n".encode()
    if seen is None:
        return head + f"id: {feed.newest}\n\n".encode()
    known = read_id(seen)
    place = None if known is None else feed.behind(known)
    if place is None:
        return head + b"\n" + reader.reset("unknown_id")
    reader.place = place
    return head + b"\n"
