"""P10: runs, tasks and attempts move by one table, in the database; what has ended stays as it is.

First both storages are asked for random steps, legal and illegal, and a model that knows only the tables says
which are written. Then a real scheduler works, has runs cancelled and is killed, while its database is looked
at again and again.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

import pytest
from tests.contract.rows import T0, new_run, run_id
from tests.support.checker import Snapshot, check, moved_back, snapshot
from tests.support.daemon import Daemon, daemon
from tests.support.orphans import none_left
from tests.support.scale import scaled
from tests.support.tally import tell

from petit.core.states import (
    ATTEMPT_MAY_BECOME,
    RUN_MAY_BECOME,
    RUN_OVER,
    TASK_MAY_BECOME,
    AttemptStatus,
    RunStatus,
    TaskStatus,
)
from petit.storage.base import AttemptEnded, RunChange, RunFilter, Step, Storage, TaskChange
from petit.storage.factory import open_storage
from petit.storage.records import AttemptRow

pytestmark = pytest.mark.faults

SEED = 10
RUNS, TASKS = 3, 3
RUN_TABLE: Mapping[Any, frozenset[Any]] = RUN_MAY_BECOME
TASK_TABLE: Mapping[Any, frozenset[Any]] = TASK_MAY_BECOME
ATTEMPT_TABLE: Mapping[Any, frozenset[Any]] = ATTEMPT_MAY_BECOME


class Model:
    """What the tables say, of one run: the statuses of it, of its tasks, of its attempts."""

    def __init__(self, number: int, rng: random.Random) -> None:
        self.id = run_id(number)
        self.random = rng
        self.run = "pending"
        self.tasks = {f"t{place}": "pending" for place in range(TASKS)}
        self.attempts: dict[tuple[str, int], str] = {}

    @property
    def state(self) -> tuple[Any, ...]:
        return self.run, self.tasks, self.attempts

    def step(self, at: int) -> tuple[Step, bool]:
        """Make a random step; say whether the tables allow all of it, and if so take it."""
        tasks, attempts, run = dict(self.tasks), dict(self.attempts), self.run
        moves = [self._task_move() for _ in range(self.random.choice([0, 1, 1, 2]))]
        legal = all(_moved(TASK_TABLE, tasks, task, status) for task, status in moves)
        opened = [self._attempt() for _ in range(self.random.choice([0, 0, 1]))]
        for key in opened:
            legal = legal and key not in attempts
            attempts.setdefault(key, "running")
        ends = [self._end(attempts) for _ in range(self.random.choice([0, 0, 1]))]
        legal = legal and all(_moved(ATTEMPT_TABLE, attempts, key, status) for key, status in ends)
        change = self._run_move(at)
        if change is not None:
            legal = legal and change.status in RUN_TABLE[run]
            run = change.status
        step = Step(
            run_id=self.id,
            tasks=tuple(TaskChange(task_id=task, status=status, error=f"{at}") for task, status in moves),
            opened=tuple(
                AttemptRow(run_id=self.id, task_id=task, number=number, status="running", opened_at=at)
                for task, number in opened
            ),
            ended=tuple(
                AttemptEnded(task_id=task, number=number, status=status, ended_at=at)
                for (task, number), status in ends
            ),
            run=change,
        )
        if legal:
            self.run, self.tasks, self.attempts = run, tasks, attempts
        return step, legal

    def _wanted(self, table: Mapping[Any, frozenset[Any]], now: str, states: tuple[Any, ...]) -> Any:
        """Return a status that is allowed, or any."""
        return self.random.choice(sorted(table[now]) if table[now] and self.random.random() < 0.8 else states)

    def _task_move(self) -> tuple[str, Any]:
        task = self.random.choice(sorted(self.tasks))
        return task, self._wanted(TASK_TABLE, self.tasks[task], get_args(TaskStatus))

    def _attempt(self) -> tuple[str, int]:
        return self.random.choice(sorted(self.tasks)), self.random.randint(1, 4)

    def _end(self, attempts: Mapping[tuple[str, int], str]) -> tuple[tuple[str, int], Any]:
        key = self.random.choice([*sorted(attempts), self._attempt()])
        return key, self._wanted(ATTEMPT_TABLE, attempts.get(key, "running"), get_args(AttemptStatus))

    def _run_move(self, at: int) -> RunChange | None:
        if self.random.random() < 0.85:
            return None
        status = self._wanted(RUN_TABLE, self.run, get_args(RunStatus))
        return RunChange(status=status, ended_at=at if status in RUN_OVER else None)


def _moved(table: Mapping[Any, frozenset[Any]], states: dict[Any, str], key: Any, status: str) -> bool:
    """Move one of `states` if the table allows it."""
    if key not in states or status not in table[states[key]]:
        return False
    states[key] = status
    return True


async def _stored(storage: Storage) -> tuple[Any, ...]:
    runs = await storage.runs(RunFilter(), limit=100)
    tasks = [row for run in runs for row in await storage.tasks(run.id)]
    return storage.change, runs, tasks, [row for run in runs for row in await storage.attempts(run.id)]


async def _agrees(storage: Storage, model: Model) -> None:
    run = await storage.run(model.id)
    assert run is not None
    tasks = {row.task_id: row.status for row in await storage.tasks(model.id)}
    attempts = {(row.task_id, row.number): row.status for row in await storage.attempts(model.id)}
    assert (run.status, tasks, attempts) == model.state
    assert (run.ended_at is not None) == (run.status in RUN_OVER)


async def _live(storage: Storage, seed: int, steps: int) -> Counter[bool]:
    """Ask for random steps in batches; return how many were legal and how many were not."""
    rng = random.Random(seed)
    models = [Model(number, rng) for number in range(1, RUNS + 1)]
    for number in range(1, RUNS + 1):
        await storage.create_run(new_run(number, tasks=TASKS, status="pending"))
    count: Counter[bool] = Counter()
    for at in range(T0, T0 + steps):
        batch = [rng.choice(models).step(at) for _ in range(rng.randint(1, 3))]
        batch = [
            (step, legal) for step, legal in batch if step.tasks or step.opened or step.ended or step.run
        ]
        before = await _stored(storage)
        expected = [legal for _, legal in batch]
        assert list(await storage.advance([step for step, _ in batch])) == expected
        if not any(expected):
            assert await _stored(storage) == before, "an illegal step left a trace"
        for model in models:
            await _agrees(storage, model)
        count.update(expected)
    return count


@pytest.mark.parametrize("backend", ["memory", "sqlite"])
async def test_storages_write_what_the_tables_allow(backend: str, tmp_path: Path) -> None:
    lives = scaled(quick=100, soak=10_000)
    count: Counter[bool] = Counter()
    for seed in range(lives):
        storage = open_storage(":memory:" if backend == "memory" else str(tmp_path / f"{seed}.db"))
        await storage.open()
        try:
            count += await _live(storage, SEED * 1_000_000 + seed, 40)
        except BaseException as error:
            error.add_note(f"seed {seed}")
            raise
        finally:
            await storage.close()
    tell("P10", count.total(), f"steps in {backend}, {count[False]} illegal, 0 traces of those")


# --- a real scheduler ---
def _write_jobs(petit: Daemon) -> None:
    task = petit.witness.task
    retry = "retry: {max_attempts: 2, delay: 100ms}"
    jobs = {
        "good": task(),
        "bad": task(exit=3),
        "stubborn": task("main", retry, exit="1,1,0"),
        "hopeless": task("main", retry, exit=1) + task("after", "depends_on: [main]"),
        "late": task("main", "timeout: 200ms", "grace: 200ms", sleep=60),
        "missing": "  - {id: main, command: /no/such/program}\n",
        "graph": task("a", sleep=0.05)
        + task("b", "depends_on: [a]", exit=1)
        + task("c", "depends_on: [a]", sleep=0.1)
        + task("d", "depends_on: [b, c]", "condition: on_failure")
        + task("e", "depends_on: [b, c]"),
        "slow": task("main", "grace: 200ms", sleep=60),
    }
    for job_id, tasks in jobs.items():
        petit.write(job_id, f"tasks:\n{tasks}")
    petit.write("narrow", "max_concurrency: 1\ntasks:\n" + task(sleep=0.1))
    petit.write("short", "timeout: 300ms\ntasks:\n" + task("main", "grace: 200ms", sleep=60))


def _reachable(table: Mapping[Any, frozenset[Any]], status: str) -> set[str]:
    found, left = {status}, [status]
    while left:
        for each in table[left.pop()] - found:
            found.add(each)
            left.append(each)
    return found


def _moved_wrongly(before: Snapshot, after: Snapshot) -> list[Any]:
    """Return the rows that moved in a way no table allows, or moved although they had ended."""
    tables = {"runs": RUN_TABLE, "tasks": TASK_TABLE, "attempts": ATTEMPT_TABLE}
    ways = [
        (key, row["status"], after[key]["status"])
        for key, row in before.items()
        if key in after and after[key]["status"] not in _reachable(tables[key[0]], row["status"])
    ]
    return [*ways, *moved_back(before, after)]


def test_what_has_ended_never_changes_under_load(tmp_path: Path) -> None:
    rounds = scaled(quick=40, soak=1_000)
    rng = random.Random(SEED)
    with daemon(tmp_path, "--max-jobs", "12") as petit:
        _write_jobs(petit)
        petit.start()
        jobs = [job["id"] for job in petit.get("/api/jobs")["jobs"]]
        before, looks, kills = snapshot(petit), 0, 0
        for _ in range(rounds):
            runs = [petit.trigger(rng.choice(jobs), queue=True) for _ in range(8)]
            for run in rng.sample(runs, 2):
                assert petit.cancel(run) in {202, 409}
            for _ in range(2):
                time.sleep(rng.uniform(0, 0.15))
                after = snapshot(petit)
                assert _moved_wrongly(before, after) == []
                before, looks = after, looks + 1
            if rng.random() < 0.4:
                petit.kill()
                petit.start()
                kills += 1
        for (run,) in petit.rows("SELECT id FROM runs WHERE job_id = 'slow' AND ended_at IS NULL"):
            assert petit.cancel(run) in {202, 409}
        petit.idle(60)
        counts = check(petit)
        after = snapshot(petit)
        assert _moved_wrongly(before, after) == []
        petit.kill()
        petit.start()
        assert snapshot(petit) == after, "a restart changed what was over"
        assert none_left(tmp_path) == []
        petit.stop()
    tell("P10", looks + 2, f"looks, {kills + 1} kills, {dict(counts)}, 0 moved back")
