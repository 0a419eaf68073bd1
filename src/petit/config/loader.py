"""A directory of job files: all good jobs, and all that is wrong with the others, in one go."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec

from petit.config.across import Known, double_ids, job_cycles, unknown_upstreams
from petit.config.diagnostics import Diagnostic
from petit.config.jobs import ParsedFile, parse_job, refused_file
from petit.config.report import Refused, Spot
from petit.config.scan import Found, scan
from petit.config.source import FileStamp, read_bytes
from petit.core.clock import Millis
from petit.core.ids import JobId
from petit.core.job import DEFAULT_GRACE_MS, Definition

_START = Spot(0, 0)


class Defaults(msgspec.Struct, frozen=True):
    """What the settings say where a job file says nothing.

    Attributes:
        timezone: IANA name of the zone of schedules that name none.
        grace_ms: Time between TERM and KILL.
    """

    timezone: str = "UTC"
    grace_ms: Millis = DEFAULT_GRACE_MS

    def parse(self, file: str, data: bytes) -> ParsedFile:
        """Read the bytes of one file."""
        return parse_job(file, data, timezone=self.timezone, grace_ms=self.grace_ms)


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


def load_directory(
    path: Path, *, defaults: Defaults | None = None, known_jobs: frozenset[JobId] = frozenset()
) -> Loaded:
    """Read all job files of a directory and below it, once.

    Args:
        path: The jobs directory.
        defaults: What holds where a file says nothing.
        known_jobs: Ids with history: depending on one of them is no error although its file is gone.
    """
    in_force = defaults or Defaults()

    def look_at(file: str) -> tuple[ParsedFile, FileStamp]:
        data, stamp = read_bytes(f"{path}/{file}")
        return in_force.parse(file, data), stamp

    return load_found(scan(path), look_at, known_jobs)


def load_file(path: Path, *, defaults: Defaults | None = None) -> ParsedFile:
    """Read one job file by itself: other jobs that it depends on are not looked for.

    Args:
        path: The file; its name is what diagnostics show.
        defaults: What holds where the file says nothing.
    """
    try:
        data, _ = read_bytes(path)
    except FileNotFoundError:
        return refused_file(path.name, Refused(_START, "there is no such file"))
    except Refused as refused:
        return refused_file(path.name, refused)
    return (defaults or Defaults()).parse(path.name, data)


def load_found(
    found: Found, look_at: Callable[[str], tuple[ParsedFile, FileStamp]], known_jobs: frozenset[JobId]
) -> Loaded:
    """Look at each file that was found, and check everything together.

    Args:
        found: What a scan met.
        look_at: Returns what a file says, and its stamp; raises FileNotFoundError or Refused.
        known_jobs: Ids with history.
    """
    parsed = [refused_file(file, refused) for file, refused in found.refused.items()]
    files: dict[str, FileStamp] = {}
    for file in found.files:
        try:
            file_says, files[file] = look_at(file)
        except FileNotFoundError:  # removed since the directory was listed
            continue
        except Refused as refused:
            file_says = refused_file(file, refused)
        parsed.append(file_says)
    return _put_together(parsed, found, files, known_jobs)


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
