"""Job files as texts: whether one is good, before it is put into the directory; the schema of all."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any, Literal

import msgspec

from petit.config.across import Known, unknown_upstreams
from petit.config.diagnostics import Diagnostic
from petit.config.jobs import ParsedFile
from petit.config.loader import Defaults
from petit.core.graph import cycle_text
from petit.core.ids import JobId
from petit.core.job import Job
from petit.scheduler.commands import LiveJob


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """Something in a job file that is wrong, or looks so. `text` is all of it for people, caret and all.

    Attributes:
        line: From 1.
        column: From 1, in characters.
        length: Characters on that line that are meant.
        severity: An error keeps the file out of service; a warning does not.
    """

    file: str
    line: int
    column: int
    length: int
    severity: Literal["error", "warning"]
    message: str
    hint: str | None
    text: str

    @classmethod
    def of(cls, found: Diagnostic) -> Finding:
        """Show a diagnostic."""
        return cls(
            file=found.file,
            line=found.line,
            column=found.column,
            length=found.length,
            severity=found.severity,
            message=found.message,
            hint=found.hint,
            text=found.render(),
        )


class Checked(msgspec.Struct, frozen=True):
    """What is to be said of a job file. `job` is None where it is not good."""

    job: Job | None
    findings: tuple[Finding, ...]


class JobFiles:
    """Checks texts as the scheduler would read them."""

    def __init__(self, defaults: Defaults | None = None) -> None:
        """Make one; `defaults` is what holds where a file says nothing."""
        self._defaults = defaults or Defaults()

    @property
    def timezone(self) -> str:
        """The zone of schedules that name none."""
        return self._defaults.timezone

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema of job files."""
        from petit.config.schema import job_schema  # noqa: PLC0415 - few ask, and it is not small

        return job_schema()

    async def masked(self, text: str) -> str:
        """Return the text of a file without what its variables hold."""
        from petit.config.masking import masked  # noqa: PLC0415 - few ask

        return await asyncio.to_thread(masked, text)

    async def check(self, file: str, text: bytes, jobs: Mapping[JobId, LiveJob]) -> Checked:
        """Check the text of one file against the jobs that there are; other work goes on meanwhile.

        Args:
            file: Name that the findings show.
            text: Its bytes.
            jobs: The present jobs. One with the same id is what the file would replace.
        """
        return await asyncio.to_thread(self._check, file, text, dict(jobs))

    def _check(self, file: str, text: bytes, jobs: Mapping[JobId, LiveJob]) -> Checked:
        parsed = self._defaults.parse(file, text)
        found = list(parsed.diagnostics)
        defined = frozenset(jobs) | ({parsed.named.job} if parsed.named is not None else set())
        found += unknown_upstreams([parsed], Known(defined, frozenset(), is_complete=True))
        job = None if parsed.definition is None else parsed.definition.job
        if job is not None:
            found += _circular(parsed, _circle(job, jobs))
        found.sort(key=lambda each: (each.line, each.column))
        is_good = all(each.severity == "warning" for each in found)
        return Checked(job if is_good else None, tuple(map(Finding.of, found)))


def _circular(parsed: ParsedFile, circle: tuple[JobId, ...]) -> list[Diagnostic]:
    """Return an error at the dependency that begins a circle of jobs, if there is one."""
    return [
        Diagnostic(
            file=parsed.file,
            line=each.spot.line + 1,
            column=each.spot.column + 1,
            message=f"jobs wait for each other: {cycle_text(circle)}",
            source_line=each.source_line,
            length=each.spot.length,
        )
        for each in parsed.upstreams
        if each.job in circle[1:2]
    ]


def _circle(job: Job, jobs: Mapping[JobId, LiveJob]) -> tuple[JobId, ...]:
    """Return a way from a job over its upstreams back to itself; empty where there is none."""
    ways: list[tuple[JobId, ...]] = [(job.id, each) for each in _upstreams(job)]
    seen = {job.id}
    while ways:
        way = ways.pop()
        if way[-1] == job.id:
            return way
        if way[-1] not in seen and way[-1] in jobs:
            seen.add(way[-1])
            ways.extend((*way, each) for each in _upstreams(jobs[way[-1]].definition.job))
    return ()


def _upstreams(job: Job) -> Iterable[JobId]:
    return (each.job for each in job.depends_on)
