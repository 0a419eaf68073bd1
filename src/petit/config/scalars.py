"""Plain values as YAML 1.2 understands them (core schema, section 10.3.2): `no` and `12:30` are text."""

from __future__ import annotations

import re

from yaml.nodes import MappingNode, Node, ScalarNode

from petit.config.diagnostics import quoted
from petit.config.report import Refused

Scalar = str | int | float | bool | None

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
# Possessive: half a million digits and a letter are no number, and that is seen in one go.
_INTEGER = re.compile(r"[-+]?[0-9]++|0o[0-7]++|0x[0-9a-fA-F]++")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]++|[0-9]++(?:\.[0-9]*+)?)(?:[eE][-+]?[0-9]++)?")
_NO_NUMBER = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_LONGEST_NUMBER = 40
_LARGEST = 2**63 - 1


def value_of(node: ScalarNode) -> Scalar:
    """Return the value of a scalar.

    Raises:
        Refused: It is a number that no JSON reader would read back unchanged.
    """
    text: str = node.value
    if node.style:
        return text
    if text in _NULL:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if text[0] not in "+-.0123456789":
        return text
    if _INTEGER.fullmatch(text):
        return _integer(node, text)
    if _FLOAT.fullmatch(text):
        return _float(node, text)
    if _NO_NUMBER.fullmatch(text):
        raise Refused(node, f"{text} is not a number that can be passed on", "quote it if it is text")
    return text


def is_null(node: Node) -> bool:
    """Say whether a value is missing or written `~` or `null`."""
    return isinstance(node, ScalarNode) and not node.style and node.value in _NULL


def describe(node: Node) -> str:
    """Say in words what kind of value a node is."""
    if isinstance(node, MappingNode):
        return "a mapping"
    if not isinstance(node, ScalarNode):
        return "a list"
    if is_null(node):
        return "nothing"
    if node.style:
        return "text"
    if node.value in _BOOLEANS:
        return "true or false"
    if _INTEGER.fullmatch(node.value) or _FLOAT.fullmatch(node.value):
        return "a number"
    return "text"


def require_scalar(node: Node, wanted: str) -> ScalarNode:
    """Return the node if it is one value and not null.

    Args:
        node: What the file has.
        wanted: What was expected, in words: "text", "a whole number".

    Raises:
        Refused: It is a list, a mapping, or nothing.
    """
    if is_null(node):
        raise Refused(node, f"no value here; expected {wanted}")
    if not isinstance(node, ScalarNode):
        raise Refused(node, f"expected {wanted}, not {describe(node)}")
    return node


def _integer(node: ScalarNode, text: str) -> int:
    if len(text) > _LONGEST_NUMBER:
        raise _too_large(node, text)
    base = {"0o": 8, "0x": 16}.get(text[:2], 10)
    number = int(text, base)
    if abs(number) > _LARGEST:
        raise _too_large(node, text)
    return number


def _float(node: ScalarNode, text: str) -> float:
    number = float(text)
    if abs(number) == float("inf"):
        raise _too_large(node, text)
    return number


def _too_large(node: ScalarNode, text: str) -> Refused:
    return Refused(node, f"the number {quoted(text, limit=30)} is too large", "quote it if it is text")
