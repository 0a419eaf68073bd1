"""Wiring one scheduler process: every part is started in order here, and stopped in the reverse order."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import msgspec

from petit.api.app import create_app
from petit.api.server import ApiServer
from petit.api.settings import ApiSettings
from petit.api.sockets import CannotBind, Exposed, address_of, bind, bind_unix, close_all
from petit.bootstrap.chronicle import Chronicle
from petit.bootstrap.exposure import Guard, guard_of
from petit.bootstrap.notice import Notice, write_notice
from petit.bootstrap.places import MEMORY
from petit.bootstrap.state import State
from petit.config.directory import JobDirectory
from petit.config.loader import Defaults
from petit.config.settings import Settings
from petit.config.watch import watch
from petit.core.errors import ReloadRefused, SettingsError, StorageError
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
        addresses: URLs of the API, none where it listens on no TCP port.
    """

    handle: SchedulerHandle
    state: State
    addresses: tuple[str, ...]


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
        guard = await guard_of(state, wish.settings.api, clock.now())
        tcp, server = _bound(state, wish, handle, guard)
        stack.push_async_callback(server.close, _API_GRACE_S)
        addresses = tuple(f"http://{address_of(sock)}" for sock in tcp)
        write_notice(
            state.places.notice,
            Notice(
                pid=os.getpid(),
                jobs_dir=str(wish.jobs_dir),
                api=addresses,
                is_one_shot=wish.is_one_shot,
                version=VERSION,
            ),
        )
        await _start(engine)
        stack.push_async_callback(_stop, engine)
        await server.start()
        if not wish.is_one_shot:
            await stack.enter_async_context(_watching(wish.jobs_dir, handle))
        yield Running(handle, state, addresses)


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


def _bound(
    state: State, wish: Wish, handle: SchedulerHandle, guard: Guard
) -> tuple[tuple[socket.socket, ...], ApiServer]:
    """Bind what the API listens on, before anything can fire; return its TCP sockets and the server."""
    api = wish.settings.api
    app = create_app(
        handle,
        ApiSettings(
            host=api.host,
            allowed_hosts=api.allowed_hosts,
            is_behind_proxy=api.behind_proxy,
            max_body=api.max_body,
            max_streams=api.max_streams,
            head_timeout_s=api.header_timeout_ms / 1000,
            body_timeout_s=api.body_timeout_ms / 1000,
        ),
    )
    tcp: tuple[socket.socket, ...] = ()
    try:
        if api.enabled and not wish.is_one_shot:
            tcp = bind(api.host, api.port, is_guarded=guard.is_enough)
        control = bind_unix(state.places.socket)
    except Exposed as error:
        raise guard.refusal(api.host, error.evidence["address"]) from error
    except CannotBind as error:
        close_all(tcp)
        raise SettingsError(str(error), **error.evidence) from error
    return tcp, ApiServer(app, tcp, control=(control, state.places.socket))


async def _start(engine: Engine) -> None:
    try:
        await engine.start()
    except KeeperError as error:
        raise StorageError(f"cannot start the keeper of the task processes: {error}") from error


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
