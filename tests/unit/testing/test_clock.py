from __future__ import annotations

import asyncio

import pytest

from petit.testing.clock import MORNING, ManualClock, settle
from petit.testing.entropy import SequenceEntropy


async def test_sleepers_wake_at_their_own_deadline_in_order() -> None:
    clock = ManualClock()
    seen: list[tuple[str, int]] = []

    async def sleeper(name: str, ms: int) -> None:
        await clock.sleep(ms)
        seen.append((name, clock.now() - MORNING))

    async with asyncio.TaskGroup() as group:
        group.create_task(sleeper("late", 300))
        group.create_task(sleeper("early", 100))
        await clock.advance(1000)
    assert seen == [("early", 100), ("late", 300)]
    assert clock.now() - MORNING == 1000


async def test_a_sleeper_that_sleeps_again_is_woken_again_within_one_advance() -> None:
    clock = ManualClock()
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await clock.sleep(60_000)
            ticks += 1

    task = asyncio.create_task(tick())
    await clock.advance(3_600_000)
    assert ticks == 60
    task.cancel()


async def test_jump_moves_the_wall_clock_alone() -> None:
    clock = ManualClock()
    before = clock.monotonic()
    clock.jump(-3_600_000)
    assert (clock.now() - MORNING, clock.monotonic() - before) == (-3_600_000, 0)


async def test_after_a_suspend_all_wake_at_its_end() -> None:
    clock = ManualClock()
    seen: list[int] = []

    async def sleeper(ms: int) -> None:
        await clock.sleep(ms)
        seen.append(clock.now() - MORNING)

    tasks = [asyncio.create_task(sleeper(ms)) for ms in (100, 200)]
    await clock.suspend(5000)
    await asyncio.gather(*tasks)
    assert seen == [5000, 5000]


async def test_a_cancelled_sleeper_is_forgotten() -> None:
    clock = ManualClock()
    task = asyncio.create_task(clock.sleep(100))
    await settle()
    task.cancel()
    await clock.advance(200)
    assert task.cancelled()


async def test_advance_until_stops_at_the_deadline_that_made_it_true() -> None:
    clock = ManualClock()
    seen: list[int] = []
    clock.call_later(250, lambda: seen.append(1))
    clock.call_later(900, lambda: seen.append(2))
    await clock.advance_until(lambda: bool(seen))
    assert clock.now() - MORNING == 250
    with pytest.raises(TimeoutError):
        await clock.advance_until(lambda: len(seen) == 3)


async def test_settling_tells_of_a_busy_loop() -> None:
    busy = asyncio.create_task(_spin())
    with pytest.raises(RuntimeError, match="come to rest"):
        await settle()
    busy.cancel()


async def _spin() -> None:
    while True:  # noqa: ASYNC110 - the very thing that settling must tell of
        await asyncio.sleep(0)


def test_the_same_seed_gives_the_same_bits_within_their_width() -> None:
    draws = [(count, SequenceEntropy("x").bits(count)) for count in (1, 11, 62, 300)]
    assert draws == [(count, SequenceEntropy("x").bits(count)) for count in (1, 11, 62, 300)]
    assert all(0 <= value < 1 << count for count, value in draws)
    one = SequenceEntropy(1)
    assert one.bits(62) != one.bits(62)
