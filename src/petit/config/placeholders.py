"""What stands for something else in a text: `${{ ... }}` and `${VAR}`."""

from __future__ import annotations

import re

from yaml.nodes import ScalarNode

from petit.config.report import Refused, Report
from petit.core.variables import check, find_expression

_VARIABLE = re.compile(r"\$\$\{|(\$\{[A-Za-z_][A-Za-z0-9_]*\})")


def refuse_expression(node: ScalarNode, report: Report, *, escapes: bool = False) -> None:
    """Refuse `${{`: it will mean something one day, so it must not mean itself today.

    Args:
        node: A text that has a `${`, or any other.
        report: Knows the file.
        escapes: Whether `$${{` is a literal one, as it is where `${VAR}` is resolved.

    Raises:
        Refused: With the position of the expression.
    """
    text: str = node.value
    position = find_expression(text) if escapes else text.find("${{")
    if position is not None and position >= 0:
        spot = report.spot_of(node, "${{", text.count("${{", 0, position))
        hint = "write `$${{` for a literal `${{`" if escapes else None
        raise Refused(spot, "expressions `${{ ... }}` are not supported by this version", hint)


def check_variables(node: ScalarNode, report: Report) -> None:
    """Refuse a `${` that is neither `${NAME}` nor the literal `$${`.

    Raises:
        Refused: With the position of the first.
    """
    text: str = node.value
    problem = check(text)
    if problem is not None:
        spot = report.spot_of(node, "${", text.count("${", 0, problem.position))
        raise Refused(spot, problem.message)


def warn_of_variables(node: ScalarNode, key: str, report: Report) -> None:
    """Warn of a `${NAME}` where none is resolved."""
    found = next((each for each in _VARIABLE.finditer(node.value) if each[1]), None)
    if found is not None:
        message = f"{found[1]} is not resolved in `{key}`, only in `args` and `environment`"
        report.warn(report.spot_of(node, found[1]), message)
