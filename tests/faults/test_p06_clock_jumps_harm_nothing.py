"""P6: a wall clock that is set: nothing fires twice, nothing goes missing, no wait is longer or shorter.

The lives of P3, in virtual time, with clocks that jump while the scheduler is up and while it is down.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

from tests.support.life import MINUTE, Life
from tests.support.scale import scaled
from tests.support.tally import tell

from petit.core.clock import Millis
from petit.core.schedule import Schedule
from petit.scheduler.engine import LONGEST_SLEEP_MS

HOUR = 60 * MINUTE


class JumpyLife(Life):
    """A life whose wall clock is set now and then.

    What was due before a schedule existed, by a clock that was set back to then, may run or not: nobody
    promised it. All else has one fate.
    """

    notices_within_ms = LONGEST_SLEEP_MS

    def __init__(self, path: Path, seed: int) -> None:
        super().__init__(path, seed)
        self.jumps = 0
        self.latest: dict[tuple[str, str], Millis] = {}

    async def step(self) -> None:
        if self.random.random() < 0.3:
            await self._jump()
        await super().step()

    async def _jump(self) -> None:
        self.jumps += 1
        if (
            self.is_up
        ):  # it looks at the clock twice a minute at least, and knows of no jump that it never saw
            await self.world.clock.advance(LONGEST_SLEEP_MS)
        before = self.world.clock.now()
        if self.is_up:
            self.latest |= {slot: max(self.latest.get(slot, 0), before) for slot in self.in_force}
        self.world.clock.jump(
            self.random.choice([-1, 1]) * self.random.choice([900, 20_000, MINUTE, 3 * HOUR])
        )
        after = self.world.clock.now()
        for job, key in self.in_force if after < before else ():
            self.may_be.update(
                (job, key, due) for due in Schedule.from_key(key).between(after, before + HOUR)
            )

    def _close(self, slot: tuple[str, str], now: Millis) -> None:
        super()._close(slot, max(now, self.in_force[slot], self.latest.pop(slot, 0)))


def test_lives_with_clocks_that_jump(tmp_path: Path) -> None:
    lives = scaled(quick=2_000, soak=10_000)
    totals: Counter[str] = Counter()
    jumps = 0
    for seed in range(lives):
        path = tmp_path / str(seed)
        path.mkdir()
        life = JumpyLife(path, seed)
        try:
            totals += asyncio.run(life.live(12))
        except BaseException as error:
            error.add_note(f"seed {seed}")
            raise
        jumps += life.jumps
    tell("P6", jumps, f"jumps in {lives} simulated lives, {totals.total()} due: {dict(totals)}")
