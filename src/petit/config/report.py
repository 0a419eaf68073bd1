"""What a reader says while it walks a file: the problems, each at its place."""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

from yaml.nodes import Node

from petit.config.diagnostics import Diagnostic, Severity

MAX_PROBLEMS = 50
"""Most problems that are told of one file: to find hints for more would hold up the scheduler."""


class Spot(NamedTuple):
    """A place in a file: line and column from 0, and how many characters on that line are meant."""

    line: int
    column: int
    length: int = 1


def spot_after(text: str, length: int = 1) -> Spot:
    """Return the place that follows `text`, the beginning of a file."""
    lines = (text + "x").splitlines()
    return Spot(len(lines) - 1, len(lines[-1]) - 1, length)


class Refused(Exception):
    """One value is wrong; whoever reads the collection it stands in reports it and goes on."""

    def __init__(self, at: Node | Spot, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.at = at
        self.message = message
        self.hint = hint


class Report:
    """Collects the problems of one file; when there are very many, readers stop looking for more.

    Attributes:
        file: Path relative to the jobs directory.
        text: The text of the file.
        timezone: IANA name of the zone of schedules that name none.
        diagnostics: What was found so far, in the order of finding.
    """

    def __init__(self, file: str, text: str, timezone: str = "UTC") -> None:
        self.file = file
        self.text = text
        self.timezone = timezone
        self.diagnostics: list[Diagnostic] = []

    @property
    def has_errors(self) -> bool:
        """Whether the file is out of service."""
        return any(each.severity == "error" for each in self.diagnostics)

    @property
    def is_full(self) -> bool:
        """Whether nobody wants to read more problems of this file."""
        return len(self.diagnostics) >= MAX_PROBLEMS

    def refuse(self, at: Node | Spot, message: str, hint: str | None = None) -> None:
        """Add an error."""
        self._add(at, message, hint, "error")

    def warn(self, at: Node | Spot, message: str, hint: str | None = None) -> None:
        """Add a warning."""
        self._add(at, message, hint, "warning")

    def add(self, refused: Refused) -> None:
        """Add an error that a reader raised."""
        self._add(refused.at, refused.message, refused.hint, "error")

    def spot(self, at: Node | Spot) -> Spot:
        """Return the place of a node; what spans several lines is marked to the end of its first."""
        if isinstance(at, Spot):
            return at
        start, end = at.start_mark, at.end_mark
        if start.line == end.line:
            return Spot(start.line, start.column, max(1, end.column - start.column))
        return Spot(start.line, start.column, max(1, len(self.line(start.line).rstrip()) - start.column))

    def spot_of(self, node: Node, part: str, occurrence: int = 0) -> Spot:
        """Return where `part` stands in the text of a scalar: its `occurrence`-th appearance, from 0.

        Falls back to the whole scalar where the part was written as an escape.
        """
        start, end = node.start_mark, node.end_mark.index
        begin = start.index - 1
        for _ in range(occurrence + 1):
            begin = self.text.find(part, begin + 1, end)
            if begin < 0:
                return self.spot(node)
        line, column, _ = spot_after(self.text[start.index : begin])
        return Spot(start.line + line, column if line else start.column + column, len(part))

    def line(self, number: int) -> str:
        """Return a line of the file (from 0) without its end; empty past the last."""
        return self._lines[number] if number < len(self._lines) else ""

    @cached_property
    def _lines(self) -> list[str]:
        return self.text.splitlines()

    def _add(self, at: Node | Spot, message: str, hint: str | None, severity: Severity) -> None:
        if self.is_full:
            return
        spot = self.spot(at)
        self.diagnostics.append(
            Diagnostic(
                file=self.file,
                line=spot.line + 1,
                column=spot.column + 1,
                message=message,
                hint=hint,
                source_line=self.line(spot.line) if self.text else None,
                length=spot.length,
                severity=severity,
            )
        )
