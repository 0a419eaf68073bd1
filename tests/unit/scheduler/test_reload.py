"""Generations of job files: atomic, last good kept, nothing deleted by mistake."""

from __future__ import annotations

import pytest
from tests.support.world import World

from petit.core.errors import JobNotFound, ReloadRefused
from petit.testing.executor import HOLDS

ONE = "tasks: [{id: only, command: 'true'}]"


async def test_a_new_file_is_a_new_job(world: World) -> None:
    world.write(a=ONE)
    await world.start()
    world.write(b=f"schedule: '* * * * *'\n{ONE}")
    reloaded = await world.engine.reload()
    assert reloaded.added == ("b",)
    await world.clock.advance(60_000)
    assert [run.job_id for run in await world.runs()] == ["b"]


async def test_a_broken_file_keeps_the_last_good_version(world: World) -> None:
    world.write(a=f"schedule: '* * * * *'\n{ONE}")
    await world.start()
    world.write(a="tsaks: []")
    reloaded = await world.engine.reload()
    assert reloaded.stale == ("a",)
    assert reloaded.problems
    assert world.engine.jobs()["a"].stale
    await world.clock.advance(60_000)
    assert len(await world.runs()) == 1
    await world.stop()
    await world.start()
    assert world.engine.jobs()["a"].stale


async def test_a_removed_job_keeps_its_history(world: World) -> None:
    world.write(a=f"max_concurrency: 1\n{ONE}", b=ONE)
    world.executor.default = HOLDS
    await world.start()
    first = await world.trigger("a")
    second = await world.trigger("a", queue=True)
    (world.jobs_dir / "a.yaml").unlink()
    reloaded = await world.engine.reload()
    assert reloaded.removed == ("a",)
    run = await world.run(second)
    assert (run.status, run.reason) == ("cancelled", "job removed")
    world.executor.finish("only")
    await world.clock.advance(1_000)
    assert (await world.run(first)).status == "completed"
    assert world.engine.removed("a") is not None
    with pytest.raises(JobNotFound, match="removed"):
        await world.trigger("a")


async def test_an_empty_directory_is_an_error_not_a_deletion(world: World) -> None:
    world.write(a=ONE)
    await world.start()
    (world.jobs_dir / "a.yaml").unlink()
    with pytest.raises(ReloadRefused):
        await world.engine.reload()
    assert "a" in world.engine.jobs()


async def test_an_edited_schedule_ends_the_old_one_at_that_moment(world: World) -> None:
    world.write(a=f"schedule: '* * * * *'\n{ONE}")
    await world.start()
    await world.clock.advance(90_000)
    world.write(a=f"schedule: '*/5 * * * *'\n{ONE}")
    await world.engine.reload()
    await world.clock.advance(4 * 60_000)
    assert {each.schedule for each in await world.ledger()}
    assert len(await world.runs()) == 2


async def test_a_job_that_comes_back_starts_afresh(world: World) -> None:
    world.write(a=f"schedule: '* * * * *'\n{ONE}", keep=ONE)
    await world.start()
    text = (world.jobs_dir / "a.yaml").read_text()
    (world.jobs_dir / "a.yaml").unlink()
    await world.engine.reload()
    await world.clock.advance(5 * 60_000)
    (world.jobs_dir / "a.yaml").write_text(text)
    assert (await world.engine.reload()).added == ("a",)
    await world.clock.advance(60_000)
    assert [fate for _, fate, _ in await world.fates("a")] == ["ran"]


async def test_a_one_shot_engine_fires_nothing_and_ends_no_schedule(world: World) -> None:
    world.write(a=f"schedule: '* * * * *'\n{ONE}")
    await world.start()
    await world.stop()
    await world.clock.advance(3 * 60_000)
    await world.start(fire=False)
    await world.clock.advance(120_000)
    assert await world.fates() == []
    await world.stop()
    await world.start()
    await world.clock.advance(1_000)
    assert len(await world.fates()) == 5
