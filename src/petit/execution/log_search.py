"""Searching a log in a process of its own: started, listened to, ended."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import BinaryIO

from petit.core.log_search import BadPattern, Wanted
from petit.execution.logs import LogFile

TICK_S = 1.0
"""How often a search looks at itself, in seconds of the processor."""

WHOLE_TICKS = 30
"""What a search may take."""

STUCK_TICKS = 2
"""What it may take of these for one line."""

_PROGRAM = (
    "import sys; sys.path.append(sys.argv[1]); from petit.execution.log_search_program import main; main()"
)
_HOME = str(Path(__file__).parents[2])
_FOR_THE_LOADER = ("LD_LIBRARY_PATH",)  # some interpreters do not start without
_BLOCK = 64 * 1024


class LogSearch:
    """A search that goes on. Made by `start`; closed by whoever started it."""

    def __init__(self, pid: int) -> None:
        self._pid: int | None = pid
        self._reader = asyncio.StreamReader(limit=_BLOCK)
        self._transport: asyncio.ReadTransport | None = None
        self._unread = b""
        self._lines = 0
        self._is_over = False

    @classmethod
    async def start(cls, path: Path, wanted: Wanted) -> LogSearch:
        """Start to search a log as it is now.

        Raises:
            FileNotFoundError: Nothing was written, or it is gone.
            BadPattern: What is looked for is no pattern.
            OSError: No process can be started.
        """
        pid, output = _spawn(path, wanted)
        search = cls(pid)
        try:
            await search._listen(os.fdopen(output, "rb", buffering=0))
        except BaseException:
            search.close()
            raise
        return search

    async def _listen(self, output: BinaryIO) -> None:
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(self._reader), output
        )
        word, _, rest = (await self._reader.readline()).partition(b" ")
        if word == b"bad":
            raise BadPattern(json.loads(rest))

    async def read(self) -> bytes:
        """Return whole lines, an object each: hits as they are found, and the end. Nothing behind the end."""
        while not self._is_over:
            data = await self._reader.read(_BLOCK)
            self._unread += data
            whole, feed, rest = self._unread.rpartition(b"\n")
            self._unread = rest
            if feed:
                self._lines += whole.count(b"\n") + 1
                self._is_over = whole.rpartition(b"\n")[2].startswith(b'{"type":"end"')
                return whole + feed
            if not data:  # it was ended from outside, or has failed
                self._is_over = True
                end = {"count": self._lines, "shown": self._lines, "is_complete": False, "stopped": "failed"}
                return json.dumps({"type": "end", **end}, separators=(",", ":")).encode() + b"\n"
        return b""

    def close(self) -> None:
        """End it, wherever it is. Closing twice is harmless."""
        pid, self._pid = self._pid, None
        if pid is not None:
            if self._transport is not None:
                self._transport.close()
            os.kill(pid, signal.SIGKILL)
            asyncio.get_running_loop().run_in_executor(None, os.waitpid, pid, 0)


def _spawn(path: Path, wanted: Wanted) -> tuple[int, int]:
    """Start the program; return its pid and what to read from."""
    with LogFile(path) as log:
        task = {
            "path": str(path),
            "size": log.size,
            "gap": log.dropped,
            "wanted": wanted._asdict(),
            "clock": (TICK_S, WHOLE_TICKS, STUCK_TICKS),
        }
    (its_input, to_it), (from_it, its_output) = os.pipe(), os.pipe()
    try:
        os.write(to_it, json.dumps(task).encode())  # a pipe holds far more
        pid = os.posix_spawn(
            sys.executable,
            [sys.executable, "-I", "-S", "-E", "-X", "utf8", "-c", _PROGRAM, _HOME],
            {name: os.environ[name] for name in _FOR_THE_LOADER if name in os.environ},
            file_actions=[(os.POSIX_SPAWN_DUP2, its_input, 0), (os.POSIX_SPAWN_DUP2, its_output, 1)],
            setsid=True,
            setsigmask=(),
        )
    except BaseException:
        os.close(from_it)
        raise
    finally:
        for fd in (its_input, to_it, its_output):
            os.close(fd)
    return pid, from_it
