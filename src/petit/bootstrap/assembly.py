"""Wiring one scheduler process: every part is started in order here, and stopped in the reverse order."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import msgspec

from petit.bootstrap.chronicle import Chronicle
from petit.bootstrap.notice import Notice, write_notice
from petit.bootstrap.places import MEMORY
from petit.bootstrap.serving import Serving, bind_api
from petit.bootstrap.state import State
from petit.config.directory import JobDirectory
from petit.config.loader import Defaults
from petit.config.settings import Settings
from petit.config.watch import watch
from petit.core.errors import NoKeeper, ReloadRefused, SettingsError, StorageError
from petit.events.bus import Bus
from petit.execution.local import KeeperError, LocalExecutor
from petit.scheduler.engine import Engine
from petit.scheduler.handle import SchedulerHandle
from petit.scheduler.job_files import JobFiles
from petit.scheduler.options import EngineOptions
from petit.seams import SystemClock, SystemEntropy
from petit.version import VERSION

_log = logging.getLogger(__name__)

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_API_GRACE_S = 2.0
"""Requests in flight get this long to end when the API closes."""


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be started.

    Attributes:
        settings: All settings.
        jobs_dir: Absolute directory of job files.
        environ: The scheduler's environment.
        is_one_shot: Nothing fires by schedule, no TCP, no watching of files.
        umask: What tasks get; the scheduler's own files are private whatever it is.
    """

    settings: Settings
    jobs_dir: Path
    environ: Mapping[str, str]
    is_one_shot: bool = False
    umask: int = 0o022


class Running(msgspec.Struct, frozen=True):
    """A scheduler that runs.

    Attributes:
        api: Its API.
    """

    handle: SchedulerHandle
    state: State
    api: Serving


@asynccontextmanager
async def started(state: State, wish: Wish) -> AsyncIterator[Running]:
    """Start everything on an open state whose lock is held; stop it all at the end.

    Raises:
        PetitError: A port is taken, no keeper can be started, the directory lost all its jobs, and the like.
    """
    clock, bus = SystemClock(), Bus()
    async with AsyncExitStack() as stack:
        engine = _engine(state, wish, clock, bus)
        handle = SchedulerHandle(engine, state.storage, bus, clock, JobFiles(_defaults(wish.settings)))
        if not wish.is_one_shot:
            stack.callback(Chronicle(lambda: handle.state().problems).follow(bus))
        api = wish.settings.api
        serving = await bind_api(state, api, handle, has_tcp=api.enabled and not wish.is_one_shot)
        stack.push_async_callback(serving.server.close, _API_GRACE_S)
        write_notice(
            state.places.notice,
            Notice(
                pid=os.getpid(),
                jobs_dir=str(wish.jobs_dir),
                api=serving.addresses,
                is_one_shot=wish.is_one_shot,
                version=VERSION,
            ),
        )
        await _start(engine)
        stack.push_async_callback(_stop, engine)
        await serving.server.start()
        if not wish.is_one_shot:
            await stack.enter_async_context(_watching(wish.jobs_dir, handle))
        yield Running(handle, state, serving)


def _engine(state: State, wish: Wish, clock: SystemClock, bus: Bus) -> Engine:
    limits = wish.settings.scheduler
    executor = LocalExecutor(
        state.places.keeper,
        tasks_end_with_engine=state.location.database == MEMORY,
        umask=wish.umask,
        on_superseded=lambda: _log.error("another scheduler has taken the keeper over"),
    )
    return Engine(
        storage=state.storage,
        executor=executor,
        source=JobDirectory(wish.jobs_dir, _defaults(wish.settings)),
        clock=clock,
        entropy=SystemEntropy(),
        bus=bus,
        options=EngineOptions(
            logs_dir=str(state.places.logs),
            max_jobs=limits.max_jobs,
            max_tasks=limits.max_tasks,
            log_limit=limits.log_limit,
            pass_environment=limits.pass_environment,
            environ=wish.environ,
            boot_id=_boot_id(),
            fire=not wish.is_one_shot,
            tick_ms=limits.tick_interval_ms,
            host=os.uname().nodename,
        ),
    )


def _defaults(settings: Settings) -> Defaults:
    """Return what holds where a job file says nothing."""
    return Defaults(timezone=settings.scheduler.timezone, grace_ms=settings.scheduler.grace_ms)


def _boot_id() -> str:
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return ""  # not Linux: `@reboot` cannot be told from a restart, so it does not fire


async def _start(engine: Engine) -> None:
    try:
        await engine.start()
    except KeeperError as error:
        raise NoKeeper(f"cannot reach or start the keeper of the task processes: {error}") from error


async def _stop(engine: Engine) -> None:
    if engine.state().state != "stopped":
        engine.request_stop("leave")
        await engine.stopped()


def _tell_end_of_watch(watching: asyncio.Task[None]) -> None:
    error = None if watching.cancelled() else watching.exception()
    if error is not None:
        _log.error("changes of job files are no longer noticed (SIGHUP reloads)", exc_info=error)


@asynccontextmanager
async def _watching(jobs_dir: Path, handle: SchedulerHandle) -> AsyncIterator[None]:
    """Reload whenever a job file changes."""
    stop = asyncio.Event()

    async def changed() -> None:
        await reload(handle)

    watching = asyncio.create_task(watch(jobs_dir, changed, stop=stop), name="petit-watch")
    watching.add_done_callback(_tell_end_of_watch)
    try:
        yield
    finally:
        stop.set()
        await asyncio.gather(watching, return_exceptions=True)


async def reload(handle: SchedulerHandle) -> None:
    """Read the job files again; what is wrong with that is logged, the last good jobs stay."""
    try:
        await handle.reload()
    except (ReloadRefused, StorageError, SettingsError) as error:
        _log.error("the job files were not reloaded: %s", error)
