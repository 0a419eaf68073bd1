"""What engine and keeper say to each other: frames of a length and a JSON list of messages.

A message is a list: its name, then its values. JSON and not marshal or pickle, for the keeper outlives an
upgrade of Python. Within one protocol version, messages keep their shape.

From the engine:
    ["hello", protocol, epoch, die_with_engine]      first; the newest epoch (boot-time ns) wins
    ["spawn", id, argv, env, cwd, log_dir, timeout_ms, grace_ms, log_limit]
    ["cancel", id]      ["ack", [id, ...]]
    ["end"]             end all attempts; "empty" follows
From the keeper:
    ["hello", protocol, boot_id, pid, [[id, pid, started_at], ...], [failed or ended message, ...]]
    ["started", id, pid, started_at]
    ["failed", id, error, errno, at]
    ["ended", id, exit_code, signal, ended_at, cause, [pids to reap by whom inherited them]]
    ["empty"]           no attempt is left, after "end"
    ["superseded"]      a newer engine has come; the connection closes
"""

from __future__ import annotations

from petit.execution.lean import TYPE_CHECKING, dumps

if TYPE_CHECKING:
    from typing import Any

PROTOCOL = 1
SOCKET = "keeper.sock"
JOURNAL = "keeper.journal"
LOCK = "keeper.lock"
LOG = "keeper.log"
MAX_FRAME = 64 * 1024 * 1024


class MalformedFrame(Exception):
    """The other side does not speak this protocol."""


def frame(messages: list[Any]) -> bytes:
    """Put messages into one frame."""
    return sealed(dumps(messages).encode())


def sealed(payload: bytes) -> bytes:
    """Put the length before a payload."""
    return len(payload).to_bytes(4, "little") + payload


class Frames:
    """Cuts a stream of bytes into payloads."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """Take what arrived and return the payloads now complete.

        Raises:
            MalformedFrame: A length that no frame has.
        """
        buffer = self._buffer
        buffer += data
        payloads = []
        start = 0
        while len(buffer) - start >= 4:
            size = int.from_bytes(buffer[start : start + 4], "little")
            if size > MAX_FRAME:
                raise MalformedFrame(f"a frame of {size} bytes")
            if len(buffer) - start - 4 < size:
                break
            payloads.append(bytes(buffer[start + 4 : start + 4 + size]))
            start += 4 + size
        if start:
            del buffer[:start]
        return payloads
