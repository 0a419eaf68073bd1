"""Which files of a directory are job files, and what only looks like one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from petit.config.report import Refused, Spot

SUFFIXES = (".yaml", ".yml")
_START = Spot(0, 0)


class Found(msgspec.Struct):
    """What a walk through a jobs directory met; all paths are relative to it, sorted.

    Attributes:
        files: Names of what may be job files.
        refused: Names that end like job files and are none, each with the reason.
        unlisted: Directories that could not be listed, each with the reason; "." is the jobs directory.
    """

    files: list[str] = []
    refused: dict[str, Refused] = {}
    unlisted: dict[str, Refused] = {}


def is_job_file(name: str) -> bool:
    """Say whether a file of this name (without directories) is meant to be a job file."""
    return name.endswith(SUFFIXES) and not name.startswith(".")


def scan(root: Path) -> Found:
    """Walk a directory and all below it. Hidden entries are skipped; each directory is entered once.

    Args:
        root: The jobs directory.
    """
    found = Found(files=[], refused={}, unlisted={})
    seen: set[tuple[int, int]] = set()
    pending = [""]
    while pending:
        prefix = pending.pop()
        try:
            entries = list(_entries(root / prefix, seen))
        except OSError as error:
            where = prefix.rstrip("/") or "."
            found.unlisted[where] = Refused(_START, f"this directory cannot be listed: {error.strerror}")
            continue
        for entry in entries:
            if not entry.name.startswith("."):
                _sort_in(entry, prefix, found, pending)
    found.files.sort()
    return found


def _entries(directory: Path, seen: set[tuple[int, int]]) -> Iterator[os.DirEntry[str]]:
    """Yield what a directory holds, nothing if it was listed before: links may form loops."""
    status = directory.stat()
    identity = status.st_dev, status.st_ino
    if identity in seen:
        return
    seen.add(identity)
    with os.scandir(directory) as entries:
        yield from sorted(entries, key=lambda each: each.name)


def _sort_in(entry: os.DirEntry[str], prefix: str, found: Found, pending: list[str]) -> None:
    path = prefix + entry.name
    looks_like_job = is_job_file(entry.name)
    if _is_directory(entry):
        if looks_like_job:
            found.refused[path] = Refused(_START, "this is a directory, not a job file", "rename it")
        elif _is_utf8(path):
            pending.append(path + "/")
        else:
            found.unlisted[path] = Refused(_START, "the name of this directory is not UTF-8", "rename it")
    elif looks_like_job:
        problem = _problem_of(entry, path)
        if problem is None:
            found.files.append(path)
        else:
            found.refused[path] = problem


def _is_directory(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads to itself, or into a directory that cannot be entered
        return False


def _problem_of(entry: os.DirEntry[str], path: str) -> Refused | None:
    if not _is_utf8(path):
        return Refused(_START, "the name of this file is not UTF-8", "rename it")
    if not path.isprintable():
        return Refused(_START, "the name of this file holds control characters", "rename it")
    if entry.is_symlink() and not os.path.exists(entry.path):  # noqa: PTH110 - the entry's own path, not joined again
        return Refused(_START, "this link points to nothing", "remove it")
    return None


def _is_utf8(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True
