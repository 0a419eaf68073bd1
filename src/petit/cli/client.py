"""A client of the control socket: the HTTP API of a running scheduler, over its Unix socket."""

from __future__ import annotations

import asyncio
import os
import socket
from pathlib import Path
from typing import Any

import msgspec

from petit.core.errors import PetitError

_LONGEST_HEAD = 64 * 1024


class NoAnswer(PetitError):
    """Nobody answers on the control socket, or what answers is no Petit."""


class Answer(msgspec.Struct, frozen=True):
    """What the scheduler answered."""

    status: int
    body: bytes

    def json(self) -> Any:
        """Return the body as values; raises NoAnswer where it is not JSON."""
        try:
            return msgspec.json.decode(self.body)
        except msgspec.DecodeError as error:
            raise NoAnswer("the scheduler's answer is not JSON") from error


class ControlClient:
    """Asks over one Unix socket, a connection for each request."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def get(self, path: str) -> Answer:
        """Ask for `path`; raises NoAnswer."""
        return await self._ask(f"GET {path} HTTP/1.1", b"")

    async def post(self, path: str, body: Any = None) -> Answer:
        """Send `body` as JSON to `path`; raises NoAnswer."""
        return await self._ask(f"POST {path} HTTP/1.1", msgspec.json.encode({} if body is None else body))

    async def delete(self, path: str) -> Answer:
        """Have `path` deleted; raises NoAnswer."""
        return await self._ask(f"DELETE {path} HTTP/1.1", b"")

    async def _ask(self, line: str, body: bytes) -> Answer:
        head = [line, "Host: localhost", "Connection: close", "Accept: application/json, text/plain"]
        if body:
            head += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
        try:
            reader, writer = await asyncio.open_unix_connection(
                sock=_connect(self._path), limit=_LONGEST_HEAD
            )
            try:
                writer.write("\r\n".join([*head, "", ""]).encode() + body)
                await writer.drain()
                return await _read_answer(reader)
            finally:
                writer.close()
                await asyncio.gather(writer.wait_closed(), return_exceptions=True)
        except (OSError, EOFError, ValueError, LookupError) as error:
            raise NoAnswer(f"no answer on '{self._path}': {error}") from error


def _connect(path: Path) -> socket.socket:
    """Connect relative to the socket's directory: an address holds 108 bytes, a path may be longer."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    here = os.open(".", os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.chdir(path.parent)
        connection.connect(path.name)
        connection.setblocking(False)
    except OSError:
        connection.close()
        raise
    else:
        return connection
    finally:
        os.fchdir(here)
        os.close(here)


async def _read_answer(reader: asyncio.StreamReader) -> Answer:
    status = int((await reader.readline()).split(b" ", 2)[1])
    headers: dict[str, str] = {}
    while line := (await reader.readline()).strip():
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.strip().lower()] = value.strip()
    if headers.get("transfer-encoding", "").lower() == "chunked":
        return Answer(status, await _read_chunks(reader))
    if "content-length" in headers:
        return Answer(status, await reader.readexactly(int(headers["content-length"])))
    return Answer(status, await reader.read())


async def _read_chunks(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while size := int((await reader.readline()).split(b";")[0], 16):
        body += await reader.readexactly(size)
        await reader.readline()
    return body
