"""Writes the tables of the reference from the code: `python -m docs.generate`, or `make docs`.

A page says where: the lines between `<!-- generated: NAME -->` and `<!-- end -->` are written anew.
"""

from __future__ import annotations

import inspect
import os
import re
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
from msgspec import Struct
from tests.support.cron_opinions import DIFFERENCES, LIBRARIES, Next, Question, library, petit

from petit.api.counts import Counts
from petit.api.metrics.by_job import FAMILIES, kind_of
from petit.api.metrics.families import families
from petit.api.metrics.seen import Seen
from petit.api.openapi.event_shapes import events as all_events
from petit.api.routes import ROUTES
from petit.cli.options import SHARED_NAMES
from petit.cli.program import COMMANDS, program
from petit.config.jobs import parse_job
from petit.config.keys import DEFAULTS, JOB, RETRY, TASK
from petit.config.kinds import Choice, Count, Duration
from petit.config.settings import describe_settings
from petit.config.tables import Table
from petit.core.duration import duration_text
from petit.core.job import Job
from petit.events.tally import Tally
from petit.scheduler.commands import StateView
from petit.scheduler.handle import Figures

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


_BARE = b"""
id: a
tasks: [{id: command, command: x}, {id: script, run: x}, {id: python, type: python, script: x}]
"""
_SAID = {
    # What no bare file shows.
    "name": "the id",
    "command": "",
    "type": "`command`",
    "overlap": "`skip`, where there is a limit",
    "max_tasks": "setting `scheduler.max_tasks`",
    "log_limit": "setting `scheduler.log_limit`",
    "grace": "setting `scheduler.grace`",
}
_BY_DEFAULT = re.compile(r"; [^;.]* by default(?=\.$)| \(the default\)")  # there is a column for it
_UNLIMITED = {"max_concurrency": "no limit", "timeout": "none", "max_delay": "none"}


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Write a Markdown table."""
    lines = [list(head)]
    lines += [["---"] * len(lines[0])]
    lines += [[cell.replace("|", "\\|") for cell in row] for row in rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def keys(of: Table, *sample: Struct) -> str:
    """Tell the keys of a mapping in a job file; defaults are those of what the loader made of a bare file."""
    rows = (
        [
            f"`{key.name}`",
            _kind(key.kind),
            "required" if key.required else _default_of(key.name, sample),
            _BY_DEFAULT.sub("", key.doc),
        ]
        for key in of.keys.values()
    )
    return table(["Key", "Value", "Default", "Meaning"], rows)


def _bare_job() -> Job:
    definition = parse_job("bare.yaml", _BARE).definition
    assert definition is not None
    return definition.job


def _default_of(name: str, sample: Iterable[Struct]) -> str:
    if name in _SAID:
        return _SAID[name]
    for each in sample:
        for field, write in ((name, _literally), (f"{name}_ms", duration_text)):
            value = getattr(each, field, None)
            if value is not None:
                text = write(value)
                return f"`{text}`" if text else ""
    return _UNLIMITED.get(name, "")


def _literally(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, int | float) else value if isinstance(value, str) else ""


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
        if isinstance(command, click.Group):
            parts += [_command(f"{name} {each}", one, context) for each, one in command.commands.items()]
        else:
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


def events() -> str:
    """Tell all events with their members; `at`, which all have, is told of above."""
    rows = (
        [
            f"`{name}`",
            ", ".join(f"`{each}`" for each in shape.__struct_fields__ if each != "at"),
            (shape.__doc__ or "").split("\n")[0],
        ]
        for name, shape in all_events()
    )
    return table(["Event", "Members", "What has happened"], rows)


def routes() -> str:
    """Tell all routes, each with what a token must be good for and the first line of its handler."""
    rows = (
        [
            f"`{route.method} {route.path}`",
            "" if route.is_open else f"`{route.needs}`",
            (route.handler.__doc__ or "").split("\n")[0],
        ]
        for route in ROUTES
    )
    return table(["Route", "Scope", "What it does"], rows)


_JOB = _bare_job()
_TASK = _JOB.tasks[0]
_SHELL, _PYTHON = (" ".join(task.interpreter) for task in _JOB.tasks[1:])
_SAID |= {"shell": f"`{_SHELL}`", "python": f"`{_PYTHON}`"}


def metrics() -> str:
    """Tell the metrics; what an empty scheduler says of itself has all their names."""
    nothing = Seen(
        tally=Tally(),
        counts=Counts(),
        state=StateView(state="running", max_jobs=1, keeper_pid=os.getpid()),
        checks=(),
        figures=Figures(kind="sqlite", name="petit.db", commits=0, changes=0, size=0),
        streams=0,
        max_streams=0,
    )
    told = [(name, kind_of(name), labels, words) for name, (labels, words) in FAMILIES.items()]
    told += [
        (each.name, each.type, vars(each)["_labelnames"], each.documentation) for each in families(nothing)
    ]
    return table(
        ("Metric", "Type", "Labels", "Meaning"),
        (
            (
                f"`{name}_total`" if kind == "counter" else f"`{name}`",
                kind,
                ", ".join(f"`{label}`" for label in labels),
                words,
            )
            for name, kind, labels, words in told
        ),
    )


def cron_libraries() -> str:
    """Tell how cronsim and croniter differ: each row is worked out anew."""
    rows = []
    for each in DIFFERENCES:
        asked = each.question
        dues = [petit(asked), *(library(name, asked) for name in LIBRARIES)]
        told = [_local(asked, at) for at in (asked.after, *dues)]
        rows.append((each.by, f"`{asked.pattern}`", asked.zone, *told, each.why))
    head = ("Who differs", "Pattern", "Zone", "After", "Petit", "cronsim", "croniter", "Why")
    return table(head, rows)


def _local(asked: Question, due: Next) -> str:
    if due is None:
        return "refused"
    return f"{datetime.fromtimestamp(due, ZoneInfo(asked.zone)):%Y-%m-%d %H:%M:%S%z}"


MAKERS: dict[str, Callable[[], str]] = {
    "job": lambda: keys(JOB, _JOB, _TASK),
    "task": lambda: keys(TASK, _TASK),
    "retry": lambda: keys(RETRY, _TASK.retry),
    "defaults": lambda: keys(DEFAULTS, _TASK),
    "settings": settings,
    "commands": commands,
    "options": shared_options,
    "routes": routes,
    "events": events,
    "metrics": metrics,
    "cron-libraries": cron_libraries,
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
