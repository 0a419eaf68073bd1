"""The jobs in force, by generation, and what a new generation of files changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

import msgspec

from petit.config.loader import Loaded
from petit.core.clock import Millis
from petit.core.errors import JobNotFound
from petit.core.ids import JobId
from petit.core.job import Definition, decode_job, encode_job
from petit.core.schedule import Schedule
from petit.scheduler.commands import LiveJob, PauseView, Problem, job_not_found
from petit.storage.base import Registry, Reload
from petit.storage.records import DefinitionRow, JobRow, PauseRow, ScheduleRow


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """A job as it is stored: its row, its definition, and the keys of its schedules that are alive."""

    row: JobRow
    definition: Definition
    schedules: tuple[str, ...] = ()


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What a generation changes: for the database, for memory, for people."""

    reload: Reload
    known: dict[JobId, Known]
    added: tuple[JobId, ...]
    changed: tuple[JobId, ...]
    removed: tuple[JobId, ...]
    stale: tuple[JobId, ...]

    @property
    def changes_nothing(self) -> bool:
        """Whether there is nothing to write."""
        reload = self.reload
        return not (reload.jobs or reload.removed or reload.schedules_begun or reload.schedules_ended)


def known_jobs(registry: Registry) -> dict[JobId, Known]:
    """Read what is stored of jobs, removed ones too."""
    alive: dict[JobId, list[str]] = {}
    for schedule in registry.schedules:
        alive.setdefault(schedule.job_id, []).append(schedule.schedule)
    known = {}
    for row in registry.jobs:
        stored = registry.definitions[row.definition]
        definition = Definition(decode_job(stored.body), row.file, stored.source, stored.hash)
        known[row.job_id] = Known(row=row, definition=definition, schedules=tuple(alive.get(row.job_id, ())))
    return known


def plan(before: Mapping[JobId, Known], loaded: Loaded, now: Millis) -> Plan:
    """Decide what the files of a directory change. Pure: nothing happens yet.

    A job whose file is broken keeps its last good version, stale; one whose file is gone is removed.
    """
    after: dict[JobId, Known] = dict(before)
    present = {definition.job.id: definition for definition in loaded.definitions}
    stale = _stale(before, present, loaded)
    removed = tuple(
        job_id
        for job_id, known in before.items()
        if known.row.removed_at is None and job_id not in present and job_id not in stale
    )
    rows: list[JobRow] = []
    begun: list[ScheduleRow] = []
    ended: list[ScheduleRow] = []
    added: list[JobId] = []
    changed: list[JobId] = []

    def settle(job_id: JobId, row: JobRow, definition: Definition, keys: tuple[str, ...]) -> None:
        was = before.get(job_id)
        old = () if was is None else was.schedules
        begun.extend(ScheduleRow(job_id=job_id, schedule=key, since=now) for key in keys if key not in old)
        ended.extend(
            ScheduleRow(job_id=job_id, schedule=key, since=0, until=now) for key in old if key not in keys
        )
        if was is None or was.row != row:
            rows.append(row)
        after[job_id] = Known(row=row, definition=definition, schedules=keys)

    for job_id, definition in present.items():
        was = before.get(job_id)
        row = JobRow(
            job_id=job_id,
            definition=definition.hash,
            file=definition.file,
            first_seen=now if was is None else was.row.first_seen,
        )
        if was is None or was.row.removed_at is not None:
            added.append(job_id)
        elif was.row.definition != definition.hash:
            changed.append(job_id)
        settle(job_id, row, definition, tuple(schedule.key for schedule in definition.job.schedules))
    for job_id in stale:
        was = before[job_id]
        settle(job_id, msgspec.structs.replace(was.row, stale=True), was.definition, was.schedules)
    for job_id in removed:
        was = before[job_id]
        settle(job_id, msgspec.structs.replace(was.row, removed_at=now, stale=False), was.definition, ())
    return Plan(
        reload=Reload(
            at=now,
            jobs=tuple(rows),
            definitions=tuple(
                _definition_row(present[row.job_id], now) for row in rows if row.job_id in present
            ),
            schedules_begun=tuple(begun),
            schedules_ended=tuple(ended),
            removed=removed,
        ),
        known=after,
        added=tuple(added),
        changed=tuple(changed),
        removed=removed,
        stale=tuple(stale),
    )


def _stale(before: Mapping[JobId, Known], present: Mapping[JobId, Definition], loaded: Loaded) -> list[JobId]:
    broken_ids = set(loaded.broken.values())
    return [
        job_id
        for job_id, known in before.items()
        if known.row.removed_at is None
        and job_id not in present
        and (
            known.row.file in loaded.broken
            or job_id in broken_ids
            or any(known.row.file.startswith(f"{directory}/") for directory in loaded.unlisted)
        )
    ]


