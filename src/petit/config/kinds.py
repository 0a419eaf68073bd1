"""Kinds of single values: each knows how to read a node and how to say so in JSON Schema."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Protocol, TypeVar

from yaml.nodes import Node, ScalarNode

from petit.config.diagnostics import did_you_mean, quoted
from petit.config.placeholders import check_variables, refuse_expression, warn_of_variables
from petit.config.report import Refused, Report
from petit.config.scalars import describe, require_scalar, value_of
from petit.config.sizes import MIN_LOG_BYTES, SIZE_PATTERN, parse_size
from petit.core.clock import Millis
from petit.core.duration import UNIT_MS, BadDuration, parse_duration
from petit.core.ids import ID_PATTERN, is_valid_id

Schema = dict[str, Any]
Value_co = TypeVar("Value_co", covariant=True)

MAX_SCRIPT_BYTES = 100 * 1024
"""Largest `run:` script or inline code: it is passed as one argument, of which Linux takes 128 KiB."""

MAX_COUNT = 1_000_000
_CONTROL_IN_LINE = re.compile("[\x00-\x1f\x7f-\x9f]")
_CONTROL_IN_TEXT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_NUMBER = r"[0-9]+(\.[0-9]+)?"
_UNITS = "".join(f"({_NUMBER}{unit})?" for unit in UNIT_MS)
DURATION_PATTERN = f"^(?=[0-9])({_NUMBER}|{_UNITS})$"
_OLD_BOOLEANS = frozenset({"yes", "no", "on", "off"})


class Kind(Protocol[Value_co]):
    """How one kind of value is read and described."""

    def read(self, node: Node, report: Report) -> Value_co:
        """Return the value.

        Raises:
            Refused: It is not of this kind.
        """
        ...

    def schema(self) -> Schema:
        """Return a JSON Schema that accepts at least what `read` accepts."""
        ...


class Text:
    """Text: what YAML calls a string, so that `id: 012` and `name: true` are caught."""

    def __init__(self, *, lines: bool = False, blank: bool = False, expressions: bool = False) -> None:
        self._lines = lines
        self._blank = blank
        self._expressions = expressions

    def read(self, node: Node, report: Report) -> str:
        """Return the text."""
        scalar = require_scalar(node, "text")
        if not isinstance(value_of(scalar), str):
            raise Refused(node, f"expected text, not {describe(node)}", f'quote it: "{scalar.value}"')
        text: str = scalar.value
        if not self._blank and not text.strip():
            raise Refused(node, "this text is empty")
        if not _is_clean(text, self._lines):
            raise Refused(
                node,
                "this text holds control characters"
                if self._lines
                else "this text must be one line without control characters",
            )
        if not self._expressions:
            refuse_expression(scalar, report)
        return text

    def schema(self) -> Schema:
        """A string."""
        return {"type": "string"} if self._blank else {"type": "string", "minLength": 1}


class Id:
    """The id of a job or a task."""

    def read(self, node: Node, report: Report) -> str:
        """Return the id."""
        text = _TEXT.read(node, report)
        if not is_valid_id(text):
            raise Refused(
                node,
                f"{quoted(text)} cannot be an id",
                "1 to 128 letters, digits, `.`, `_`, `-`; the first no `.` and no `-`",
            )
        return text

    def schema(self) -> Schema:
        """A string that matches the pattern of ids."""
        return {"type": "string", "pattern": f"^{ID_PATTERN}$"}


class Word:
    """A value that becomes text just as it is written: an argument, a variable. `1.10` stays "1.10"."""

    def __init__(
        self, *, blank: bool = True, variables: bool = False, not_resolved_in: str | None = None
    ) -> None:
        self._blank = blank
        self._variables = variables
        self._not_resolved_in = not_resolved_in

    def read(self, node: Node, report: Report) -> str:
        """Return the text."""
        scalar = require_scalar(node, "text or a number")
        text: str = scalar.value
        if "\0" in text:
            raise Refused(node, "this text holds a NUL character, which no program can be given")
        if not self._blank and not text.strip():
            raise Refused(node, "this text is empty")
        if "${" in text:
            refuse_expression(scalar, report, escapes=self._variables)
            if self._variables:
                check_variables(scalar, report)
            elif self._not_resolved_in is not None:
                warn_of_variables(scalar, self._not_resolved_in, report)
        return text

    def schema(self) -> Schema:
        """A string, number or boolean."""
        return {"type": ["string", "number", "boolean"]}


class Script:
    """Code of a script: passed on byte for byte."""

    def read(self, node: Node, report: Report) -> str:
        """Return the code."""
        text = Word(blank=False).read(node, report)
        size = len(text.encode())
        if size > MAX_SCRIPT_BYTES:
            raise Refused(
                node,
                f"this script has {size:,} bytes; at most {MAX_SCRIPT_BYTES:,} can be passed as an argument",
                "put it into a file and run that",
            )
        return text

    def schema(self) -> Schema:
        """A string, or what YAML takes for a number."""
        return {"type": ["string", "number", "boolean"]}


class Flag:
    """True or false."""

    def read(self, node: Node, report: Report) -> bool:  # noqa: ARG002 - the interface of all kinds
        """Return the truth value."""
        value = value_of(require_scalar(node, "true or false"))
        if not isinstance(value, bool):
            hint = "YAML 1.2 has no other words for them" if str(value).lower() in _OLD_BOOLEANS else None
            raise Refused(node, f"expected true or false, not {_shown(node)}", hint)
        return value

    def schema(self) -> Schema:
        """A boolean."""
        return {"type": "boolean"}


class Count:
    """A whole number from `least` to `most`."""

    def __init__(self, least: int = 1, most: int = MAX_COUNT) -> None:
        self._least = least
        self._most = most

    def read(self, node: Node, report: Report) -> int:  # noqa: ARG002 - the interface of all kinds
        """Return the number."""
        value = value_of(require_scalar(node, "a whole number"))
        if isinstance(value, bool) or not isinstance(value, int):
            raise Refused(node, f"expected a whole number, not {_shown(node)}")
        if not self._least <= value <= self._most:
            raise Refused(node, f"{value} is out of range; allowed are {self._least:,} to {self._most:,}")
        return value

    def schema(self) -> Schema:
        """An integer with its bounds."""
        return {"type": "integer", "minimum": self._least, "maximum": self._most}


class Share:
    """A number from 0 to 1."""

    def read(self, node: Node, report: Report) -> float:  # noqa: ARG002 - the interface of all kinds
        """Return the number."""
        value = value_of(require_scalar(node, "a number from 0 to 1"))
        if isinstance(value, bool | str) or value is None or not 0 <= value <= 1:
            raise Refused(node, f"expected a number from 0 to 1, not {_shown(node)}")
        return float(value)

    def schema(self) -> Schema:
        """A number with its bounds."""
        return {"type": "number", "minimum": 0, "maximum": 1}


class Duration:
    """A duration; `zero` says whether none at all is one."""

    def __init__(self, *, zero: bool = True, seconds_only: bool = False) -> None:
        self._zero = zero
        self._seconds_only = seconds_only

    def read(self, node: Node, report: Report) -> Millis:  # noqa: ARG002 - the interface of all kinds
        """Return milliseconds."""
        scalar = require_scalar(
            node, "seconds" if self._seconds_only else "a duration such as 90s, 5m, 1h30m"
        )
        value = value_of(scalar)
        if isinstance(value, bool) or value is None or (self._seconds_only and isinstance(value, str)):
            raise Refused(node, f"expected a number of seconds, not {_shown(node)}")
        try:
            duration = parse_duration(value)
        except BadDuration as error:
            raise Refused(node, str(error)) from None
        if duration == 0 and not self._zero:
            raise Refused(node, "a duration of 0 is no limit", "leave the key out for no limit")
        return duration

    def schema(self) -> Schema:
        """A number of seconds, or text with units."""
        number = {"type": "number", "minimum": 0} if self._zero else {"type": "number", "exclusiveMinimum": 0}
        if self._seconds_only:
            return number
        return {"anyOf": [number, {"type": "string", "pattern": DURATION_PATTERN}]}


class Size:
    """A number of bytes: `10MiB`, `500k`, `1048576`."""

    def read(self, node: Node, report: Report) -> int:  # noqa: ARG002 - the interface of all kinds
        """Return bytes."""
        scalar = require_scalar(node, "a size such as 10MiB")
        size = parse_size(scalar.value)
        if size is None:
            raise Refused(node, f"{quoted(scalar.value)} is not a size", "write bytes, or 500k, 10MiB, 1GiB")
        if size < MIN_LOG_BYTES:
            raise Refused(node, f"{quoted(scalar.value)} is too small; at least {MIN_LOG_BYTES:,} bytes")
        return size

    def schema(self) -> Schema:
        """A number of bytes, or text with a unit."""
        return {
            "anyOf": [
                {"type": "integer", "minimum": MIN_LOG_BYTES},
                {"type": "string", "pattern": f"^{SIZE_PATTERN}$"},
            ]
        }


class Choice:
    """One of a few words, each with what it means; `later` are words of later versions."""

    def __init__(self, words: Mapping[str, Any], *, later: tuple[str, ...] = ()) -> None:
        self._words = words
        self._later = later

    @classmethod
    def of(cls, *words: str, later: tuple[str, ...] = ()) -> Choice:
        """Return a choice of words that mean themselves."""
        return cls({word: word for word in words}, later=later)

    def read(self, node: Node, report: Report) -> Any:  # noqa: ARG002 - the interface of all kinds
        """Return what the word means."""
        words = ", ".join(self._words)
        scalar = require_scalar(node, f"one of {words}")
        if scalar.value in self._later:
            raise Refused(node, f"{_shown(node)} is not supported by this version", f"choose one of {words}")
        if scalar.value not in self._words:
            raise Refused(node, f"{_shown(node)} is none of {words}", did_you_mean(scalar.value, self._words))
        return self._words[scalar.value]

    def schema(self) -> Schema:
        """An enumeration."""
        return {"enum": list(self._words)}


def _shown(node: Node) -> str:
    return quoted(node.value) if isinstance(node, ScalarNode) else describe(node)


def _is_clean(text: str, lines: bool) -> bool:
    return (_CONTROL_IN_TEXT if lines else _CONTROL_IN_LINE).search(text) is None


_TEXT = Text()
