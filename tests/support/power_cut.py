"""A disk that forgets: what a power cut leaves of the files under a directory, by the events of a tape.

A file's content is durable up to its last sync, a name in a directory up to the directory's last sync; a
new directory is a name in its parent. What came after may be there, or a part of it, or none of it.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Literal, NamedTuple

from tests.support.tape import Event

Way = Literal["dropped", "some", "torn at 512", "torn at 4096", "kept"]
WAYS: tuple[Way, ...] = ("dropped", "some", "torn at 512", "torn at 4096", "kept")
"""What becomes of changes that were not synced: none is there, a part of them, parts of each, all."""


class _Write(NamedTuple):
    offset: int
    data: bytes

    def apply(self, content: bytearray) -> None:
        content.extend(bytes(max(0, self.offset - len(content))))
        content[self.offset : self.offset + len(self.data)] = self.data

    def torn(self, at: int, rng: random.Random) -> list[_Write]:
        """Return the blocks of it that reached the disk."""
        first, end = self.offset // at * at, self.offset + len(self.data)
        kept = [max(begin, self.offset) for begin in range(first, end, at) if rng.random() < 0.5]
        return [
            _Write(begin, self.data[begin - self.offset : (begin // at + 1) * at - self.offset])
            for begin in kept
        ]


class _Truncate(NamedTuple):
    size: int

    def apply(self, content: bytearray) -> None:
        del content[self.size :]
        content.extend(bytes(self.size - len(content)))


class _File:
    def __init__(self) -> None:
        self.size = 0
        self.durable = bytearray()
        self.pending: list[_Write | _Truncate] = []
        self.covered = 0

    def write(self, offset: int | None, data: bytes) -> None:
        offset = self.size if offset is None else offset
        self.pending.append(_Write(offset, data))
        self.size = max(self.size, offset + len(data))

    def truncate(self, size: int) -> None:
        self.pending.append(_Truncate(size))
        self.size = size

    def sync_begins(self) -> None:
        self.covered = len(self.pending)

    def sync_ends(self) -> None:
        for change in self.pending[: self.covered]:
            change.apply(self.durable)
        del self.pending[: self.covered]
        self.covered = 0

    def after(self, way: Way, rng: random.Random) -> bytes:
        content = bytearray(self.durable)
        for change in self.pending:
            if way == "dropped" or (way != "kept" and rng.random() < 0.5):
                continue
            if isinstance(change, _Write) and way.startswith("torn"):
                for part in change.torn(int(way.rpartition(" ")[2]), rng):
                    part.apply(content)
            else:
                change.apply(content)
        return bytes(content)


Names = dict[str, "_File | _Folder"]


class _Folder:
    def __init__(self) -> None:
        self.now: Names = {}
        self.durable: Names = {}
        self.pending: list[Callable[[Names], object]] = []
        self.covered = 0

    def change(self, change: Callable[[Names], object]) -> None:
        change(self.now)
        self.pending.append(change)

    def sync_begins(self) -> None:
        self.covered = len(self.pending)

    def sync_ends(self) -> None:
        for change in self.pending[: self.covered]:
            change(self.durable)
        del self.pending[: self.covered]
        self.covered = 0

    def after(self, way: Way, rng: random.Random) -> Names:
        """Return the names that are left: file systems keep the order of changes of names."""
        names = dict(self.durable)
        kept = {"dropped": 0, "kept": len(self.pending)}.get(way, rng.randint(0, len(self.pending)))
        for change in self.pending[:kept]:
            change(names)
        return names


class Disk:
    """What is on the disk below a directory that was empty at first.

    Args:
        home: The directory, itself durable.
        is_wanted: Says by its path which file is of interest.
    """

    def __init__(self, home: Path, is_wanted: Callable[[str], bool]) -> None:
        self._home = str(home)
        self._is_wanted = is_wanted
        self._root = _Folder()

    def take(self, event: Event) -> None:
        """Let an event happen."""
        if not event.path.startswith(f"{self._home}/") and event.path != self._home:
            return
        if event.kind in {"sync_begins", "sync_ends"}:
            node = self._find(event.path)
            if node is not None:
                getattr(node, event.kind)()
        elif event.kind == "mkdir":
            self._add(event.path, _Folder())
        elif self._is_wanted(event.path):
            self._change(event)

    def _change(self, event: Event) -> None:
        if event.kind == "open":
            self._open(event)
            return
        node = self._find(event.path)
        if event.kind == "unlink":
            folder, name = self._place(event.path)
            folder.change(lambda names: names.pop(name, None))
        elif event.kind in {"rename", "link"}:
            assert node is not None, event.path
            self._rename(event, node)
        elif isinstance(node, _File):
            if event.kind == "truncate":
                node.truncate(event.number)
            else:
                node.write(event.number if event.kind == "write" else None, event.data)

    def _open(self, event: Event) -> None:
        node = self._find(event.path)
        if node is None and "O_CREAT" in event.other:
            self._add(event.path, _File())
        elif isinstance(node, _File) and "O_TRUNC" in event.other:
            node.truncate(0)

    def _rename(self, event: Event, node: _File | _Folder) -> None:
        """Give it its new name, and take the old one away in the same instant."""
        folder, old = self._place(event.path)
        same, new = self._place(event.other)
        assert same is folder, event

        def change(names: Names) -> None:
            if event.kind == "rename":
                names.pop(old, None)
            names[new] = node

        folder.change(change)

    def _add(self, path: str, node: _File | _Folder) -> None:
        folder, name = self._place(path)
        folder.change(lambda names: names.update({name: node}))

    def _place(self, path: str) -> tuple[_Folder, str]:
        parent, _, name = path.rpartition("/")
        folder = self._find(parent)
        assert isinstance(folder, _Folder), path
        return folder, name

    def _find(self, path: str) -> _File | _Folder | None:
        node: _File | _Folder | None = self._root
        for name in path.removeprefix(self._home).split("/")[1:]:
            node = node.now.get(name) if isinstance(node, _Folder) else None
        return node

    def cut(self, into: Path, way: Way, rng: random.Random) -> None:
        """Write what the disk holds after a power cut in this instant into an empty directory."""
        _lay_down(self._root, into, way, rng)


def _lay_down(folder: _Folder, into: Path, way: Way, rng: random.Random) -> None:
    for name, node in folder.after(way, rng).items():
        if isinstance(node, _Folder):
            (into / name).mkdir()
            _lay_down(node, into / name, way, rng)
        else:
            (into / name).write_bytes(node.after(way, rng))
