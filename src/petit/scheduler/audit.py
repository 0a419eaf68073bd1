"""The audit record is written beside the calls that it is about."""

from __future__ import annotations

import asyncio
import logging

from petit.core.errors import StorageError
from petit.storage.access import AccessStorage
from petit.storage.records import AuditRow

_log = logging.getLogger(__name__)
_MOST_WAITING = 10_000  # 4 MB: what comes while the disk fails for long is counted, and told in the log
_BATCH = 500


class AuditTrail:
    """Writes rows beside the calls: an answer waits for what it promises, not for what is noted about it.

    Rows go to the disk within the next transactions. A scheduler that is killed may lose those of its last
    instant; of runs, the caller is stored with the run itself.
    """

    def __init__(self, storage: AccessStorage) -> None:
        self._storage = storage
        self._waiting: list[AuditRow] = []
        self._writing: asyncio.Task[None] | None = None
        self._lost = 0

    def note(self, row: AuditRow) -> None:
        """Have a row written."""
        if len(self._waiting) >= _MOST_WAITING:
            self._lost += 1
            return
        self._waiting.append(row)
        if self._writing is None:
            self._writing = asyncio.get_running_loop().create_task(self._write(), name="petit-audit")

    async def flush(self) -> None:
        """Return when everything noted so far is written, or given up."""
        if self._writing is not None:
            await asyncio.wait({self._writing})

    async def _write(self) -> None:
        try:
            while self._waiting:
                rows, self._waiting = self._waiting[:_BATCH], self._waiting[_BATCH:]
                try:
                    await self._storage.append_audit(rows)
                except StorageError as error:
                    self._lost += len(rows)
                    _log.error("%d calls are missing from the audit record: %s", self._lost, error)
                    self._lost = 0
        finally:
            self._writing = None
