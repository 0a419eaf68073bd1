"""The part of the storage contract about figures: how much was written, and how runs and jobs did last."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

import msgspec

from petit.core.clock import Millis
from petit.core.ids import JobId
from petit.core.states import RunStatus


class JobMarks(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """How a job did last. Runs that never had a slot do not count.

    Attributes:
        last_ended_at: When its latest run was over; None where none ever was.
        last_status: How that one ended.
        last_completed_at: When its latest run that completed was over.
    """

    job_id: JobId
    last_ended_at: Millis | None = None
    last_status: RunStatus | None = None
    last_completed_at: Millis | None = None


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """How many runs came to an end by themselves, and how many of them failed or were interrupted."""

    runs: int = 0
    failed: int = 0


SLOT_MS: Millis = 600_000
"""Runs are counted by the ten minutes in which they ended: a day is 144 numbers, however much ran."""

SLOTS_KEPT = 2 * 144


class Backlog(msgspec.Struct, frozen=True):
    """What the storage has been given to write.

    Attributes:
        waiting: Writes that it has not answered yet, those under way among them.
        answered: How many times it has answered since it was opened; a group of writes is one answer.
    """

    waiting: int = 0
    answered: int = 0


class FiguresStorage(Protocol):
    """Tells figures about itself and about jobs. Rules are those of `petit.storage.base`."""

    kind: Literal["sqlite", "memory"]
    """What it is."""

    @property
    def name(self) -> str | None:
        """The name of its file, without the directory; None where it lies on no disk."""
        ...

    @property
    def commits(self) -> int:
        """Transactions committed since it was opened: several writes may share one."""
        ...

    @property
    def backlog(self) -> Backlog:
        """What it has been given to write. Costs next to nothing."""
        ...

    async def size(self) -> int | None:
        """Return the bytes that it takes on the disk; None where it lies on none."""
        ...

    async def ended(self, *, since: Millis, until: Millis) -> Ended:
        """Count the runs that ended between two moments of the last two days; cancelled ones do not count.

        Both moments stand for the ten minutes that they are in. Cost does not grow with what is stored.
        """
        ...

    async def marks(self, *, limit: int, after: JobId = "") -> Sequence[JobMarks]:
        """Read how jobs did last, of those that ever ran, by job id, greater than `after`.

        Cost grows with `limit`, never with the jobs or runs stored.
        """
        ...
