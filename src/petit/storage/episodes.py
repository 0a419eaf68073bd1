"""Which jobs need somebody: episodes of failure, missed occurrences. Part of the storage contract."""

from __future__ import annotations

from typing import Protocol

import msgspec

from petit.core.clock import Millis
from petit.core.ids import JobId, RunId
from petit.storage.records import OccurrenceRow, RunRow


class Failing(msgspec.Struct, frozen=True, kw_only=True):
    """A job whose last finished run failed or was interrupted; cancelled runs neither begin this nor end it.

    Attributes:
        since: When the first of these runs ended.
        failures: How many there were, one after the other.
        run: The last one; None where it is stored no more.
    """

    job_id: JobId
    since: Millis
    failures: int
    run: RunRow | None


class Recovered(msgspec.Struct, frozen=True, kw_only=True):
    """A job that failed and then completed: the episode that ended last.

    Attributes:
        since: When the first of the runs that failed ended.
        failures: How many there were.
        recovered_at: When the run ended that completed.
        run_id: That run.
    """

    job_id: JobId
    since: Millis
    failures: int
    recovered_at: Millis
    run_id: RunId


class Episodes(msgspec.Struct, frozen=True, kw_only=True):
    """What needs somebody, and what does no more; each list has the newest first.

    Attributes:
        failing: By `since`.
        missed: The newest missed occurrences of jobs that have no run made after they were; by `first_due`.
        recovered: By `recovered_at`.
        count: How many are failing or missed in all, however many are listed.
    """

    failing: tuple[Failing, ...]
    missed: tuple[OccurrenceRow, ...]
    recovered: tuple[Recovered, ...]
    count: int


class EpisodeStorage(Protocol):
    """Knows what needs somebody without a look at what is stored of runs that are over."""

    async def episodes(self, *, recovered_since: Millis, limit: int) -> Episodes:
        """Read what needs somebody, of jobs that are present.

        What happened counts in the order in which it was written. Cost grows with what is wrong now, never
        with what is stored.

        Args:
            recovered_since: Only jobs that recovered at this time or later, and do not fail again.
            limit: Entries of each list at most.
        """
        ...
