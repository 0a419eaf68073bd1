"""Small changes of a module's meaning, one at a time: what tests are there to notice."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

_COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
_COMPUTED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult, ast.Mod: ast.FloorDiv,
    ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.LShift: ast.RShift, ast.RShift: ast.LShift,
}  # fmt: skip

_IN_SQL = (
    (r"\bAND\b", "OR"), (r"\bOR\b(?! REPLACE)", "AND"),
    (r"\bIS NULL\b", "IS NOT NULL"), (r"\bIS NOT NULL\b", "IS NULL"),
    (r"(?<= )=(?= )", "<>"), (r"<>", "="),
    (r"<(?![=>])", "<="), (r"<=", "<"), (r"(?<!<)>(?!=)", ">="), (r">=", ">"),
    (r"\bNOT IN \(", "IN ("), (r"(?<!NOT )\bIN \(", "NOT IN ("), (r"\bEXISTS\b", "NOT EXISTS"),
    (r"'(\w+)'", "'no such'"), (r" DESC\b", ""), (r"(ORDER BY \w+)(?! DESC)\b", r"\1 DESC"),
    (r"\bmax\(", "min("), (r"\bmin\(", "max("),
)  # fmt: skip
"""Patterns in the conditions of statements, and what is put in their place."""


class Mutation(NamedTuple):
    """One change. `apply` makes it in the tree that it was found in."""

    line: int
    what: str
    apply: Callable[[], None]


def mutations(tree: ast.Module) -> list[Mutation]:
    """Find all changes that can be made in a module, in the order of its lines."""
    skipped = set(_not_meant(tree))
    found = [each for node in ast.walk(tree) if node not in skipped for each in _of(node, skipped)]
    return sorted(found, key=lambda each: each.line)


def _not_meant(tree: ast.Module) -> Iterator[ast.AST]:
    """Return what has no meaning at run time, or only one for people: annotations, docstrings, messages."""
    for node in ast.walk(tree):
        parts: list[ast.AST | None] = []
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            parts = [
                node.returns,
                *(each.annotation for each in ast.walk(node.args) if isinstance(each, ast.arg)),
            ]
        elif isinstance(node, ast.AnnAssign):
            parts = [node.annotation]
        elif isinstance(node, ast.Raise | ast.Assert) or _is_docstring(node):
            parts = [node]
        for part in parts:
            if part is not None:
                yield from ast.walk(part)


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _of(node: ast.AST, skipped: set[ast.AST]) -> Iterator[Mutation]:
    """Find the changes of one node."""
    for kind, make in _MAKERS:
        if isinstance(node, kind):
            yield from make(node)
    for _, body in ast.iter_fields(node):
        if isinstance(body, list):
            for place, each in enumerate(body):
                if isinstance(each, ast.Expr | ast.AugAssign) and each not in skipped:
                    yield _replaced(each, body, place, ast.Pass(), "left out")


def _of_comparison(node: ast.Compare) -> Iterator[Mutation]:
    for place, operator in enumerate(node.ops):
        if type(operator) in _COMPARED:
            yield _replaced(node, node.ops, place, _COMPARED[type(operator)]())


def _of_condition(node: ast.BoolOp) -> Iterator[Mutation]:
    yield _set(node, "op", ast.Or() if isinstance(node.op, ast.And) else ast.And())
    for place in range(len(node.values)):
        what = f"`{_text(node)}`: part {place + 1} left out"
        yield Mutation(node.lineno, what, partial(node.values.__delitem__, place))


def _of_computation(node: ast.BinOp | ast.AugAssign) -> Iterator[Mutation]:
    if type(node.op) in _COMPUTED:
        yield _set(node, "op", _COMPUTED[type(node.op)]())


def _of_branch(node: ast.If | ast.While | ast.IfExp) -> Iterator[Mutation]:
    yield _set(node, "test", ast.UnaryOp(ast.Not(), node.test))


def _of_comprehension(node: ast.comprehension) -> Iterator[Mutation]:
    for place, test in enumerate(node.ifs):
        yield _replaced(test, node.ifs, place, ast.UnaryOp(ast.Not(), test))


def _of_return(node: ast.Return) -> Iterator[Mutation]:
    if node.value is not None and not (isinstance(node.value, ast.Constant) and node.value.value is None):
        yield _set(node, "value", ast.Constant(None))


def _of_leap(node: ast.Break | ast.Continue) -> Iterator[Mutation]:
    yield _set(node, "__class__", ast.Continue if isinstance(node, ast.Break) else ast.Break)


def _of_constant(node: ast.Constant) -> Iterator[Mutation]:
    value = node.value
    if isinstance(value, bool):
        yield _set(node, "value", not value)
    elif isinstance(value, int):
        yield _set(node, "value", value + 1)
    elif isinstance(value, str):
        for start, end, other in _sql_mutations(value):
            what = f"`{' '.join(value[max(0, start - 30) : end].split())}` becomes `{other}`"
            changed = value[:start] + other + value[end:]
            yield Mutation(node.lineno, what, partial(setattr, node, "value", changed))


def _sql_mutations(text: str) -> Iterator[tuple[int, int, str]]:
    where = re.search(r"\b(WHERE|ON CONFLICT|ORDER BY|CASE WHEN)\b|^\s*(AND|OR)\b", text)
    if where is None:
        return
    for pattern, other in _IN_SQL:
        for found in re.finditer(pattern, text):
            if found.start() >= where.start():
                yield found.start(), found.end(), found.expand(other)


_MAKERS: tuple[tuple[Any, Callable[[Any], Iterator[Mutation]]], ...] = (
    (ast.Compare, _of_comparison),
    (ast.BoolOp, _of_condition),
    (ast.BinOp | ast.AugAssign, _of_computation),
    (ast.If | ast.While | ast.IfExp, _of_branch),
    (ast.comprehension, _of_comprehension),
    (ast.Return, _of_return),
    (ast.Break | ast.Continue, _of_leap),
    (ast.Constant, _of_constant),
)


def _set(node: ast.AST, name: str, value: object) -> Mutation:
    shown = (
        type(value).__name__ if isinstance(value, ast.AST) and not isinstance(value, ast.Constant) else None
    )
    what = f"`{_text(node)}`: {name} becomes {shown or getattr(value, 'value', value)}"
    return Mutation(getattr(node, "lineno", 0), what, partial(setattr, node, name, value))


def _replaced(node: ast.AST, items: list[Any], place: int, value: ast.AST, what: str = "") -> Mutation:
    what = f"`{_text(node)}`: {what or f'part {place + 1} becomes {type(value).__name__}'}"
    return Mutation(getattr(node, "lineno", 0), what, partial(items.__setitem__, place, value))


def _text(node: ast.AST) -> str:
    return ast.unparse(node).split("\n")[0][:90]
