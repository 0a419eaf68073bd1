"""The part of the storage contract about the past as a whole: what pictures of many runs are drawn from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from petit.core.ids import RunId, TaskId


class RunCells(msgspec.Struct, frozen=True, gc=False):
    """All tasks of a run in the order of their ids, a character for each.

    Attributes:
        statuses: As in `petit.core.states.LETTERS`.
        attempts: How many each has had: "0" to "9", and "+" for more.
    """

    run_id: RunId
    statuses: str
    attempts: str


class PastStorage(Protocol):
    """Tells much at once. Rules are those of `petit.storage.base`."""

    async def cells(self, run_ids: Sequence[RunId]) -> Sequence[RunCells]:
        """Read the tasks of each of these runs; of one that is not stored, none."""
        ...

    async def task_ids(self, run_ids: Sequence[RunId]) -> Sequence[tuple[TaskId, ...]]:
        """Read the ids of the tasks of each of these runs, sorted: the order of its cells."""
        ...
