"""`petit list`: the jobs of a directory, and when they are due next."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from petit.cli.failures import EXIT_JOBS
from petit.cli.options import Flags, command, directory_argument

if TYPE_CHECKING:
    from petit.cli.table import Cell
    from petit.core.clock import Millis
    from petit.core.job import Definition, Job


@command("list")
@directory_argument()
@click.option(
    "--format", "form", type=click.Choice(["table", "json"]), default="table", help="Default: table."
)
def command_(flags: Flags, directory: Path, form: str) -> int:
    """List the jobs in DIR with their schedules and next due times.

    Reads the files only; a running scheduler is not asked. Exits 1 where a file has problems, and shows them.
    """
    from petit.cli.configured import job_defaults
    from petit.cli.job_files import jobs_directory, print_problems
    from petit.config.diagnostics import errors_of
    from petit.config.loader import load_directory
    from petit.seams import SystemClock

    loaded = load_directory(jobs_directory(directory), defaults=job_defaults(flags))
    now = SystemClock().now()
    if form == "json":
        _print_json(loaded.definitions, now)
    elif loaded.definitions:
        _print_table(loaded.definitions, now)
    else:
        print("no jobs here")
    problems = errors_of(loaded.diagnostics)
    print_problems(problems)
    return EXIT_JOBS if problems else 0


def next_due(job: Job, now: Millis) -> Millis | None:
    """Return when a job is due next by its schedules; None where it is disabled or nothing is to come."""
    dues = [due for schedule in job.schedules if (due := schedule.next_after(now)) is not None]
    return min(dues, default=None) if job.enabled else None


def _print_json(definitions: tuple[Definition, ...], now: Millis) -> None:
    import msgspec

    jobs: list[dict[str, Any]] = [
        {
            "id": each.job.id,
            "name": each.job.name,
            "enabled": each.job.enabled,
            "schedules": [{"cron": one.text, "timezone": one.zone} for one in each.job.schedules],
            "task_count": len(each.job.tasks),
            "next_run_at": next_due(each.job, now),
            "file": each.file,
        }
        for each in definitions
    ]
    print(msgspec.json.format(msgspec.json.encode({"jobs": jobs, "count": len(jobs)}), indent=2).decode())


def _print_table(definitions: tuple[Definition, ...], now: Millis) -> None:
    from petit.cli.paint import Paint, screen_width
    from petit.cli.table import Cell, render

    rows: list[list[str | Cell]] = [
        [
            Cell(each.job.id, "cyan"),
            each.job.name,
            ", ".join(_schedule(one.text, one.zone) for one in each.job.schedules) or "-",
            str(len(each.job.tasks)),
            _next(each.job, now),
        ]
        for each in definitions
    ]
    head = ("ID", "NAME", "SCHEDULE", "TASKS", "NEXT RUN")
    for line in render(head, rows, paint=Paint.for_stream(), width=screen_width()):
        print(line)


def _schedule(text: str, zone: str) -> str:
    return text if zone == "UTC" else f"{text} {zone}"


def _next(job: Job, now: Millis) -> Cell:
    from datetime import UTC, datetime

    from petit.cli.table import Cell
    from petit.core.duration import format_duration

    if not job.enabled:
        return Cell("disabled", "yellow")
    due = next_due(job, now)
    if due is None:
        return Cell("at boot" if job.schedules else "by hand", "dim")
    moment = datetime.fromtimestamp(due / 1000, UTC).astimezone()
    return Cell(f"{moment:%a %d %b %H:%M:%S %Z} (in {format_duration(due - now)})")
