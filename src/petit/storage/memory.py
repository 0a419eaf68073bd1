"""Storage in memory: plain dicts, the reference for what the contract means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal
from uuid import uuid4

import msgspec

from petit.core.clock import Millis
from petit.core.ids import JobId, RunId, TaskId
from petit.storage import rules
from petit.storage.base import (
    AlreadyDecided,
    Created,
    CreateOutcome,
    IdempotencyKey,
    NewRun,
    OccurrenceFilter,
    Registry,
    Reload,
    Replayed,
    RunFilter,
    Step,
)
from petit.storage.episodes import Episodes
from petit.storage.figures import Backlog, Ended, JobMarks
from petit.storage.memory_access import MemoryAccessStorage
from petit.storage.memory_endings import MemoryEndings
from petit.storage.memory_episodes import MemoryEpisodes
from petit.storage.memory_ledger import MemoryLedger
from petit.storage.memory_retention import MemoryRetention
from petit.storage.memory_runs import MemoryRuns
from petit.storage.memory_tallies import MemoryTallies
from petit.storage.past import RunCells, RunSpan, Tallies
from petit.storage.records import (
    AttemptRow,
    DefinitionRow,
    JobActivity,
    JobRow,
    OccurrenceRow,
    PauseRow,
    RunRow,
    ScheduleRow,
    TaskRow,
)

_replace = msgspec.structs.replace


class MemoryStorage(MemoryAccessStorage):
    """Keeps jobs, runs and the ledger while the process lives. No method suspends, so each call is atomic."""

    kind: Literal["sqlite", "memory"] = "memory"

    def __init__(self) -> None:
        super().__init__()
        self.uuid = str(uuid4())
        self.state_dir: str | None = None
        self._change = 0
        self._jobs: dict[JobId, JobRow] = {}
        self._definitions: dict[str, DefinitionRow] = {}
        self._schedules: dict[tuple[JobId, str], ScheduleRow] = {}  # those that have not ended
        self._pauses: dict[str, PauseRow] = {}
        self._tallies = MemoryTallies()
        self._runs = MemoryRuns(self._tallies)
        self._ledger = MemoryLedger(self._tallies)
        self._episodes = MemoryEpisodes()
        self._endings = MemoryEndings()
        self._keys: dict[tuple[str, str], tuple[IdempotencyKey, RunId]] = {}
        self._meta: dict[str, str] = {}
        self.retention = MemoryRetention(
            self._jobs, self._definitions, self._schedules, self._runs, self._ledger, self._episodes,
            self._access, self._keys, self._stamp,
        )  # fmt: skip

    @property
    def name(self) -> str | None:
        """It has no file."""
        return None

    @property
    def change(self) -> int:
        """Number of the last change."""
        return self._change

    @property
    def commits(self) -> int:
        """Each write is one."""
        return self._change

    @property
    def backlog(self) -> Backlog:
        """Nothing ever waits."""
        return Backlog(answered=self._change)

    async def size(self) -> int | None:
        """It lies on no disk."""
        return None

    async def open(self) -> None:
        """Nothing is to be opened."""

    async def close(self) -> None:
        """Nothing is to be let go: what was kept stays readable until the object is gone."""

    async def set_state_dir(self, path: str) -> None:
        """Keep the state directory."""
        self._stamp()
        self.state_dir = path

    async def probe(self) -> None:
        """Memory can always be written."""

    # --- jobs -----------------------------------------------------------------------------------------------
    async def registry(self) -> Registry:
        """Read all jobs, the definitions they name, schedules that have not ended, pauses."""
        jobs = tuple(sorted(self._jobs.values(), key=lambda job: job.job_id))
        named = {job.definition for job in jobs}
        return Registry(
            jobs=jobs,
            definitions={each: self._definitions[each] for each in named if each in self._definitions},
            schedules=tuple(
                _replace(row, decided_until=self._ledger.decided_until(row.job_id, row.schedule))
                for _, row in sorted(self._schedules.items())
            ),
            pauses=tuple(pause for _, pause in sorted(self._pauses.items())),
        )

    async def reload(self, reload: Reload) -> tuple[RunId, ...]:
        """Write a new generation of jobs. Returns the pending runs that this cancelled."""
        change = self._stamp()
        self._record(reload.occurrences)
        for definition in reload.definitions:
            self._definitions.setdefault(definition.hash, definition)
        for job in reload.jobs:
            known = self._jobs.get(job.job_id, job)
            self._jobs[job.job_id] = _replace(job, first_seen=known.first_seen)
        for ended in reload.schedules_ended:
            self._schedules.pop((ended.job_id, ended.schedule), None)
        for begun in reload.schedules_begun:
            self._schedules.setdefault((begun.job_id, begun.schedule), _replace(begun, decided_until=None))
        return tuple(
            sorted(run_id for job_id in reload.removed for run_id in self._remove(job_id, reload.at, change))
        )

    def _remove(self, job_id: JobId, at: Millis, change: int) -> list[RunId]:
        job = self._jobs.get(job_id)
        if job is not None and job.removed_at is None:
            self._jobs[job_id] = _replace(job, removed_at=at)
        return self._runs.cancel_pending(job_id, at=at, reason="job removed", change=change)

    async def definition(self, definition_hash: str) -> DefinitionRow | None:
        """Read a definition by its hash."""
        return self._definitions.get(definition_hash)

    async def definitions(self, job_id: JobId) -> Sequence[DefinitionRow]:
        """Read all stored definitions of a job, newest first."""
        rows = (row for row in self._definitions.values() if row.job_id == job_id)
        return sorted(rows, key=lambda row: (row.stored_at, row.hash), reverse=True)

    async def activity(self, job_ids: Sequence[JobId] | None = None) -> Mapping[JobId, JobActivity]:
        """Read the activity of these jobs, or of all that ever ran."""
        known = self._runs.activity()
        return known if job_ids is None else {job_id: known.get(job_id, JobActivity()) for job_id in job_ids}

    async def ended(self, *, since: Millis, until: Millis) -> Ended:
        """Count the runs that ended between two moments."""
        return self._endings.between(since, until)

    async def marks(self, *, limit: int, after: JobId = "") -> Sequence[JobMarks]:
        """Read how jobs did last."""
        job_ids = sorted(job_id for job_id in self._runs.activity() if job_id > after)
        return [await self._marks(job_id) for job_id in job_ids[:limit]]

    async def _marks(self, job_id: JobId) -> JobMarks:
        ended, completed = await self.last_ended(job_id), await self.last_completed(job_id)
        return JobMarks(
            job_id=job_id,
            last_ended_at=None if ended is None else ended.ended_at,
            last_status=None if ended is None else ended.status,
            last_completed_at=None if completed is None else completed.ended_at,
        )

    # --- runs -----------------------------------------------------------------------------------------------
    async def create_run(self, new: NewRun) -> CreateOutcome:
        """Create a run."""
        rules.check_new(new)
        refusal = self._replayed(new) or self._decided(new) or self._runs.queue_full(new)
        if refusal is not None:
            return refusal
        if new.run.status == "pending":
            return self._create(rules.waiting(new))
        full = self._runs.slots_full(new.slots, new.run.job_id)
        if full is None:
            return self._create(new)
        return self._create(rules.waiting(new)) if rules.may_queue(new, full) else full

    def _create(self, new: NewRun) -> Created:
        self._runs.add(new, self._stamp())
        self._episodes.created(new.run.job_id)
        for row in new.occurrences:
            self._ledger.add(_replace(row, run_id=new.run.id) if row.fate == "ran" else row)
        if new.idempotency is not None:
            self._keys[new.idempotency.scope, new.idempotency.key] = (new.idempotency, new.run.id)
        waits = new.run.status == "pending" and rules.stands_in_line(new.run, new.run.created_at)
        return Created(new.run.status, self._runs.position(new.run) if waits else None)

    def _replayed(self, new: NewRun) -> Replayed | None:
        key = new.idempotency
        return None if key is None else self._replay(key, new.run.created_at)

    async def replay(self, key: IdempotencyKey, *, at: Millis | None = None) -> Replayed | None:
        """Look up what an idempotency key made."""
        return self._replay(key, at)

    def _replay(self, key: IdempotencyKey, at: Millis | None) -> Replayed | None:
        known = self._keys.get((key.scope, key.key))
        if known is None or (at is not None and known[0].expires_at <= at):
            return None
        return Replayed(known[1], same_body=known[0].fingerprint == key.fingerprint)

    def _decided(self, new: NewRun) -> AlreadyDecided | None:
        for row in new.occurrences:
            if (known := self._ledger.overlapping(row)) is not None:
                return AlreadyDecided(known.run_id)
        return None

    async def advance(self, steps: Sequence[Step]) -> Sequence[bool]:
        """Write steps, each whole or not at all."""
        for step in steps:
            if step.run is not None:
                rules.check_run_change(step.run)
        written = [self._runs.apply(step, self._change + 1) for step in steps]
        if any(written):
            self._stamp()
        for step, is_written in zip(steps, written, strict=True):
            run = self._runs.get(step.run_id)
            if is_written and run is not None and step.run is not None and step.run.ended_at is not None:
                self._episodes.ended(run)
                self._endings.note(run)
        return written

    async def run(self, run_id: RunId) -> RunRow | None:
        """Read a run."""
        return self._runs.get(run_id)

    async def runs(
        self, which: RunFilter, *, limit: int, before: RunId | None = None, after: RunId | None = None
    ) -> Sequence[RunRow]:
        """Read runs, newest first."""
        return self._runs.page(which, limit=limit, before=before, after=after)

    async def active_runs(self) -> Sequence[RunRow]:
        """Read all pending and running runs, oldest first."""
        return self._runs.active()

    async def tasks(self, run_id: RunId) -> Sequence[TaskRow]:
        """Read the tasks of a run in topological order."""
        return self._runs.tasks(run_id)

    async def attempts(self, run_id: RunId, task_id: TaskId | None = None) -> Sequence[AttemptRow]:
        """Read attempts by task position and number."""
        return self._runs.attempts(run_id, task_id)

    async def last_ended(self, job_id: JobId) -> RunRow | None:
        """Read the run of a job that ended last, of those that took a slot."""
        return max(self._runs.ended(job_id), key=rules.end_of, default=None)

    async def last_completed(self, job_id: JobId) -> RunRow | None:
        """Read the run of a job that completed last."""
        completed = (row for row in self._runs.ended(job_id) if row.status == "completed")
        return max(completed, key=rules.end_of, default=None)

    # --- ledger ---------------------------------------------------------------------------------------------
    async def record(self, rows: Sequence[OccurrenceRow]) -> Sequence[bool]:
        """Write fates without a run."""
        written = self._record(rows)
        if any(written):
            self._stamp()
        return written

    def _record(self, rows: Sequence[OccurrenceRow]) -> Sequence[bool]:
        written = self._ledger.record(rows, self._alive())
        for row, is_written in zip(rows, written, strict=True):
            stored = self._ledger.overlapping(row) if is_written and row.fate == "missed" else None
            if stored is not None:
                self._episodes.missed(stored)
        return written

    def _alive(self) -> dict[tuple[JobId, str], Millis]:
        return {key: row.since for key, row in self._schedules.items()}

    async def occurrences(
        self, which: OccurrenceFilter, *, limit: int, before: rules.Place | None = None
    ) -> Sequence[OccurrenceRow]:
        """Read ledger rows by (last_due, job_id, schedule), greatest first."""
        return self._ledger.page(which, limit=limit, before=before)

    async def reaching(self, which: OccurrenceFilter, *, place: rules.Place) -> Sequence[OccurrenceRow]:
        """Read the ranges that reach over `place`."""
        return self._ledger.reaching(which, place)

    # --- pauses ---------------------------------------------------------------------------------------------
    async def set_pause(self, pause: PauseRow) -> None:
        """Begin or replace the pause of a scope."""
        self._stamp()
        self._pauses[pause.scope] = pause

    async def end_pause(self, scope: str, occurrences: Sequence[OccurrenceRow] = ()) -> bool:
        """End the pause of a scope, recording what it skipped."""
        if scope not in self._pauses:
            return False
        self._stamp()
        del self._pauses[scope]
        self._record(occurrences)
        return True

    # --- what needs somebody --------------------------------------------------------------------------------
    async def episodes(self, *, recovered_since: Millis, limit: int) -> Episodes:
        """Read what needs somebody, of jobs that are present."""
        present = (job_id for job_id, job in self._jobs.items() if job.removed_at is None)
        return self._episodes.read(present, self._runs.get, recovered_since=recovered_since, limit=limit)

    # --- the past as a whole --------------------------------------------------------------------------------
    async def cells(self, run_ids: Sequence[RunId]) -> Sequence[RunCells]:
        """Read the tasks of each of these runs, a character for each."""
        return [self._runs.cells(run_id) for run_id in run_ids]

    async def task_ids(self, run_ids: Sequence[RunId]) -> Sequence[tuple[TaskId, ...]]:
        """Read the ids of the tasks of each of these runs."""
        return [tuple(row.task_id for row in self._runs.tasks_by_id(run_id)) for run_id in run_ids]

    async def tallies(self, job_id: JobId, *, since: Millis, until: Millis) -> Tallies:
        """Read what happened to a job in the hours of [since, until), and the stretches that meet them."""
        return self._tallies.read(job_id, since=since, until=until)

    async def first_hour(self, job_id: JobId) -> int | None:
        """Return the number of the first hour in which something happened to a job."""
        return self._tallies.first_hour(job_id)

    async def spans(
        self, job_id: JobId, *, since: Millis | None, until: Millis | None, limit: int
    ) -> Sequence[RunSpan]:
        """Read runs of a job that began and are over, newest first."""
        return self._runs.spans(job_id, since=since, until=until, limit=limit)

    # --- facts about this database --------------------------------------------------------------------------
    async def last_run_ms(self) -> Millis:
        """Return the greatest time that a stored run id carries."""
        return self._runs.last_ms()

    async def meta(self, key: str) -> str | None:
        """Read a small stored fact."""
        return self._meta.get(key)

    async def set_meta(self, key: str, value: str) -> None:
        """Store a small fact."""
        self._stamp()
        self._meta[key] = value

    def _stamp(self) -> int:
        self._change += 1
        return self._change
