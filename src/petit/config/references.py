"""Schedules and dependencies: the values of a job file that refer to something else."""

from __future__ import annotations

from typing import NamedTuple

from yaml.nodes import MappingNode, Node, SequenceNode

from petit.config.compounds import ListOf
from petit.config.kinds import Choice, Duration, Id, Schema, Text
from petit.config.report import Refused, Report
from petit.config.scalars import is_null
from petit.config.tables import Fields, Key, Table
from petit.core.clock import Millis
from petit.core.job import DependencyCondition, JobDependency
from petit.core.schedule import BadSchedule, Schedule, parse_schedule

MAX_SCHEDULES = 100
"""Most schedules of one job."""

_TEXT = Text()
_WINDOW = Table(
    "a window",
    [
        Key(
            "seconds",
            Duration(zero=False, seconds_only=True),
            "Length of the window in seconds.",
            required=True,
        )
    ],
)
_CRON = Table(
    "a schedule",
    [
        Key(
            "cron", _TEXT, "Five or six cron fields, `@daily` and its like, or `@every 1h30m`.", required=True
        ),
        Key("timezone", _TEXT, "IANA name of the zone whose wall time counts."),
    ],
)


class Schedules:
    """`schedule`: text, a mapping of cron and timezone, or a list of them."""

    def __init__(self) -> None:
        self._list = ListOf(_OneSchedule(), single=True, least=1, most=MAX_SCHEDULES, unique="schedule")

    def read(self, node: Node, report: Report) -> tuple[Schedule, ...]:
        """Return the good schedules; what is wrong with one of a list goes to `report`."""
        return self._list.read(node, report)

    def schema(self) -> Schema:
        """One schedule, or an array of them."""
        return self._list.schema()


class _OneSchedule:
    def read(self, node: Node, report: Report) -> Schedule:
        if not isinstance(node, MappingNode):
            return _parse(_TEXT.read(node, report), report.timezone, node, node)
        fields = _CRON.read(node, report)
        cron, timezone = fields.field("cron"), fields.field("timezone")
        if cron is None or (fields.key("timezone") is not None and timezone is None):
            raise Refused(node, "this schedule is not complete")
        zone_node = cron.node if timezone is None else timezone.node
        return _parse(
            cron.value, report.timezone if timezone is None else timezone.value, cron.node, zone_node
        )

    def schema(self) -> Schema:
        return {"anyOf": [_TEXT.schema(), _CRON.schema()]}


class Window:
    """`within_window`: a duration, or a mapping with `seconds`."""

    def read(self, node: Node, report: Report) -> Millis | None:
        """Return milliseconds; None where the mapping was wrong, which then is in `report`."""
        if not isinstance(node, MappingNode):
            return Duration(zero=False).read(node, report)
        window: Millis | None = _WINDOW.read(node, report).get("seconds")
        return window

    def schema(self) -> Schema:
        """A duration, or an object with seconds."""
        return {"anyOf": [Duration(zero=False).schema(), _WINDOW.schema()]}


class DependencyRule:
    """`condition` of a job dependency: a word, or a mapping with `within_window`."""

    _words = Choice.of("last_success", "last_complete")
    _within = Table(
        "a condition",
        [Key("within_window", Window(), "The upstream completed at least once in this time.", required=True)],
    )

    def read(self, node: Node, report: Report) -> tuple[DependencyCondition, Millis | None]:
        """Return the condition and its window in milliseconds."""
        if isinstance(node, MappingNode):
            return "within_window", self._within.read(node, report).get("within_window")
        if getattr(node, "value", None) == "within_window":
            raise Refused(node, "`within_window` needs its time", "write {within_window: 1h}")
        return self._words.read(node, report), None

    def schema(self) -> Schema:
        """A word, or an object with within_window."""
        return {"anyOf": [self._words.schema(), self._within.schema()]}


_DEPENDENCY = Table(
    "a dependency",
    [
        Key("job", Id(), "Id of the other job."),
        Key("job_id", Id(), "The same as `job`."),
        Key("condition", DependencyRule(), "What its last ended run must be; `last_success` by default."),
    ],
    alternatives={("job", "job_id"): "they mean the same; keep one"},
)


class Upstream(NamedTuple):
    """A dependency on another job, with the node that names it."""

    dependency: JobDependency
    node: Node


class Upstreams:
    """`depends_on` of a job: ids, or mappings of job and condition; one alone needs no list."""

    def read(self, node: Node, report: Report) -> tuple[Upstream, ...]:
        """Return the good dependencies; what is wrong with one goes to `report`."""
        items = ListOf(_OneUpstream(), single=True).read(node, report)
        seen: set[str] = set()
        for item in items:
            if item.dependency.job in seen:
                report.refuse(item.node, f"job '{item.dependency.job}' is given twice")
            seen.add(item.dependency.job)
        return items

    def schema(self) -> Schema:
        """One dependency, or an array of them."""
        return ListOf(_OneUpstream(), single=True).schema()


class _OneUpstream:
    def read(self, node: Node, report: Report) -> Upstream:
        if not isinstance(node, MappingNode):
            return Upstream(JobDependency(job=Id().read(node, report)), node)
        fields = _DEPENDENCY.read(node, report)
        job = fields.field("job") or fields.field("job_id")
        if job is None:
            raise Refused(node, "a dependency needs `job`, the id of the other job")
        condition, window_ms = fields.get("condition", ("last_success", None))
        return Upstream(JobDependency(job=job.value, condition=condition, window_ms=window_ms), job.node)

    def schema(self) -> Schema:
        return {
            "anyOf": [
                Id().schema(),
                {**_DEPENDENCY.schema(), "anyOf": [{"required": ["job"]}, {"required": ["job_id"]}]},
            ]
        }


class Tables:
    """A list of mappings of one table, at least one."""

    def __init__(self, table: Table) -> None:
        self._list: ListOf[Fields] = ListOf(table, least=1)

    def read(self, node: Node, report: Report) -> tuple[Fields, ...]:
        """Return the fields of each mapping."""
        if not isinstance(node, SequenceNode) and not is_null(node):
            raise Refused(node, "expected a list", "begin each one with `- id: ...`")
        return self._list.read(node, report)

    def schema(self) -> Schema:
        """An array of objects."""
        return self._list.schema()


def _parse(text: str, timezone: str, node: Node, zone_node: Node) -> Schedule:
    try:
        return parse_schedule(text, timezone)
    except BadSchedule as error:
        is_zone = error.field == "timezone"
        where = f"{error.field}: " if error.field and not is_zone else ""
        raise Refused(zone_node if is_zone else node, f"{where}{error.reason}") from None
