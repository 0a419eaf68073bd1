"""What text looks like on a screen: colours on terminals only, and nothing that a terminal would obey."""

from __future__ import annotations

import os
import shutil
import sys
import unicodedata
from collections.abc import Mapping
from typing import Literal, TextIO

Style = Literal["bold", "dim", "red", "green", "yellow", "cyan"]

_CODES: dict[Style, str] = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}
_UNSAFE = {"Cc", "Cf", "Cs", "Zl", "Zp"}

STATUS_STYLES: dict[str, Style] = {
    "pending": "dim",
    "running": "cyan",
    "retrying": "yellow",
    "completed": "green",
    "failed": "red",
    "interrupted": "red",
    "skipped": "dim",
    "cancelled": "yellow",
}


def is_coloured(stream: TextIO, environ: Mapping[str, str] = os.environ) -> bool:
    """Say whether to colour what goes to `stream`: a terminal, not a dumb one, and no NO_COLOR."""
    return stream.isatty() and not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"


class Paint:
    """Colours text for one stream, or leaves it as it is."""

    def __init__(self, *, is_on: bool) -> None:
        self._is_on = is_on

    @classmethod
    def for_stream(cls, stream: TextIO | None = None) -> Paint:
        """Make the paint for a stream, standard output by default."""
        return cls(is_on=is_coloured(stream or sys.stdout))

    def __call__(self, text: str, *styles: Style | None) -> str:
        """Return `text` in these styles."""
        codes = ";".join(_CODES[style] for style in styles if style is not None)
        return f"\x1b[{codes}m{text}\x1b[0m" if self._is_on and codes and text else text

    def status(self, status: str) -> str:
        """Return a status in its colour."""
        return self(status, STATUS_STYLES.get(status))


def printable(text: str, *, keep: str = "") -> str:
    r"""Return `text` with what a terminal would obey written out: an escape becomes `\x1b`.

    Args:
        text: Anything, from a job file or a task's output.
        keep: Control characters to leave, a line feed or a tabulator say.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        char if char in keep or unicodedata.category(char) not in _UNSAFE else _written_out(char)
        for char in text
    )


def _written_out(char: str) -> str:
    return char.encode("unicode_escape", "backslashreplace").decode("ascii")


def cells(text: str) -> int:
    """Return how many columns `text` takes on a terminal."""
    if text.isascii():
        return len(text)
    return sum(_cell(char) for char in text)


def _cell(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def clipped(text: str, width: int) -> str:
    """Return `text` cut to `width` columns, with an ellipsis where something was cut."""
    if cells(text) <= width:
        return text
    room, kept = width - 1, ""
    for char in text:
        room -= _cell(char)
        if room < 0:
            break
        kept += char
    return f"{kept}…"


def screen_width(stream: TextIO | None = None) -> int | None:
    """Return the columns of a terminal; None for files and pipes, which get whole lines."""
    return shutil.get_terminal_size().columns if (stream or sys.stdout).isatty() else None
