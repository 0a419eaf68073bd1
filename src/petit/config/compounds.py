"""Kinds of values that hold others: lists, variables, anything that JSON can say."""

from __future__ import annotations

import re
import shlex
from typing import Any, Generic, TypeVar

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from petit.config.diagnostics import quoted
from petit.config.kinds import Kind, Schema, Word
from petit.config.placeholders import refuse_expression
from petit.config.report import Refused, Report
from petit.config.scalars import describe, is_null, value_of
from petit.config.tables import pairs

Value = TypeVar("Value")

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OURS = frozenset(
    {"PETIT_JOB_ID", "PETIT_RUN_ID", "PETIT_TASK_ID", "PETIT_ATTEMPT", "PETIT_SCHEDULED_FOR", "PETIT_OUTPUT"}
)
_OUR_PREFIXES = ("PETIT_CONFIG_", "PETIT_PARAM_")


class ListOf(Generic[Value]):
    """A list; with `single`, one value stands for a list of it.

    Args:
        kind: Of the items.
        single: Whether a value that is no list is a list of one.
        least: Fewest items.
        most: Most items, None for any number.
        unique: What an item is called of which there may be only one; None allows repetition.
    """

    def __init__(
        self,
        kind: Kind[Value],
        *,
        single: bool = False,
        least: int = 0,
        most: int | None = None,
        unique: str | None = None,
    ) -> None:
        self._kind = kind
        self._single = single
        self._least = least
        self._most = most
        self._unique = unique

    def read(self, node: Node, report: Report) -> tuple[Value, ...]:
        """Return the good items; what is wrong with one goes to `report`."""
        return tuple(value for value, _ in self.read_items(node, report))

    def read_items(self, node: Node, report: Report) -> list[tuple[Value, Node]]:
        """Return the good items, each with its node."""
        if not isinstance(node, SequenceNode):
            if not self._single or is_null(node):
                raise Refused(
                    node, "no value here" if is_null(node) else f"expected a list, not {describe(node)}"
                )
            return [(self._kind.read(node, report), node)]
        if len(node.value) < self._least:
            raise Refused(node, "this list is empty")
        if self._most is not None and len(node.value) > self._most:
            raise Refused(
                node, f"this list has {len(node.value):,} entries; at most {self._most:,} are allowed"
            )
        items: list[tuple[Value, Node]] = []
        for item in node.value:
            if report.is_full:
                break
            try:
                items.append((self._kind.read(item, report), item))
            except Refused as refused:
                report.add(refused)
        if self._unique is not None and len(items) > 1:
            _refuse_repetition(items, self._unique, report)
        return items

    def schema(self) -> Schema:
        """An array, or one item."""
        array: Schema = {"type": "array", "items": self._kind.schema()}
        if self._least:
            array["minItems"] = self._least
        if self._most is not None:
            array["maxItems"] = self._most
        return {"anyOf": [self._kind.schema(), array]} if self._single else array


class CommandLine:
    """The program that runs a script, with its options: a list, or text.

    Args:
        split: Whether text is split into words as a shell does it; otherwise it is the name of the program.
    """

    def __init__(self, *, split: bool) -> None:
        self._split = split

    def read(self, node: Node, report: Report) -> tuple[str, ...]:
        """Return program and options."""
        if isinstance(node, SequenceNode):
            return _WORDS.read(node, report)
        text = _WORD.read(node, report)
        if not self._split:
            return (text,)
        try:
            return tuple(shlex.split(text))
        except ValueError as error:
            raise Refused(node, f"cannot be split into words: {str(error).lower()}") from None

    def schema(self) -> Schema:
        """A string, or an array of strings."""
        return {"anyOf": [{"type": "string"}, _WORDS.schema()]}


class Variables:
    """Environment variables: a mapping of names to values, which become text as they are written."""

    def read(self, node: Node, report: Report) -> dict[str, str]:
        """Return the good variables; what is wrong with one goes to `report`."""
        if not isinstance(node, MappingNode):
            raise Refused(node, f"expected a mapping of variables, not {describe(node)}", "write NAME: value")
        found: dict[str, str] = {}
        for name, key, value in pairs(node, report):
            try:
                _require_variable(name, key)
                found[name] = _VALUE.read(value, report)
            except Refused as refused:
                at = key if refused.at is value and is_null(value) else refused.at
                hint = 'write "" for an empty one' if is_null(value) else refused.hint
                report.refuse(at, refused.message, hint)
        return found

    def schema(self) -> Schema:
        """An object of strings, numbers and booleans."""
        return {
            "type": "object",
            "propertyNames": {"pattern": f"^{_VARIABLE.pattern}$"},
            "additionalProperties": _VALUE.schema(),
        }


class Json:
    """Anything that JSON can say; the top is a mapping."""

    def read(self, node: Node, report: Report) -> dict[str, Any]:
        """Return plain values."""
        if not isinstance(node, MappingNode):
            raise Refused(node, f"expected a mapping, not {describe(node)}")
        values: dict[str, Any] = _json(node, report)
        upper: dict[str, str] = {}
        for key_node, _ in node.value:
            name = str(key_node.value)
            other = upper.setdefault(name.upper(), name)
            if other != name:
                raise Refused(
                    key_node,
                    f"{quoted(other)} and {quoted(name)} would be the same variable",
                )
        return values

    def schema(self) -> Schema:
        """An object."""
        return {"type": "object"}


def _json(node: Node, report: Report) -> Any:
    if isinstance(node, MappingNode):
        return {name: _json_or_none(value, report) for name, _, value in pairs(node, report)}
    if isinstance(node, SequenceNode):
        return [_json_or_none(value, report) for value in node.value if not report.is_full]
    assert isinstance(node, ScalarNode)
    if "\0" in node.value:
        raise Refused(node, "this text holds a NUL character, which no program can be given")
    refuse_expression(node, report)
    return value_of(node)


def _json_or_none(node: Node, report: Report) -> Any:
    try:
        return _json(node, report)
    except Refused as refused:
        report.add(refused)
        return None


def _require_variable(name: str, key: Node) -> None:
    if not _VARIABLE.fullmatch(name):
        raise Refused(
            key, f"{quoted(name)} cannot be the name of a variable", "letters, digits and `_`, no digit first"
        )
    if name in _OURS or name.startswith(_OUR_PREFIXES):
        raise Refused(key, f"`{name}` is set by Petit itself", "take another name")


def _refuse_repetition(items: list[tuple[Value, Node]], what: str, report: Report) -> None:
    seen: set[Value] = set()
    for value, node in items:
        if value in seen:
            report.refuse(node, f"this {what} is given twice")
        seen.add(value)


_WORD = Word(blank=False)
_WORDS = ListOf(_WORD, least=1)
_VALUE = Word(variables=True)
