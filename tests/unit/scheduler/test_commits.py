"""Between a decision and its effects: order, trouble, bad steps; and the chains of work for each job."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from petit.core.errors import StorageUnavailable
from petit.scheduler.background import Background
from petit.scheduler.chains import Chains
from petit.scheduler.commits import Commits
from petit.scheduler.roster import UnderWay
from petit.scheduler.waiters import Waiters
from petit.storage.base import Step
from petit.storage.memory import MemoryStorage
from petit.testing.clock import ManualClock, settle


class Steps(MemoryStorage):
    """Storage that notes which steps it was given and fails as it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[str] = []
        self.is_full = False

    async def advance(self, steps: Sequence[Step]) -> Sequence[bool]:
        if self.is_full:
            raise StorageUnavailable("the disk is full", cause="disk_full")
        if any(step.run_id == "bad" for step in steps):
            raise ValueError("bad")
        self.written.extend(step.run_id for step in steps)
        return [step.run_id != "void" for step in steps]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def storage() -> Steps:
    return Steps()


@pytest.fixture
async def commits(storage: Steps, clock: ManualClock) -> AsyncIterator[Commits]:
    commits = Commits(storage, clock)
    commits.start()
    yield commits
    storage.is_full = False
    await commits.close()


def boom() -> None:
    raise RuntimeError("boom")


async def test_effects_come_in_order_and_only_of_what_was_written(commits: Commits, storage: Steps) -> None:
    done: list[str] = []
    for run_id in ("one", "void", "bad", "two"):
        commits.add(Step(run_id=run_id), lambda run_id=run_id: done.append(run_id))  # type: ignore[misc]
    commits.after_all(lambda: done.append("all"))
    await settle()
    assert done == ["one", "two", "all"]
    assert storage.written == ["one", "void", "two"]


async def test_an_effect_that_raises_keeps_no_other_from_happening(commits: Commits) -> None:
    done: list[str] = []
    commits.add(Step(run_id="one"), boom)
    commits.after_all(boom)
    commits.add(Step(run_id="two"), lambda: done.append("two"))
    await commits.settled()
    assert done == ["two"]


async def test_who_waits_learns_of_trouble_and_the_step_is_written_later(
    commits: Commits, storage: Steps, clock: ManualClock
) -> None:
    done: list[str] = []
    storage.is_full = True
    commits.add(Step(run_id="one"), lambda: done.append("one"))
    with pytest.raises(StorageUnavailable):
        await commits.settled()
    with pytest.raises(StorageUnavailable):
        await commits.settled()
    assert commits.trouble == "the disk is full"
    storage.is_full = False
    await clock.advance(1_000)
    assert done == ["one"]
    assert commits.trouble is None
    assert commits.is_idle


async def test_one_who_waits_is_not_kept_by_what_comes_later(commits: Commits) -> None:
    def again() -> None:
        commits.add(Step(run_id="more"), lambda: None)

    commits.add(Step(run_id="one"), again)
    waiting = asyncio.create_task(commits.settled())
    await settle()
    assert waiting.done()


async def test_closing_writes_what_effects_add(commits: Commits, storage: Steps) -> None:
    commits.add(Step(run_id="one"), lambda: commits.add(Step(run_id="two"), lambda: None))
    await commits.close()
    await commits.close()
    assert storage.written == ["one", "two"]


async def test_the_work_of_one_job_goes_on_in_order_and_that_of_others_beside_it(clock: ManualClock) -> None:
    chains = Chains(clock)
    done: list[str] = []
    gate = asyncio.Event()

    async def slow() -> None:
        await gate.wait()
        done.append("a1")

    async def quick(name: str) -> None:
        done.append(name)

    chains.add("a", slow)
    chains.add("a", lambda: quick("a2"))
    chains.add("b", lambda: quick("b1"))
    settled = asyncio.create_task(chains.settled())
    await settle()
    assert done == ["b1"]
    chains.add("c", gate_never)
    gate.set()
    await settled  # it does not wait for what was added later
    assert done == ["b1", "a1", "a2"]
    await chains.close()
    await chains.settled()


async def gate_never() -> None:
    await asyncio.Event().wait()


async def test_work_that_fails_is_told_and_the_next_goes_on(
    clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    chains = Chains(clock)
    done: list[str] = []

    async def bad() -> None:
        raise RuntimeError("bad")

    async def good() -> None:
        done.append("good")

    chains.add("a", bad)
    chains.add("a", good)
    await chains.settled()
    assert done == ["good"]
    assert "internal error while deciding for job 'a'" in caplog.text


async def test_trouble_of_one_job_is_not_over_because_another_has_none(clock: ManualClock) -> None:
    chains = Chains(clock)
    is_full = True

    async def writes() -> None:
        if is_full:
            raise StorageUnavailable("the disk is full", cause="disk_full")

    async def nothing() -> None:
        """Write nothing."""

    chains.add("a", writes)
    with pytest.raises(StorageUnavailable):
        await chains.settled()
    chains.add("b", nothing)
    await settle()
    assert chains.trouble == "the disk is full"
    with pytest.raises(StorageUnavailable):
        await chains.settled()
    is_full = False
    await clock.advance(1_000)
    assert chains.trouble is None


async def test_what_fails_in_the_background_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    background = Background()

    async def bad() -> None:
        raise RuntimeError("bad")

    background.add(bad())
    await settle()
    with pytest.raises(RuntimeError):
        await background.finish(bad())
    asking = asyncio.create_task(background.finish(bad()))
    asyncio.get_running_loop().call_soon(asking.cancel)
    await settle()
    assert caplog.text.count("internal error") == 2


async def test_nothing_is_kept_for_those_who_have_gone(clock: ManualClock) -> None:
    waiters = Waiters(clock)
    first = asyncio.create_task(waiters.wait("run", 1_000))
    second = asyncio.create_task(waiters.wait("run", 5_000))
    await clock.advance(1_000)
    assert first.done()
    assert len(waiters) == 1
    waiters.tell_all()
    await second
    assert len(waiters) == 0


async def test_what_is_under_way_is_waited_for_by_several() -> None:
    under_way = UnderWay()
    with under_way.of("run"):
        waiting = [asyncio.create_task(under_way.known("run")) for _ in range(2)]
        waiting[0].cancel()
        all_of_it = asyncio.create_task(under_way.all_known())
        await settle()
        assert not waiting[1].done()
    await asyncio.gather(waiting[1], all_of_it)
    await under_way.known("run")
