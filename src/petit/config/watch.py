"""Tells when job files change, whatever happens to their directory meanwhile."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING

from petit.config.scan import is_job_file
from petit.core.clock import Millis

if TYPE_CHECKING:
    from watchfiles import Change

_log = logging.getLogger("petit")

QUIET_MS: Millis = 500
"""A change is told once nothing more has changed for this long...

The library also wakes this often while nothing happens: 500 ms cost 0.02 % of a core, 100 ms 0.08 %.
"""
LONGEST_DELAY_MS: Millis = 2000
"""... or after this long at the latest."""
CHECK_MS: Millis = 10_000
"""How often the directory itself is looked at: a link that is switched to another one makes no event."""
MISSING_CHECK_S = 1.0
_POLL_MS: Millis = 5000


async def watch(
    directory: Path, on_change: Callable[[], Awaitable[None]], *, stop: asyncio.Event | None = None
) -> None:
    """Call `on_change` after each change of job files in a directory or below it, until stopped.

    Changes in quick succession make one call. The directory may be deleted, made again, or replaced.

    Args:
        directory: The jobs directory.
        on_change: Reloads; what it raises ends the watch.
        stop: Ends the watch when set.
    """
    stopping = asyncio.Event() if stop is None else stop
    while not stopping.is_set():
        before = _identity(directory)
        if before is None:
            await _pause(stopping)
            if _identity(directory) is not None:
                await on_change()
            continue
        async for has_changed in _changes(directory, stopping):
            is_same = _identity(directory) == before
            if has_changed or not is_same:
                await on_change()
            if not is_same:
                break


def is_relevant(change: Change, path: str, root: str) -> bool:
    """Say whether an event may concern job files.

    Names that begin with `.` are not looked at, as when loading; those with two dots are: mounted
    configuration is exchanged by switching a link called `..data`. Directories come and go under any name
    without a suffix.
    """
    if path == root:
        return True
    names = path.removeprefix(f"{root}/").split("/")
    if any(name.startswith(".") and not name.startswith("..") for name in names):
        return False
    return is_job_file(names[-1]) or (change.name != "modified" and "." not in names[-1].lstrip("."))


async def _changes(directory: Path, stop: asyncio.Event) -> AsyncIterator[bool]:
    """Yield True after changes, False every now and then; end where there is no directory any more."""
    try:
        async for each in _events(directory, stop, is_polling=False):
            yield each
    except FileNotFoundError:
        return
    except OSError as error:
        _log.warning("job files are looked at every %d s: %s", _POLL_MS // 1000, error)
        async for each in _events(directory, stop, is_polling=True):
            yield each


async def _events(directory: Path, stop: asyncio.Event, *, is_polling: bool) -> AsyncIterator[bool]:
    from watchfiles import awatch  # noqa: PLC0415 - one-shot commands need not pay for it

    root = str(directory)
    events = awatch(
        directory,
        watch_filter=lambda change, path: is_relevant(change, path, root),
        debounce=LONGEST_DELAY_MS,
        step=QUIET_MS,
        stop_event=stop,
        rust_timeout=CHECK_MS,
        yield_on_timeout=True,
        force_polling=is_polling,
        poll_delay_ms=_POLL_MS,
        recursive=True,
        ignore_permission_denied=True,
    )
    async for changes in events:
        yield bool(changes)


def _identity(directory: Path) -> tuple[int, int] | None:
    """Return what tells this directory from another one of the same name, None where there is none."""
    try:
        status = os.stat(directory)  # noqa: PTH116 - Path.stat raises the same and says no more
    except OSError:
        return None
    return status.st_dev, status.st_ino


async def _pause(stop: asyncio.Event) -> None:
    try:
        await asyncio.wait_for(stop.wait(), MISSING_CHECK_S)
    except TimeoutError:
        return
