"""The shapes of the answers about definitions and what is to come. Times are milliseconds since the epoch."""

from __future__ import annotations

from typing import Any

import msgspec

from petit.core.clock import Millis
from petit.core.ids import JobId
from petit.scheduler.job_files import Finding
from petit.storage.records import DefinitionRow


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """One of the versions of a job that are stored. `current` is the one that new runs are pinned to."""

    hash: str
    stored_at: Millis
    current: bool


class DefinitionView(msgspec.Struct, frozen=True, kw_only=True):
    """A version of a job: `source` is the text of its file.

    Where it is `masked`, what its variables hold is left out of it. `file` is where the current version was
    read, relative to the jobs directory. `versions` are all that are stored, the newest first.
    """

    job_id: JobId
    hash: str
    current: bool
    stored_at: Millis
    file: str
    source: str
    masked: bool
    versions: tuple[Version, ...]


class CheckedJob(msgspec.Struct, frozen=True, kw_only=True):
    """A job that a text defines, in short. `exists` says whether there is a job of this id now."""

    id: JobId
    name: str
    enabled: bool
    schedules: tuple[str, ...]
    task_count: int
    exists: bool


class Validation(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a text is a good job file. Warnings are problems too, and keep nothing from being valid."""

    valid: bool
    problems: tuple[Finding, ...]
    job: CheckedJob | None


def version_of(row: DefinitionRow, current: str) -> Version:
    """Show a stored definition in short."""
    return Version(hash=row.hash, stored_at=row.stored_at, current=row.hash == current)


JobSchema = dict[str, Any]
"""A JSON Schema."""
