"""The part of the storage contract about the past as a whole: what pictures of many runs are drawn from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import msgspec

from petit.core.clock import Millis
from petit.core.ids import JobId, RunId, TaskId
from petit.core.states import RunStatus
from petit.storage.records import Fate


class RunCells(msgspec.Struct, frozen=True, gc=False):
    """All tasks of a run in the order of their ids, a character for each.

    Attributes:
        statuses: As in `petit.core.states.LETTERS`.
        attempts: How many each has had: "0" to "9", and "+" for more.
    """

    run_id: RunId
    statuses: str
    attempts: str


class HourTally(msgspec.Struct, frozen=True, gc=False):
    """What happened to a job within an hour.

    Attributes:
        hour: Number of the hour since 1970-01-01T00:00Z.
        tally: As in `petit.core.tally`.
    """

    hour: int
    tally: str


class Stretch(msgspec.Struct, frozen=True, gc=False):
    """Due times of a schedule that got their fate together, and that no tally counts."""

    schedule: str
    fate: Fate
    first_due: Millis
    last_due: Millis


class Tallies(NamedTuple):
    """What happened to a job: hour by hour, oldest first, and in stretches, by the end of each."""

    hours: Sequence[HourTally]
    stretches: Sequence[Stretch]


class RunSpan(msgspec.Struct, frozen=True, gc=False):
    """When a run that is over began and ended."""

    id: RunId
    status: RunStatus
    started_at: Millis
    ended_at: Millis


class PastStorage(Protocol):
    """Tells much at once. Rules are those of `petit.storage.base`."""

    async def cells(self, run_ids: Sequence[RunId]) -> Sequence[RunCells]:
        """Read the tasks of each of these runs; of one that is not stored, none."""
        ...

    async def tallies(self, job_id: JobId, *, since: Millis, until: Millis) -> Tallies:
        """Read what happened to a job in the hours of [since, until), and the stretches that meet them.

        Runs count in the hour in which they ended, due times in that in which they were due. Cost grows with
        the hours in which something happened, never with how much. What was counted stays when its rows go.
        """
        ...

    async def first_hour(self, job_id: JobId) -> int | None:
        """Return the number of the first hour in which something happened to a job."""
        ...

    async def spans(
        self, job_id: JobId, *, since: Millis | None, until: Millis | None, limit: int
    ) -> Sequence[RunSpan]:
        """Read runs of a job that began and are over, newest (greatest id) first.

        Only those whose ids carry a time in [since, until).
        """
        ...

    async def task_ids(self, run_ids: Sequence[RunId]) -> Sequence[tuple[TaskId, ...]]:
        """Read the ids of the tasks of each of these runs, sorted: the order of its cells."""
        ...
