"""Searches of logs, a few at a time: each is a process that may keep a core busy."""

from __future__ import annotations

import asyncio
from pathlib import Path

from petit.core.log_search import Wanted
from petit.execution.log_search import LogSearch

AT_A_TIME = 4


class LogFinds:
    """What a search finds, as it finds it."""

    def __init__(self, search: LogSearch, turn: asyncio.Semaphore) -> None:
        self._search = search
        self._turn: asyncio.Semaphore | None = turn

    async def read(self) -> bytes:
        """Return lines, a JSON object each; nothing when all is told."""
        return await self._search.read()

    def close(self) -> None:
        """End the search, wherever it is, and let the next one begin."""
        turn, self._turn = self._turn, None
        if turn is not None:
            self._search.close()
            turn.release()


class LogSearches:
    """Begins searches; who comes when there are enough waits."""

    def __init__(self) -> None:
        self._turn = asyncio.Semaphore(AT_A_TIME)

    async def begin(self, path: Path, wanted: Wanted) -> LogFinds:
        """Begin a search when there is room. Raises FileNotFoundError, BadPattern."""
        await self._turn.acquire()
        try:
            return LogFinds(await LogSearch.start(path, wanted), self._turn)
        except BaseException:
            self._turn.release()
            raise
