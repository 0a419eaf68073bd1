"""A pass of retention over a scheduler in virtual time, with real log files."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from tests.contract.rows import fate
from tests.support.world import World

from petit.core.errors import LogRemoved
from petit.core.retention import DAY_MS, Policy
from petit.execution.log_shelf import LogShelves
from petit.scheduler.commands import RerunRun
from petit.scheduler.handle import SchedulerHandle
from petit.scheduler.retention import Removed, Retention
from petit.testing.executor import FAILS, HOLDS, SUCCEEDS

TWO = "tasks: [{id: first, command: 'true'}, {id: second, command: 'true', depends_on: [first]}]"
ALL = Policy(max_age_ms=None, max_runs=None, max_log_bytes=None)


class Place:
    """A scheduler with jobs and their logs, and passes of retention."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def runs(self, count: int, job: str = "manual", *, size: int = 5_000) -> list[str]:
        """Run a job so many times, a minute apart; each task writes so many bytes."""
        made = []
        for _ in range(count):
            made.append(await self.world.trigger(job))
            await self.world.clock.advance(60_000)
            for attempt in await self.world.storage.attempts(made[-1]):
                where = self.logs(made[-1]) / f"{attempt.task_id}.{attempt.number}"
                where.mkdir(parents=True)
                (where / "stdout").write_bytes(b"x" * size)
        return made

    def logs(self, run_id: str) -> Path:
        return self.world.logs_dir / run_id[:6] / run_id

    async def has(self, run_ids: list[str]) -> list[bool]:
        """Say which of these runs are stored; logs are there exactly where their run is."""
        found = [await self.world.storage.run(run_id) is not None for run_id in run_ids]
        assert [self.logs(run_id).exists() for run_id in run_ids] == found
        return found

    def retention(self, policy: Policy) -> Retention:
        return Retention(self.world.storage, LogShelves(str(self.world.logs_dir)), self.world.clock, policy)

    async def once(self, policy: Policy | Retention) -> Removed:
        """Make a pass."""
        retention = policy if isinstance(policy, Retention) else self.retention(policy)
        task = asyncio.ensure_future(retention.once())
        while not task.done():
            await self.world.clock.advance(10)
            await asyncio.to_thread(int)  # files are removed in a thread, which no virtual time moves
        return await task


@pytest.fixture
async def place(tmp_path: Path) -> Place:
    world = World(tmp_path)
    world.write(manual=TWO, other=TWO, yearly=f"schedule: '@yearly'\n{TWO}", gone=TWO)
    await world.start()
    return Place(world)


async def test_runs_beyond_the_count_of_their_job_go_with_their_logs(place: Place) -> None:
    runs, others = await place.runs(5), await place.runs(2, "other")
    removed = await place.once(Policy(max_age_ms=None, max_runs=2, max_log_bytes=None))
    assert (removed.runs, removed.orphans, removed.logs) == (3, 0, 0)
    assert await place.has(runs) == [False, False, False, True, True]
    assert await place.has(others) == [True, True]


async def test_old_runs_go_but_never_the_last_of_a_job(place: Place) -> None:
    runs = await place.runs(3)
    await place.world.clock.suspend(11 * DAY_MS)
    young = await place.runs(1, "other")
    policy = Policy(max_age_ms=10 * DAY_MS, max_runs=None, max_log_bytes=None)
    assert (await place.once(policy)).runs == 2
    assert await place.has(runs) == [False, False, True]
    assert await place.has(young) == [True]
    assert await place.once(policy) == Removed()


async def test_without_limits_everything_stays(place: Place) -> None:
    runs = await place.runs(3)
    await place.world.clock.suspend(999 * DAY_MS)
    await place.once(ALL)
    assert await place.has(runs) == [True, True, True]


async def test_a_run_that_goes_on_stays_whatever_comes_after(place: Place) -> None:
    place.world.executor.default = HOLDS
    running = await place.runs(1)
    place.world.executor.default = SUCCEEDS
    later = await place.runs(3)
    await place.world.clock.suspend(99 * DAY_MS)
    assert (await place.once(Policy(max_runs=1))).runs == 2
    assert await place.has([*running, *later]) == [True, False, False, True]
    assert (await place.world.run(running[0])).status == "running"


async def test_what_a_rerun_took_tasks_from_stays_as_long_as_the_rerun(place: Place) -> None:
    (first,) = await place.runs(1)
    again = await place.world.engine.trigger(RerunRun(job_id="manual", run_id=first, start="second"))
    await place.world.clock.advance(60_000)
    policy = Policy(max_age_ms=None, max_runs=1, max_log_bytes=None)
    await place.once(policy)
    assert await place.world.storage.run(first) is not None
    await place.runs(2)
    await place.once(policy)  # the rerun goes, and with the next pass what it needed
    await place.once(policy)
    assert [await place.world.storage.run(each) for each in (first, again.run_id)] == [None, None]


async def test_after_a_pass_nothing_is_due_once_more(place: Place) -> None:
    await place.world.clock.suspend(365 * DAY_MS - 1_000)
    await place.world.clock.advance(2_000)
    before = await place.world.ledger("yearly")
    assert len(before) == 1
    await place.world.clock.suspend(200 * DAY_MS)
    await place.once(Policy(max_age_ms=DAY_MS, max_runs=1, max_log_bytes=None))
    await place.world.stop()
    await place.world.start()
    await place.world.clock.advance(60_000)
    assert await place.world.ledger("yearly") == before


