"""Reading a directory of job files for a command, and showing what is wrong with them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from petit.cli.failures import UsageError

if TYPE_CHECKING:
    from petit.config.diagnostics import Diagnostic


def jobs_directory(directory: Path) -> Path:
    """Return DIR as an absolute path. Links in it stay: they may be switched while a scheduler runs.

    Raises:
        UsageError: It is not there, or no directory.
    """
    if not directory.exists():
        raise UsageError(f"no such directory: '{directory}'")
    if not directory.is_dir():
        raise UsageError(f"'{directory}' is no directory")
    return directory.absolute()


def print_problems(diagnostics: Sequence[Diagnostic]) -> None:
    """Write diagnostics to standard error, each with its line and caret."""
    from petit.config.diagnostics import as_text

    if diagnostics:
        print(as_text(diagnostics), end="\n\n", file=sys.stderr)


def counted(count: int, noun: str) -> str:
    """Return "1 job", "2 jobs"."""
    return f"{count} {noun}{'' if count == 1 else 's'}"
