"""`petit rerun`: run a run that is over once more, or a part of it, by the scheduler that is running."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from petit.cli.options import Flags, command

if TYPE_CHECKING:
    from petit.cli.errand import Errand
    from petit.config.settings import Settings


@command("rerun")
@click.argument("run_id", metavar="RUN")
@click.option(
    "--from",
    "start",
    metavar="failed|start|TASK",
    help="Where to begin. Default: what failed, if something did.",
)
@click.option("--queue", is_flag=True, help="Wait for a free slot instead of being refused.")
@click.option("--reason", metavar="TEXT", help="Stored with the run.")
@click.option("--wait/--no-wait", default=True, help="Whether to follow the run to its end.")
def command_(
    flags: Flags, run_id: str, start: str | None, queue: bool, reason: str | None, wait: bool
) -> int:
    """Repeat RUN, an id, or a part of it, and follow that to its end.

    The new run has the same definition; what completed before and is not run again is taken over. A scheduler
    must be running. Exits 0 if the new run completed, 1 if it failed or was refused.
    """
    from petit.bootstrap.daemon import run_loop
    from petit.cli.configured import settings_from
    from petit.cli.errand import rerun_errand
    from petit.cli.failures import UsageError
    from petit.core.ids import is_run_id

    if not is_run_id(run_id):
        raise UsageError(f"'{run_id}' is no id of a run")
    errand = rerun_errand(run_id, start=start, queue=queue, reason=reason, wait=wait)
    return run_loop(_ask(settings_from(flags), errand))


async def _ask(settings: Settings, errand: Errand) -> int:
    """Ask the scheduler that there is."""
    from petit.bootstrap.state import open_state, take_lock
    from petit.cli.failures import UsageError
    from petit.cli.one_shot import ask_running
    from petit.core.errors import SchedulerAlreadyRunning

    async with open_state(settings, cwd=Path.cwd(), must_exist=True) as state:
        try:
            take_lock(state).release()
        except SchedulerAlreadyRunning as error:
            places, pid = state.places, error.evidence["pid"]
        else:
            raise UsageError("no scheduler is running on this database: start one with 'petit run'")
    return await ask_running(places, errand, pid=pid)
