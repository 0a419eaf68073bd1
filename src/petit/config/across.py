"""What is only wrong when all files are seen together: double ids, unknown upstreams, cycles between jobs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from petit.config.diagnostics import Diagnostic, Severity, did_you_mean
from petit.config.graph import cycles
from petit.config.jobs import Named, ParsedFile
from petit.core.graph import cycle_text
from petit.core.ids import JobId


class Known(NamedTuple):
    """Which jobs may be depended on.

    Attributes:
        defined: Ids that some file defines, a broken one too.
        remembered: Ids with history whose file is gone.
        is_complete: Whether every file's id could be read; otherwise an unknown one may be in the others.
    """

    defined: frozenset[JobId]
    remembered: frozenset[JobId]
    is_complete: bool


def double_ids(parsed: Iterable[ParsedFile]) -> list[Diagnostic]:
    """Return an error for each good file that defines a job which another good one defines too."""
    by_id: dict[JobId, list[ParsedFile]] = defaultdict(list)
    for each in parsed:
        if each.definition is not None:
            by_id[each.definition.job.id].append(each)
    return [
        _double(each, [other for other in files if other is not each])
        for files in by_id.values()
        if len(files) > 1
        for each in files
    ]


def unknown_upstreams(parsed: Iterable[ParsedFile], known: Known) -> list[Diagnostic]:
    """Return a diagnostic for each dependency on a job that no file defines.

    It is an error only where the job never existed: one that was removed, or may be in a file that cannot be
    read, leaves its dependents in place (their occurrences are skipped).
    """
    return [
        _unknown(each.file, upstream, known)
        for each in parsed
        for upstream in each.upstreams
        if upstream.job not in known.defined
    ]


def job_cycles(parsed: Sequence[ParsedFile]) -> list[Diagnostic]:
    """Return an error for each job of each cycle, at the dependency that leads on to the next."""
    by_id = {each.definition.job.id: each for each in parsed if each.definition is not None}
    edges = {
        job_id: [upstream.job for upstream in each.upstreams if upstream.job != job_id]
        for job_id, each in by_id.items()
        if each.upstreams
    }
    return [each for cycle in cycles(edges) for each in _of_cycle(cycle, by_id)]


def _of_cycle(cycle: tuple[JobId, ...], by_id: Mapping[JobId, ParsedFile]) -> list[Diagnostic]:
    found = []
    for index, (job_id, following) in enumerate(pairwise(cycle)):
        turned = (*cycle[index:-1], *cycle[: index + 1])
        named = next(each for each in by_id[job_id].upstreams if each.job == following)
        found.append(
            _diagnostic(by_id[job_id].file, named, f"jobs wait for each other: {cycle_text(turned)}")
        )
    return found


def _double(file: ParsedFile, others: list[ParsedFile]) -> Diagnostic:
    assert file.named is not None
    places = ", ".join(f"{each.file}:{each.named.spot.line + 1}" for each in others if each.named is not None)
    message = f"job '{file.named.job}' is also defined in {places}"
    return _diagnostic(file.file, file.named, message, hint="each job needs an id of its own")


def _unknown(file: str, upstream: Named, known: Known) -> Diagnostic:
    if upstream.job in known.remembered:
        message = f"job '{upstream.job}' was removed; runs that wait for it are skipped"
        return _diagnostic(file, upstream, message, severity="warning")
    message = f"no job '{upstream.job}'"
    hint = did_you_mean(upstream.job, known.defined)
    if not known.is_complete:
        message += "; it may be in one of the files that cannot be read"
        return _diagnostic(file, upstream, message, hint=hint, severity="warning")
    return _diagnostic(file, upstream, message, hint=hint)


def _diagnostic(
    file: str, named: Named, message: str, *, hint: str | None = None, severity: Severity = "error"
) -> Diagnostic:
    spot = named.spot
    return Diagnostic(
        file=file,
        line=spot.line + 1,
        column=spot.column + 1,
        message=message,
        hint=hint,
        source_line=named.source_line,
        length=spot.length,
        severity=severity,
    )
