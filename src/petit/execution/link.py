"""One connection to a keeper, on the engine's event loop."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Any

import msgspec

from petit.execution.keeper import wire

_READ = 256 * 1024
_FRAME = 1024 * 1024
_decode = msgspec.json.Decoder(list[list[Any]]).decode


class KeeperLink:
    """Sends messages in one frame per turn of the loop, and hands on what arrives in batches.

    Args:
        connection: Connected and non-blocking.
        on_messages: Called with each batch of messages.
        on_lost: Called once when the keeper has closed or does not speak the protocol; not after `close`.
    """

    def __init__(
        self,
        connection: socket.socket,
        on_messages: Callable[[list[list[Any]]], None],
        on_lost: Callable[[], None],
    ) -> None:
        self._socket = connection
        self._on_messages = on_messages
        self._on_lost = on_lost
        self._loop = asyncio.get_running_loop()
        self._frames = wire.Frames()
        self._outbox: list[bytes] = []
        self._unsent = b""
        self._is_flush_due = False
        self._sent: asyncio.Future[None] | None = None
        self.is_open = True
        self._loop.add_reader(connection.fileno(), self._read)

    def send(self, message: bytes) -> None:
        """Send one message, already JSON, at the end of this turn of the loop."""
        self._outbox.append(message)
        if not self._is_flush_due:
            self._is_flush_due = True
            self._loop.call_soon(self._flush)

    async def sent(self) -> None:
        """Wait until all has been given to the kernel, or the connection is lost."""
        self._flush()
        if self._unsent and self.is_open:
            self._sent = self._loop.create_future()
            await self._sent

    def close(self) -> None:
        """Close the connection. What was not sent is not sent."""
        if not self.is_open:
            return
        self.is_open = False
        self._loop.remove_reader(self._socket.fileno())
        self._loop.remove_writer(self._socket.fileno())
        self._socket.close()
        self._wake_sender()

    def _flush(self) -> None:
        self._is_flush_due = False
        if not self._outbox or not self.is_open:
            return
        frames = [wire.sealed(b"[" + b",".join(batch) + b"]") for batch in _batches(self._outbox)]
        self._outbox.clear()
        is_blocked = bool(self._unsent)
        self._unsent += b"".join(frames)
        if not is_blocked:
            self._write()

    def _write(self) -> None:
        try:
            self._unsent = self._unsent[self._socket.send(self._unsent) :]
        except BlockingIOError:
            pass
        except OSError:
            self._lose()
            return
        if self._unsent:
            self._loop.add_writer(self._socket.fileno(), self._write)
        else:
            self._loop.remove_writer(self._socket.fileno())
            self._wake_sender()

    def _wake_sender(self) -> None:
        if self._sent is not None and not self._sent.done():
            self._sent.set_result(None)

    def _read(self) -> None:
        try:
            data = self._socket.recv(_READ)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._lose()
            return
        try:
            payloads = self._frames.feed(data)
            messages = [message for payload in payloads for message in _decode(payload)]
        except (wire.MalformedFrame, msgspec.MsgspecError):
            self._lose()
            return
        if messages:
            self._on_messages(messages)

    def _lose(self) -> None:
        if self.is_open:
            self.close()
            self._on_lost()


def _batches(messages: list[bytes]) -> list[list[bytes]]:
    """Share messages out to frames of moderate size, in order."""
    batches: list[list[bytes]] = [[]]
    size = 0
    for message in messages:
        if size + len(message) > _FRAME and batches[-1]:
            batches.append([])
            size = 0
        batches[-1].append(message)
        size += len(message)
    return batches
