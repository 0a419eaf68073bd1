"""P11, simulated: a task starts iff its dependencies are over and its condition holds, and at once."""

from __future__ import annotations

import heapq
import random
from typing import NamedTuple

import pytest
from tests.support.graphs import expected_ends, expected_result, expected_times, random_job
from tests.support.scale import scaled

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
    print(f"P11: {len(seeds)} simulated graphs, {len(found)} wrong")
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
    print(f"P11: {count} graphs in two orders")
