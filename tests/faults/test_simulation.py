"""All faults at once, in virtual time: a failing disk, kills, reboots, lost tasks.

The real engine lives random lives on storage that refuses writes. A seed says all that happens in a life; one
that fails is replayed by the line that its failure shows, and kept below.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections import Counter
from pathlib import Path

from tests.support.flaky_storage import FlakyStorage
from tests.support.life import MINUTE, SECOND, Life
from tests.support.scale import scaled
from tests.support.tally import tell

from petit.core.states import RUN_OVER, TASK_OVER
from petit.testing.executor import ScriptedExecutor

KEPT = (7, 24, 34, 35, 38, 69, 138, 163)
"""Seeds of lives that once failed, here or among those of P6."""
STEPS = 15
RECOVERS_MS = 3 * SECOND


class HardLife(Life):
    """A life on a bad machine."""

    def __init__(self, path: Path, seed: int) -> None:
        super().__init__(path, seed)
        world = self.world
        self.storage = world.storage = FlakyStorage(random.Random(seed))
        # A start tells by log directories whether an attempt had begun when the machine went down.
        world.executor = ScriptedExecutor(world.clock, default=self._outcome, makes_log_dirs=True)
        self.faults = 0

    async def step(self) -> None:
        self.faults += 1
        kind = self.random.randint(0, 3)
        if self.is_up and kind == 0:
            await self._bad_disk()
        elif self.is_up and kind == 1 and self.world.executor.running_tasks:
            self.world.executor.lose(self.random.choice(self.world.executor.running_tasks))
        elif not self.is_up and kind == 0:
            self.world.executor.reboot()
        await super().step()

    async def _bad_disk(self) -> None:
        """Refuse writes for a while, in which the scheduler may be killed."""
        self.storage.chance = self.random.choice([0.1, 0.5, 1])
        await self.world.clock.advance(self.random.randint(SECOND, 2 * MINUTE))
        if self.random.random() < 0.3:
            await self._die()
        self.storage.chance = 0
        await self.world.clock.advance(RECOVERS_MS)

    async def check(self) -> Counter[str]:
        counts = await super().check()
        runs = await self.world.runs()
        for run in runs:
            assert (run.status in RUN_OVER) == (run.ended_at is not None), run
            tasks = await self.storage.tasks(run.id)
            if run.status in RUN_OVER:
                assert all(task.status in TASK_OVER for task in tasks), run
            for task in tasks:
                numbers = [each.number for each in await self.storage.attempts(run.id, task.task_id)]
                assert numbers == list(range(1, task.attempts + 1)), task
        submitted = Counter(spec.id for spec in self.world.specs())
        assert [each for each, count in submitted.items() if count > 1] == [], "started twice"
        limit = self.world.max_jobs
        assert limit is None or sum(run.status == "running" for run in runs) <= limit
        assert limit is None or self.world.executor.peak <= limit
        return counts


def test_hard_lives(tmp_path: Path) -> None:
    asked = os.environ.get("PETIT_SEED")
    seeds = [int(asked)] if asked else [*KEPT, *range(1_000, 1_000 + scaled(quick=300, soak=50_000))]
    totals, faults, refused = Counter[str](), 0, 0
    for seed in seeds:
        path = tmp_path / str(seed)
        path.mkdir()
        life = HardLife(path, seed)
        try:
            totals += asyncio.run(life.live(STEPS))
        except BaseException as error:
            error.add_note(f"PETIT_SEED={seed} pytest tests/faults/test_simulation.py")
            raise
        faults, refused = faults + life.faults, refused + life.storage.refused
    tell("P3", faults, f"faults in {len(seeds)} hard lives, {refused} writes refused; {dict(totals)}")
