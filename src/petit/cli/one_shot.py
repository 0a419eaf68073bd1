"""Where a triggered job runs: here, in a scheduler that fires nothing, or in the one that is running."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from petit.bootstrap.assembly import Running, Wish, started
from petit.bootstrap.notice import read_notice
from petit.bootstrap.places import Places
from petit.bootstrap.state import State
from petit.cli.client import ControlClient, NoAnswer
from petit.cli.ctrl_c import CtrlC
from petit.cli.errand import Errand, run_errand
from petit.cli.failures import EXIT_INTERRUPTED, EXIT_JOBS, UsageError
from petit.cli.job_files import counted, print_problems
from petit.config.diagnostics import Diagnostic
from petit.config.loader import Defaults, load_directory
from petit.core.ids import RunId
from petit.seams import SystemClock
from petit.storage.rules import stands_in_line

_ANSWER_TRIES = 50
_BETWEEN_TRIES_MS = 100


async def run_here(state: State, wish: Wish, job_id: str, errand: Errand) -> int:
    """Run the job in this process, with the database's lock held; return the exit code.

    Stays until all runs are over that were accepted meanwhile: others may trigger over the control socket.
    """
    if not errand.wait:
        raise UsageError("no scheduler is running that --no-wait could leave the run to")
    problems = _problems_of(wish, job_id)
    if problems:
        print_problems(problems)
        return EXIT_JOBS
    before = {run.id for run in await state.storage.active_runs()}
    async with started(state, wish) as running:
        code = await run_errand(ControlClient(state.places.socket), errand)
        return code if await _others_over(running, before) else EXIT_INTERRUPTED


def _problems_of(wish: Wish, job_id: str) -> list[Diagnostic]:
    """Return what is wrong with the file of this job; its last good version is not what was meant."""
    defaults = Defaults(timezone=wish.settings.scheduler.timezone)
    loaded = load_directory(wish.jobs_dir, defaults=defaults)
    files = {file for file, broken_id in loaded.broken.items() if broken_id == job_id}
    others = len(loaded.broken) - len(files)
    if others:
        print(f"{counted(others, 'other job file')} with problems: see petit validate", file=sys.stderr)
    return [each for each in loaded.diagnostics if each.file in files]


async def _others_over(running: Running, before: set[RunId]) -> bool:
    """Return when no run is left that was accepted here; False where Ctrl+C had them cancelled."""
    changed = asyncio.Event()
    end = running.handle.bus.subscribe(lambda _: changed.set())

    async def cancel() -> None:
        running.handle.request_stop("cancel")

    waited_for = 0
    try:
        with CtrlC(cancel, "cancelling them; Ctrl+C again stops waiting") as ctrl_c:
            while left := await _left(running, before):
                if left != waited_for:
                    print(f"waiting for {counted(left, 'other run')} accepted meanwhile", file=sys.stderr)
                waited_for = left
                await changed.wait()
                changed.clear()
        return not ctrl_c.was_pressed
    finally:
        end()


async def _left(running: Running, before: set[RunId]) -> int:
    """Count the runs that were accepted here; those whose time has not come are left to a later start."""
    now = running.handle.now()
    active = await running.state.storage.active_runs()
    return len({run.id for run in active if stands_in_line(run, now)} - before)


async def ask_other(places: Places, wish: Wish, errand: Errand, *, pid: int | None) -> int:
    """Let the scheduler that is running do it; return the exit code.

    Raises:
        UsageError: It works on other job files.
        NoAnswer: It does not answer.
    """
    client = ControlClient(places.socket)
    await _reachable(client)
    notice = read_notice(places.notice)
    if notice is not None and not _is_same(Path(notice.jobs_dir), wish.jobs_dir):
        raise UsageError(
            f"the scheduler on this database (pid {notice.pid}) runs the jobs in '{notice.jobs_dir}', not in"
            f" '{wish.jobs_dir}'; name that directory, or another database with --db"
        )
    return await _ask(client, errand, pid)


async def ask_running(places: Places, errand: Errand, *, pid: int | None) -> int:
    """Let the scheduler that is running do it, whatever its job files are; return the exit code.

    Raises:
        NoAnswer: It does not answer.
    """
    client = ControlClient(places.socket)
    await _reachable(client)
    return await _ask(client, errand, pid)


async def _ask(client: ControlClient, errand: Errand, pid: int | None) -> int:
    print(f"asking the scheduler that is running{'' if pid is None else f' (pid {pid})'}", file=sys.stderr)
    return await run_errand(client, errand)


def _is_same(one: Path, other: Path) -> bool:
    """Say whether two paths lead to the same directory; one that is gone is only its name."""
    return one.resolve() == other.resolve()


async def _reachable(client: ControlClient) -> None:
    """Wait for a scheduler that is just starting."""
    for attempt in range(_ANSWER_TRIES):
        try:
            await client.get("/api/health/live")
        except NoAnswer:
            if attempt == _ANSWER_TRIES - 1:
                raise
            await SystemClock().sleep(_BETWEEN_TRIES_MS)
        else:
            return
