"""A small HTTP/1.1 client that sends exactly what a test says: no header and no path is made better."""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any, NamedTuple

_WITHIN_S = 20.0


class Answer(NamedTuple):
    """What came back. Header names are lower case; of a repeated header the last one counts."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """Return the body's JSON."""
        return json.loads(self.body)


def linked(answer: Answer, relation: str) -> str | None:
    """Return the path that the Link header names for a relation ("next"), None where it names none."""
    found = re.search(rf'<([^>]*)>; rel="{relation}"', answer.headers.get("link", ""))
    return None if found is None else found[1]


class Connection:
    """One connection, over TCP or a Unix socket."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def send(self, data: bytes) -> None:
        """Send bytes."""
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self, *, has_body: bool = True, is_endless: bool = False) -> Answer:
        """Read one answer; of one that never ends, its beginning."""
        async with asyncio.timeout(_WITHIN_S):
            status, headers = await self.head()
            if is_endless and has_body and "content-length" not in headers and status == 200:
                return Answer(status, headers, await self.chunk())
            body = await self._body(headers) if has_body and status not in {204, 304} else b""
            return Answer(status, headers, body)

    async def head(self) -> tuple[int, dict[str, str]]:
        """Read status line and headers."""
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        pairs = (line.partition(":") for line in head[1:] if line)
        return int(head[0].split(" ")[1]), {name.lower(): value.strip() for name, _, value in pairs}

    async def _body(self, headers: dict[str, str]) -> bytes:
        if headers.get("transfer-encoding") == "chunked":
            parts = []
            while part := await self.chunk():
                parts.append(part)
            return b"".join(parts)
        if "content-length" in headers:
            return await self.reader.readexactly(int(headers["content-length"]))
        return await self.reader.read()

    async def chunk(self) -> bytes:
        """Read one chunk; the last one is empty."""
        async with asyncio.timeout(_WITHIN_S):
            size = int(await self.reader.readline(), 16)
            data = await self.reader.readexactly(size)
            await self.reader.readexactly(2)
            return data

    async def closed(self) -> bytes:
        """Return what still comes until the server closes."""
        async with asyncio.timeout(_WITHIN_S):
            return await self.reader.read()

    async def close(self) -> None:
        """Close."""
        self.writer.close()
        try:
            await self.writer.wait_closed()
        except OSError:
            return


def request(
    method: str, path: str, headers: dict[str, str] | list[tuple[str, str]], body: bytes = b""
) -> bytes:
    """Write a request."""
    pairs = list(headers.items()) if isinstance(headers, dict) else headers
    names = {name.lower() for name, _ in pairs}
    if body and not names & {"content-length", "transfer-encoding"}:
        pairs.append(("Content-Length", str(len(body))))
    lines = "".join(f"{name}: {value}\r\n" for name, value in pairs)
    return f"{method} {path} HTTP/1.1\r\n{lines}\r\n".encode("latin-1") + body
