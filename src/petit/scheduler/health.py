"""Is the scheduler well? What the health route tells."""

from __future__ import annotations

import os

from petit.core.clock import Millis
from petit.scheduler.commands import Check
from petit.scheduler.options import MIN_FREE_BYTES

LATE_LOOP_MS: Millis = 5_000
"""A loop that should have woken longer ago than this is not well."""


def loop_check(*, alive: bool, overdue_ms: Millis, standstill: str | None = None) -> Check:
    """Say whether the scheduler's loop turns, and whether all did lately that it turns in."""
    if not alive:
        return Check(name="loop", ok=False, detail="the scheduler loop has ended")
    if overdue_ms > LATE_LOOP_MS:
        return Check(name="loop", ok=False, detail=f"the scheduler loop is {overdue_ms} ms late")
    if standstill is not None:
        return Check(name="loop", ok=False, detail=standstill)
    return Check(name="loop", ok=True)


def storage_check(trouble: str | None) -> Check:
    """Say whether the database can be written."""
    return Check(name="storage", ok=trouble is None, detail=trouble)


def disk_check(directory: str) -> Check:
    """Say whether there is room for logs and the database."""
    try:
        facts = os.statvfs(directory)
    except OSError as error:
        return Check(name="disk", ok=False, detail=f"cannot look at '{directory}': {error.strerror}")
    free = facts.f_bavail * facts.f_frsize
    if free < MIN_FREE_BYTES:
        return Check(name="disk", ok=False, detail=f"the disk is full: {free} bytes free")
    return Check(name="disk", ok=True)
