"""A log as lines in the order of writing: of one stream, or of both as their time index tells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from petit.api.log_places import Log, Part, Place
from petit.core.clock import Millis
from petit.core.log_order import in_order, is_exact

BLOCK = 16 * 1024
"""Bytes that are taken at a time; a line that is longer comes in pieces."""


class View(Protocol):
    """What is there of a log and was not yielded before."""

    def parts(self, *, is_final: bool, last_at: Millis | None) -> Iterator[Part]:
        """Yield it, as it is now.

        Args:
            is_final: Nothing more is waited for: an unfinished last line is as good as any.
            last_at: The time of what the time index does not know yet.
        """
        ...


class AsWritten:
    """One stream, byte for byte."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def parts(self, *, is_final: bool, last_at: Millis | None) -> Iterator[Part]:  # noqa: ARG002 - of the protocol
        """Yield what is there."""
        return self._place.parts()


class InLines:
    """Some streams, by whole lines, each where it was begun.

    An unfinished line is held until it has stood still from one look to the next, so that a line comes in one
    piece if it is written in one go.
    """

    def __init__(self, places: Sequence[Place]) -> None:
        self._places = {place.stream: place for place in places}
        self._seen: dict[str, int] = {}

    @property
    def is_exact(self) -> bool:
        """Whether the order of what is there is known."""
        return is_exact(self._samples(), {stream: place.size for stream, place in self._places.items()})

    def parts(self, *, is_final: bool, last_at: Millis | None) -> Iterator[Part]:
        """Yield what is there."""
        ends = {stream: place.size for stream, place in self._places.items()}
        standing = {stream for stream, size in ends.items() if self._seen.get(stream) == size}
        self._seen = ends
        begins = {stream: place.offset for stream, place in self._places.items()}
        if all(begins[stream] >= size for stream, size in ends.items()):
            return
        for stretch in in_order(self._samples(), begins, ends, last_at):
            place, limit = self._places[stretch.stream], ends[stretch.stream]
            patience = 0 if is_final else 1 if stretch.stream in standing else 2
            while place.offset < stretch.end:
                part = _next(place, stretch.end, limit, patience)
                if part is None:
                    break
                place.offset = part.next_offset
                yield part._replace(at=None if part.dropped else stretch.at)

    def _samples(self) -> Sequence[tuple[Millis, int, int]]:
        log = next((place.log for place in self._places.values() if place.log is not None), None)
        return () if log is None else log.samples()


def _next(place: Place, end: int, limit: int, patience: int) -> Part | None:
    """Return the next lines of a stream.

    Args:
        place: The stream, and how far it has been sent.
        end: They go on to the end of the line with the byte before this.
        limit: But not beyond this.
        patience: What an unfinished line that reaches `limit` gets: 0, it is taken; 1, it is taken but for a
            character that is cut; 2, it is left for later.
    """
    log, offset = place.log, place.offset
    assert log is not None
    data = log.read(offset, min(BLOCK, limit - offset))
    gap = log.dropped  # read after the bytes: it is written down before they are zeros
    if gap is not None and gap[0] <= offset < gap[1]:
        return _mark(log, place.stream, offset)
    if gap is not None and offset < gap[0]:
        data = data[: gap[0] - offset]
    stop = data.find(b"\n", max(end - offset - 1, 0)) + 1 or data.rfind(b"\n") + 1
    if stop == 0:
        is_all = gap is not None and offset + len(data) == gap[0]
        stop = _unfinished(data, 0 if is_all else 1 if len(data) == BLOCK else patience)
    return Part(place.stream, offset, offset + stop, data[:stop]) if stop else None


def _mark(log: Log, stream: str, offset: int) -> Part:
    piece = log.render(offset, 1)
    return Part(stream, offset, piece.next_offset, piece.data, dropped=piece.next_offset - offset)


def _unfinished(data: bytes, patience: int) -> int:
    """Return how much of a line without an end is taken."""
    if patience == 2:
        return 0
    return len(data) if patience == 0 else len(data) - _cut_character(data)


def _cut_character(data: bytes) -> int:
    """Return how many bytes at the end are the beginning of a UTF-8 character whose rest is missing."""
    for back in range(1, min(3, len(data)) + 1):
        byte = data[-back]
        if byte >= 0xC0:  # the first of several bytes
            length = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4 if byte < 0xF8 else 1
            return back if length > back else 0
        if byte < 0x80:
            break
    return 0
