"""The first generation of jobs: what changed while Petit was down, and what was due meanwhile."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from petit.core.clock import Millis
from petit.core.errors import StorageUnavailable
from petit.core.ids import JobId
from petit.core.schedule import Schedule
from petit.scheduler.chains import Chains
from petit.scheduler.fates import range_row
from petit.scheduler.firing import Firing
from petit.scheduler.jobs import Jobs, Known
from petit.storage.base import Registry, Storage
from petit.storage.records import OccurrenceRow, ScheduleRow

_log = logging.getLogger(__name__)


class Downtime:
    """The gap between the last decision of an earlier engine and now.

    Attributes:
        before: The jobs as they were, removed ones too.
        since: When the earlier engine stopped in order; None where it was killed or never was.
        until: Now.
    """

    def __init__(
        self, registry: Registry, before: Mapping[JobId, Known], *, since: Millis | None, until: Millis
    ) -> None:
        self.before = before
        self.since = since
        self.until = until
        self._schedules = {(row.job_id, row.schedule): row for row in registry.schedules}

    def judge_ended(self, firing: Firing, ended: tuple[ScheduleRow, ...]) -> tuple[OccurrenceRow, ...]:
        """Judge schedules that were edited away or removed meanwhile: nothing of them is made up."""
        rows: list[OccurrenceRow] = []
        for each in ended:
            known = self.before[each.job_id]
            verdict = firing.gap(
                known.definition.job,
                Schedule.from_key(each.schedule),
                after=_decided(self._schedules[each.job_id, each.schedule]),
                until=self.until,
                down_since=self.since,
                changed=True,
            )
            rows.extend(
                range_row(known.definition, each.schedule, missed, self.until) for missed in verdict.ranges
            )
        return tuple(rows)

    def judge_standing(self, firing: Firing, jobs: Jobs) -> None:
        """Begin to judge the schedules that are still in force."""
        after: dict[JobId, dict[str, Millis]] = {}
        for (job_id, key), row in self._schedules.items():
            live = jobs.live.get(job_id)
            if live is not None and any(each.key == key for each in live.definition.job.schedules):
                after.setdefault(job_id, {})[key] = decided_until = _decided(row)
                if decided_until > self.until:  # the clock was set back meanwhile
                    firing.note_decided((job_id, key), decided_until)
        for job_id, decided in after.items():
            firing.judge(self.before[job_id], decided, until=self.until, down_since=self.since)


def _decided(row: ScheduleRow) -> Millis:
    """Return until when a schedule's due times have their fates: the ledger tells, no heartbeat does."""
    return row.since if row.decided_until is None else max(row.since, row.decided_until)


async def take_stop(storage: Storage) -> Millis | None:
    """Return when the last engine stopped in order, and forget it; None where it was killed or never was."""
    text = await storage.meta("stopped_at")
    if not text:
        return None
    await storage.set_meta("stopped_at", "")
    return int(text)


async def note_stop(storage: Storage, now: Millis) -> None:
    """Leave to the next engine when this one stopped in order."""
    try:
        await storage.set_meta("stopped_at", str(now))
    except StorageUnavailable as error:
        _log.error("could not record the stop: %s", error)


class Boot:
    """`@reboot`: once for each boot of the machine, due at Petit's first start after it (decision 9).

    The due time is stored before anything is decided on it, and the boot as dealt with once all is: an engine
    that is killed in between leaves the decision to the next one, for the same due time.
    """

    def __init__(self, storage: Storage, boot_id: str) -> None:
        self._storage = storage
        self._boot_id = boot_id

    async def due(self, now: Millis) -> Millis | None:
        """Return when `@reboot` is due; None: it was dealt with, or boots cannot be told apart here."""
        if not self._boot_id or await self._storage.meta("boot_id") == self._boot_id:
            return None
        noted = (await self._storage.meta("boot_due") or "").partition(" ")
        if noted[0] == self._boot_id:
            return int(noted[2])
        await self._storage.set_meta("boot_due", f"{self._boot_id} {now}")
        return now

    async def dealt_with(self, chains: Chains) -> None:
        """Note that this boot is dealt with, once it is."""
        try:
            await chains.settled()
            await self._storage.set_meta("boot_id", self._boot_id)
        except StorageUnavailable as error:
            _log.error("cannot note this boot of the machine, the next start will: %s", error)
