"""The first generation of jobs: what changed while Petit was down, and what was due meanwhile."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from petit.core.clock import Millis
from petit.core.ids import JobId
from petit.core.schedule import Schedule
from petit.scheduler.fates import range_row
from petit.scheduler.firing import Firing
from petit.scheduler.jobs import Jobs, Known, Plan
from petit.storage.base import Registry, Reload, Storage
from petit.storage.records import OccurrenceRow, ScheduleRow


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
                after.setdefault(job_id, {})[key] = _decided(row)
        for job_id, decided in after.items():
            firing.judge(self.before[job_id], decided, until=self.until, down_since=self.since)


def _decided(row: ScheduleRow) -> Millis:
    """Return until when a schedule's due times have their fates: the ledger tells, no heartbeat does."""
    return row.since if row.decided_until is None else max(row.since, row.decided_until)


async def install_first(
    storage: Storage, jobs: Jobs, changes: Plan, downtime: Downtime, firing: Firing, *, fire: bool
) -> None:
    """Put the first generation in force.

    A one-shot run (`fire` False) ends no schedule and removes no job: it does not judge what was due.
    """
    if fire:
        occurrences = downtime.judge_ended(firing, changes.reload.schedules_ended)
        reload = msgspec.structs.replace(changes.reload, occurrences=occurrences)
    else:
        rows = tuple(row for row in changes.reload.jobs if row.removed_at is None)
        reload = Reload(at=changes.reload.at, jobs=rows, definitions=changes.reload.definitions)
    await storage.reload(reload)
    jobs.install(changes.known)
