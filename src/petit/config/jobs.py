"""From the text of one file to a job, or to all that is wrong with it."""

from __future__ import annotations

import re
from typing import NamedTuple

import msgspec
from yaml.nodes import Node, ScalarNode, SequenceNode

from petit.config.diagnostics import Diagnostic, did_you_mean
from petit.config.document import compose
from petit.config.graph import cycles
from petit.config.keys import JOB
from petit.config.references import Upstream
from petit.config.report import Refused, Report, Spot
from petit.config.source import decode, lenient_text
from petit.config.tables import Fields
from petit.config.tasks import check_retry, task_of
from petit.core.clock import Millis
from petit.core.graph import cycle_text
from petit.core.ids import ID_PATTERN, JobId
from petit.core.job import DEFAULT_GRACE_MS, Definition, Job, Task, definition_hash

_BOM = b"\xef\xbb\xbf"
_ID_LINE = re.compile(rf"^id:[ \t]+([\"']?)({ID_PATTERN})\1[ \t]*(?:#.*)?\r?$", re.MULTILINE)


class Named(NamedTuple):
    """A place where a file names a job: itself or another."""

    job: JobId
    spot: Spot
    source_line: str


class ParsedFile(NamedTuple):
    """What one file says.

    Attributes:
        file: Path relative to the jobs directory.
        definition: The job; None where the file has errors.
        named: Id of the job and where it stands; None where it could not be read.
        upstreams: The other jobs that it depends on.
        diagnostics: What is wrong with the file, in the order of its lines.
    """

    file: str
    definition: Definition | None
    named: Named | None
    upstreams: tuple[Named, ...]
    diagnostics: tuple[Diagnostic, ...]


def parse_job(
    file: str, data: bytes, *, timezone: str = "UTC", grace_ms: Millis = DEFAULT_GRACE_MS
) -> ParsedFile:
    """Read one job file; never raises, whatever the bytes.

    Args:
        file: Its path relative to the jobs directory, for the diagnostics.
        data: Its bytes.
        timezone: IANA name of the zone of schedules that name none.
        grace_ms: Time between TERM and KILL where the file names none.
    """
    try:
        text = decode(data)
    except Refused as refused:
        return _unreadable(file, lenient_text(data), refused)
    report = Report(file, text, timezone)
    root = compose(data.removeprefix(_BOM), report)
    if root is None:
        return _result(report, None, _guess_id(report), ())
    fields = JOB.read(root, report)
    job = _job_of(fields, report, grace_ms)
    named = _named(fields, report)
    upstreams = tuple(_name(each.dependency.job, each.node, report) for each in _upstreams(fields))
    definition = None
    if job is not None and not report.has_errors:
        definition = Definition(job=job, file=file, source=text, hash=definition_hash(job))
    return _result(report, definition, named or _guess_id(report), upstreams)


def refused_file(file: str, refused: Refused) -> ParsedFile:
    """Return what is known of a file that could not be read at all."""
    return _unreadable(file, "", refused)


def _job_of(fields: Fields, report: Report, grace_ms: Millis) -> Job | None:
    job_id = fields.get("id")
    tasks = _tasks(fields, report, grace_ms)
    _check_overlap(fields, report)
    if job_id is None:
        return None
    upstreams = _upstreams(fields)
    for upstream in upstreams:
        if upstream.dependency.job == job_id:
            report.refuse(upstream.node, f"job '{job_id}' depends on itself")
    return Job(
        id=job_id,
        name=fields.get("name", job_id),
        tasks=tasks,
        schedules=fields.get("schedule", ()),
        timeout_ms=fields.get("timeout", fields.get("timeout_secs")),
        depends_on=tuple(upstream.dependency for upstream in upstreams),
        **fields.values(
            "description", "tags", "enabled", "catchup", "overlap", "max_concurrency", "max_tasks",
            "config", "environment", "env_file", "log_limit",
        ),
        **{f"{name}_ms": value for name, value in fields.values("catchup_window").items()},
    )  # fmt: skip


