"""A whole scheduler in virtual time: real engine and decisions, storage in memory, a scripted executor."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

import msgspec

from petit.config.directory import JobDirectory
from petit.core.clock import Millis
from petit.events.bus import Bus
from petit.events.facts import Fact, RunFact, TaskFact
from petit.execution.base import AttemptSpec
from petit.scheduler.commands import Pause, StopMode, TriggerRun
from petit.scheduler.engine import Engine
from petit.scheduler.ledger import Occurrence, Place, expand
from petit.scheduler.options import EngineOptions
from petit.storage.base import OccurrenceFilter, RunFilter
from petit.storage.memory import MemoryStorage
from petit.storage.records import RunRow, TaskRow
from petit.testing.clock import ManualClock, settle
from petit.testing.entropy import SequenceEntropy
from petit.testing.executor import ScriptedExecutor

Row = TypeVar("Row", RunRow, TaskRow)


class World:
    """One database, one executor, one clock, and the engines that follow each other on them."""

    def __init__(self, path: Path, *, max_jobs: int | None = None, boot_id: str = "boot-1") -> None:
        self.jobs_dir = path / "jobs"
        self.jobs_dir.mkdir()
        self.logs_dir = path / "logs"
        self.logs_dir.mkdir()
        self.clock = ManualClock()
        self.storage = MemoryStorage()
        self.executor = ScriptedExecutor(self.clock)
        self.max_jobs = max_jobs
        self.boot_id = boot_id
        self.facts: list[Fact] = []
        self.engine: Engine
        self.bus: Bus
        self.tells_all = True
        self._count = 0

    def write(self, **jobs: str) -> None:
        """Write job files, one for each name; the id need not be given."""
        for name, text in jobs.items():
            (self.jobs_dir / f"{name}.yaml").write_text(f"id: {name}\n{text}")

    async def start(self, *, fire: bool = True, environ: Mapping[str, str] | None = None) -> Engine:
        """Start an engine on what there is."""
        self.make(fire=fire, environ=environ)
        await self.storage.open()
        await self.engine.start()
        await settle()
        return self.engine

    def make(self, *, fire: bool = True, environ: Mapping[str, str] | None = None) -> Engine:
        """Make an engine that has not started yet."""
        bus = self.bus = Bus()
        bus.subscribe(self.facts.append)
        self._count += 1
        self.engine = Engine(
            storage=self.storage,
            executor=self.executor,
            source=JobDirectory(self.jobs_dir),
            clock=self.clock,
            entropy=SequenceEntropy(self._count),
            bus=bus,
            options=EngineOptions(
                logs_dir=str(self.logs_dir),
                max_jobs=self.max_jobs,
                boot_id=self.boot_id,
                fire=fire,
                environ=environ or {"PATH": "/bin"},
            ),
        )
        return self.engine

    async def stop(self, mode: StopMode = "leave") -> None:
        """Stop the engine in order."""
        self.engine.request_stop(mode)
        await self.clock.advance(1_000)
        await self.engine.stopped()

    async def kill(self) -> None:
        """Let the engine be gone as by SIGKILL: nothing of it goes on, nothing is written on the way out."""
        self.tells_all = False  # what was written last was told to nobody
        engine = self.engine
        tasks = [engine._loop_task, engine._commits._task, *engine._chains._last.values()]
        tasks.extend(engine._background._tasks)
        for task in tasks:
            if task is not None:
                task.cancel()
        await asyncio.gather(*(task for task in tasks if task is not None), return_exceptions=True)
        await self.executor.close(leave_running=True)

    async def trigger(self, job_id: str, *, queue: bool = False) -> str:
        """Trigger a job by hand."""
        triggered = await self.engine.trigger(TriggerRun(job_id=job_id, queue=queue))
        await settle()
        return triggered.run_id

    async def pause(self, job_id: str | None = None, *, until: Millis | None = None) -> None:
        """Pause the scheduler or a job."""
        await self.engine.pause(Pause(job_id=job_id, until=until))

    async def runs(self, job_id: str | None = None) -> list[RunRow]:
        """Return all runs, oldest first."""
        return list(reversed(await self.storage.runs(RunFilter(job_id=job_id), limit=1000)))

    async def run(self, run_id: str) -> RunRow:
        """Return a run."""
        row = await self.storage.run(run_id)
        assert row is not None
        return row

    async def statuses(self, run_id: str) -> dict[str, str]:
        """Return the statuses of the tasks of a run."""
        return {task.task_id: task.status for task in await self.storage.tasks(run_id)}

    async def ledger(self, job_id: str | None = None) -> list[Occurrence]:
        """Return all occurrences, oldest first."""
        return list(reversed(await self._page(job_id, 1000, None)))

    async def ledger_all(self) -> list[Occurrence]:
        """Return all occurrences of all jobs, newest first, read page by page as a client would."""
        rows: list[Occurrence] = []
        while page := await self._page(None, 500, rows[-1].place if rows else None):
            rows.extend(page)
        return rows

    async def _page(self, job_id: str | None, limit: int, before: Place | None) -> list[Occurrence]:
        return await expand(self.storage, OccurrenceFilter(job_id=job_id), limit=limit, before=before)

    async def fates(self, job_id: str | None = None) -> list[tuple[Millis, str, str | None]]:
        """Return (due, fate, reason), oldest first."""
        return [(each.due_at, each.fate, each.reason) for each in await self.ledger(job_id)]

    def pretend_started(self, run_id: str, task_id: str, number: int) -> None:
        """Leave the trace that an executor leaves before it starts a process: the log directory."""
        Path(self.engine.log_dir(run_id, task_id, number)).mkdir(parents=True)

    def specs(self) -> list[AttemptSpec]:
        """Return what was submitted."""
        return self.executor.submitted

    async def expect_told_rows(self) -> None:
        """Raise AssertionError where the last that was told of a run or a task is not what is stored."""
        runs = {fact.run_id: fact.run for fact in self.facts if isinstance(fact, RunFact) and fact.run}
        tasks = {
            (fact.run_id, fact.task_id): fact.task
            for fact in self.facts
            if isinstance(fact, TaskFact) and fact.task
        }
        for run_id, told in runs.items():
            assert _unstamped(await self.run(run_id)) == _unstamped(told), run_id
        for (run_id, task_id), told in tasks.items():
            (stored,) = [row for row in await self.storage.tasks(run_id) if row.task_id == task_id]
            if stored.status != "running" or told.status == "running":  # it is told when its process exists
                assert _unstamped(stored) == _unstamped(told), (run_id, task_id)

    def said(self, kind: type[Fact]) -> list[Fact]:
        """Return the facts of one kind."""
        return [fact for fact in self.facts if type(fact) is kind]


def _unstamped(row: Row) -> Row:
    """Return a row without the number of the change that wrote it, which nobody is told."""
    return msgspec.structs.replace(row, changed=0)
