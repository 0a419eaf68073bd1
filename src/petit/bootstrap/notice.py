"""What a running scheduler says of itself in a file beside its lock, for `petit trigger` and for people."""

from __future__ import annotations

from pathlib import Path

import msgspec


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """Facts about the process that holds the lock; worth nothing once the lock is free.

    Attributes:
        pid: Of the scheduler.
        jobs_dir: Absolute directory of its job files.
        api: Addresses of the HTTP API; none with `--no-api`.
        is_one_shot: Whether it is a `petit trigger` that goes when its runs are over.
    """

    pid: int
    jobs_dir: str
    api: tuple[str, ...] = ()
    is_one_shot: bool = False
    version: str = ""


def write_notice(path: Path, notice: Notice) -> None:
    """Write the notice whole: a reader sees the old one or the new one."""
    fresh = path.with_suffix(".new")
    fresh.write_bytes(msgspec.json.encode(notice) + b"\n")
    fresh.replace(path)


def read_notice(path: Path) -> Notice | None:
    """Read the notice; None where there is none, or none that this version understands."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Notice)
    except (OSError, msgspec.DecodeError):
        return None