def _tasks(fields: Fields, report: Report, grace_ms: Millis) -> tuple[Task, ...]:
    all_fields: tuple[Fields, ...] = fields.get("tasks", ())
    defaults: Fields | None = fields.get("defaults")
    for each in (defaults, *all_fields):
        if each is not None:
            check_retry(each.get("retry"), report)
    tasks: dict[str, Task] = {}
    nodes: dict[str, Fields] = {}
    for each in all_fields:
        task = task_of(each, defaults, fields, report, grace_ms)
        if task is None:
            continue
        if task.id in tasks:
            first = report.spot(_id_node(nodes[task.id]))
            report.refuse(
                _id_node(each), f"task '{task.id}' is defined twice; the first is in line {first.line + 1}"
            )
            continue
        tasks[task.id] = task
        nodes[task.id] = each
    _check_dependencies(tasks, nodes, report)
    return tuple(tasks.values())


def _check_dependencies(tasks: dict[str, Task], nodes: dict[str, Fields], report: Report) -> None:
    for task in tasks.values():
        if task.depends_on:
            _check_dependencies_of(task, nodes[task.id], tasks, report)
    for cycle in cycles(
        {task.id: [each for each in task.depends_on if each != task.id] for task in tasks.values()}
    ):
        entry = _entry(nodes[cycle[0]], cycle[1])
        report.refuse(entry, f"tasks wait for each other: {cycle_text(cycle)}")


def _check_dependencies_of(task: Task, fields: Fields, tasks: dict[str, Task], report: Report) -> None:
    seen: set[str] = set()
    for name, node in _entries(fields):
        if report.is_full:
            break
        if name == task.id:
            report.refuse(node, f"task '{task.id}' depends on itself")
        elif name in seen:
            report.refuse(node, f"task '{name}' is given twice")
        elif name not in tasks:
            report.refuse(node, f"no task '{name}' in this job", did_you_mean(name, tasks))
        seen.add(name)


def _check_overlap(fields: Fields, report: Report) -> None:
    key = fields.key("max_concurrency")
    if key is not None and fields.get("overlap") == "allow":
        report.refuse(key, "`max_concurrency` cannot stand beside `overlap: allow`", "take one of them out")


def _entries(fields: Fields) -> list[tuple[str, Node]]:
    """Return the names in a task's `depends_on`, each with its node."""
    field = fields.field("depends_on")
    assert field is not None  # asked for only where the task has dependencies
    nodes = field.node.value if isinstance(field.node, SequenceNode) else [field.node]
    return [(node.value, node) for node in nodes if isinstance(node, ScalarNode)]


def _entry(fields: Fields, name: str) -> Node:
    return next(node for each, node in _entries(fields) if each == name)


def _id_node(fields: Fields) -> Node:
    field = fields.field("id")
    return fields.node if field is None else field.node


def _upstreams(fields: Fields) -> tuple[Upstream, ...]:
    upstreams: tuple[Upstream, ...] = fields.get("depends_on", ())
    return upstreams


def _named(fields: Fields, report: Report) -> Named | None:
    field = fields.field("id")
    return None if field is None else _name(field.value, field.node, report)


def _name(job: JobId, node: Node, report: Report) -> Named:
    spot = report.spot(node)
    return Named(job, spot, report.line(spot.line))


def _guess_id(report: Report) -> Named | None:
    """Return the id from its line where the file as a whole cannot be understood."""
    found = list(_ID_LINE.finditer(report.text))
    if len(found) != 1:
        return None
    line = report.text.count("\n", 0, found[0].start())
    column = found[0].start(2) - found[0].start()
    return Named(found[0][2], Spot(line, column, len(found[0][2])), report.line(line))


def _unreadable(file: str, text: str, refused: Refused) -> ParsedFile:
    report = Report(file, text)
    report.add(refused)
    return _result(report, None, _guess_id(report), ())


def _result(
    report: Report, definition: Definition | None, named: Named | None, upstreams: tuple[Named, ...]
) -> ParsedFile:
    found = sorted(report.diagnostics, key=lambda each: (each.line, each.column))
    if report.is_full:
        message = f"there may be more problems; these are the first {len(found)}"
        found.append(msgspec.structs.replace(found[-1], message=message, hint=None, severity="warning"))
    return ParsedFile(report.file, definition, named, upstreams, tuple(found))
