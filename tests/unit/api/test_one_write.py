from __future__ import annotations

import asyncio
from typing import Any, cast

from petit.api.one_write import OneWrite
from petit.testing.clock import settle


class Wire:
    """A transport that notes what it is given."""

    def __init__(self) -> None:
        self.said: list[bytes | str] = []
        self.closing = False

    def write(self, data: bytes) -> None:
        self.said.append(data)

    def close(self) -> None:
        self.said.append("closed")
        self.closing = True

    def abort(self) -> None:
        self.said.append("aborted")
        self.closing = True

    def is_closing(self) -> bool:
        return self.closing

    def get_write_buffer_size(self) -> int:
        return 10

    def pause_reading(self) -> None:
        self.said.append("paused")

    def resume_reading(self) -> None:
        self.said.append("resumed")

    def get_extra_info(self, name: str) -> str:
        return f"the {name}"


def made() -> tuple[Wire, OneWrite]:
    wire = Wire()
    return wire, OneWrite(cast(Any, wire), asyncio.get_running_loop())


async def test_what_one_turn_of_the_loop_writes_is_sent_together() -> None:
    wire, transport = made()
    transport.write(b"head ")
    transport.write(b"body")
    assert wire.said == []
    assert transport.get_write_buffer_size() == 19
    await settle()
    assert wire.said == [b"head body"]
    transport.write(b"more")
    await settle()
    assert wire.said == [b"head body", b"more"]


async def test_closing_sends_what_was_written_first() -> None:
    wire, transport = made()
    transport.write(b"last words")
    transport.close()
    await settle()
    assert wire.said == [b"last words", "closed"]


async def test_aborting_sends_nothing_more() -> None:
    wire, transport = made()
    transport.write(b"never")
    transport.abort()
    await settle()
    assert wire.said == ["aborted"]


async def test_all_else_is_that_of_the_transport() -> None:
    wire, transport = made()
    transport.pause_reading()
    transport.resume_reading()
    assert (transport.get_extra_info("socket"), transport.is_closing()) == ("the socket", False)
    assert wire.said == ["paused", "resumed"]
