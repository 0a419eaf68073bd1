"""The runs that are not over, by id and by job: what is asked of one job costs what that job has."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator
from contextlib import contextmanager

from petit.core.ids import JobId, RunId
from petit.scheduler.run import RunDriver
from petit.storage.records import RunRow


class Roster:
    """The runs that hold a slot, the one that took it first comes first."""

    def __init__(self) -> None:
        self._drivers: dict[RunId, RunDriver] = {}
        self._by_job: dict[JobId, dict[RunId, RunDriver]] = {}

    def __len__(self) -> int:
        return len(self._drivers)

    def __iter__(self) -> Iterator[RunDriver]:
        return iter(self._drivers.values())

    def __contains__(self, run_id: RunId) -> bool:
        return run_id in self._drivers

    def get(self, run_id: RunId) -> RunDriver | None:
        """Return the driver of a run."""
        return self._drivers.get(run_id)

    def add(self, driver: RunDriver) -> None:
        """Take in a run that got its slot."""
        self._drivers[driver.row.id] = driver
        self._by_job.setdefault(driver.row.job_id, {})[driver.row.id] = driver

    def remove(self, run_id: RunId) -> RunDriver | None:
        """Let go of a run that is over."""
        driver = self._drivers.pop(run_id, None)
        if driver is not None:
            of_job = self._by_job[driver.row.job_id]
            del of_job[run_id]
            if not of_job:
                del self._by_job[driver.row.job_id]
        return driver

    def ids(self) -> list[RunId]:
        """Return all runs."""
        return list(self._drivers)

    def of_job(self, job_id: JobId) -> list[RunId]:
        """Return the runs of a job."""
        return list(self._by_job.get(job_id, ()))

    def count(self, job_id: JobId) -> int:
        """Count the runs of a job."""
        return len(self._by_job.get(job_id, ()))

    def is_catching_up(self, job_id: JobId) -> bool:
        """Say whether a run of this job makes up for a missed occurrence."""
        return any(driver.row.catchup for driver in self._by_job.get(job_id, {}).values())


class Pending:
    """The runs that wait for a slot, a line for each job: who came first is first."""

    def __init__(self) -> None:
        self._rows: dict[RunId, RunRow] = {}
        self._places: dict[RunId, int] = {}
        self._count = itertools.count()
        self._lines: dict[JobId, dict[RunId, RunRow]] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, run_id: RunId) -> bool:
        return run_id in self._rows

    def get(self, run_id: RunId) -> RunRow | None:
        """Return a run that waits."""
        return self._rows.get(run_id)

    def add(self, row: RunRow) -> None:
        """Let a run wait, behind those that wait already."""
        self._rows[row.id] = row
        self._places[row.id] = next(self._count)
        self._lines.setdefault(row.job_id, {})[row.id] = row

    def remove(self, run_id: RunId) -> RunRow | None:
        """Take a run out of its line."""
        row = self._rows.pop(run_id, None)
        if row is not None:
            del self._places[run_id]
            line = self._lines[row.job_id]
            del line[run_id]
            if not line:
                del self._lines[row.job_id]
        return row

    def jobs(self) -> Iterator[JobId]:
        """Walk the jobs that have runs waiting."""
        return iter(self._lines)

    def line(self, job_id: JobId) -> Iterator[RunRow]:
        """Walk the waiting runs of a job in order."""
        return iter(self._lines.get(job_id, {}).values())

    def place(self, run_id: RunId) -> int:
        """Return a number that is less than those of all who came later, of whatever job."""
        return self._places[run_id]


class UnderWay:
    """Runs whose fate is being written: whoever wants something of one of them waits until it is known."""

    def __init__(self) -> None:
        self._runs: dict[RunId, list[asyncio.Future[None]]] = {}

    @contextmanager
    def of(self, run_id: RunId) -> Iterator[None]:
        """Hold off others while the fate of a run is written."""
        waiters = self._runs[run_id] = []
        try:
            yield
        finally:
            del self._runs[run_id]
            for waiter in waiters:
                if not waiter.done():
                    waiter.set_result(None)

    async def known(self, run_id: RunId) -> None:
        """Return when nothing about a run is being written; the caller goes on without suspending."""
        while (waiters := self._runs.get(run_id)) is not None:
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            waiters.append(waiter)
            await waiter

    async def all_known(self) -> None:
        """Return when all that is being written now is known."""
        for run_id in list(self._runs):
            await self.known(run_id)
