"""A run's progress in short words, for tests."""

from __future__ import annotations

from tests.support.graphs import job_of

from petit.core.progress import End, Progress, Skip

ENDS: dict[str, End] = {"": "completed", "f": "failed", "i": "interrupted", "x": "cancelled"}


def begun(text: str, *, max_tasks: int = 10, allow_failure: str = "") -> Progress:
    return Progress(job_of(text, allow_failure=allow_failure), max_tasks=max_tasks)


def started(progress: Progress, now: int = 0) -> str:
    return " ".join(ready.task.id for ready in progress.ready_now(now))


def skipped(skips: list[Skip] | tuple[Skip, ...]) -> str:
    return " ".join(skip.task_id for skip in skips)


def play(progress: Progress, ends: str) -> None:
    """Let tasks start and end: "a b:f c:i", in this order (`ENDS`)."""
    for item in ends.split():
        progress.ready_now(0)
        task_id, _, letter = item.partition(":")
        progress.ended(task_id, ENDS[letter], 0, error=f"error of {task_id}")
