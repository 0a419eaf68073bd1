"""The executor contract: what runs one attempt, here or on another machine.

An executor promises exactly one `Ended` or `CouldNotStart` for each attempt that it accepted, in whatever
process or host the attempt ran, also when the engine that submitted it is gone and another adopts it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import msgspec

from petit.core.clock import Millis
from petit.core.ids import AttemptId


class AttemptSpec(msgspec.Struct, frozen=True, array_like=True):
    """All that an executor needs to know to run one attempt.

    Attributes:
        id: Attempt id; submitting the same one twice starts one process.
        argv: Program and arguments; no shell is involved. A program without a slash is looked up on the PATH
            of `env`.
        env: The whole environment of the process; nothing is inherited.
        cwd: Working directory; None means the one the executor was started in.
        log_dir: Directory for the attempt's `stdout` and `stderr` files; the executor makes it.
        timeout_ms: Running time after which the attempt is ended; None means never.
        grace_ms: Time between TERM and KILL.
        log_limit: Bytes kept of each stream: half at the head, half at the tail.
    """

    id: AttemptId
    argv: tuple[str, ...]
    env: dict[str, str]
    cwd: str | None
    log_dir: str
    timeout_ms: Millis | None = None
    grace_ms: Millis = 10_000
    log_limit: int = 10 * 1024 * 1024


class Started(msgspec.Struct, frozen=True):
    """The process of an attempt exists."""

    attempt: AttemptId
    pid: int
    started_at: Millis


class CouldNotStart(msgspec.Struct, frozen=True):
    """No process came to be; `error` is a sentence for people, `errno` the kernel's number (0: none)."""

    attempt: AttemptId
    error: str
    errno: int
    at: Millis


class Ended(msgspec.Struct, frozen=True):
    """The main process is over and what it left behind is gone.

    Attributes:
        attempt: Attempt id.
        exit_code: Exit status, or None when a signal ended the process or the status is unknown.
        signal: Signal number that ended the main process, else None.
        ended_at: When the main process ended (not its leftovers).
        cause: Why it was ended from outside: "timeout", "cancelled", "lost" (nobody can know its status), or
            None.
    """

    attempt: AttemptId
    exit_code: int | None
    signal: int | None
    ended_at: Millis
    cause: str | None = None


Report = Started | CouldNotStart | Ended


class Adopted(msgspec.Struct, frozen=True):
    """What an executor still holds of an earlier engine's attempts: what runs, what ended meanwhile."""

    running: tuple[Started, ...]
    ended: tuple[Ended | CouldNotStart, ...]


class Executor(Protocol):
    """Runs attempts. Reports arrive on the event loop, in batches, in the order they happened.

    Attributes:
        keeper_pid: The process beside this one that keeps the attempts'; None where there is none.
    """

    name: str
    keeper_pid: int | None

    async def start(self, on_reports: Callable[[list[Report]], None]) -> Adopted:
        """Begin, reporting to `on_reports` from now on; return what an earlier engine left.

        Ends in the answer are not reported again, but must be acknowledged like any other.
        """
        ...

    def submit(self, specs: list[AttemptSpec]) -> None:
        """Start attempts. Returns at once; what came of it is reported.

        Never raises for what one attempt got wrong.
        """
        ...

    def cancel(self, attempt: AttemptId) -> None:
        """End an attempt: TERM to its tree, its grace, KILL. Unknown or ended attempts are left alone."""
        ...

    def acknowledge(self, attempts: list[AttemptId]) -> None:
        """Say that the ends of these attempts are stored; the executor may forget them."""
        ...

    async def close(self, *, leave_running: bool) -> None:
        """Let go. With `leave_running`, attempts go on for the next engine; without, they are ended first."""
        ...
