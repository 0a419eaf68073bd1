"""What was looked up in the database, known until that changes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from petit.scheduler.handle import SchedulerHandle

T = TypeVar("T")


class Known(Generic[T]):
    """Remembers what was found. Whatever is written makes it look again, so that revoking works at once.

    Args:
        handle: Says when something was written.
        look_up: Finds a value by its key.
    """

    def __init__(self, handle: SchedulerHandle, look_up: Callable[[str], Awaitable[T | None]]) -> None:
        self._handle = handle
        self._look_up = look_up
        self._found: dict[str, T] = {}
        self._as_of = -1

    async def find(self, key: str) -> T | None:
        """Return the value, None where there is none."""
        change = self._handle.database[1]
        if change != self._as_of:
            self._found.clear()
            self._as_of = change
        known = self._found.get(key)
        if known is None:
            known = await self._look_up(key)
            if known is not None and self._handle.database[1] == self._as_of:
                self._found[key] = known
        return known
