"""The program: finds the command that was named and imports only that one."""

from __future__ import annotations

import difflib
import importlib
import sys
from collections.abc import Sequence
from pathlib import PurePath
from typing import Any

import click

from petit.cli.failures import EXIT_USAGE, exit_code_for
from petit.cli.options import shared
from petit.version import VERSION

COMMANDS = {
    "run": "petit.cli.run",
    "validate": "petit.cli.validate",
    "list": "petit.cli.list_jobs",
    "trigger": "petit.cli.trigger",
    "rerun": "petit.cli.rerun",
    "token": "petit.cli.token",
    "db": "petit.cli.db",
    "schema": "petit.cli.schema",
}
"""Each command and the module whose `command` it is, in the order of `--help`."""

HELP = """Petit runs jobs on time: YAML files of tasks, one small machine, nothing lost.

\b
  petit run examples/jobs              start the scheduler and its HTTP API
  petit validate examples/jobs         check job files
  petit trigger examples/jobs NAME     run one job now
"""


class Program(click.Group):
    """All commands, imported when they are named."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names in the order of `--help`."""
        return list(COMMANDS)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's signature
        cmd_name: str,
    ) -> click.Command | None:
        """Import a command."""
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(COMMANDS[cmd_name]).command_
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or name the nearest."""
        if args and args[0] not in COMMANDS:
            near = difflib.get_close_matches(args[0], COMMANDS, n=1)
            meant = f"did you mean '{near[0]}'?" if near else f"there are {', '.join(COMMANDS)}"
            raise click.UsageError(f"no command '{args[0]}'; {meant}", ctx)
        return super().resolve_command(ctx, args)


def program() -> Program:
    """Build the program."""
    version = click.version_option(VERSION, "-V", "--version", message="petit %(version)s")
    group = Program(
        name="petit",
        help=HELP,
        params=[*shared()],
        context_settings={"help_option_names": ["-h", "--help"]},
        no_args_is_help=True,
    )
    return version(group)


def run(argv: Sequence[str]) -> int:
    """Run the command line `argv` (program name first); return the exit code."""
    name = PurePath(argv[0]).name
    name = name if name in {"petit", "pt"} else "petit"
    try:
        answer: Any = program().main(args=list(argv[1:]), prog_name=name, standalone_mode=False)
        code = answer if isinstance(answer, int) else EXIT_USAGE
        sys.stdout.flush()  # a failure can still be told here, not in the interpreter's last moments
    except BaseException as error:  # noqa: BLE001 - the outermost frame: nobody shall read a traceback
        code = exit_code_for(error, program=name)
    return code
