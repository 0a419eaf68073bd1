"""One attempt in the keeper's care."""

from __future__ import annotations

from petit.execution.lean import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

NEVER = 1 << 62


class Attempt:
    """A process that was started for an attempt, until its end is told.

    Times ending in `_ms` are on the boot-time clock; `started_at` and `ended_at` are wall times for people.

    Attributes:
        pidfd: For a process that an earlier keeper started: how we learn of its end. -1: it was gone
            already. None: it is our child.
        timeout_at_ms: When its time is up.
        kill_at_ms: When KILL follows TERM, then when it is sent again; NEVER while nobody wants it to end.
        is_killing: Whether KILL's time has come.
        gone_at_ms: When a process that is not our child was first seen to be over, its status still unknown.
        sample_at_ms: When the sizes of its logs are looked at next.
        grown_at_ms: When one of them was last seen to have grown.
        sizes: Bytes of stdout and stderr at that time.
        is_cuttable: Whether its logs can be cut while it writes them, as far as is known.
        tag: Number that all its processes carry.
        cause: Why it was ended from outside.
        outcome: (exit code, signal, ended_at) of the main process once it is over.
        ended_ms: When that was.
        told: (pid, start time) of processes that have had their TERM.
        out_of_reach: Processes that the kernel does not let us signal.
    """

    __slots__ = (
        "cause",
        "ended_ms",
        "gone_at_ms",
        "grace_ms",
        "grown_at_ms",
        "id",
        "is_cuttable",
        "is_killing",
        "kill_at_ms",
        "kill_every_ms",
        "log_dir",
        "log_limit",
        "out_of_reach",
        "outcome",
        "pid",
        "pidfd",
        "sample_at_ms",
        "sizes",
        "started_at",
        "started_ms",
        "tag",
        "timeout_at_ms",
        "told",
    )

    def __init__(
        self,
        id_: str,
        pid: int,
        started_at: int,
        started_ms: int,
        log_dir: str,
        limits: list[Any],
    ) -> None:
        timeout_ms, self.grace_ms, self.log_limit, self.tag = limits
        self.id = id_
        self.pid = pid
        self.started_at = started_at
        self.started_ms = started_ms
        self.log_dir = log_dir
        self.timeout_at_ms = NEVER if timeout_ms is None else started_ms + timeout_ms
        self.kill_at_ms = NEVER
        self.kill_every_ms = 10
        self.is_killing = False
        self.gone_at_ms = NEVER
        self.sample_at_ms = started_ms + 100
        self.grown_at_ms = started_ms
        self.sizes = (0, 0)
        self.is_cuttable = True
        self.pidfd: int | None = None
        self.cause: str | None = None
        self.outcome: tuple[int | None, int | None, int] | None = None
        self.ended_ms = NEVER
        self.told: set[tuple[int, int]] = set()
        self.out_of_reach: set[int] = set()

    @property
    def is_over(self) -> bool:
        """Whether the main process has ended."""
        return self.outcome is not None

    @property
    def due_ms(self) -> int:
        """When it next needs attention by the clock."""
        if self.outcome is not None:
            return self.kill_at_ms
        return min(self.timeout_at_ms, self.kill_at_ms, self.sample_at_ms)

    @property
    def is_ours(self) -> bool:
        """Whether the main process is a child of this keeper."""
        return self.pidfd is None

    def next_kill_ms(self) -> int:
        """Say how long to wait before KILL is sent again: longer each time, for it may hang in the kernel."""
        self.kill_every_ms = min(2 * self.kill_every_ms, 1_000)
        return self.kill_every_ms

    def records(self) -> list[list[Any]]:
        """What the journal says of it, for a journal that begins afresh."""
        timeout_ms = None if self.timeout_at_ms == NEVER else self.timeout_at_ms - self.started_ms
        found: list[list[Any]] = [
            ["intent", self.id, self.log_dir, timeout_ms, self.grace_ms, self.log_limit, self.tag],
            ["started", self.id, self.pid, self.started_at, self.started_ms],
        ]
        if self.cause is not None:
            found.append(["ending", self.id, self.cause])
        if self.outcome is not None:
            found.append(["over", self.id, *self.outcome])
        return found

    def running(self) -> list[Any]:
        """What a hello tells of it."""
        return [self.id, self.pid, self.started_at]

    def ended(self, reap: list[int]) -> list[Any]:
        """The message that tells its end."""
        assert self.outcome is not None
        return ["ended", self.id, *self.outcome, self.cause, reap]
