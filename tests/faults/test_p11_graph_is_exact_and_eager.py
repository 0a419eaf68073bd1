"""P11: a task starts iff its dependencies are over and its condition holds, and at once.

Thousands of graphs in virtual time against a reference, and a few as real processes of a real scheduler.
"""

from __future__ import annotations

import heapq
import json
import random
import statistics
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from tests.support.checker import check
from tests.support.daemon import Daemon, daemon
from tests.support.graphs import expected_ends, expected_result, expected_times, random_job
from tests.support.orphans import none_left
from tests.support.scale import scaled
from tests.support.tally import tell

from petit.core.job import Job
from petit.core.progress import End, Progress

MOST_TASKS = 60
ENDS: list[End] = ["completed", "completed", "completed", "failed", "interrupted"]

pytestmark = pytest.mark.faults


class Lived(NamedTuple):
    """What a run came to: how tasks ended, when they were free to start, when they started."""

    ends: dict[str, str]
    result: str
    free: dict[str, int]
    began: dict[str, int]
    most: int
    idle: int


def live(job: Job, outcomes: dict[str, End], durations: dict[str, int], max_tasks: int) -> Lived:
    """Run a graph in virtual time."""
    progress = Progress(job, max_tasks=max_tasks)
    agenda: list[tuple[int, str]] = []
    free: dict[str, int] = {skip.task_id: 0 for skip in progress.first_skips}
    began: dict[str, int] = {}
    now, most, idle = 0, 0, 0
    while not progress.is_over:
        for ready in progress.ready_now(now):
            began[ready.task.id] = now
            free[ready.task.id] = ready.ready_at
            heapq.heappush(agenda, (now + durations[ready.task.id], ready.task.id))
        most = max(most, len(progress.running))
        idle += bool(len(progress.running) < max_tasks and progress.ready_now(now))
        now = agenda[0][0]
        while agenda and agenda[0][0] == now:
            task_id = heapq.heappop(agenda)[1]
            for skip in progress.ended(task_id, outcomes[task_id], now):
                free[skip.task_id] = now
    ends: dict[str, str] = {task.id: progress.status(task.id) for task in job.tasks}
    return Lived(ends, progress.result()[0], free, began, most, idle)


def wrong(seed: int) -> str | None:
    """Let a graph run with a slot for each task and with a few; return what was not as the reference says."""
    rng = random.Random(seed)
    job = random_job(rng, most_tasks=MOST_TASKS)
    outcomes = {task.id: rng.choice(ENDS) for task in job.tasks}
    durations = {task.id: rng.choice([1, 1, 2, 5, 50]) for task in job.tasks}
    ends = expected_ends(job, outcomes)
    times = expected_times(job, ends, durations)

    wide = live(job, outcomes, durations, MOST_TASKS)
    if wide.ends != ends:
        return "ends"
    if wide.free != {task_id: free for task_id, (free, _) in times.items()}:
        return "moments at which tasks were decided on"
    if wide.began != {task_id: times[task_id][0] for task_id, end in ends.items() if end != "skipped"}:
        return "starts"
    slots = rng.randint(1, 4)
    narrow = live(job, outcomes, durations, slots)
    if (narrow.ends, narrow.result, wide.result) != (ends, wide.result, expected_result(job, ends)):
        return "results"
    too_early = [each for each, began in narrow.began.items() if began < narrow.free[each]]
    if narrow.most > slots or narrow.idle or too_early:
        return "slots"
    return None


def test_graphs_run_as_the_reference_says() -> None:
    seeds = range(scaled(quick=5_000, soak=100_000))
    found = {seed: what for seed in seeds if (what := wrong(seed)) is not None}
    tell("P11", len(seeds), "simulated graphs", unexplained=len(found))
    assert found == {}


def test_the_order_in_the_file_changes_nothing() -> None:
    count = scaled(quick=500, soak=10_000)
    for seed in range(count):
        rng = random.Random(seed)
        job = random_job(rng, most_tasks=MOST_TASKS)
        tasks = list(job.tasks)
        rng.shuffle(tasks)
        turned = Job(id=job.id, name=job.name, tasks=tuple(tasks))
        outcomes = {task.id: rng.choice(ENDS) for task in tasks}
        durations = {task.id: rng.randint(1, 9) for task in tasks}
        one, other = (live(each, outcomes, durations, MOST_TASKS) for each in (job, turned))
        assert (one.ends, one.began, one.result) == (other.ends, other.began, other.result), seed
    tell("P11", count, "graphs in two orders")


# --- real processes ---
EAGER_MS = 50


def _write(petit: Daemon, name: str, job: Job, outcomes: dict[str, End], rng: random.Random) -> None:
    tasks = [f"max_tasks: {MOST_TASKS}\ntasks:\n"]
    for task in job.tasks:
        keys = [f"depends_on: {json.dumps(task.depends_on)}", f"condition: {task.condition}"]
        keys.append(f"allow_failure: {json.dumps(task.allow_failure)}")
        code = 0 if outcomes[task.id] == "completed" else 1
        tasks.append(petit.witness.task(task.id, *keys, sleep=rng.choice([0, 0, 0.05]), exit=code))
    petit.write(name, "".join(tasks))


def _delays(petit: Daemon, job: Job, run_id: str, tasks: dict[str, Any]) -> list[int]:
    """Return for each task that was started how long after its last dependency it was (milliseconds)."""
    delays = []
    for task in job.tasks:
        attempts = petit.get(f"/api/runs/{run_id}/tasks/{task.id}/attempts")["attempts"]
        if attempts and task.depends_on:
            free_at = max(tasks[each]["ended_at"] for each in task.depends_on)
            (only,) = attempts
            assert free_at <= only["ready_at"] <= only["opened_at"] <= only["started_at"]
            delays.append(only["started_at"] - free_at)
    return delays


def test_real_graphs_run_as_the_reference_says(tmp_path: Path) -> None:
    count = scaled(quick=50, soak=1_000)
    delays: list[int] = []
    started = skipped = 0
    with daemon(tmp_path) as petit:
        plans = {}
        for seed in range(count):
            rng = random.Random(seed)
            job = random_job(rng, most_tasks=MOST_TASKS)
            outcomes: dict[str, End] = {
                task.id: rng.choice(["completed", "completed", "failed"]) for task in job.tasks
            }
            _write(petit, f"graph{seed}", job, outcomes, rng)
            plans[f"graph{seed}"] = (job, expected_ends(job, outcomes))
        petit.start()
        for name, (job, ends) in plans.items():
            run = petit.over(petit.trigger(name), 60)
            tasks = {task["task_id"]: task for task in petit.get(f"/api/runs/{run['id']}/tasks")["tasks"]}
            assert {task_id: task["status"] for task_id, task in tasks.items()} == ends, name
            assert run["status"] == expected_result(job, ends), name
            seen = {line.task for line in petit.witness.lines("start") if line.run == run["id"]}
            assert seen == {task_id for task_id, end in ends.items() if end != "skipped"}, name
            delays += _delays(petit, job, run["id"], tasks)
            started, skipped = started + len(seen), skipped + len(ends) - len(seen)
        check(petit)
        petit.stop()
        assert none_left(tmp_path) == []
    median = statistics.median(delays)
    told = f"{started} tasks started, {skipped} skipped"
    tell("P11", count, f"real graphs, {told}, 0 wrong, {median:g} ms late at the median")
    assert median <= EAGER_MS
