"""The headers that every answer has."""

from __future__ import annotations

from collections.abc import Callable
from email.utils import formatdate

from petit.core.clock import Millis

Header = tuple[bytes, bytes]

ALWAYS: tuple[Header, ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
_PLAIN_ID = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")
_LONGEST_ID = 64


class Stamps:
    """Makes those that differ from one answer to the next: its date and the id of its request."""

    def __init__(self, now: Callable[[], Millis], further: tuple[Header, ...] = ()) -> None:
        """Make them; `further` are those that every answer has because of the settings."""
        self.always = (*ALWAYS, *further)
        self._now = now
        self._requests = 0
        self._id_prefix = f"{now():x}"
        self._date: tuple[int, bytes] = (-1, b"")

    def request_id(self, given: bytes | None) -> str:
        """Return the caller's own id for the request where it is a plain one, else a new one."""
        if given and len(given) <= _LONGEST_ID and _PLAIN_ID.issuperset(given):
            return given.decode("ascii")
        self._requests += 1
        return f"{self._id_prefix}-{self._requests}"

    def date(self) -> bytes:
        """Return the Date header's value; it is made once a second."""
        second = self._now() // 1000
        if second != self._date[0]:
            self._date = (second, formatdate(second, usegmt=True).encode("ascii"))
        return self._date[1]

    def headers(self, request_id: str) -> list[Header]:
        """Return all of them."""
        return [*self.always, (b"date", self.date()), (b"x-request-id", request_id.encode("ascii"))]
