"""Jobs that are all graph, written in a line, and a second opinion on what becomes of them.

Nothing of `petit.core`'s decisions is used here: conditions are told once more, in other words.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping

from petit.core.ids import TaskId
from petit.core.job import Condition, Job, Task

CONDITIONS: dict[str, Condition] = {
    "": "all_success",
    "!": "on_failure",
    "*": "all_done",
    "+": "one_success",
    "~": "none_failed",
}


def job_of(text: str, *, allow_failure: str = "") -> Job:
    """Read "a b<a c<!a,b": b depends on a, c on a and b with the condition of the sign (`CONDITIONS`)."""
    tasks = []
    for item in text.split():
        task_id, _, needs = item.partition("<")
        sign = needs[:1] if needs[:1] in {"!", "*", "+", "~"} else ""
        tasks.append(
            Task(
                id=task_id,
                name=task_id,
                command="true",
                depends_on=tuple(filter(None, needs.removeprefix(sign).split(","))),
                condition=CONDITIONS[sign],
                allow_failure=task_id in allow_failure.split(),
            )
        )
    return Job(id="graph", name="graph", tasks=tuple(tasks))


def random_job(rng: random.Random, *, most_tasks: int) -> Job:
    """Make a graph of some shape: sparse or dense, deep or wide, its tasks in any order of the file."""
    count = rng.randint(1, most_tasks)
    density = rng.choice([0.02, 0.1, 0.3, 0.8])
    reach = rng.choice([1, 3, 10, most_tasks])
    tasks = []
    for place in range(count):
        before = range(max(0, place - reach), place)
        needs = [f"t{each}" for each in before if rng.random() < density]
        rng.shuffle(needs)
        tasks.append(
            Task(
                id=f"t{place}",
                name=f"t{place}",
                command="true",
                depends_on=tuple(needs),
                condition=rng.choice([*CONDITIONS.values(), "all_success", "all_done"]),
                allow_failure=rng.random() < 0.1,
            )
        )
    rng.shuffle(tasks)
    return Job(id="graph", name="graph", tasks=tuple(tasks))


def may_start(condition: Condition, ends: list[str]) -> bool:
    """Say whether a condition holds, by counting."""
    good, bad, total = ends.count("completed"), ends.count("failed") + ends.count("interrupted"), len(ends)
    verdicts = {
        "all_success": good == total,
        "on_failure": bad > 0,
        "all_done": True,
        "one_success": good > 0,
        "none_failed": bad == 0,
    }
    return verdicts[condition]


def counted_needs(task: Task, selected: Collection[TaskId] | None) -> list[TaskId]:
    """Return the dependencies of a task that are part of a run which is limited to these tasks."""
    return [each for each in task.depends_on if selected is None or each in selected]


def expected_ends(
    job: Job,
    outcomes: Mapping[TaskId, str],
    over: Mapping[TaskId, str] | None = None,
    selected: Collection[TaskId] | None = None,
) -> dict[TaskId, str]:
    """Return how each task ends, where those that start end as `outcomes` says, by going round and round.

    `over` are those that had ended before the run began, `selected` those that it is limited to.
    """
    ends: dict[TaskId, str] = dict(over or {})
    while len(ends) < len(job.tasks):
        for task in job.tasks:
            needs = counted_needs(task, selected)
            if task.id not in ends and all(each in ends for each in needs):
                is_alone = bool(task.depends_on) and not needs
                starts = is_alone or may_start(task.condition, [ends[each] for each in needs])
                ends[task.id] = outcomes[task.id] if starts else "skipped"
    return ends


def expected_result(job: Job, ends: Mapping[TaskId, str]) -> str:
    """Return how a run ends whose tasks ended so."""
    fatal = {ends[task.id] for task in job.tasks if not task.allow_failure}
    return next((status for status in ("failed", "interrupted") if status in fatal), "completed")


def expected_times(
    job: Job, ends: Mapping[TaskId, str], durations: Mapping[TaskId, int]
) -> dict[TaskId, tuple[int, int]]:
    """Return when each task is free to start and when it is over, in a run from 0 with a slot for each."""
    times: dict[TaskId, tuple[int, int]] = {}
    while len(times) < len(job.tasks):
        for task in job.tasks:
            if task.id not in times and all(each in times for each in task.depends_on):
                free = max((times[each][1] for each in task.depends_on), default=0)
                times[task.id] = (free, free if ends[task.id] == "skipped" else free + durations[task.id])
    return times
