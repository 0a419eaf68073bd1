"""The program that searches a log, a process for each search: a pattern may take for ever.

It can be ended, and nobody else waits for it. It reads what it is to do from standard input, and writes `ok`,
or `bad` and a reason, then an object for each hit and one at the end, a line each. It is bounded in the
processor's time and in memory; what is stuck in one line is given up soon. Standard library only.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
import warnings
from types import FrameType
from typing import Any

from petit.core.log_search import BadPattern, Search, Wanted

MEMORY = 512 * 1024 * 1024


class GaveUp(Exception):
    """It takes too long: "time" in all, or "pattern" in one line."""


class Clock:
    """Looks now and then whether the search goes on; matching is interrupted for it.

    Args:
        tick_s: How often, in seconds of the processor.
        whole: Ticks that the search may take.
        stuck: Ticks that it may be in one line.
    """

    def __init__(self, tick_s: float, whole: int, stuck: int) -> None:
        self.search: Search | None = None
        self._left = whole
        self._patience = stuck
        self._stuck = 0
        self._at = -1
        self._parent = os.getppid()
        signal.signal(signal.SIGPROF, self._look)
        signal.setitimer(signal.ITIMER_PROF, tick_s, tick_s)

    def stop(self) -> None:
        """Look no more."""
        signal.setitimer(signal.ITIMER_PROF, 0)

    def _look(self, _signal: int, _frame: FrameType | None) -> None:
        if os.getppid() != self._parent:
            os._exit(1)  # nobody is left to tell
        at = -1 if self.search is None else self.search.at
        self._stuck = self._stuck + 1 if at == self._at else 0
        self._at = at
        self._left -= 1
        if self._stuck >= self._patience:
            raise GaveUp("pattern")
        if self._left <= 0:
            raise GaveUp("time")


def main() -> None:
    """Search, and tell what was found."""
    os.nice(10)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # who asked has gone
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    warnings.simplefilter("ignore")  # those of `re` are about somebody else's patterns
    task = json.load(sys.stdin)
    clock = Clock(*task["clock"])
    fd = os.open(task["path"], os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    gap = None if task["gap"] is None else (task["gap"][0], task["gap"][1])
    wanted = Wanted(**task["wanted"])
    try:
        search = Search(lambda offset, length: os.pread(fd, length, offset), task["size"], gap, wanted)
    except (BadPattern, GaveUp, MemoryError) as error:
        reason = str(error) if isinstance(error, BadPattern) else "it is too much"
        _write(b"bad " + _encode(reason))
        return
    clock.search = search
    _write(b"ok\n")
    _tell(search, clock, wanted.limit)


def _tell(search: Search, clock: Clock, limit: int) -> None:
    stopped = None
    try:
        for hit in search.hits():
            _write(_encode({"type": "hit", **hit._asdict()}))
    except GaveUp as why:
        stopped = str(why)
    except MemoryError:
        stopped = "pattern"
    clock.stop()
    end = {
        "type": "end",
        "count": search.count,
        "shown": min(search.count, limit),
        "is_complete": stopped is None,
        "stopped": stopped,
    }
    _write(_encode(end))


def _encode(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _write(data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(1, rest) :]
