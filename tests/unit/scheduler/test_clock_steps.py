"""Clocks that are set, back and forth, with a sleep of the machine in between."""

from __future__ import annotations

from pathlib import Path

from tests.support.world import World

from petit.core.clock import Millis

MINUTE: Millis = 60_000
HOUR = 60 * MINUTE
JOB = "schedule: '@hourly'\ncatchup: none\ntasks: [{id: only, command: x}]\n"


async def hours(world: World) -> list[tuple[int, str]]:
    """The fates of the full hours since the first, in order."""
    first = world.clock.now() // HOUR * HOUR
    return [((due - first) // HOUR, fate) for due, fate, _ in await world.fates()]


async def test_what_comes_due_in_a_sleep_after_a_step_back_has_a_fate(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.write(job=JOB)
    await world.start()
    await world.clock.advance(50 * MINUTE)
    world.clock.jump(-20_000)
    await world.clock.suspend(15 * MINUTE)
    assert await hours(world) == [(0, "missed")]
    await world.kill()


async def test_a_step_back_and_forth_again_leaves_no_hole(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.write(job=JOB)
    await world.start()
    await world.clock.advance(2 * HOUR + MINUTE)
    world.clock.jump(-5 * HOUR)
    await world.clock.advance(10 * MINUTE)
    world.clock.jump(8 * HOUR)
    await world.clock.advance(MINUTE)
    assert await hours(world) == [(-4, "ran"), (-3, "ran"), (-2, "missed"), (-1, "missed"), (0, "missed")]
    await world.kill()
