"""A directory of job files: all good jobs, and all that is wrong with the others, in one go."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from petit.config.across import Known, double_ids, job_cycles, unknown_upstreams
from petit.config.diagnostics import Diagnostic
from petit.config.jobs import ParsedFile, parse_job, refused_file
from petit.config.report import Refused, Spot
from petit.config.scan import Found, scan
from petit.config.source import FileStamp, read_bytes
from petit.core.ids import JobId
from petit.core.job import Definition

_START = Spot(0, 0)


class Defaults(msgspec.Struct, frozen=True):
    """What the settings say where a job file says nothing.

    Attributes:
        timezone: IANA name of the zone of schedules that name none.
    """

    timezone: str = "UTC"


class Loaded(msgspec.Struct, frozen=True):
    """What a jobs directory says. All paths are relative to it.

    Attributes:
        definitions: The good jobs, sorted by id.
        diagnostics: All problems of all files, sorted by file and place.
        files: Each job file that was read, with its stamp.
        broken: Each file with errors, with the id of its job where that could be read. Its job keeps the last
            good version; where the id is None, that is the job whose definition came from this file.
        unlisted: Directories that could not be listed: jobs whose files lie below them were not removed.
    """

    definitions: tuple[Definition, ...]
    diagnostics: tuple[Diagnostic, ...]
    files: dict[str, FileStamp]
    broken: dict[str, JobId | None]
    unlisted: tuple[str, ...] = ()

    @property
    def has_errors(self) -> bool:
        """Whether any file or directory is out of service."""
        return bool(self.broken or self.unlisted)


class _Cached(msgspec.Struct):
    """A file as it was parsed. It is settled once its bytes were read again and found unchanged.

    A stamp has the granularity of the kernel's tick: two changes within it look the same. So the first time that
    a stamp is found unchanged the bytes are compared, and only then is it believed.
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
        parsed = [refused_file(file, refused) for file, refused in found.refused.items()]
        files: dict[str, FileStamp] = {}
        cache: dict[str, _Cached] = {}
        for file in found.files:
            try:
                cached = self._look_at(file)
            except FileNotFoundError:  # removed since the directory was listed
                continue
            except Refused as refused:
                parsed.append(refused_file(file, refused))
                continue
            cache[file] = cached
            files[file] = cached.stamp
            parsed.append(cached.parsed)
        self._cache = cache
        return _put_together(parsed, found, files, known_jobs)

    def _look_at(self, file: str) -> _Cached:
        path = f"{self.path}/{file}"
        cached = self._cache.get(file)
        if cached is not None and cached.is_settled and cached.stamp == _stamp(path):
            return cached
        data, stamp = read_bytes(path)
        if cached is not None and cached.stamp == stamp and cached.data == data:
            cached.is_settled, cached.data = True, None
            return cached
        return _Cached(stamp, data, parse_job(file, data, timezone=self._defaults.timezone))


def load_directory(
    path: Path, *, defaults: Defaults | None = None, known_jobs: frozenset[JobId] = frozenset()
) -> Loaded:
    """Read all job files of a directory and below it, once.

    Args:
        path: The jobs directory.
        defaults: What holds where a file says nothing.
        known_jobs: Ids with history: depending on one of them is no error although its file is gone.
    """
    return JobDirectory(path, defaults).load(known_jobs=known_jobs)


def load_file(path: Path, *, defaults: Defaults | None = None) -> ParsedFile:
    """Read one job file by itself: other jobs that it depends on are not looked for.

    Args:
        path: The file; its name is what diagnostics show.
        defaults: What holds where the file says nothing.
    """
    timezone = (defaults or Defaults()).timezone
    try:
        data, _ = read_bytes(path)
    except FileNotFoundError:
        return refused_file(path.name, Refused(_START, "there is no such file"))
    except Refused as refused:
        return refused_file(path.name, refused)
    return parse_job(path.name, data, timezone=timezone)


def _put_together(
    parsed: list[ParsedFile], found: Found, files: dict[str, FileStamp], known_jobs: frozenset[JobId]
) -> Loaded:
    known = Known(
        defined=frozenset(each.named.job for each in parsed if each.named is not None),
        remembered=known_jobs,
        is_complete=not found.unlisted and all(each.named is not None for each in parsed),
    )
    diagnostics = [each for file in parsed for each in file.diagnostics]
    diagnostics += double_ids(parsed) + unknown_upstreams(parsed, known) + job_cycles(parsed)
    diagnostics += [
        each for file, refused in found.unlisted.items() for each in refused_file(file, refused).diagnostics
    ]
    diagnostics.sort(key=lambda each: (each.file, each.line, each.column))
    faulty = {each.file for each in diagnostics if each.severity == "error"}
    good = [each.definition for each in parsed if each.definition is not None and each.file not in faulty]
    broken = {each.file: each.named and each.named.job for each in parsed if each.file in faulty}
    return Loaded(
        definitions=tuple(sorted(good, key=lambda each: each.job.id)),
        diagnostics=tuple(diagnostics),
        files=files,
        broken=broken,
        unlisted=tuple(found.unlisted),
    )


def _stamp(path: str) -> FileStamp:
    return FileStamp.of(os.stat(path))  # noqa: PTH116 - once for each of 10,000 files
