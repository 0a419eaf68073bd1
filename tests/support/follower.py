"""A reader of events, as a browser is one."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from tests.support.http import Connection, request
from tests.support.site import Site


class Event(NamedTuple):
    """An event; `data` is its JSON."""

    id: str | None
    name: str | None
    data: Any


class Follower:
    """Follows a stream."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.status = 0
        self.headers: dict[str, str] = {}
        self.last_id: str | None = None
        self.comments = 0
        self._unread = b""

    async def event(self) -> Event | None:
        """Return the next event, passing over blocks that are none; None at the end."""
        while True:
            while b"\n\n" not in self._unread:
                chunk = await self.connection.chunk()
                if not chunk:
                    return None
                self._unread += chunk
            block, _, self._unread = self._unread.partition(b"\n\n")
            found = self._read(block.decode())
            if found is not None:
                return found

    def _read(self, block: str) -> Event | None:
        members = dict(line.partition(": ")[::2] for line in block.split("\n") if not line.startswith(":"))
        self.comments += block.startswith(":")
        self.last_id = members.get("id", self.last_id)
        if "data" not in members:
            return None
        return Event(members["id"], members["event"], json.loads(members["data"]))

    async def until(self, name: str) -> list[Event]:
        """Return all events up to one."""
        told: list[Event] = []
        while not told or told[-1].name != name:
            event = await self.event()
            assert event is not None, told
            told.append(event)
        return told


async def follow(api: Site, path: str = "/api/events", **headers: str) -> Follower:
    """Begin to follow a stream: what happens from now on is told."""
    follower = Follower(await api.connect())
    sent = {"Host": f"localhost:{api.port}", **headers}
    await follower.connection.send(request("GET", path, sent))
    follower.status, follower.headers = await follower.connection.head()
    if follower.status == 200:
        follower._unread = await follower.connection.chunk()  # where it begins: it is there from now on
        assert follower._unread.startswith(b"retry: 1000\n")
    return follower
