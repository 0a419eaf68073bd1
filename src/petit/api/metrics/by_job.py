"""The metrics of each job, written by hand, a page of jobs at a time.

With 10,000 jobs these are 50,000 lines and more. prometheus-client takes 13 us for a line, this takes 1 us,
and between two pages everything else that is ready has its turn.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

from petit.api.turns import Others
from petit.core.ids import JobId
from petit.scheduler.commands import LiveJob
from petit.scheduler.handle import SchedulerHandle
from petit.storage.figures import JobMarks

T = TypeVar("T")

PAGE = 250
"""Jobs that are read, or written, at a time: one to two milliseconds."""

ENDED = "petit_runs_ended"
STATUS = "petit_job_last_run_status"
LAST_RUN = "petit_job_last_run_timestamp_seconds"
LAST_SUCCESS = "petit_job_last_success_timestamp_seconds"
NEXT_RUN = "petit_job_next_run_timestamp_seconds"
PAUSED = "petit_job_paused"

FAMILIES: dict[str, tuple[tuple[str, ...], str]] = {
    ENDED: (("job_id", "status"), "Runs that ended; a job is told of from its first one on."),
    STATUS: (("job_id", "status"), "1 for how the latest run that ended did."),
    LAST_RUN: (("job_id",), "When the latest run that ended did."),
    LAST_SUCCESS: (("job_id",), "When the latest run that completed ended."),
    NEXT_RUN: (("job_id",), "When the job is due next; absent where it never is."),
    PAUSED: (("job_id",), "1 while scheduled runs of the job are paused."),
}
"""Labels and words. The label is not `job`: that is Prometheus's own, for what it scraped."""

_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})
_NEVER_RAN = JobMarks(job_id="")


async def by_job(handle: SchedulerHandle, *, is_openmetrics: bool) -> str:
    """Write what is told of each job, and the counts of those that were removed since the start."""
    marks = await _all_marks(handle)
    lines: dict[str, list[str]] = {name: [] for name in FAMILIES}
    for counts in _pages(list(handle.tally.ended.items())):
        _write_ended(lines, counts)
        await Others()
    for jobs in _pages(list((await handle.definitions()).items())):
        _write_jobs(lines, jobs, marks)
        await Others()
    return "".join(_family(name, each, is_openmetrics=is_openmetrics) for name, each in lines.items())


async def _all_marks(handle: SchedulerHandle) -> dict[JobId, JobMarks]:
    marks: dict[JobId, JobMarks] = {}
    after = ""
    while page := await handle.marks(limit=PAGE, after=after):
        marks.update((each.job_id, each) for each in page)
        after = page[-1].job_id
        await Others()
    return marks


def _write_ended(lines: dict[str, list[str]], jobs: Sequence[tuple[JobId, Mapping[str, int]]]) -> None:
    lines[ENDED] += [
        f'{ENDED}_total{{job_id="{label(job_id)}",status="{status}"}} {count}\n'
        for job_id, counts in jobs
        for status, count in counts.items()
    ]


def _write_jobs(
    lines: dict[str, list[str]], jobs: Sequence[tuple[JobId, LiveJob]], marks: Mapping[JobId, JobMarks]
) -> None:
    for job_id, live in jobs:
        job = label(job_id)
        last = marks.get(job_id, _NEVER_RAN)
        if last.last_ended_at is not None:
            lines[STATUS].append(f'{STATUS}{{job_id="{job}",status="{last.last_status}"}} 1\n')
            lines[LAST_RUN].append(f'{LAST_RUN}{{job_id="{job}"}} {last.last_ended_at / 1000}\n')
        if last.last_completed_at is not None:
            lines[LAST_SUCCESS].append(f'{LAST_SUCCESS}{{job_id="{job}"}} {last.last_completed_at / 1000}\n')
        if live.next_run_at is not None:
            lines[NEXT_RUN].append(f'{NEXT_RUN}{{job_id="{job}"}} {live.next_run_at / 1000}\n')
        lines[PAUSED].append(f'{PAUSED}{{job_id="{job}"}} {0 if live.paused is None else 1}\n')


def _family(name: str, lines: list[str], *, is_openmetrics: bool) -> str:
    """Write a family. OpenMetrics calls a counter by its name without `_total`."""
    kind = kind_of(name)
    named = f"{name}_total" if kind == "counter" and not is_openmetrics else name
    return f"# HELP {named} {FAMILIES[name][1]}\n# TYPE {named} {kind}\n{''.join(lines)}"


def kind_of(name: str) -> str:
    """Return what sort of metric a family is."""
    return "counter" if name == ENDED else "gauge"


def label(value: str) -> str:
    """Escape what stands between the quotes of a label. No id needs that, as ids are today."""
    return value.translate(_ESCAPES)


def _pages(items: Sequence[T]) -> Iterator[Sequence[T]]:
    return (items[at : at + PAGE] for at in range(0, len(items), PAGE))
