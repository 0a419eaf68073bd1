"""SQLite against memory: whatever is done to both, both answer alike."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, get_args

import msgspec
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from tests.contract.rows import T0, fate, job_row, new_run, ran, run_id

from petit.core.states import RunStatus
from petit.core.tally import read_tally
from petit.storage.base import (
    AttemptEnded,
    AttemptStarted,
    CancelIntent,
    IdempotencyKey,
    OccurrenceFilter,
    Reload,
    RunChange,
    RunFilter,
    Slots,
    Step,
    Storage,
    TaskChange,
)
from petit.storage.memory import MemoryStorage
from petit.storage.records import AttemptRow, PauseRow, ScheduleRow
from petit.storage.sqlite import SqliteStorage

Call = Callable[[Storage], Coroutine[Any, Any, Any]]

JOBS = st.sampled_from(("a", "b"))
NUMBERS = st.integers(1, 8)
TASKS = st.sampled_from(("t0", "t1", "t9"))
TIMES = st.integers(0, 30)
RUN_STATES = st.sampled_from(get_args(RunStatus))
TASK_STATES = st.sampled_from(("running", "retrying", "completed", "failed", "skipped", "cancelled"))
ATTEMPT_STATES = st.sampled_from(("running", "completed", "failed"))
LIMITS = st.none() | st.integers(1, 3)
SLOTS = st.builds(Slots, job=LIMITS, total=LIMITS)


@st.composite
def steps(draw: st.DrawFn) -> Step:
    run = run_id(draw(NUMBERS))
    tasks = st.builds(
        TaskChange, task_id=TASKS, status=TASK_STATES, attempts=st.integers(1, 3), error=st.none()
    )
    opened = st.builds(
        AttemptRow,
        run_id=st.just(run),
        task_id=TASKS,
        number=st.integers(1, 3),
        status=st.just("running"),
        opened_at=TIMES,
    )
    started = st.builds(
        AttemptStarted, task_id=TASKS, number=st.integers(1, 3), pid=st.integers(1, 9), started_at=TIMES
    )
    ended = st.builds(
        AttemptEnded, task_id=TASKS, number=st.integers(1, 3), status=ATTEMPT_STATES, ended_at=TIMES
    )
    changes: st.SearchStrategy[RunChange] = RUN_STATES.map(
        lambda status: RunChange(
            status=status, ended_at=None if status in {"pending", "running"} else draw(TIMES), error=status
        )
    )
    few: dict[str, Any] = {"max_size": 2}
    return Step(
        run_id=run,
        tasks=tuple(draw(st.lists(tasks, **few))),
        opened=tuple(draw(st.lists(opened, max_size=1))),
        started=tuple(draw(st.lists(started, max_size=1))),
        ended=tuple(draw(st.lists(ended, max_size=1))),
        run=draw(st.none() | changes),
        slots=draw(st.none() | SLOTS),
        cancel=draw(st.none() | st.builds(CancelIntent, at=TIMES)),
    )


@st.composite
def fates(draw: st.DrawFn) -> Any:
    due = draw(TIMES)
    return fate(
        due,
        due + draw(st.sampled_from((0, 0, 4))),
        job_id=draw(JOBS),
        fate=draw(st.sampled_from(("skipped", "missed"))),
        reason=draw(st.sampled_from(("paused", "overlap"))),
        decided_at=draw(TIMES),
    )


async def counted(storage: Storage, job: str) -> Any:
    """What happened to a job, whenever its words were merged."""
    found = await storage.tallies(job, since=0, until=100)
    return [(each.hour, read_tally(each.tally)) for each in found.hours], list(found.stretches)


class BothStorages(RuleBasedStateMachine):
    """Does everything to both, and compares answers and then all that can be read."""

    def __init__(self) -> None:
        super().__init__()
        self.directory = tempfile.TemporaryDirectory()
        self.loop = asyncio.new_event_loop()
        self.memory = MemoryStorage()
        self.sqlite = SqliteStorage(Path(self.directory.name) / "petit.db")
        self.loop.run_until_complete(self.sqlite.open())
        self.runs: set[int] = set()

    def teardown(self) -> None:
        self.loop.run_until_complete(self.sqlite.close())
        self.loop.close()
        self.directory.cleanup()

    def both(self, call: Call) -> Any:
        answers = [self.loop.run_until_complete(call(storage)) for storage in (self.memory, self.sqlite)]
        assert answers[0] == answers[1]
        return answers[0]

    @rule(
        number=NUMBERS,
        job=JOBS,
        status=st.sampled_from(("pending", "running")),
        slots=SLOTS,
        when_full=st.sampled_from(("refuse", "queue", "queue_total")),
        due=st.none() | TIMES,
        key=st.none() | st.sampled_from("xy"),
        max_pending=st.none() | st.just(2),
        run_at=st.none() | TIMES,
        reuses=st.booleans(),
    )
    def create(
        self,
        number: int,
        job: str,
        status: str,
        slots: Slots,
        when_full: str,
        due: int | None,
        key: str | None,
        max_pending: int | None,
        run_at: int | None,
        reuses: bool,
    ) -> None:
        if number in self.runs:  # ids are unique by their making
            return
        if key is not None and number < max(self.runs, default=0):
            # Numbers are moments here. An expired key may be forgotten or not: asked at a moment earlier than
            # before, either answer is right.
            return
        new = new_run(
            number,
            job,
            tasks=2,
            status=status,
            trigger="manual" if due is None else "schedule",
            slots=slots,
            when_full=when_full,
            max_pending=max_pending,
            occurrences=() if due is None else (ran(due, job_id=job),),
            idempotency=None if key is None else IdempotencyKey("s", key, str(slots), T0 + number + 3),
            run_at=None if run_at is None else T0 + run_at,
            selected=("t0", "t1") if reuses else None,
        )
        if reuses:
            reused = {"status": "completed", "ended_at": T0 + number, "reused_from": run_id(99)}
            second = msgspec.structs.replace(new.tasks[1], **reused)
            new = msgspec.structs.replace(new, tasks=(new.tasks[0], second), settled=frozenset({"t1"}))
        self.both(lambda storage: storage.create_run(new))
        if self.loop.run_until_complete(self.memory.run(run_id(number))) is not None:
            self.runs.add(number)

    @precondition(lambda self: bool(self.runs))
    @rule(several=st.lists(steps(), min_size=1, max_size=3))
    def advance(self, several: list[Step]) -> None:
        whole = [
            step
            for step in several
            if any((step.tasks, step.opened, step.started, step.ended, step.run, step.cancel))
        ]
        self.both(lambda storage: storage.advance(whole))

    @rule(rows=st.lists(fates(), max_size=4))
    def record(self, rows: list[Any]) -> None:
        self.both(lambda storage: storage.record(rows))

    @rule(scope=st.sampled_from(("", "a")), at=TIMES)
    def pause(self, scope: str, at: int) -> None:
        self.both(lambda storage: storage.set_pause(PauseRow(scope=scope, since=at)))

    @rule(scope=st.sampled_from(("", "a")), rows=st.lists(fates(), max_size=2))
    def resume(self, scope: str, rows: list[Any]) -> None:
        self.both(lambda storage: storage.end_pause(scope, rows))

    @rule(job=JOBS, at=TIMES, gone=st.booleans(), rows=st.lists(fates(), max_size=1))
    def reload(self, job: str, at: int, gone: bool, rows: list[Any]) -> None:
        life = ScheduleRow(job_id=job, schedule="s", since=at, until=at if gone else None)
        new = Reload(
            at=at,
            jobs=() if gone else (job_row(job),),
            removed=(job,) if gone else (),
            schedules_ended=(life,) if gone else (),
            schedules_begun=() if gone else (life,),
            occurrences=tuple(rows),
        )
        self.both(lambda storage: storage.reload(new))

    @rule()
    def reopen(self) -> None:
        self.loop.run_until_complete(self.sqlite.close())
        self.sqlite = SqliteStorage(self.sqlite.path)
        self.loop.run_until_complete(self.sqlite.open())

    @invariant()
    def all_is_alike(self) -> None:
        assert self.memory.change == self.sqlite.change
        self.both(lambda storage: storage.runs(RunFilter(), limit=100))
        self.both(
            lambda storage: storage.runs(RunFilter(job_id="a", statuses=("failed", "running")), limit=2)
        )
        self.both(lambda storage: storage.active_runs())
        self.both(lambda storage: storage.activity())
        self.both(lambda storage: storage.registry())
        self.both(lambda storage: storage.occurrences(OccurrenceFilter(), limit=100))
        self.both(lambda storage: storage.occurrences(OccurrenceFilter(until=15), limit=3))
        self.both(lambda storage: storage.reaching(OccurrenceFilter(), place=(15, "a", "s")))
        self.both(lambda storage: storage.last_run_ms())
        self.both(lambda storage: storage.marks(limit=9))
        self.both(lambda storage: storage.ended(since=0, until=30))
        self.both(lambda storage: storage.episodes(recovered_since=10, limit=5))
        for job in ("a", "b"):
            self.both(lambda storage, job=job: storage.last_ended(job))  # type: ignore[misc]  # bound at once
            self.both(lambda storage, job=job: storage.last_completed(job))  # type: ignore[misc]  # the same
        self.both(lambda storage: storage.occurrences(OccurrenceFilter(without_run=True), limit=100))
        self.both(
            lambda storage: storage.occurrences(OccurrenceFilter(job_id="a", without_run=True), limit=3)
        )
        for job in ("a", "b"):
            self.both(lambda storage, job=job: counted(storage, job))  # type: ignore[misc]  # the same
            self.both(lambda storage, job=job: storage.first_hour(job))  # type: ignore[misc]  # the same
            self.both(
                lambda storage, job=job: storage.spans(job, since=None, until=T0 + 5, limit=4)  # type: ignore[misc]  # the same
            )
        ids = list(map(run_id, sorted(self.runs)))
        self.both(lambda storage: storage.cells(ids))
        self.both(lambda storage: storage.task_ids(ids))
        for number in self.runs:
            run = run_id(number)
            self.both(lambda storage, run=run: storage.tasks(run))  # type: ignore[misc]  # the same
            self.both(lambda storage, run=run: storage.attempts(run))  # type: ignore[misc]  # the same


TestBothStorages = BothStorages.TestCase
TestBothStorages.settings = settings(
    max_examples=25,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
