"""Options that every command understands, before or after its name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from petit.core.clock import Millis

Flags = dict[str, str]
"""Shared options that were given, by the name of their parameter; texts, which the settings check."""


def shared() -> list[click.Option]:
    """Return the options of the program and of each command, made anew: click keeps state in them."""
    return [
        _option("--db", "PATH", "Database file, or :memory:. Default: petit.db in the state directory."),
        _option("-c", "--config", "FILE", "Settings (TOML). Default: petit/config.toml in XDG_CONFIG_HOME."),
        _option("--state-dir", "DIR", "Logs, lock and sockets. Default: .petit beside the database."),
        _option("-j", "--max-jobs", "N", "Runs at a time over all jobs. Default: no limit."),
        _option("-t", "--max-tasks", "N", "Tasks at a time in a run whose job says nothing. Default: 4."),
        _option("--tick-interval", "DURATION", "Upper bound of the loop's sleep. Default: none."),
        _option("--log-level", "LEVEL", "debug, info, warning or error. Default: info."),
        _option("--log-format", "FORMAT", "Log lines as text or json. Default: text."),
    ]


def _option(*words: str) -> click.Option:
    *names, metavar, text = words
    return click.Option(names, metavar=metavar, help=text)


SHARED_NAMES = tuple(str(option.name) for option in shared())


class Command(click.Command):
    """A command that takes the shared options too; its function gets them merged, as the first argument."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params.extend(shared())

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; what stands after its name wins over what stands before it."""
        given: Flags = {}
        for level in _from_root(ctx):
            given.update(
                (name, level.params[name]) for name in SHARED_NAMES if level.params.get(name) is not None
            )
        for name in SHARED_NAMES:
            ctx.params.pop(name, None)
        ctx.obj = given
        return super().invoke(ctx)


def _from_root(ctx: click.Context) -> list[click.Context]:
    return [*([] if ctx.parent is None else _from_root(ctx.parent)), ctx]


def command(name: str) -> Callable[[Callable[..., int]], Command]:
    """Declare a command. Its function takes the flags first and returns the exit code."""

    def declare(function: Callable[..., int]) -> Command:
        names = {"help_option_names": ["-h", "--help"]}
        return click.command(name=name, cls=Command, context_settings=names)(click.pass_obj(function))

    return declare


def group(name: str, text: str, *commands: Command) -> click.Group:
    """Make a command out of commands; the shared options may stand before and after its name too."""
    return click.Group(
        name,
        help=text,
        commands=commands,
        params=[*shared()],
        context_settings={"help_option_names": ["-h", "--help"]},
        no_args_is_help=True,
    )


def duration(option: str, text: str) -> Millis:
    """Read the value of an option that is a duration; raises UsageError."""
    from petit.cli.failures import UsageError
    from petit.core.duration import BadDuration, parse_duration

    try:
        return parse_duration(text)
    except BadDuration as error:
        raise UsageError(f"{option}: {error}") from None


def directory_argument() -> Callable[[Callable[..., int]], Callable[..., int]]:
    """Declare the argument DIR: a directory of job files."""
    return click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
