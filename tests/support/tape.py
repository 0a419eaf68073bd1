"""What a scheduler, its keeper and its tasks ask of the kernel, recorded by strace and read back in order.

Recorded are the calls that change files and directories, those that make changes durable, what is said on
sockets, and programs that are started. A write counts from the moment it is asked for, whatever changes a
directory from the moment it is done; a sync covers what was asked for before it began, once it is done.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal, NamedTuple

from tests.support.orphans import processes_of

_WRITES = ("pwrite64", "write", "writev", "sendto", "sendmsg", "ftruncate")
_SYNCS = ("fdatasync", "fsync")
_NAMES = (
    "openat",
    "rename",
    "renameat",
    "renameat2",
    "link",
    "linkat",
    "unlink",
    "unlinkat",
    "mkdir",
    "mkdirat",
)
_LINE = re.compile(r"(\d+) +(\d+\.\d+) (<\.\.\. )?(\w+)(?: resumed>|\()(.*)")
_HEX = r"((?:\\x[0-9a-f]{2})*)"
_FD = re.compile(rf"^(?:-?\d+|AT_FDCWD)<{_HEX}>")
_AT = re.compile(rf'(?:(?:\d+|AT_FDCWD)<{_HEX}>, )?"{_HEX}"')
_TEXT = re.compile(rf'"{_HEX}"')
_NUMBER = re.compile(r", (\d+)$")
_RESULT = re.compile(r"\)\s+= ")
_RETURNED = re.compile(rf"^\d+<{_HEX}>")
_UNFINISHED = " <unfinished ...>"

Kind = Literal[
    "write", "append", "truncate", "open", "rename", "link", "unlink", "mkdir",
    "sync_begins", "sync_ends", "say", "exec",
]  # fmt: skip


class Event(NamedTuple):
    """One thing that happened.

    Attributes:
        at: Seconds since the epoch.
        pid: The thread that did it.
        kind: What it did: `say` is a write on a socket.
        path: Of the file; of the program for `exec`; the old name for `rename` and `link`.
        data: What was written; the environment for `exec`, NUL between its members.
        number: Where it was written, or the new size.
        other: The new name, or the flags of `open`.
    """

    at: float
    pid: int
    kind: Kind
    path: str
    data: bytes = b""
    number: int = 0
    other: str = ""


def recorder(tape: Path) -> tuple[str, ...]:
    """Return what to write before a command so that it, and whatever it starts, is recorded.

    The command stays our own child; strace is its tracer from outside, and goes when the last one has gone.
    """
    calls = ",".join((*_WRITES, *_SYNCS, *_NAMES, "execve"))
    return (
        "strace", "-D", "-f", "-y", "-v", "-xx", "-ttt", "-s", "16777216", "--seccomp-bpf",
        "-e", "signal=none", "-e", f"trace={calls}", "-o", str(tape),
    )  # fmt: skip


def finished(home: Path, within_s: float = 20.0) -> None:
    """Wait until nobody in a scratch directory is recorded any more, and the tapes are whole."""
    end = time.monotonic() + within_s
    while any(each.argv.startswith("strace ") for each in processes_of(home)):
        assert time.monotonic() < end, processes_of(home)
        time.sleep(0.02)


def read(*tapes: Path) -> list[Event]:
    """Read tapes that were recorded at the same time."""
    return sorted((event for tape in tapes for event in _events(_lines(tape))), key=lambda event: event.at)


def _lines(tape: Path) -> Iterator[str]:
    with tape.open(encoding="ascii") as file:
        yield from file


def _events(lines: Iterable[str]) -> Iterator[Event]:
    begun: dict[int, str] = {}
    for line in lines:
        found = _LINE.match(line)
        if found is None:  # an exit
            continue
        pid, at, name, rest = int(found[1]), float(found[2]), found[4], found[5]
        arguments, *result = _RESULT.split(rest)
        if found[3]:
            arguments = begun.pop(pid) + arguments
        else:
            yield from _asked(at, pid, name, arguments.removesuffix(_UNFINISHED))
        if not result:
            begun[pid] = arguments.removesuffix(_UNFINISHED)
        elif result[0][0] not in "-?":
            yield from _done(at, pid, name, arguments, result[0])


def _asked(at: float, pid: int, name: str, arguments: str) -> Iterator[Event]:
    """What has its effect, or may have it, as soon as it is asked for."""
    file = _FD.match(arguments)
    if file is None or name not in {*_WRITES, *_SYNCS}:
        return
    path = _text(file[1])
    data = b"".join(_bytes(text) for text in _TEXT.findall(arguments))
    number = _NUMBER.search(arguments)
    if name in _SYNCS:
        yield Event(at, pid, "sync_begins", path)
    elif name in {"ftruncate", "pwrite64"}:
        assert number is not None, arguments
        kind: Kind = "truncate" if name == "ftruncate" else "write"
        yield Event(at, pid, kind, path, data, int(number[1]))
    else:
        yield Event(at, pid, "append" if path.startswith("/") else "say", path, data)


def _done(at: float, pid: int, name: str, arguments: str, result: str) -> Iterator[Event]:
    """What has its effect once it is done."""
    if name in _SYNCS:
        file = _FD.match(arguments)
        assert file is not None, arguments
        yield Event(at, pid, "sync_ends", _text(file[1]))
    elif name == "execve":
        program = _TEXT.findall(arguments)[0]
        environment = _TEXT.findall(arguments.rpartition("[")[2])
        yield Event(at, pid, "exec", _text(program), b"\0".join(_bytes(each) for each in environment))
    elif name == "openat":
        opened = _RETURNED.match(result)
        if opened is not None:
            yield Event(at, pid, "open", _text(opened[1]), other=arguments.rpartition('", ')[2])
    elif name in _NAMES:
        paths = [os.path.join(_text(directory), _text(path)) for directory, path in _AT.findall(arguments)]
        kinds: dict[str, Kind] = {"r": "rename", "l": "link", "u": "unlink", "m": "mkdir"}
        yield Event(at, pid, kinds[name[0]], paths[0], other=paths[-1])


def _text(escaped: str) -> str:
    return _bytes(escaped).decode(errors="replace")


def _bytes(escaped: str) -> bytes:
    return bytes.fromhex(escaped.replace("\\x", ""))
