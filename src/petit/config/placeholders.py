"""What stands for something else in a text: `${{ ... }}` and `${VAR}`."""

from __future__ import annotations

import re

from yaml.nodes import ScalarNode

from petit.config.diagnostics import quoted
from petit.config.report import Refused, Report

# In this order: a literal `${`, a variable, anything else that begins like one.
_DOLLAR = re.compile(
    r"(?P<literal>\$\$\{)|(?P<variable>\$\{[A-Za-z_][A-Za-z0-9_]*\})|(?P<bad>\$\{[^}\n]{0,40}\}?)"
)
_EXPRESSION = "${{"


def refuse_expression(node: ScalarNode, report: Report) -> None:
    """Refuse `${{`: it will mean something one day, so it must not mean itself today.

    Raises:
        Refused: With the position of the expression.
    """
    if _EXPRESSION in node.value:
        spot = report.spot_of(node, _EXPRESSION)
        raise Refused(spot, "expressions `${{ ... }}` are not supported by this version")


def check_variables(node: ScalarNode, report: Report) -> None:
    """Refuse a `${` that is neither `${NAME}` nor the literal `$${`.

    Raises:
        Refused: With the position of the first.
    """
    text: str = node.value
    if "${" not in text:
        return
    for found in _DOLLAR.finditer(text):
        if found["bad"] is not None:
            before = text.count(found["bad"], 0, found.start())
            spot = report.spot_of(node, found["bad"], before)
            raise Refused(
                spot,
                f"{quoted(found['bad'])} names no variable; expected ${{NAME}} of letters, digits and _",
                "write `$${` for a literal `${`",
            )


def warn_of_variables(node: ScalarNode, key: str, report: Report) -> None:
    """Warn of a `${NAME}` where none is resolved."""
    text: str = node.value
    if "${" not in text:
        return
    for found in _DOLLAR.finditer(text):
        if found["variable"] is not None:
            spot = report.spot_of(node, found["variable"])
            report.warn(
                spot, f"{found['variable']} is not resolved in `{key}`, only in `args` and `environment`"
            )
            return
