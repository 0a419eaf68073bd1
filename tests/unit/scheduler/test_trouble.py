"""A database that cannot be written for a while: nothing is lost or announced too early, and health tells."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.support.world import World

from petit.core.errors import StorageUnavailable
from petit.events import facts
from petit.scheduler.commands import CancelRun
from petit.storage.base import CreateOutcome, NewRun, Step
from petit.storage.memory import MemoryStorage
from petit.storage.records import OccurrenceRow
from petit.testing.clock import settle
from petit.testing.executor import HOLDS

ONE = "tasks: [{id: only, command: 'true'}]"


class FullDisk(MemoryStorage):
    """Storage whose disk is full while `is_full`."""

    is_full = False

    def _check(self) -> None:
        if self.is_full:
            raise StorageUnavailable("the disk is full", cause="disk_full")

    async def create_run(self, new: NewRun) -> CreateOutcome:
        self._check()
        return await super().create_run(new)

    async def advance(self, steps: Sequence[Step]) -> Sequence[bool]:
        self._check()
        return await super().advance(steps)

    async def probe(self) -> None:
        self._check()
        await super().probe()

    async def record(self, rows: Sequence[OccurrenceRow]) -> Sequence[bool]:
        self._check()
        return await super().record(rows)

    async def set_meta(self, key: str, value: str) -> None:
        self._check()
        await super().set_meta(key, value)

    async def end_pause(self, scope: str, occurrences: Sequence[OccurrenceRow] = ()) -> bool:
        self._check()
        return await super().end_pause(scope, occurrences)


@pytest.fixture
def disk(tmp_path: Path) -> tuple[World, FullDisk]:
    world = World(tmp_path)
    storage = FullDisk()
    world.storage = storage
    return world, storage


def unwell(world: World) -> list[str]:
    return [check.name for check in world.engine.checks() if not check.ok]


async def test_an_end_is_told_only_once_it_is_written(disk: tuple[World, FullDisk]) -> None:
    world, storage = disk
    world.write(job="tasks: [{id: a, command: x}, {id: b, command: x, depends_on: [a]}]")
    world.executor.script = {"a": HOLDS}
    await world.start()
    run_id = await world.trigger("job")
    await world.clock.advance(1_000)
    storage.is_full = True
    world.executor.finish("a")
    await world.clock.advance(10_000)
    assert world.said(facts.TaskCompleted) == []
    assert world.executor.submitted_tasks == ["a"]
    assert world.executor.acknowledged == []
    assert unwell(world) == ["storage"]
    storage.is_full = False
    await world.clock.advance(5_000)
    assert (await world.run(run_id)).status == "completed"
    assert unwell(world) == []


async def test_a_trigger_is_refused_while_nothing_can_be_stored(disk: tuple[World, FullDisk]) -> None:
    world, storage = disk
    world.write(job=ONE)
    await world.start()
    storage.is_full = True
    with pytest.raises(StorageUnavailable):
        await world.trigger("job")
    assert world.specs() == []
    assert unwell(world) == ["storage"]
    await settle()
    assert unwell(world) == ["storage"]
    storage.is_full = False
    unwell(world)  # asking makes it look again
    await settle()
    assert unwell(world) == []


async def test_what_is_due_meanwhile_gets_its_fate_afterwards(disk: tuple[World, FullDisk]) -> None:
    world, storage = disk
    world.write(job=f"schedule: '* * * * *'\n{ONE}", off=f"enabled: false\nschedule: '* * * * *'\n{ONE}")
    await world.start()
    storage.is_full = True
    await world.clock.advance(3 * 60_000)
    assert await world.fates() == []
    storage.is_full = False
    await world.clock.advance(60_000)
    assert [fate for _, fate, _ in await world.fates("job")] == ["ran"] * 4
    assert [fate for _, fate, _ in await world.fates("off")] == ["skipped"] * 4


async def test_a_queued_run_is_admitted_when_it_can_be_written(disk: tuple[World, FullDisk]) -> None:
    world, storage = disk
    world.write(job=f"max_concurrency: 1\n{ONE}")
    world.executor.default = HOLDS
    await world.start()
    await world.trigger("job")
    second = await world.trigger("job", queue=True)
    storage.is_full = True
    with pytest.raises(StorageUnavailable):
        await world.engine.cancel(CancelRun(run_id=second))
    world.executor.finish("only")
    await world.clock.advance(5_000)
    storage.is_full = False
    await world.clock.advance(5_000)
    assert (await world.run(second)).status == "running"


async def test_a_stop_does_not_wait_for_a_disk_that_stays_full(disk: tuple[World, FullDisk]) -> None:
    world, storage = disk
    world.write(job=f"schedule: '* * * * *'\n{ONE}")
    world.executor.default = HOLDS
    await world.start()
    run_id = await world.trigger("job")
    storage.is_full = True
    world.executor.finish("only")
    await world.clock.advance(61_000)
    world.engine.request_stop("leave")
    await world.clock.advance(2_000)
    assert world.engine.state().state == "stopped"
    storage.is_full = False
    await world.start()
    await world.clock.advance(1_000)
    assert (await world.run(run_id)).status == "completed"
    assert [fate for _, fate, _ in await world.fates()] == ["ran"]


async def test_a_listener_that_fails_harms_nobody(disk: tuple[World, FullDisk]) -> None:
    world, _ = disk
    world.write(job=ONE)
    await world.start()

    def bad(_: facts.Fact) -> None:
        raise RuntimeError("listener")

    world.engine._bus.subscribe(bad)
    run_id = await world.trigger("job")
    await world.clock.advance(1_000)
    await settle()
    assert (await world.run(run_id)).status == "completed"
