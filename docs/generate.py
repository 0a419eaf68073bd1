"""Writes the tables of the reference from the code: `python docs/generate.py`, or `make docs`.

A page says where: the lines between `<!-- generated: NAME -->` and `<!-- end -->` are written anew.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import click

from petit.api.routes import ROUTES
from petit.cli.options import SHARED_NAMES
from petit.cli.program import COMMANDS, program
from petit.config.keys import DEFAULTS, JOB, RETRY, TASK
from petit.config.kinds import Choice, Count, Duration
from petit.config.settings import describe_settings
from petit.config.tables import Table

PAGES = Path(__file__).parent / "reference"
_REGION = re.compile(r"(<!-- generated: (\S+) -->\n).*?(<!-- end -->)", re.DOTALL)

_KINDS = {
    "CommandLine": "text or list",
    "Flag": "`true` or `false`",
    "Id": "id",
    "Json": "mapping",
    "ListOf": "list",
    "Schedules": "[schedule](#schedules)",
    "Script": "text",
    "Share": "number from 0 to 1",
    "Size": "size",
    "Tables": "list of [tasks](#tasks)",
    "Text": "text",
    "Upstreams": "[job dependencies](#job-dependencies)",
    "Variables": "mapping of names to text",
    "Word": "text",
}


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Write a Markdown table."""
    lines = [list(head)]
    lines += [["---"] * len(lines[0])]
    lines += [[cell.replace("|", "\\|") for cell in row] for row in rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def keys(of: Table) -> str:
    """Tell the keys of a mapping in a job file."""
    rows = (
        [f"`{key.name}`{' (required)' if key.required else ''}", _kind(key.kind), key.doc]
        for key in of.keys.values()
    )
    return table(["Key", "Value", "Meaning"], rows)


def _kind(kind: Any) -> str:
    if isinstance(kind, Choice):
        return ", ".join(f"`{word}`" for word in kind.schema()["enum"])
    if isinstance(kind, Count):
        return f"whole number, at least {kind.schema()['minimum']}"
    if isinstance(kind, Duration):
        return "duration" if "anyOf" in kind.schema() else "seconds"
    if isinstance(kind, Table):
        return f"mapping, see [{kind.what}](#{kind.what})"
    return _KINDS[type(kind).__name__]


def settings() -> str:
    """Tell all settings."""
    rows = (
        [
            f"`{each['key']}`",
            f"`{each['variable']}`",
            f"`{each['flag']}`" if each["flag"] else "",
            each["allowed"],
            _default(each["default"]),
            each["doc"],
        ]
        for each in describe_settings()
    )
    return table(["Key", "Variable", "Flag", "Allowed", "Default", "Meaning"], rows)


def _default(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return ", ".join(value) if isinstance(value, list | tuple) else str(value)


def commands() -> str:
    """Tell all commands with their own options."""
    group = program()
    context = click.Context(group, info_name="petit")
    parts = []
    for name in COMMANDS:
        command = group.get_command(context, name)
        assert command is not None
        parts.append(_command(name, command, context))
    return "\n".join(parts)


def _command(name: str, command: click.Command, parent: click.Context) -> str:
    arguments = [each for each in command.params if isinstance(each, click.Argument)]
    usage = " ".join(["petit", name, *(each.make_metavar(parent) for each in arguments)])
    text = re.sub(r"(?<!\n)\n(?!\n)", " ", inspect.cleandoc(command.help or ""))
    own = [
        each for each in command.params if isinstance(each, click.Option) and each.name not in SHARED_NAMES
    ]
    rows = _options(own, parent)
    return f"### `{usage}`\n\n{text}\n" + (f"\n{rows}" if own else "")


def shared_options() -> str:
    """Tell the options that every command has."""
    group = program()
    context = click.Context(group, info_name="petit")
    options = [each for each in group.params if isinstance(each, click.Option)]
    return _options(options, context)


def _options(options: Iterable[click.Option], context: click.Context) -> str:
    rows = []
    for option in options:
        names = ", ".join(f"`{name}`" for name in [*option.opts, *option.secondary_opts])
        value = "" if option.is_flag else f" `{option.make_metavar(context)}`"
        rows.append([names + value, option.help or ""])
    return table(["Option", "Meaning"], rows)


def routes() -> str:
    """Tell all routes, each with the first sentence of its handler."""
    rows = (
        [f"`{route.method} {route.path}`", (route.handler.__doc__ or "").split("\n")[0]] for route in ROUTES
    )
    return table(["Route", "What it does"], rows)


MAKERS: dict[str, Callable[[], str]] = {
    "job": lambda: keys(JOB),
    "task": lambda: keys(TASK),
    "retry": lambda: keys(RETRY),
    "defaults": lambda: keys(DEFAULTS),
    "settings": settings,
    "commands": commands,
    "options": shared_options,
    "routes": routes,
}


def renewed(text: str) -> str:
    """Return a page with its tables written anew."""
    return _REGION.sub(lambda found: f"{found[1]}{MAKERS[found[2]]()}{found[3]}", text)


def main() -> None:
    """Write the pages."""
    for page in PAGES.glob("*.md"):
        page.write_text(renewed(page.read_text()))


if __name__ == "__main__":
    main()
