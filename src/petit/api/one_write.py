"""One system call for each answer: what is written in one turn of the loop is sent at its end, together.

uvicorn writes the head of an answer and then its body, and uvloop hands each to the kernel at once. That is a
call more for each, and a client that waits is woken for a head that it can do nothing with.
"""

from __future__ import annotations

import asyncio
from typing import Any


class OneWrite:
    """A transport that gathers what is written. For all else it is the one that it was made of."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._parts: list[bytes] = []
        self.is_closing = transport.is_closing
        self.pause_reading = transport.pause_reading
        self.resume_reading = transport.resume_reading

    def __getattr__(self, name: str) -> Any:
        """Be the transport in all else."""
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Send something with whatever else this turn of the loop writes."""
        if not self._parts:
            self._loop.call_soon(self._flush)
        self._parts.append(data)

    def get_write_buffer_size(self) -> int:
        """Return the bytes that are written and not sent."""
        return sum(map(len, self._parts)) + self._transport.get_write_buffer_size()

    def close(self) -> None:
        """Send what is written, then close."""
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        parts, self._parts = self._parts, []
        if parts and not self._transport.is_closing():
            self._transport.write(parts[0] if len(parts) == 1 else b"".join(parts))
