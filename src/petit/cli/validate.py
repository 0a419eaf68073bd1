"""`petit validate`: all problems of all job files in one go."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from petit.cli.failures import EXIT_JOBS
from petit.cli.job_files import counted
from petit.cli.options import Flags, command, directory_argument

if TYPE_CHECKING:
    from petit.config.loader import Loaded


@command("validate")
@directory_argument()
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "github"]),
    default="text",
    help="How to write the problems; github shows them beside the lines of a change. Default: text.",
)
def command_(flags: Flags, directory: Path, form: str) -> int:
    """Check the job files in DIR and below it.

    DIR may also be one job file; the jobs that it depends on are looked for beside it. Exits 0 where all is
    well, 1 with the list of problems.
    """
    from petit.cli.configured import job_defaults
    from petit.cli.job_files import jobs_directory
    from petit.config.diagnostics import as_github, as_json, as_text
    from petit.config.loader import load_directory

    only = directory.name if directory.is_file() else None
    folder = directory.parent if only else directory
    loaded = load_directory(jobs_directory(folder), defaults=job_defaults(flags))
    problems = [each for each in loaded.diagnostics if only in {None, each.file}]
    if form == "json":
        print(as_json(problems))
    elif form == "github":
        print(as_github(problems, directory=str(folder)), end="\n" if problems else "")
    else:
        print(as_text(problems), end="\n\n" if problems else "")
        print(_summary(loaded, only), file=sys.stderr if problems else sys.stdout)
    is_good = not any(each.severity == "error" for each in problems) and (loaded.files or loaded.broken)
    return 0 if is_good else EXIT_JOBS


def _summary(loaded: Loaded, only: str | None) -> str:
    definitions = [each for each in loaded.definitions if only in {None, each.file}]
    errors = sum(each.severity == "error" and only in {None, each.file} for each in loaded.diagnostics)
    jobs, tasks = len(definitions), sum(len(each.job.tasks) for each in definitions)
    if errors:
        broken = sum(only in {None, file} for file in loaded.broken)
        return f"{counted(errors, 'problem')} in {counted(broken, 'file')}; {counted(jobs, 'good job')}"
    if not definitions:
        return "no job files (*.yaml, *.yml) here"
    return f"{counted(jobs, 'job')}, {counted(tasks, 'task')}: all good"
