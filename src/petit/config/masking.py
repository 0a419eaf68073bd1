"""The text of a job file for readers who may not see what its variables hold."""

from __future__ import annotations

import re
from collections.abc import Iterator

from yaml.nodes import CollectionNode, MappingNode, Node, ScalarNode

from petit.config.document import compose
from petit.config.report import Report

MASK = "'***'"
UNREADABLE = "# this version cannot be taken apart, so it is shown to admin alone\n"

_HIDDEN = frozenset({"environment", "secrets"})
_COMMENT = re.compile(r"#[^\r\n]*")
_REST_OF_LINE = re.compile(r"[ \t]+#[^\r\n]*")

Span = tuple[int, int]
"""Begin and end, in characters."""


def masked(text: str) -> str:
    """Return the text of a job file without the values of its `environment` and `secrets`.

    The composed values are what counts, wherever they stand: in a block or a flow, behind an anchor or an
    alias, with the key quoted or escaped. Comments between them are left out too.
    """
    root = compose(text.encode(), Report("", text))
    if root is None:
        return UNREADABLE
    values: set[Span] = set()
    regions: set[Span] = set()
    for key, value in _hidden(root):
        values.update(_leaves(value))
        begin, end = _span(value)
        after_key = _span(key)[1]
        if begin >= after_key:
            regions.add((after_key, _end_of_comment(text, end)))
        else:  # an alias: the value stands further up
            regions |= {(begin, _end_of_comment(text, end)), (after_key, _end_of_line(text, after_key))}
    scalars = {_span(node) for node in _nodes(root, set()) if isinstance(node, ScalarNode)}
    cuts = {span: MASK + ("\n" if text[span[0] : span[1]].endswith("\n") else "") for span in values}
    for region in regions:
        cuts.update((span, "#") for span in _comments(text, region, scalars))
    return _cut(text, cuts)


def _hidden(root: Node) -> Iterator[tuple[Node, Node]]:
    """Yield the keys whose values are hidden, at any depth, with their values."""
    for each in _nodes(root, set()):
        if isinstance(each, MappingNode):
            for key, value in each.value:
                if isinstance(key, ScalarNode) and key.value in _HIDDEN:
                    yield key, value


def _leaves(value: Node) -> Iterator[Span]:
    """Yield where the hidden texts stand; the names of variables are shown."""
    names = {id(key) for key, _ in value.value} if isinstance(value, MappingNode) else set()
    for each in _nodes(value, set()):
        if isinstance(each, ScalarNode) and id(each) not in names:
            yield _span(each)


def _nodes(node: Node, seen: set[int]) -> Iterator[Node]:
    """Yield each node once, however often it is referred to."""
    if id(node) in seen:
        return
    seen.add(id(node))
    yield node
    if isinstance(node, CollectionNode):
        for part in node.value:
            for child in part if isinstance(part, tuple) else (part,):
                yield from _nodes(child, seen)


def _span(node: Node) -> Span:
    return node.start_mark.index, node.end_mark.index


def _end_of_comment(text: str, at: int) -> int:
    """Return where a comment ends that follows on the same line."""
    found = _REST_OF_LINE.match(text, at)
    return at if found is None else found.end()


def _end_of_line(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def _comments(text: str, region: Span, scalars: set[Span]) -> Iterator[Span]:
    """Yield the comments in a region: what begins with `#` outside of every scalar."""
    at, end = region
    for begin, stop in sorted(span for span in scalars if span[1] > at and span[0] < end):
        yield from _comments_between(text, at, begin)
        at = max(at, stop)
    yield from _comments_between(text, at, end)


def _comments_between(text: str, begin: int, end: int) -> Iterator[Span]:
    for found in _COMMENT.finditer(text, begin, max(begin, end)):
        yield found.span()


def _cut(text: str, cuts: dict[Span, str]) -> str:
    parts, at = [], 0
    for (begin, end), instead in sorted(cuts.items()):
        parts += [text[at:begin], instead]
        at = end
    return "".join([*parts, text[at:]])
