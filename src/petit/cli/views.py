"""Showing a run while it goes on: redrawn in place on a terminal, a line for each change elsewhere."""

from __future__ import annotations

import sys
import termios
from collections.abc import Sequence
from typing import Any, Protocol

from petit.cli.paint import STATUS_STYLES, Paint, printable
from petit.core.clock import Millis
from petit.core.duration import format_duration
from petit.core.states import TASK_OVER

Json = dict[str, Any]
"""A run or a task run as the API answers it."""

_MARKS = {
    "completed": "✓",
    "failed": "✗",
    "interrupted": "✗",
    "cancelled": "✗",
    "skipped": "-",
    "pending": "·",
    "retrying": "↻",
}
_FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_FRAME_MS = 100


class View(Protocol):
    """Shows what is known of a run, each time something may have changed."""

    def show(self, tasks: Sequence[Json], now: Millis) -> None:
        """Show the tasks of the run as they are at `now`."""
        ...

    def close(self) -> None:
        """Leave the last picture standing."""
        ...


def open_view() -> View:
    """Return the view that suits standard output."""
    return LiveView() if sys.stdout.isatty() else PlainView()


def elapsed_ms(thing: Json, now: Millis) -> Millis | None:
    """Return how long a run or a task has taken so far, or took; None where it never began."""
    begun = thing.get("started_at")
    return None if begun is None else max((thing.get("ended_at") or now) - begun, 0)


def remark(task: Json) -> str:
    """Return what is to be said of a task beside its status."""
    said: list[str] = []
    if task.get("attempts", 0) > 1:
        said.append(f"attempt {task['attempts']}")
    if task.get("reused_from"):
        said.append("reused")
    reason = task.get("error") or task.get("reason")
    if reason:
        said.append(printable(str(reason)))
    return ", ".join(said)


class PlainView:
    """Writes a line whenever a task's state changes."""

    def __init__(self) -> None:
        self._paint = Paint.for_stream()
        self._shown: dict[str, tuple[str, int]] = {}

    def show(self, tasks: Sequence[Json], now: Millis) -> None:
        """Write what has changed."""
        width = max((len(task["task_id"]) for task in tasks), default=0)
        for task in tasks:
            state = (task["status"], task.get("attempts", 0))
            if self._shown.get(task["task_id"], ("pending", 0)) == state:
                continue
            self._shown[task["task_id"]] = state
            print(self._line(task, width, now), flush=True)

    def _line(self, task: Json, width: int, now: Millis) -> str:
        took = elapsed_ms(task, now) if task["status"] in TASK_OVER else None
        words = [
            f"  {task['task_id']:{width}}",
            self._paint.status(f"{task['status']:11}"),
            f"{'' if took is None else format_duration(took):>9}",
            self._paint(remark(task), "dim"),
        ]
        return "  ".join(words).rstrip()

    def close(self) -> None:
        """Nothing is left to write."""


class LiveView:
    """Draws all tasks with their state and time, several times a second, in place."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.live import Live

        self._echo = QuietEcho()
        self._live = Live(console=Console(highlight=False), auto_refresh=False, vertical_overflow="ellipsis")
        self._live.start()

    def show(self, tasks: Sequence[Json], now: Millis) -> None:
        """Draw the run anew."""
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
        table.add_column(no_wrap=True)
        table.add_column(no_wrap=True)
        table.add_column(no_wrap=True)
        table.add_column(justify="right", no_wrap=True)
        table.add_column(overflow="ellipsis", no_wrap=True)
        for task in tasks:
            status = task["status"]
            took = elapsed_ms(task, now)
            mark = (
                _FRAMES[now // _FRAME_MS % len(_FRAMES)] if status == "running" else _MARKS.get(status, " ")
            )
            style = STATUS_STYLES.get(status, "")
            table.add_row(
                Text(mark, style),
                Text(task["task_id"]),
                Text(status, style),
                Text("" if took is None else format_duration(took)),
                Text(remark(task), "dim"),
            )
        self._live.update(table, refresh=True)

    def close(self) -> None:
        """Leave the last picture standing."""
        self._live.stop()
        self._echo.restore()


class QuietEcho:
    """Keeps the terminal from writing `^C` into the picture, where it could move it by a line."""

    def __init__(self) -> None:
        self._before: list[Any] | None = None
        try:
            self._before = termios.tcgetattr(sys.stdin)
        except (termios.error, ValueError, OSError):
            return  # standard input is no terminal
        quiet = termios.tcgetattr(sys.stdin)
        quiet[3] &= ~termios.ECHOCTL
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, quiet)

    def restore(self) -> None:
        """Let the terminal be as it was."""
        if self._before is not None:
            termios.tcsetattr(sys.stdin, termios.TCSADRAIN, self._before)
