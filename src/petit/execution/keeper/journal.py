"""The keeper's memory on disk: what it started and what came of it, one JSON record a line.

It is written before anything is told, and serves two readers: the next keeper, if this one is killed, and
through it the engine. While an engine is connected its database is the durable copy, so the journal is
written but not synced.

    ["boot", boot_id]
    ["intent", id, log_dir, timeout_ms, grace_ms, log_limit, tag]     before the process exists
    ["started", id, pid, started_at, started_ms]
    ["ending", id, cause]                                         its TERM was sent
    ["over", id, exit_code, signal, ended_at]                     its main process is over, leftovers are not
    ["failed", ...] and ["ended", ...]                            the messages as they are told
    ["ack", [id, ...]]
"""

from __future__ import annotations

import os

from petit.execution.keeper.wire import JOURNAL
from petit.execution.lean import TYPE_CHECKING, dumps, loads

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

COMPACT_AT = 256 * 1024


class Past:
    """What a journal tells of the keeper before: by attempt id."""

    def __init__(self) -> None:
        self.boot_id = ""
        self.intents: dict[str, list[Any]] = {}
        self.started: dict[str, list[Any]] = {}
        self.endings: dict[str, list[Any]] = {}
        self.overs: dict[str, list[Any]] = {}
        self.ends: dict[str, list[Any]] = {}

    def take(self, record: list[Any]) -> None:
        """Add one record to the story."""
        kind, first = record[0], record[1]
        stages = {"intent": self.intents, "started": self.started, "ending": self.endings, "over": self.overs}
        if kind == "boot":
            self.boot_id = first
        elif kind in stages:
            stages[kind][first] = record
        elif kind in ("failed", "ended"):
            self.ends[first] = record
            for stage in stages.values():
                stage.pop(first, None)
        elif kind == "ack":
            for id_ in first:
                self.ends.pop(id_, None)


def read_past(directory_fd: int) -> Past:
    """Read the journal of the keeper before; a line that was cut off by its death counts as not written."""
    past = Past()
    try:
        with open(JOURNAL, encoding="utf-8", errors="replace", opener=_opener(directory_fd)) as file:
            lines = file.read().split("\n")
    except FileNotFoundError:
        return past
    for line in lines:
        try:
            past.take(loads(line))
        except (ValueError, IndexError, TypeError, KeyError):
            continue
    return past


class Journal:
    """Appends to the file; keeps it short."""

    def __init__(self, directory_fd: int, boot_id: str) -> None:
        self._directory_fd = directory_fd
        self._boot_id = boot_id
        self._lines: list[str] = []
        self._size = 0
        self._is_dirty = False
        self._torn = ""
        self._fd = -1

    def begin(self, records: list[list[Any]]) -> None:
        """Replace the file by these records, durably: the old one is there until the new one is."""
        new = JOURNAL + ".new"
        fd = os.open(
            new,
            os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_CLOEXEC,
            0o600,
            dir_fd=self._directory_fd,
        )
        try:
            data = "".join(dumps(r) + "\n" for r in [["boot", self._boot_id], *records]).encode()
            _write_all(fd, data)
            os.fdatasync(fd)
            os.rename(new, JOURNAL, src_dir_fd=self._directory_fd, dst_dir_fd=self._directory_fd)
            os.fsync(self._directory_fd)  # or what is synced from now on has no name after a power cut
        except OSError:
            os.close(fd)
            raise
        if self._fd >= 0:
            os.close(self._fd)
        self._fd, self._size = fd, len(data)
        self._lines.clear()
        self._is_dirty = False

    def note(self, record: list[Any]) -> None:
        """Add a record to what is written next."""
        self._lines.append(dumps(record))

    def write(self) -> OSError | None:
        """Write what was noted. On an error it stays noted, to be written with the next."""
        if not self._lines:
            return None
        data = (self._torn + "\n".join(self._lines) + "\n").encode()
        try:
            _write_all(self._fd, data)
        except OSError as e:
            self._torn = "\n"  # half a record must not garble the next
            return e
        self._size += len(data)
        self._torn = ""
        self._lines.clear()
        self._is_dirty = True
        return None

    def forget_last(self) -> None:
        """Drop the record noted last: it could not be written and shall not be."""
        self._lines.pop()

    def sync(self) -> None:
        """Make what is written survive a power cut."""
        if self._is_dirty:
            os.fdatasync(self._fd)
            self._is_dirty = False

    @property
    def is_long(self) -> bool:
        """Whether it is time to begin afresh."""
        return self._size > COMPACT_AT


def _write_all(fd: int, data: bytes) -> None:
    written = os.write(fd, data)
    while written < len(data):  # a nearly full disk takes a part
        written += os.write(fd, data[written:])


def _opener(directory_fd: int) -> Callable[[str, int], int]:
    def opener(name: str, flags: int) -> int:
        return os.open(name, flags | os.O_CLOEXEC, dir_fd=directory_fd)

    return opener
