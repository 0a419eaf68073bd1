"""`petit trigger`: run one job now, by the scheduler that is running or else right here."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from petit.cli.options import Flags, command, directory_argument

if TYPE_CHECKING:
    from petit.bootstrap.assembly import Wish
    from petit.cli.errand import Errand


@command("trigger")
@directory_argument()
@click.argument("job_id", metavar="JOB")
@click.option("--task", "tasks", multiple=True, metavar="TASK", help="Run only this task; may be repeated.")
@click.option("--queue", is_flag=True, help="Wait for a free slot instead of being refused.")
@click.option("--reason", metavar="TEXT", help="Stored with the run.")
@click.option("--wait/--no-wait", default=True, help="Whether to follow the run to its end.")
def command_(
    flags: Flags,
    directory: Path,
    job_id: str,
    tasks: tuple[str, ...],
    queue: bool,
    reason: str | None,
    wait: bool,
) -> int:
    """Run the job with the id JOB now and follow it.

    Where a scheduler is running on the same state it does it; else the job runs here, in the same database,
    and nothing else is fired. Exits 0 if the run completed, 1 if it failed or was refused; Ctrl+C cancels it.
    """
    import os

    from petit.bootstrap.assembly import Wish
    from petit.bootstrap.daemon import run_loop
    from petit.bootstrap.lines import set_up_logging
    from petit.bootstrap.state import make_private
    from petit.cli.configured import settings_from
    from petit.cli.errand import trigger_errand
    from petit.cli.job_files import jobs_directory

    settings = settings_from(flags)
    level = settings.log.level if "log_level" in flags else "warning"
    set_up_logging(level, settings.log.format, environ=os.environ)
    wish = Wish(
        settings=settings,
        jobs_dir=jobs_directory(directory),
        environ=dict(os.environ),
        is_one_shot=True,
        umask=make_private(),
    )
    errand = trigger_errand(job_id, tasks=tasks, queue=queue, reason=reason, wait=wait)
    return run_loop(_trigger(wish, job_id, errand))


async def _trigger(wish: Wish, job_id: str, errand: Errand) -> int:
    """Become the scheduler of this state for the errand, or ask the one there is."""
    from petit.bootstrap.state import open_state, take_lock
    from petit.cli.one_shot import ask_other, run_here
    from petit.core.errors import SchedulerAlreadyRunning

    async with open_state(wish.settings, cwd=Path.cwd()) as state:
        try:
            lock = take_lock(state)
        except SchedulerAlreadyRunning as error:
            places, pid = state.places, error.evidence["pid"]
        else:
            try:
                return await run_here(state, wish, job_id, errand)
            finally:
                lock.release()
    return await ask_other(places, wish, errand, pid=pid)
