"""From text to nodes with positions: PyYAML's C parser, bounded, and its errors in plain words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from yaml.error import MarkedYAMLError, YAMLError
from yaml.nodes import CollectionNode, MappingNode, Node, ScalarNode

from petit.config.diagnostics import quoted
from petit.config.report import Refused, Report, Spot

if TYPE_CHECKING:
    from petit.config.document_python import PythonParser as _Parser  # the C parser has the same interface
else:
    try:
        from yaml._yaml import CParser as _Parser
    except ImportError:  # a PyYAML built without libyaml
        from petit.config.document_python import PythonParser as _Parser

MAX_DEPTH = 64
MAX_NODES = 30_000
"""Most values a file may have, aliases expanded: what the parser composes in less than 100 ms."""
MAX_CHARACTERS = 2 * 1024 * 1024
"""Most text a file may have, aliases expanded."""

_IMPLICIT = ""
# Where neither is found there is no alias and no tag; text that means neither may look like one.
_ALIAS = re.compile(rb"\*[0-9A-Za-z_-]")
_TAG = re.compile(rb"(?:^|[\s\[{,:?])!", re.MULTILINE)
_PLAIN_WORDS = {
    "mapping values are not allowed in this context": (
        "a `:` cannot stand here",
        "indent with the line above, or quote text that holds `: `",
    ),
    "did not find expected key": (
        "this is not part of the mapping above",
        "check the indentation, and that quotes and brackets are closed",
    ),
    "did not find expected '-' indicator": (
        "a list item is expected here",
        "begin it with `- `, or check the indentation",
    ),
    "found unexpected end of stream": ("a quote is not closed", None),
    "did not find expected ',' or ']'": ("a `,` or the closing `]` is missing", None),
    "did not find expected ',' or '}'": ("a `,` or the closing `}` is missing", None),
    "could not find expected ':'": ("a key without its `:`", None),
    "found a tab character that violates indentation": ("a tab cannot indent", "use spaces"),
    "found undefined alias": (
        "no anchor of this name comes before this alias",
        "quote text that begins with `*`",
    ),
    "second occurrence": ("this anchor is given twice", None),
    "block sequence entries are not allowed in this context": (
        "a list cannot begin here",
        "put it on the next line",
    ),
    "found unknown escape character": ("no such escape", "use single quotes for text with backslashes"),
}
_UNCLOSED = frozenset(
    {
        "found unexpected end of stream",
        "did not find expected ',' or ']'",
        "did not find expected ',' or '}'",
    }
)


class _BoundedParser(_Parser):
    """Composes nodes and gives up as soon as a file is too deep or too large.

    A bomb is refused while it is parsed: the recursion of the C composer never gets deep, and the nodes that
    it makes are counted.
    """

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self._depth = 0
        self._count = 0

    def resolve(self, kind: type[Node], value: object, implicit: object) -> str:  # noqa: ARG002 - PyYAML's signature
        """Give every value without a tag the empty one; readers decide what a plain value is."""
        return _IMPLICIT

    def descend_resolver(self, current_node: Node | None, current_index: object) -> None:  # noqa: ARG002 - see above
        """Count; PyYAML calls this before it composes each node."""
        self._depth += 1
        self._count += 1
        if self._depth > MAX_DEPTH or self._count > MAX_NODES:
            # The node around this one is not finished: it has no end yet.
            mark = None if current_node is None else current_node.start_mark
            spot = Spot(0, 0) if mark is None else Spot(mark.line, mark.column)
            raise _too_deep(spot) if self._depth > MAX_DEPTH else _too_many(spot)

    def ascend_resolver(self) -> None:
        """Leave a node."""
        self._depth -= 1


def compose(data: bytes, report: Report) -> MappingNode | None:
    """Parse a job file.

    Args:
        data: Its bytes: UTF-8 without a byte-order mark.
        report: Gets the problem where there is one.

    Returns:
        The top mapping, bounded in depth and size also when its aliases are followed; None if there is none.
    """
    try:
        root = _BoundedParser(data).get_single_node()
        if root is None:
            raise Refused(Spot(0, 0), "the file is empty", "a job needs at least `id` and `tasks`")
        if _ALIAS.search(data) or _TAG.search(data):
            _bound(root)
        if not isinstance(root, MappingNode):
            raise Refused(root, f"a job file is a mapping, not {what_is(root)}", "begin with `id: ...`")
    except Refused as refused:
        report.add(refused)
        return None
    except MarkedYAMLError as error:
        report.add(_in_plain_words(error, report))
        return None
    except (YAMLError, ValueError) as error:
        report.refuse(Spot(0, 0), f"this is not YAML: {error}")
        return None
    return root


def what_is(node: Node) -> str:
    """Say in words what kind of value a node is."""
    if isinstance(node, MappingNode):
        return "a mapping"
    if not isinstance(node, ScalarNode):
        return "a list"
    return "text"


def _too_deep(at: Node | Spot) -> Refused:
    return Refused(at, f"nested deeper than {MAX_DEPTH} levels")


def _too_many(at: Node | Spot) -> Refused:
    message = f"the file holds more than {MAX_NODES:,} values, aliases expanded"
    return Refused(at, message, "split it into several jobs")


def _bound(root: Node) -> None:
    """Refuse tags, and a document that is too large, too deep or endless when its aliases are followed.

    Each node is looked at once, however often it is referred to.
    """
    measured: dict[int, tuple[int, int, int]] = {}
    open_nodes: set[int] = set()

    def measure(node: Node) -> tuple[int, int, int]:
        known = measured.get(id(node))
        if known is not None:
            return known
        if id(node) in open_nodes:
            raise Refused(node, "this value contains itself through an alias")
        if node.tag != _IMPLICIT:
            raise Refused(node, f"tags such as {quoted(node.tag)} are not allowed", "take the tag out")
        open_nodes.add(id(node))
        size, depth, length = 1, 1, len(node.value) if isinstance(node, ScalarNode) else 0
        for child in _children(node):
            child_size, child_depth, child_length = measure(child)
            size, depth, length = size + child_size, max(depth, child_depth + 1), length + child_length
        open_nodes.discard(id(node))
        if size > MAX_NODES:
            raise _too_many(node)
        if depth > MAX_DEPTH:
            raise _too_deep(node)
        if length > MAX_CHARACTERS:
            raise Refused(node, f"the file holds more than {MAX_CHARACTERS:,} characters, aliases expanded")
        measured[id(node)] = size, depth, length
        return size, depth, length

    measure(root)


def _children(node: Node) -> list[Node]:
    if not isinstance(node, CollectionNode):
        return []
    if isinstance(node, MappingNode):
        return [part for pair in node.value for part in pair]
    return list(node.value)


def _in_plain_words(error: MarkedYAMLError, report: Report) -> Refused:
    mark = error.problem_mark or error.context_mark
    spot = Spot(mark.line, mark.column) if mark is not None else Spot(0, 0)
    problem = error.problem or "this is not YAML"
    if problem == "found character that cannot start any token":
        return _bad_start(report.line(spot.line)[spot.column : spot.column + 1], spot)
    if problem == "did not find expected alphabetic or numeric character":  # after `*` or `&`
        character = report.line(spot.line)[spot.column - 1 : spot.column]
        return _bad_start(character, Spot(spot.line, max(0, spot.column - 1)))
    if problem == "but found another document":
        return Refused(
            spot, "a second document begins here; a file holds one job", "put each job into a file of its own"
        )
    message, hint = _PLAIN_WORDS.get(problem, (problem, None))
    begin = error.context_mark
    # What is not closed is best shown where it was opened: the parser notices lines later.
    if problem in _UNCLOSED and begin is not None and begin.line != spot.line:
        spot = Spot(begin.line, begin.column)
    return Refused(spot, message, hint)


def _bad_start(character: str, spot: Spot) -> Refused:
    if character == "\t":
        return Refused(spot, "a tab cannot indent", "use spaces")
    return Refused(
        spot, f"text cannot begin with {quoted(character)} unless it is quoted", "put it into quotes"
    )
