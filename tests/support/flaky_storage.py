"""Storage that refuses writes now and then, as a full or failing disk does."""

from __future__ import annotations

import random
from collections.abc import Sequence

from petit.core.errors import StorageUnavailable
from petit.storage.base import CreateOutcome, NewRun, Step
from petit.storage.memory import MemoryStorage
from petit.storage.records import OccurrenceRow


class FlakyStorage(MemoryStorage):
    """Memory whose writes of runs and fates fail with a chance, and leave no trace then.

    Attributes:
        chance: Of each of them, in [0, 1].
        refused: How many failed.
    """

    def __init__(self, chances: random.Random) -> None:
        super().__init__()
        self.chance = 0.0
        self.refused = 0
        self._random = chances

    def _roll(self) -> None:
        if self.chance and self._random.random() < self.chance:
            self.refused += 1
            raise StorageUnavailable("the database is not available: the disk is full", cause="disk_full")

    async def create_run(self, new: NewRun) -> CreateOutcome:
        self._roll()
        return await super().create_run(new)

    async def advance(self, steps: Sequence[Step]) -> Sequence[bool]:
        self._roll()
        return await super().advance(steps)

    async def record(self, rows: Sequence[OccurrenceRow]) -> Sequence[bool]:
        self._roll()
        return await super().record(rows)
