"""Old things go: a pass now and then, in small pieces, with a breath between them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable

import msgspec

from petit.core.clock import Millis
from petit.core.errors import StorageUnavailable
from petit.core.ids import JobId, RunId
from petit.core.retention import (
    DAY_MS,
    OldRun,
    Policy,
    RunLogs,
    batches,
    fates_end,
    is_beyond,
    logs_beyond,
    may_follow,
)
from petit.execution.log_shelf import LogShelves
from petit.scheduler.timer import Timer
from petit.storage.base import Storage

_log = logging.getLogger(__name__)

PAGE = 200
"""Rows that are read, or removed of a kind that is small, at a time."""

FIRST_PAGE = 4
"""Runs of a job that are looked at first: mostly none of them is old."""

JOBS = 20
"""Jobs that are looked at without a breath, where nothing of them is old: about 3 ms."""

REST = 4
"""After each piece it rests so many times as long as that took: it has a fifth of the time at most."""

LEAST_REST_MS: Millis = 5


class Removed(msgspec.Struct, kw_only=True):
    """What went in a pass.

    Attributes:
        fates: Rows of the ledger without a run.
        rest: Tokens, sessions, idempotency keys, rows of the audit record.
        logs: Runs that stay, without their logs.
        log_bytes: The room that these took.
        orphans: Logs that belonged to no run.
    """

    runs: int = 0
    fates: int = 0
    definitions: int = 0
    rest: int = 0
    logs: int = 0
    log_bytes: int = 0
    orphans: int = 0

    def __str__(self) -> str:
        """Say it in words."""
        told = [f"{value:,} {name}" for name, value in msgspec.structs.asdict(self).items() if value]
        return ", ".join(told).replace("_", " ") or "nothing"


class Retention:
    """Keeps what the policy keeps.

    Rows go first, then their files: files that a crash leaves between are orphans to the next pass.
    """

    def __init__(self, storage: Storage, shelves: LogShelves, timer: Timer, policy: Policy) -> None:
        self._storage = storage
        self._rows = storage.retention
        self._shelves = shelves
        self._timer = timer
        self._policy = policy
        self._jobs_seen: tuple[int, Millis] | None = None
        """Number of the last change when all jobs were looked at, and when that was."""
        self._sizes: dict[str, int] = {}
        """What the shelves take on which nothing is written any more."""

    async def keep_on(self, *, every_ms: Millis) -> None:
        """Make a pass now, and then every so often."""
        while True:
            try:
                removed = await self.once()
            except StorageUnavailable as error:
                _log.warning("old things cannot be removed for now: %s", error)
            except Exception:  # noqa: BLE001 - the next pass may do better
                _log.exception("old things could not be removed")
            else:
                if removed != Removed():
                    _log.info("removed by retention: %s", removed)
            await self._timer.sleep(every_ms)

    async def once(self) -> Removed:
        """Make one pass."""
        removed = Removed()
        if not self._is_quiet():
            async for job_id in self._jobs():
                removed.runs += await self._remove_runs(job_id)
                removed.fates += await self._remove_fates(job_id)
                removed.definitions += await self._remove_definitions(job_id)
            self._jobs_seen = self._storage.change, self._timer.now()
        removed.rest = await self._remove_rest()
        await self._tidy_logs(removed)
        return removed

    def _is_quiet(self) -> bool:
        """Say whether nothing was written since all jobs were looked at, and that was not long ago."""
        if self._jobs_seen is None:
            return False
        change, at = self._jobs_seen
        return self._storage.change == change and 0 <= self._timer.now() - at < DAY_MS

    async def _jobs(self) -> AsyncIterator[JobId]:
        last = ""
        while page := await self._rows.job_ids(after=last, limit=JOBS):
            begun = self._timer.monotonic()
            for job_id in page:
                yield job_id
            last = page[-1]
            await self._breathe(begun)

    # --- runs -----------------------------------------------------------------------------------------------
    async def _remove_runs(self, job_id: JobId) -> int:
        now, count = self._timer.now(), 0
        limit = self._policy.max_runs
        beyond = None if limit is None else await self._rows.run_beyond(job_id, limit)
        async for page in self._pages(job_id):
            old = [run for run in page if is_beyond(run, self._policy, now=now, newest_beyond=beyond)]
            for batch in batches(old):
                begun = self._timer.monotonic()
                gone = await self._rows.remove_runs(batch, now=now)
                await self._remove_files(gone)
                count += len(gone)
                await self._breathe(begun)
            if not may_follow(page[-1], self._policy, now=now, newest_beyond=beyond):
                break
        return count

    async def _pages(self, job_id: JobId) -> AsyncIterator[list[OldRun]]:
        last: RunId = ""
        limit = FIRST_PAGE
        while page := list(await self._rows.oldest_runs(job_id, after=last, limit=limit)):
            yield page
            last, limit = page[-1].id, PAGE

    async def _remove_files(self, run_ids: Iterable[RunId]) -> None:
        for run_id in run_ids:
            self._sizes.pop(self._shelves.shelf_of(run_id), None)
            await asyncio.to_thread(self._shelves.remove, run_id)

    # --- ledger, definitions, the rest ----------------------------------------------------------------------
    async def _remove_fates(self, job_id: JobId) -> int:
        limit = self._policy.max_runs
        beyond = None if limit is None else await self._rows.fate_beyond(job_id, limit)
        before = fates_end(self._policy, now=self._timer.now(), newest_beyond=beyond)
        oldest = None if before is None else await self._rows.oldest_fate(job_id)
        if before is None or oldest is None or oldest >= before:
            return 0
        return await self._until_none(lambda: self._rows.remove_fates(job_id, before=before, limit=PAGE))

    async def _remove_definitions(self, job_id: JobId) -> int:
        before = self._policy.before(self._timer.now())
        spare = () if before is None else await self._rows.spare_definitions(job_id, before=before)
        if not spare:
            return 0
        used: set[str] = set()
        last: RunId | None = ""
        while last is not None:
            begun = self._timer.monotonic()
            found = await self._rows.definitions_used(job_id, after=last, limit=PAGE)
            used |= found.hashes
            last = found.last
            await self._breathe(begun)
        return await self._rows.remove_definitions([each for each in spare if each not in used])

    async def _remove_rest(self) -> int:
        now = self._timer.now()
        before = self._policy.before(now)
        return await self._until_none(lambda: self._rows.remove_rest(now=now, before=before, limit=PAGE))

    async def _until_none(self, remove: Callable[[], Awaitable[int]]) -> int:
        count = 0
        while True:
            begun = self._timer.monotonic()
            gone = await remove()
            count += gone
            if not gone:
                return count
            await self._breathe(begun)

    # --- logs -----------------------------------------------------------------------------------------------
    async def _tidy_logs(self, removed: Removed) -> None:
        """Remove logs that belong to no run, then those of the oldest runs while all take too much room."""
        total = 0
        shelves = await asyncio.to_thread(self._shelves.shelves)
        closed = await self._closed(shelves)
        for shelf in shelves:
            if shelf in closed and shelf in self._sizes:
                total += self._sizes[shelf]
                continue
            logs = await self._on(shelf, removed)
            size = sum(each.size for each in logs)
            total += size
            if shelf in closed:
                self._sizes[shelf] = size
        limit = self._policy.max_log_bytes
        for shelf in shelves if limit is not None else ():
            over = total - removed.log_bytes - (limit or 0)
            if over <= 0:
                break
            await self._shorten(shelf, over, removed)

    async def _closed(self, shelves: Iterable[str]) -> frozenset[str]:
        """Return the shelves on which nothing is written any more: no run of theirs is active or to come."""
        active = {self._shelves.shelf_of(run.id) for run in await self._storage.active_runs()}
        newest = f"{max(self._timer.now(), await self._storage.last_run_ms()):012x}"[:6]
        return frozenset(each for each in shelves if each < newest and each not in active)

    async def _on(self, shelf: str, removed: Removed) -> list[RunLogs]:
        """Return the runs on a shelf with the room that their logs take; logs without a run are removed."""
        begun = self._timer.monotonic()
        found = await asyncio.to_thread(self._shelves.runs, shelf)
        known: set[RunId] = set()
        for start in range(0, len(found), PAGE):
            known |= await self._rows.known_runs([run_id for run_id, _ in found[start : start + PAGE]])
        await self._breathe(begun)
        orphans = [run_id for run_id, _ in found if run_id not in known]
        await self._remove_files(orphans)
        removed.orphans += len(orphans)
        return [RunLogs(run_id, size) for run_id, size in found if run_id in known]

    async def _shorten(self, shelf: str, over: int, removed: Removed) -> None:
        kept: set[RunId] = set()
        logs = await self._on(shelf, removed)
        while over > 0 and (chosen := logs_beyond(logs, over=over, kept=frozenset(kept))[:PAGE]):
            begun = self._timer.monotonic()
            going = await self._rows.note_logs_removed([each.run_id for each in chosen], at=self._timer.now())
            await self._remove_files(going)
            freed = sum(each.size for each in chosen if each.run_id in going)
            kept.update(each.run_id for each in chosen)
            removed.logs += len(going)
            removed.log_bytes += freed
            over -= freed
            await self._breathe(begun)

    async def _breathe(self, begun: Millis) -> None:
        took = self._timer.monotonic() - begun
        await self._timer.sleep(max(LEAST_REST_MS, took * REST))
