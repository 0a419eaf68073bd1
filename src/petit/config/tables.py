"""Mappings with known keys: one table of keys reads them and describes them in JSON Schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import msgspec
from yaml.nodes import MappingNode, Node, ScalarNode

from petit.config.diagnostics import did_you_mean, quoted
from petit.config.kinds import Kind, Schema
from petit.config.report import Refused, Report
from petit.config.scalars import describe, is_null


class Key(msgspec.Struct, frozen=True):
    """One key of a table: its name, what its value is, and a sentence about it for the schema."""

    name: str
    kind: Kind[Any]
    doc: str
    required: bool = False


class Field(NamedTuple):
    """What a file gives for one key: the value, and the nodes of key and value."""

    value: Any
    key: Node
    node: Node


class Fields:
    """What a file gives for a table: the values that are good, and which keys were there at all."""

    def __init__(self, node: MappingNode, found: dict[str, Field], keys: dict[str, Node]) -> None:
        self.node = node
        self._found = found
        self._keys = keys

    def get(self, name: str, default: Any = None) -> Any:
        """Return the value of a key, `default` where it is missing or was refused."""
        field = self._found.get(name)
        return default if field is None else field.value

    def field(self, name: str) -> Field | None:
        """Return the value of a key with its nodes."""
        return self._found.get(name)

    def key(self, name: str) -> Node | None:
        """Return the node of a key that the file has, even if its value was refused."""
        return self._keys.get(name)

    def values(self, *names: str) -> dict[str, Any]:
        """Return those of the named values that there are, by name."""
        found = self._found
        return {name: found[name].value for name in names if name in found}


class Table:
    """A mapping with known keys.

    Args:
        what: What the mapping describes, with its article: "a task".
        keys: Its keys.
        unsupported: Keys of later versions.
        alternatives: Pairs of keys that exclude each other, with what to do.
        foreign: Keys that people know from elsewhere, with what to write here.
    """

    def __init__(
        self,
        what: str,
        keys: list[Key],
        *,
        unsupported: frozenset[str] = frozenset(),
        alternatives: Mapping[tuple[str, str], str] | None = None,
        foreign: Mapping[str, str] | None = None,
    ) -> None:
        self.what = what
        self.keys = {key.name: key for key in keys}
        self._required = [key.name for key in keys if key.required]
        self._unsupported = unsupported
        self._alternatives = dict(alternatives or {})
        self._foreign = dict(foreign or {})

    def read(self, node: Node, report: Report) -> Fields:
        """Return the fields of a mapping; what is wrong with one of them goes to `report`.

        Raises:
            Refused: It is not a mapping at all.
        """
        if not isinstance(node, MappingNode):
            problem = "no value here" if is_null(node) else f"expected a mapping, not {describe(node)}"
            raise Refused(node, problem, f"{self.what} has keys such as {self._some_keys()}")
        found: dict[str, Field] = {}
        keys: dict[str, Node] = {}
        for name, key_node, value_node in pairs(node, report):
            keys[name] = key_node
            key = self.keys.get(name)
            if key is None:
                report.refuse(key_node, *self._unknown(name))
                continue
            try:
                found[name] = Field(key.kind.read(value_node, report), key_node, value_node)
            except Refused as refused:
                report.add(_about_key(refused, name, key_node, value_node))
        for name in self._required:
            if name not in keys:
                report.refuse(_head(node), f"{self.what} needs `{name}`")
        for (first, second), advice in self._alternatives.items():
            if first in keys and second in keys:
                report.refuse(keys[second], f"`{second}` cannot stand beside `{first}`", advice)
        return Fields(node, found, keys)

    def schema(self) -> Schema:
        """An object with these properties and no others."""
        properties = {key.name: {**key.kind.schema(), "description": key.doc} for key in self.keys.values()}
        schema: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
        if self._required:
            schema["required"] = list(self._required)
        if self._alternatives:
            schema["allOf"] = [{"not": {"required": list(pair)}} for pair in self._alternatives]
        return schema

    def _unknown(self, name: str) -> tuple[str, str | None]:
        if name in self._unsupported:
            return f"`{name}` is not supported by this version", "take it out"
        hint = self._foreign.get(name) or did_you_mean(name, self.keys)
        return f"unknown key {_named(name)} of {self.what}", hint

    def _some_keys(self) -> str:
        names = self._required or list(self.keys)[:3]
        return ", ".join(f"`{name}`" for name in names)


def pairs(node: MappingNode, report: Report) -> Iterator[tuple[str, Node, Node]]:
    """Yield name, key and value of each entry; merge keys and what was given before go to `report`."""
    seen: dict[str, Node] = {}
    for key_node, value_node in node.value:
        if report.is_full:
            return
        if not isinstance(key_node, ScalarNode) or is_null(key_node):
            report.refuse(key_node, f"a key must be text, not {describe(key_node)}")
            continue
        name: str = key_node.value
        if name == "<<" and not key_node.style:
            report.refuse(
                key_node,
                "merge keys (`<<`) are not part of YAML 1.2",
                "use `defaults`, or write the keys out",
            )
        elif name in seen:
            first = report.spot(seen[name])
            place = f"line {first.line + 1}, column {first.column + 1}"
            report.refuse(key_node, f"{_named(name)} is given twice; the first is at {place}")
        else:
            seen[name] = key_node
            yield name, key_node, value_node


def _named(name: str) -> str:
    return f"`{name}`" if name.isprintable() and 0 < len(name) <= 60 else quoted(name)


def _about_key(refused: Refused, name: str, key: Node, value: Node) -> Refused:
    """Say which key it is about; where there is no value to point at, point at the key."""
    if refused.at is value and is_null(value):
        return Refused(
            key, f"`{name}`: {refused.message}", refused.hint or "leave the key out if you do not want it"
        )
    return Refused(refused.at, f"`{name}`: {refused.message}", refused.hint)


def _head(node: MappingNode) -> Node:
    """Return the node that a missing key is reported at: the first key, not all of the mapping."""
    return node.value[0][0] if node.value else node
