"""`petit run` from start to exit code."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any

from petit.bootstrap.assembly import Running, Wish, started
from petit.bootstrap.notify import ServiceManager
from petit.bootstrap.retaining import retaining
from petit.bootstrap.signals import Signals
from petit.bootstrap.state import open_state, take_lock
from petit.bootstrap.watching import watched
from petit.core.clock import Millis
from petit.seams import SystemClock

_log = logging.getLogger("petit")


def run_loop(main: Coroutine[Any, Any, int]) -> int:
    """Run `main` on the fastest event loop there is; return what it returns."""
    try:
        from uvloop import new_event_loop  # noqa: PLC0415 - not everywhere
    except ImportError:
        factory: Callable[[], asyncio.AbstractEventLoop] | None = None
    else:
        factory = new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        return runner.run(main)


async def serve(wish: Wish, *, drain_ms: Millis, on_ready: Callable[[Running], Awaitable[None]]) -> int:
    """Run a scheduler until it is told to stop; return the exit code.

    Args:
        wish: What to start.
        drain_ms: How long SIGTERM waits for running tasks before it leaves them.
        on_ready: Called when everything runs.

    Raises:
        PetitError: It could not start; nothing was fired.
    """
    service = ServiceManager(wish.environ)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # a reload asked for during the start comes for free
    async with open_state(wish.settings, cwd=Path.cwd()) as state:
        lock = take_lock(state)
        try:
            async with started(state, wish) as running:
                signals = Signals(running.handle, running.api, service, SystemClock(), drain_ms=drain_ms)
                signals.install()
                if running.api.addresses:
                    lock.announce(running.api.addresses[0])
                await on_ready(running)
                service.ready(f"{running.handle.state().jobs} jobs")
                async with (
                    watched(running.handle, service, SystemClock()),
                    retaining(state, wish.settings.retention, SystemClock()),
                ):
                    await running.handle.stopped()
            _log.info("stopped")
        finally:
            lock.release()
    return signals.exit_code
