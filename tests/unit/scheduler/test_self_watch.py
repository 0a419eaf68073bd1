"""The scheduler looks after itself: what it says of a standstill, and when it takes that back."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.support.world import World

from petit.bootstrap.notify import ServiceManager
from petit.bootstrap.watching import Watching
from petit.scheduler.commands import Check
from petit.scheduler.handle import SchedulerHandle
from petit.storage.figures import Backlog
from petit.storage.memory import MemoryStorage
from petit.testing.clock import settle

ONE = "schedule: '@every 1h'\ntasks: [{id: only, command: 'true'}]"


class StuckStorage(MemoryStorage):
    """Storage that owes answers while `owes` says so."""

    owes = 0

    @property
    def backlog(self) -> Backlog:
        return Backlog(self.owes, 0 if self.owes else super().backlog.answered)


class Told(ServiceManager):
    """A service manager that asks for signs of life, and keeps what it hears."""

    def __init__(self) -> None:
        super().__init__({"NOTIFY_SOCKET": "/nowhere", "WATCHDOG_USEC": "60000000"})
        self.heard: list[str] = []

    def _send(self, message: str) -> None:
        self.heard.append(message)


class Place:
    """A scheduler in virtual time and who looks after it."""

    def __init__(self, world: World, storage: StuckStorage) -> None:
        self.world = world
        self.storage = storage
        self.service = Told()
        handle = SchedulerHandle(world.engine, storage, world.bus, world.clock)
        self.watching = Watching(handle, self.service, world.clock)

    async def seconds(self, count: int, *, look: bool = True) -> None:
        """Let time pass, with a look each second or none."""
        for _ in range(count):
            await self.world.clock.advance(1_000)
            if look:
                self.watching.look()

    def checks(self) -> Mapping[str, Check]:
        return {check.name: check for check in self.world.engine.checks()}


@pytest.fixture
async def place(tmp_path: Path) -> Place:
    world = World(tmp_path)
    world.storage = storage = StuckStorage()
    world.write(hourly=ONE)
    await world.start()
    return Place(world, storage)


async def test_a_storage_that_does_not_answer_is_told_within_six_seconds(place: Place) -> None:
    await place.seconds(2)
    assert place.checks()["storage"].ok
    place.storage.owes = 3
    await place.seconds(6)
    said = place.checks()["storage"]
    assert (said.ok, said.detail) == (False, "the database has not answered for 5.0 s; 3 writes wait")
    place.storage.owes = 0
    await place.seconds(1)
    assert place.checks()["storage"].ok


async def test_an_event_loop_that_stood_still_is_told_for_a_while(place: Place) -> None:
    await place.seconds(2)
    await place.seconds(7, look=False)
    await place.seconds(1)
    said = place.checks()["loop"]
    assert said.detail == "the event loop stood still, or the machine slept, for 7.0 s until 0 ms ago"
    assert place.world.engine.state().loop_lag_ms == 7_000
    await place.seconds(11)
    assert place.checks()["loop"].ok


async def test_a_line_tells_when_it_turns_and_when_it_is_over(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    await place.seconds(2)
    with caplog.at_level(logging.INFO, "petit.bootstrap.watching"):
        place.storage.owes = 1
        await place.seconds(9)
        place.storage.owes = 0
        await place.seconds(3)
    assert [record.getMessage() for record in caplog.records] == [
        "not well: storage: the database has not answered for 4.0 s; 1 write waits",
        "well again after 5.0 s: storage",
    ]
    assert [said for said in place.service.heard if said.startswith("STATUS")] == [
        "STATUS=not well: the database has not answered for 4.0 s; 1 write waits",
        "STATUS=well again",
    ]


async def test_the_watchdog_is_fed_while_the_loop_turns_whatever_the_storage_does(place: Place) -> None:
    place.storage.owes = 1
    await place.seconds(8)
    assert place.service.heard.count("WATCHDOG=1") == 8


async def test_the_watchdog_is_not_fed_by_a_scheduler_whose_loop_has_ended(place: Place) -> None:
    await place.seconds(1)
    loop = place.world.engine._loop_task
    assert loop is not None
    loop.cancel()
    await settle()
    place.service.heard.clear()
    await place.seconds(5)
    assert "WATCHDOG=1" not in place.service.heard
    assert place.service.heard == ["STATUS=not well: the scheduler loop has ended"]


async def test_an_orderly_stop_is_no_trouble(place: Place, caplog: pytest.LogCaptureFixture) -> None:
    await place.world.stop()
    place.watching.look()
    assert place.service.heard == ["WATCHDOG=1"]
    assert [record for record in caplog.records if "not well" in record.getMessage()] == []


async def test_a_clock_that_was_set_wakes_the_loop_at_once(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    await place.seconds(2)
    place.world.clock.jump(3_600_000)
    place.watching.look()
    await settle()
    assert "the wall clock was set forward by 3600000 ms" in caplog.text
    assert len(await place.world.runs("hourly")) == 1


@pytest.mark.parametrize(
    ("environ", "every_ms"),
    [
        pytest.param({}, 1_000, id="nobody asks"),
        pytest.param({"WATCHDOG_USEC": "60000000"}, 1_000, id="each second is often enough"),
        pytest.param({"WATCHDOG_USEC": "1500000"}, 500, id="three times before it barks"),
        pytest.param({"WATCHDOG_USEC": "1500000", "WATCHDOG_PID": "1"}, 1_000, id="another process is meant"),
        pytest.param({"WATCHDOG_USEC": "soon"}, 1_000, id="what is no number is nothing"),
    ],
)
async def test_how_often_it_looks(place: Place, environ: dict[str, str], every_ms: int) -> None:
    service = ServiceManager({"NOTIFY_SOCKET": "/nowhere", **environ})
    handle = SchedulerHandle(place.world.engine, place.storage, place.world.bus, place.world.clock)
    assert Watching(handle, service, place.world.clock).every_ms == every_ms
