"""JSON Schemas of the types of bodies and answers, as components of the document."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable
from typing import Any

import msgspec

Schema = dict[str, Any]
_REF = "#/components/schemas/{name}"
_MEMBER = re.compile(r"^    (?P<names>[a-z_]+(?:, [a-z_]+)*): (?P<text>.*(?:\n {8}.*)*)", re.MULTILINE)


class Schemas:
    """The schemas of all types that the document speaks of.

    What an answer has is always there: its members are required, also those that have a default in the code.
    """

    def __init__(self, *, bodies: Iterable[Any], answers: Iterable[Any]) -> None:
        self._kinds: list[Any] = []
        self._refs: list[Schema] = []
        self.components: dict[str, Schema] = {}
        for kinds, is_answer in ((bodies, False), (answers, True)):
            self._add(list(dict.fromkeys(kinds)), is_answer=is_answer)
        self.components = dict(sorted(self.components.items()))

    def _add(self, kinds: list[Any], *, is_answer: bool) -> None:
        refs, components = msgspec.json.schema_components(kinds, ref_template=_REF)
        for name, schema in components.items():
            _put_plainly(schema)
            _tidy(schema, is_answer=is_answer)
            if self.components.setdefault(name, schema) != schema:
                raise ValueError(f"two types are called {name}: give one of them another name")
        self._kinds += kinds
        self._refs += refs

    def ref(self, kind: Any) -> Schema:
        """Return the schema of a type, a reference where it has a name."""
        return self._refs[self._kinds.index(kind)]


def of_parameter(kind: Any) -> Schema:
    """Return the schema of a parameter's type."""
    return msgspec.json.schema(kind)


def prose(text: str) -> str:
    """Return a docstring's sentences: lines joined, paragraphs kept, sections for programmers left out."""
    kept = re.split(r"\n\s*(?:Attributes|Raises|Args|Returns|Yields):\n", text)[0]
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in re.split(r"\n\s*\n", kept.strip()))


def _put_plainly(schema: Any) -> None:
    """Say the same in words that generators of clients understand."""
    if isinstance(schema, list):
        for each in schema:
            _put_plainly(each)
    if not isinstance(schema, dict):
        return
    if schema.get("items") is False and schema["maxItems"] == len(schema["prefixItems"]):
        del schema["items"]  # there may be no further ones anyhow
    if schema.get("enum") == [True]:
        del schema["enum"]
        schema.update(type="boolean", const=True)
    for each in schema.values():
        _put_plainly(each)


def _tidy(schema: Schema, *, is_answer: bool) -> None:
    properties: dict[str, Schema] = schema.get("properties", {})
    described = inspect.cleandoc(schema.pop("description", ""))  # as Python 3.13 has it from the start
    if described:
        schema["description"] = prose(described)
    for found in _MEMBER.finditer(described.partition("Attributes:")[2]):
        for name in found["names"].split(", "):
            if name in properties:
                properties[name]["description"] = " ".join(found["text"].split())
    if is_answer:
        required = set(schema.get("required", ())) | {
            name for name in properties if "default" in properties[name]
        }
        schema["required"] = [name for name in properties if name in required]
        for each in properties.values():
            each.pop("default", None)
