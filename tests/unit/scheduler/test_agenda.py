"""Due times and timers: the heap stays as small as what is on it."""

from __future__ import annotations

import logging

import pytest

from petit.scheduler.agenda import SLACK, Agenda, Timers
from petit.testing.clock import ManualClock


def nothing() -> None:
    """Be called, and do nothing."""


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(monotonic=0)


@pytest.fixture
def timers(clock: ManualClock) -> Timers:
    return Timers(clock.monotonic, nothing)


def test_due_times_come_in_order_and_once() -> None:
    agenda = Agenda()
    agenda.put(("b", "k"), 20)
    agenda.put(("a", "k"), 10)
    agenda.put(("a", "k"), 15)
    agenda.put(("c", "k"), 15)
    agenda.drop(("c", "k"))
    assert agenda.next_due() == 15
    assert list(agenda.take(20)) == [(15, ("a", "k")), (20, ("b", "k"))]
    assert agenda.next_due() is None


def test_a_schedule_that_never_comes_again_is_forgotten() -> None:
    agenda = Agenda()
    agenda.put(("a", "k"), 10)
    agenda.put(("a", "k"), None)
    assert agenda.slots() == []
    assert agenda.next_due() is None


def test_an_agenda_that_is_changed_often_stays_small() -> None:
    agenda = Agenda()
    for due in range(10_000):
        agenda.put(("a", "k"), 10_000 + due)
    assert len(agenda._heap) <= 2 + SLACK
    assert list(agenda.take(30_000)) == [(19_999, ("a", "k"))]


async def test_timers_fire_in_order(clock: ManualClock, timers: Timers) -> None:
    fired: list[str] = []
    timers.after(20, lambda: fired.append("late"))
    timers.after(10, lambda: fired.append("early"))
    timers.after(10, lambda: fired.append("early too"))
    assert timers.next_at() == 10
    await clock.advance(20)
    timers.run_due()
    assert fired == ["early", "early too", "late"]
    assert timers.next_at() is None


async def test_only_an_earlier_timer_wakes_the_loop(clock: ManualClock) -> None:
    woken: list[int] = []
    timers = Timers(clock.monotonic, lambda: woken.append(clock.monotonic()))
    timers.after(20, nothing)
    timers.after(30, nothing)
    timers.after(10, nothing)
    assert len(woken) == 2


async def test_a_timer_that_raises_keeps_no_other_from_firing(
    clock: ManualClock, timers: Timers, caplog: pytest.LogCaptureFixture
) -> None:
    fired: list[str] = []
    timers.after(1, [].pop)
    timers.after(2, lambda: fired.append("second"))
    await clock.advance(5)
    with caplog.at_level(logging.ERROR):
        timers.run_due()
    assert fired == ["second"]
    assert "internal error in a timer" in caplog.text


async def test_a_timer_that_was_taken_back_does_not_fire(clock: ManualClock, timers: Timers) -> None:
    fired: list[str] = []
    take_back = timers.after(10, lambda: fired.append("never"))
    take_back()
    take_back()
    assert timers.next_at() is None
    await clock.advance(20)
    timers.run_due()
    assert fired == []


async def test_taking_back_a_timer_that_has_fired_is_harmless(clock: ManualClock, timers: Timers) -> None:
    take_back = timers.after(1, nothing)
    await clock.advance(1)
    timers.run_due()
    take_back()
    assert len(timers) == 0


def test_timers_that_are_taken_back_leave_nothing(timers: Timers) -> None:
    timers.after(5, nothing)
    for _ in range(10_000):
        timers.after(1_000_000, nothing)()
    assert len(timers) <= 2 + 2 * SLACK
