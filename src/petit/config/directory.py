"""A jobs directory that is loaded again and again."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from petit.config.jobs import ParsedFile
from petit.config.loader import Defaults, Loaded, load_found
from petit.config.scan import scan
from petit.config.source import FileStamp, read_bytes
from petit.core.ids import JobId

_ROUNDS = 3
"""A file that is renamed while its directory is listed may be met under neither name, and its job must not be
taken for removed: the directory is listed again until it holds still, at most this often."""


class _Cached(msgspec.Struct):
    """A file as it was parsed. It is settled once its bytes were read again and found unchanged.

    A stamp has the granularity of the kernel's tick: two changes within it look the same. So the first time
    that a stamp is found unchanged the bytes are compared, and only then is it believed.
    """

    stamp: FileStamp
    content: int  # hash of the bytes
    parsed: ParsedFile
    is_settled: bool = False


class JobDirectory:
    """A jobs directory that can be loaded again and again; an unchanged file is not parsed twice.

    Args:
        path: The directory.
        defaults: What holds where a file says nothing.
    """

    def __init__(self, path: Path, defaults: Defaults | None = None) -> None:
        self.path = path
        self._defaults = defaults or Defaults()
        self._cache: dict[str, _Cached] = {}

    def load(self, *, known_jobs: frozenset[JobId] = frozenset()) -> Loaded:
        """Read what is new or changed and check everything together.

        Args:
            known_jobs: Ids with history: depending on one of them is no error although its file is gone.
        """
        found = scan(self.path)
        for _ in range(_ROUNDS):
            loaded = load_found(found, self._look_at, known_jobs)
            before, found = found, scan(self.path)
            if found.files == before.files:
                break
        self._cache = {file: self._cache[file] for file in loaded.files}
        return loaded

    def _look_at(self, file: str) -> tuple[ParsedFile, FileStamp]:
        path = f"{self.path}/{file}"
        cached = self._cache.get(file)
        if cached is None or not (cached.is_settled and cached.stamp == _stamp(path)):
            cached = self._cache[file] = self._read(file, path, cached)
        return cached.parsed, cached.stamp

    def _read(self, file: str, path: str, cached: _Cached | None) -> _Cached:
        data, stamp = read_bytes(path)
        content = hash(data)
        if cached is not None and cached.stamp == stamp and cached.content == content:
            return _Cached(stamp, content, cached.parsed, is_settled=True)
        return _Cached(stamp, content, self._defaults.parse(file, data))


def _stamp(path: str) -> FileStamp | None:
    try:
        return FileStamp.of(os.stat(path))  # noqa: PTH116 - once for each of 10,000 files
    except OSError:  # reading it says what is the matter
        return None
