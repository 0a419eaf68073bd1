"""Taking up what an earlier engine left: a restart costs nothing (P12)."""

from __future__ import annotations

import logging
from pathlib import Path

from petit.core.clock import Millis
from petit.core.ids import attempt_id
from petit.execution.base import Adopted, Ended, Executor, Report
from petit.scheduler.opening import taken_up
from petit.scheduler.run import RunDriver, Surroundings
from petit.scheduler.runs import Runs
from petit.storage.base import AttemptEnded, RunChange, Step, Storage, TaskChange
from petit.storage.records import RunRow

_log = logging.getLogger(__name__)


class Recovery:
    """Matches what the database says is running with what the executor still holds."""

    def __init__(
        self, *, storage: Storage, executor: Executor, runs: Runs, around: Surroundings, adopted: Adopted
    ) -> None:
        self._storage = storage
        self._executor = executor
        self._runs = runs
        self._around = around
        self._running = {each.attempt: each for each in adopted.running}
        self._ended = {each.attempt: each for each in adopted.ended}

    async def take_up(self, now: Millis) -> int:
        """Take up all runs that are not over; return how many had a slot."""
        taken = []
        for row in await self._storage.active_runs():
            if row.status == "pending":
                self._runs.queue.add(row)
                continue
            found = await self._driver(row, now)
            if found is not None:
                self._runs.take_up(found[0])
                taken.append(found)
        for driver, due, reports in taken:
            self._runs.go_on(driver, due, reports)
        self._let_go()
        return len(taken)

    async def _driver(
        self, row: RunRow, now: Millis
    ) -> tuple[RunDriver, list[tuple[str, Millis]], list[Report]] | None:
        job = await self._runs.queue.pinned(row)
        if job is None:
            await self._give_up(row, now)
            return None
        tasks = await self._storage.tasks(row.id)
        attempts = await self._storage.attempts(row.id)
        progress = taken_up(row, job, tasks, max_tasks=self._around.max_tasks)
        driver = RunDriver(row, job, self._around, progress=progress)
        due = driver.restore(tasks, attempts)
        reports: list[Report] = []
        for task_id, number in driver.running.items():
            report = self._report_of(driver, task_id, number, now)
            if report is not None:
                reports.append(report)
        return driver, due, reports

    def _report_of(self, driver: RunDriver, task_id: str, number: int, now: Millis) -> Report | None:
        """Find out what became of an attempt that the database says is running."""
        attempt = attempt_id(driver.row.id, task_id, number)
        running = self._running.pop(attempt, None)
        if running is not None:
            return running
        ended = self._ended.pop(attempt, None)
        if ended is not None:
            return ended
        if not Path(self._around.launches.log_dir(driver.row.id, task_id, number)).exists():
            # The executor makes the directory before the process: this attempt was written but never started.
            driver.needs_launch.append(task_id)
            return None
        return Ended(attempt, None, None, now, "lost")

    async def _give_up(self, row: RunRow, now: Millis) -> None:
        error = "interrupted: its definition is missing from the database"
        tasks = await self._storage.tasks(row.id)
        attempts = await self._storage.attempts(row.id)
        open_tasks = [task for task in tasks if task.ended_at is None]
        await self._storage.advance(
            [
                Step(
                    run_id=row.id,
                    tasks=tuple(
                        TaskChange(
                            task_id=task.task_id,
                            status="cancelled" if task.status == "pending" else "interrupted",
                            ended_at=now,
                            error=error,
                        )
                        for task in open_tasks
                    ),
                    ended=tuple(
                        AttemptEnded(
                            task_id=each.task_id,
                            number=each.number,
                            status="interrupted",
                            ended_at=now,
                            cause="lost",
                            error=error,
                        )
                        for each in attempts
                        if each.status == "running"
                    ),
                    run=RunChange(status="interrupted", ended_at=now, error=error),
                )
            ]
        )

    def _let_go(self) -> None:
        """What the executor holds and no run misses: ends are forgotten, processes ended."""
        ended: list[str] = list(self._ended)
        if ended:
            self._executor.acknowledge(ended)
        for attempt in self._running:
            _log.warning("ending attempt %s: the database knows no running attempt of this name", attempt)
            self._executor.cancel(attempt)