async def test_old_fates_go_by_age_and_by_count(place: Place) -> None:
    now = place.world.clock.now()
    rows = [
        fate(now + day * DAY_MS, job_id="manual", reason="overlap" if day % 2 else "paused")
        for day in range(10)
    ]
    await place.world.storage.record(rows)
    await place.world.clock.suspend(10 * DAY_MS)
    by_age = Policy(max_age_ms=round(7.5 * DAY_MS), max_runs=None, max_log_bytes=None)
    assert (await place.once(by_age)).fates == 3
    by_count = Policy(max_age_ms=None, max_runs=4, max_log_bytes=None)
    assert (await place.once(by_count)).fates == 3
    assert [each.due_at for each in await place.world.ledger("manual")] == [row.first_due for row in rows[6:]]


async def test_definitions_go_when_the_last_run_that_is_pinned_to_them_has_gone(place: Place) -> None:
    runs = await place.runs(1, "gone")
    old = (await place.world.run(runs[0])).definition
    await place.world.clock.suspend(DAY_MS)
    place.world.write(gone=f"description: changed\n{TWO}")
    await place.world.engine.reload()
    await place.runs(1, "gone")
    policy = Policy(max_age_ms=2 * DAY_MS, max_runs=None, max_log_bytes=None)
    assert (await place.once(policy)).definitions == 0
    await place.world.clock.suspend(5 * DAY_MS)
    assert await place.world.storage.definition(old) is not None
    removed = await place.once(policy)
    assert (removed.runs, removed.definitions) == (1, 1)
    assert await place.world.storage.definition(old) is None
    place.world.write(gone=TWO)
    await place.world.engine.reload()
    assert await place.world.storage.definition(old) is not None, "it is stored anew when it comes back"


async def test_the_oldest_logs_go_until_there_is_room_and_their_runs_stay(place: Place) -> None:
    runs = await place.runs(4)
    size = sum(bytes_of(place.logs(run_id)) for run_id in runs)
    one = size // 4
    removed = await place.once(Policy(max_age_ms=None, max_runs=None, max_log_bytes=size - one - 1))
    assert (removed.runs, removed.logs, removed.log_bytes) == (0, 2, 2 * one)
    assert [place.logs(run_id).exists() for run_id in runs] == [False, False, True, True]
    handle = SchedulerHandle(place.world.engine, place.world.storage, place.world.bus, place.world.clock)
    with pytest.raises(LogRemoved, match="were removed by retention on 2026-01-01") as caught:
        await handle.log(runs[0], "first", "stdout")
    assert caught.value.evidence["run_id"] == runs[0]
    log = await handle.log(runs[3], "first", "stdout")
    assert log is not None
    log.close()


async def test_the_logs_of_a_jobs_last_run_stay_however_little_room_there_is(place: Place) -> None:
    runs = await place.runs(3)
    removed = await place.once(Policy(max_age_ms=None, max_runs=None, max_log_bytes=0))
    assert removed.logs == 2
    assert [place.logs(run_id).exists() for run_id in runs] == [False, False, True]


async def test_logs_without_a_run_are_removed_and_nothing_else(place: Place) -> None:
    runs = await place.runs(2)
    orphan = place.world.logs_dir / runs[0][:6] / f"{runs[0][:-4]}dead"
    (orphan / "first.1").mkdir(parents=True)
    (orphan / "first.1" / "stdout").write_text("left by a crash")
    link = place.world.logs_dir / runs[0][:6] / f"{runs[0][:-4]}beef"
    link.symlink_to(place.world.jobs_dir)
    assert (await place.once(ALL)).orphans == 1
    assert not orphan.exists()
    assert (place.world.jobs_dir / "manual.yaml").exists()
    assert await place.has(runs) == [True, True]


async def test_a_shelf_that_nobody_writes_to_is_measured_once(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    await place.runs(2)
    await place.world.clock.suspend(2 * DAY_MS)
    await place.runs(1, "other")
    retention = place.retention(ALL)
    await place.once(retention)
    looked: list[str] = []
    runs_on = retention._shelves.runs

    def count(shelf: str) -> list[tuple[str, int]]:
        looked.append(shelf)
        return runs_on(shelf)

    monkeypatch.setattr(retention._shelves, "runs", count)
    await place.once(retention)
    assert len(looked) == 1, "only the shelf of now"


async def test_an_open_episode_keeps_its_last_failure(place: Place) -> None:
    place.world.executor.default = FAILS
    failed = await place.runs(3)
    place.world.executor.default = HOLDS
    running = await place.runs(2)
    await place.once(Policy(max_age_ms=None, max_runs=1, max_log_bytes=0))
    assert await place.has([*failed, *running]) == [False, False, True, True, True]
    (failing,) = (await place.world.storage.episodes(recovered_since=0, limit=9)).failing
    assert (failing.failures, failing.run and failing.run.id) == (3, failed[-1])


def bytes_of(path: Path) -> int:
    return sum(each.stat().st_blocks * 512 for each in path.rglob("*") if each.is_file())
