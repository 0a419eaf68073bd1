"""P3: for every (job, schedule, due time) one row: a run, or a reason why there is none.

The simulated half drives the real engine through random lives in virtual time: downtimes (orderly and by
SIGKILL), pauses, suspends, edits, removals. An oracle of its own knows when each schedule was in force and
walks its due times.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

import pytest
from tests.support.life import Life
from tests.support.scale import scaled
from tests.support.tally import tell

from petit.core.errors import ReloadRefused


def _live(path: Path, seed: int) -> Counter[str]:
    path.mkdir()
    return asyncio.run(Life(path, seed).live(12))


def test_lives_in_virtual_time(tmp_path: Path) -> None:
    lives = scaled(quick=5_000, soak=500_000)
    totals: Counter[str] = Counter()
    for seed in range(lives):
        try:
            totals += _live(tmp_path / str(seed), seed)
        except BaseException as error:
            error.add_note(f"seed {seed}")
            raise
    due = totals.total()
    assert due == totals["ran"] + totals["skipped"] + totals["missed"]
    tell("P3", lives, f"simulated lives, {due} due: {dict(totals)}")


def test_an_empty_directory_explains_nothing_away(tmp_path: Path) -> None:
    async def story() -> None:
        life = Life(tmp_path, 1)
        life.edit()
        await life.start()
        for file in life.world.jobs_dir.iterdir():
            file.unlink()
        with pytest.raises(ReloadRefused):
            await life.world.engine.reload()
        await life.world.kill()

    asyncio.run(story())
