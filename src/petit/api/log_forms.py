"""How a log is written for who reads it: as text, as an object for each line, as events."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

import msgspec

from petit.api.errors import BadRequest
from petit.api.log_places import End, Part, Place
from petit.core.clock import Millis

TEXT = "text/plain"
LINES = "application/x-ndjson"
EVENTS = "text/event-stream"
_PLACE = re.compile(r"([0-9]{1,9})\.([0-9]{1,16})\.([0-9]{1,16})(\.end)?", re.ASCII)


class Line(msgspec.Struct, frozen=True):
    """A line of output, or a piece of one.

    Attributes:
        stream: stdout or stderr.
        offset: Its first byte in what the task wrote there.
        at: When it was first seen, at most a second after it was written; null where that is not known.
        text: Its text without the line feed. What is not UTF-8 is replaced by U+FFFD; control characters are
            as the task wrote them.
        partial: The line goes on in the next object of this stream, or it is the last one and unfinished.
        dropped: Only where bytes were dropped: how many. `text` says so, too.
    """

    stream: str
    offset: int
    at: Millis | None
    text: str
    partial: bool
    dropped: int | msgspec.UnsetType = msgspec.UNSET


class LogEnd(msgspec.Struct, frozen=True):
    """The last event of a log: how the attempt ended, or the task if it never had one."""

    attempt: int | None
    status: str
    ended_at: Millis | None
    exit_code: int | None
    signal: int | None
    cause: str | None
    error: str | None


class Form(Protocol):
    """Writes what is sent."""

    def write(self, part: Part) -> bytes:
        """Write a part of a log."""
        ...

    def end(self, end: End) -> bytes:
        """Write how it ended; nothing in forms that cannot tell."""
        ...

    def beat(self) -> bytes:
        """Write something that means nothing, while there is nothing to tell."""
        ...


class Text:
    """Output as it is. A line that the other stream interrupts ends there."""

    def __init__(self) -> None:
        self._unfinished: str | None = None

    def write(self, part: Part) -> bytes:
        """Write the bytes."""
        is_interrupted = self._unfinished not in (None, part.stream)
        self._unfinished = None if part.data.endswith(b"\n") else part.stream
        return b"\n" + part.data if is_interrupted else part.data

    def end(self, end: End) -> bytes:  # noqa: ARG002 - of the protocol
        """Write nothing."""
        return b""

    def beat(self) -> bytes:
        """Write nothing."""
        return b""


class Lines:
    """One JSON object on each line."""

    def __init__(self) -> None:
        self._encoder = msgspec.json.Encoder()

    def write(self, part: Part) -> bytes:
        """Write the lines of a part."""
        return self._encoder.encode_lines(line for line, _ in lines_of(part))

    def end(self, end: End) -> bytes:  # noqa: ARG002 - of the protocol
        """Write nothing."""
        return b""

    def beat(self) -> bytes:
        """Write nothing."""
        return b""


class LastSeen(NamedTuple):
    """Where a reader of events has been."""

    attempt: int | None
    offsets: Mapping[str, int]
    is_end: bool


class Events:
    """Server-sent events: `line` with an object each, at last `end`. An id says where to go on after it."""

    def __init__(self, places: Sequence[Place]) -> None:
        self._encoder = msgspec.json.Encoder()
        self._places = places
        self._next = {"stdout": 0, "stderr": 0, **{place.stream: place.offset for place in places}}

    def write(self, part: Part) -> bytes:
        """Write an event for each line of a part."""
        events = []
        for line, next_offset in lines_of(part):
            self._next[part.stream] = next_offset
            events.append(self._event("line", line))
        return b"".join(events)

    def end(self, end: End) -> bytes:
        """Write the last event."""
        return self._event("end", LogEnd(*end), ".end")

    def beat(self) -> bytes:
        """Write a comment, so that nobody between here and there takes the stream for dead."""
        return b":\n\n"

    def _event(self, name: str, data: msgspec.Struct, suffix: str = "") -> bytes:
        place = f"{self._places[0].attempt or 0}.{self._next['stdout']}.{self._next['stderr']}{suffix}"
        return f"id: {place}\nevent: {name}\ndata: ".encode() + self._encoder.encode(data) + b"\n\n"


def last_seen(header: str | None) -> LastSeen | None:
    """Read a Last-Event-ID header.

    Raises:
        BadRequest: It holds no id that was given out here.
    """
    if not header:
        return None
    found = _PLACE.fullmatch(header)
    if found is None:
        raise BadRequest("this Last-Event-ID was not made here", parameter="Last-Event-ID")
    offsets = {"stdout": int(found[2]), "stderr": int(found[3])}
    return LastSeen(int(found[1]) or None, offsets, found[4] is not None)


def lines_of(part: Part) -> Iterator[tuple[Line, int]]:
    """Yield the lines of a part, and where each ends."""
    if part.dropped:
        text = part.data.decode().strip()
        line = Line(part.stream, part.offset, part.at, text, partial=False, dropped=part.dropped)
        yield line, part.next_offset
        return
    offset = part.offset
    *whole, rest = part.data.split(b"\n")
    for data in whole:
        begin, offset = offset, offset + len(data) + 1
        yield Line(part.stream, begin, part.at, data.decode(errors="replace"), partial=False), offset
    if rest:
        text = rest.decode(errors="replace")
        yield Line(part.stream, offset, part.at, text, partial=True), part.next_offset
