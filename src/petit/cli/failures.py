"""What a user reads when something goes wrong: one line and an exit code, never a traceback."""

from __future__ import annotations

import logging
import os
import sys
import traceback

import click

from petit.cli.paint import Paint, printable
from petit.core.errors import PetitError, ReloadRefused, SettingsError, StorageError

EXIT_JOBS = 1
"""The job files are wrong, or a run did not complete."""
EXIT_USAGE = 2
"""The command line, a setting, or the surroundings are wrong: nothing was started."""
EXIT_INTERRUPTED = 130
"""Ctrl+C, as shells number it."""
EXIT_PIPE = 141
"""The reader of the output went away, as shells number it."""

_CODES: tuple[tuple[type[BaseException], int], ...] = (
    (SettingsError, EXIT_USAGE),
    (StorageError, EXIT_USAGE),
    (ReloadRefused, EXIT_JOBS),
    (PetitError, EXIT_JOBS),
    (OSError, EXIT_USAGE),
)


class UsageError(PetitError):
    """The command line asks for something that cannot be."""


def complain(text: str, *, program: str = "petit") -> None:
    """Write an error line to standard error. Line feeds are kept: a diagnostic may have several lines."""
    paint = Paint.for_stream(sys.stderr)
    print(f"{program}: {paint('error:', 'red', 'bold')} {printable(text, keep=chr(10))}", file=sys.stderr)


def exit_code_for(error: BaseException, *, program: str) -> int:
    """Explain an error that ended a command, and return the exit code."""
    if isinstance(error, click.Abort | KeyboardInterrupt):
        return EXIT_INTERRUPTED
    if isinstance(error, SystemExit):  # click's own answer to a reader that went away
        return error.code if isinstance(error.code, int) else EXIT_USAGE
    _let_go_of_output()
    if isinstance(error, BrokenPipeError):
        return EXIT_PIPE
    if isinstance(error, click.ClickException):
        return _explain_usage(error, program)
    code = EXIT_USAGE if isinstance(error, UsageError) else _code_of(error)
    complain(_sentence(error), program=program)
    if logging.getLogger().isEnabledFor(logging.DEBUG):
        traceback.print_exception(error)
    return code


def _code_of(error: BaseException) -> int:
    return next((code for kind, code in _CODES if isinstance(error, kind)), EXIT_USAGE)


def _sentence(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}: '{error.filename}'" if error.filename else error.strerror
    if isinstance(error, PetitError | OSError):
        return str(error)
    return f"internal error: {type(error).__name__}: {error} (--log-level debug shows where)"


def _explain_usage(error: click.ClickException, program: str) -> int:
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.show()
        return error.exit_code
    complain(error.format_message(), program=program)
    context = error.ctx if isinstance(error, click.UsageError) else None
    path = context.command_path if context is not None else program
    print(f"Try '{path} --help'.", file=sys.stderr)
    return error.exit_code


def _let_go_of_output() -> None:
    """Write out standard output if that can be done; Python tries once more at exit and complains."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
