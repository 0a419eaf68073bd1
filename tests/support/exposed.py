"""Reads what /metrics tells with the parsers of prometheus-client, and judges it as promtool would."""

from __future__ import annotations

import re
from typing import NamedTuple

from prometheus_client.metrics_core import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_NOT_A_BASE_UNIT = re.compile(
    r"_(ms|millis|milliseconds|minutes|hours|days|kb|mb|kilobytes|megabytes|percent)(_|$)"
)


class Series(NamedTuple):
    """One line: a name and its labels."""

    name: str
    labels: frozenset[tuple[str, str]]


class Exposed:
    """What was told, by series."""

    def __init__(self, text: str, *, is_openmetrics: bool = False) -> None:
        self.text = text
        self.families: list[Metric] = list((parse_openmetrics if is_openmetrics else parse_text)(text))
        self.values: dict[Series, float] = {}
        for family in self.families:
            for sample in family.samples:
                series = Series(sample.name, frozenset(sample.labels.items()))
                assert series not in self.values, f"twice: {series}"
                self.values[series] = sample.value

    def value(self, name: str, **labels: str) -> float | None:
        """Return the value of a series, None where it is not told."""
        return self.values.get(Series(name, frozenset(labels.items())))

    def by(self, name: str, *labels: str) -> dict[tuple[str, ...], float]:
        """Return the values of all series of a name that are not 0, by their labels."""
        return {
            tuple(dict(series.labels)[label] for label in labels): value
            for series, value in self.values.items()
            if series.name == name and value
        }

    def counters(self) -> dict[Series, float]:
        """Return what may only grow."""
        kinds = {family.name: family.type for family in self.families}
        return {
            series: value
            for series, value in self.values.items()
            if kinds.get(re.sub(r"_(total|count|sum|bucket)$", "", series.name)) in {"counter", "histogram"}
        }

    def problems(self) -> list[str]:
        """Return what a friend of Prometheus would find wrong."""
        found = []
        for family in self.families:
            if not family.documentation or family.type == "unknown":
                found.append(f"{family.name}: no HELP or no TYPE")
            if not _NAME.fullmatch(family.name) or _NOT_A_BASE_UNIT.search(family.name):
                found.append(f"{family.name}: a bad name")
            if not family.name.startswith(("petit_", "process_")):
                found.append(f"{family.name}: whose is it?")
            if family.type == "gauge" and family.name.endswith(("_total", "_count", "_sum", "_bucket")):
                found.append(f"{family.name}: a gauge with a counter's name")
        names = [family.name for family in self.families]
        found += [f"{name}: told twice" for name in set(names) if names.count(name) > 1]
        return found