def _definition_row(definition: Definition, now: Millis) -> DefinitionRow:
    return DefinitionRow(
        hash=definition.hash,
        job_id=definition.job.id,
        body=encode_job(definition.job),
        source=definition.source,
        stored_at=now,
    )


class Jobs:
    """The present generation of jobs, and what was there before."""

    def __init__(self) -> None:
        self.known: dict[JobId, Known] = {}
        self.problems: tuple[Problem, ...] = ()
        self._pauses: dict[str, PauseRow] = {}
        self._first_pause_end: Millis | None = None
        self.generation = 0
        self._live: dict[JobId, LiveJob] = {}

    @property
    def live(self) -> Mapping[JobId, LiveJob]:
        """Present jobs by id, sorted."""
        return MappingProxyType(self._live)

    @property
    def pauses(self) -> Mapping[str, PauseRow]:
        """The pauses that have not been ended, by scope."""
        return MappingProxyType(self._pauses)

    @pauses.setter
    def pauses(self, pauses: dict[str, PauseRow]) -> None:
        self._pauses = pauses
        self._note_pause_end()

    @property
    def first_pause_end(self) -> Millis | None:
        """When the first of the pauses ends by itself."""
        return self._first_pause_end

    def pauses_over(self, now: Millis) -> list[str]:
        """Return the scopes of the pauses whose end has come."""
        return [
            scope for scope, pause in self._pauses.items() if pause.until is not None and pause.until <= now
        ]

    def _note_pause_end(self) -> None:
        ends = (pause.until for pause in self._pauses.values() if pause.until is not None)
        self._first_pause_end = min(ends, default=None)

    def install(self, known: dict[JobId, Known]) -> None:
        """Put a generation in force, all of it at once."""
        self.known = known
        self.generation += 1
        self._live = {
            job_id: LiveJob(definition=entry.definition, stale=entry.row.stale, paused=self.job_pause(job_id))
            for job_id, entry in sorted(known.items())
            if entry.row.removed_at is None
        }

    def definition(self, job_id: JobId) -> Definition | None:
        """Return the newest definition of a job, removed or not."""
        entry = self.known.get(job_id)
        return None if entry is None else entry.definition

    def removed(self, job_id: JobId) -> LiveJob | None:
        """Return a job that was removed."""
        entry = self.known.get(job_id)
        if entry is None or entry.row.removed_at is None:
            return None
        return LiveJob(definition=entry.definition, removed_at=entry.row.removed_at)

    def not_found(self, job_id: JobId) -> JobNotFound:
        """Make the error for a job that is not there, or not any more."""
        removed = self.removed(job_id)
        if removed is not None:
            return JobNotFound(job_id, removed_at=removed.removed_at)
        return job_not_found(job_id, self.live)

    def set_next(self, job_id: JobId, next_run_at: Millis | None) -> None:
        """Note when a job is due next."""
        live = self._live.get(job_id)
        if live is not None and live.next_run_at != next_run_at:
            self.generation += 1  # shown with the job: a kept answer must not outlive it
            self._live[job_id] = msgspec.structs.replace(live, next_run_at=next_run_at)

    def set_pause(self, scope: str, pause: PauseRow | None) -> None:
        """Note that a pause began or ended."""
        if pause is None:
            self._pauses.pop(scope, None)
        else:
            self._pauses[scope] = pause
        self._note_pause_end()
        self.generation += 1
        live = self._live.get(scope)
        if live is not None:
            self._live[scope] = msgspec.structs.replace(live, paused=self.job_pause(scope))

    def pause_of(self, scope: str) -> tuple[Millis, Millis | None, str | None] | None:
        """Return a pause as the decisions take it: since, until, reason."""
        pause = self.pauses.get(scope)
        return None if pause is None else (pause.since, pause.until, pause.reason)

    def job_pause(self, job_id: JobId) -> PauseView | None:
        """Return the pause of one job."""
        return pause_view(self.pauses.get(job_id))

    def schedules(self, job_ids: Iterable[JobId]) -> Iterable[tuple[JobId, Schedule]]:
        """Walk the schedules of jobs that are present."""
        for job_id in job_ids:
            live = self._live.get(job_id)
            if live is not None:
                for schedule in live.definition.job.schedules:
                    yield job_id, schedule


def pause_view(pause: PauseRow | None) -> PauseView | None:
    """Return a stored pause as it is shown."""
    if pause is None:
        return None
    return PauseView(since=pause.since, until=pause.until, reason=pause.reason, by=pause.by)
