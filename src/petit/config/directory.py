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


class _Cached(msgspec.Struct):
    """A file as it was parsed. It is settled once its bytes were read again and found unchanged.

    A stamp has the granularity of the kernel's tick: two changes within it look the same. So the first time
    that a stamp is found unchanged the bytes are compared, and only then is it believed.
    """

    stamp: FileStamp
    data: bytes | None
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
        here = set(found.files)
        self._cache = {file: cached for file, cached in self._cache.items() if file in here}
        return load_found(found, self._look_at, known_jobs)

    def _look_at(self, file: str) -> tuple[ParsedFile, FileStamp]:
        path = f"{self.path}/{file}"
        cached = self._cache.get(file)
        if cached is None or not (cached.is_settled and cached.stamp == _stamp(path)):
            cached = self._cache[file] = self._read(file, path, cached)
        return cached.parsed, cached.stamp

    def _read(self, file: str, path: str, cached: _Cached | None) -> _Cached:
        data, stamp = read_bytes(path)
        if cached is not None and cached.stamp == stamp and cached.data == data:
            return _Cached(stamp, None, cached.parsed, is_settled=True)
        return _Cached(stamp, data, self._defaults.parse(file, data))


def _stamp(path: str) -> FileStamp:
    return FileStamp.of(os.stat(path))  # noqa: PTH116 - once for each of 10,000 files
