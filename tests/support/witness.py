"""What really happened, told from outside Petit: tasks append a synced line when they start and end."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

_PROGRAM = Path(__file__).with_name("witness_task.py")


class Line(NamedTuple):
    """One line. `scheduled_for` is as the task saw it, "-" for none; `ticks` is when its process started."""

    kind: str
    run: str
    task: str
    attempt: int
    scheduled_for: str
    pid: int
    ticks: int


class Witness:
    """The file, and how job files name the program that writes it."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def task(self, task_id: str = "main", /, *more: str, **options: object) -> str:
        """Write a task of a job file that bears witness.

        Args:
            task_id: Its id.
            more: Further keys of the task, as "key: value".
            options: `sleep` in seconds; `exit` with a code, or with "1,1,0" by attempt; `say` text
                on stdout; `deaf` to TERM; `children` to leave behind.
        """
        words = [
            f"{name}={int(value) if isinstance(value, bool) else value}" for name, value in options.items()
        ]
        argv = ["-I", "-S", "-E", str(_PROGRAM), str(self.file), *words]
        keys = [
            f"id: {task_id}",
            f"command: {json.dumps(sys.executable)}",
            f"args: {json.dumps(argv)}",
            *more,
        ]
        return "  - " + "\n    ".join(keys) + "\n"

    def lines(self, kind: str | None = None) -> list[Line]:
        """Read what was written, in the order in which it happened."""
        if not self.file.exists():
            return []
        found = []
        for text in self.file.read_text().splitlines():
            word, run, task, attempt, scheduled_for, pid, ticks = text.split(" ")
            found.append(Line(word, run, task, int(attempt), scheduled_for, int(pid), int(ticks)))
        return [line for line in found if kind is None or line.kind == kind]

    def starts(self) -> Counter[tuple[str, str, int]]:
        """Count how often each (run, task, attempt) was started."""
        return Counter((line.run, line.task, line.attempt) for line in self.lines("start"))


def peak(lines: Iterable[Line], of: str = "task") -> int:
    """Return how many were under way at once: tasks, or ("run") runs of which some task was.

    The order of the lines is that of the events, as the file is opened for appending.
    """
    under_way: set[tuple[str, str, int]] = set()
    most = 0
    for line in lines:
        key = (line.run, line.task, line.attempt)
        if line.kind == "start":
            under_way.add(key)
        else:
            under_way.discard(key)
        most = max(most, len(under_way) if of == "task" else len({run for run, _, _ in under_way}))
    return most
