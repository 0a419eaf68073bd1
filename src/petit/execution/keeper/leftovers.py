"""Finding what main processes leave behind.

The keeper is a subreaper: whatever a main process leaves running becomes the keeper's child, directly or
below one that is. So there are leftovers if and only if the keeper has a child that it did not spawn.
Children are never reaped between being found and being signalled, so their pids are theirs.

An ordinary task must pay nothing for this. A task that lived shortly can only have left processes whose pids
were given out meanwhile: usually a handful, tried one by one. After a long life all pids are tried, once for
all that end together.
"""

from __future__ import annotations

import os

from petit.execution import tree
from petit.execution.lean import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from petit.execution.keeper.attempts import Attempt

MANY_PIDS = 200
# Within this time the kernel cannot have given out all its pids once around (32,768 at the least).
SHORT_LIFE_MS = 1_000


def strays(ended: Iterable[Attempt], known: Collection[int], now_ms: int) -> set[int]:
    """Return the children that the keeper did not spawn, as far as these attempts can have left them.

    Args:
        ended: Attempts whose main process is over.
        known: Pids of the children that were spawned.
        now_ms: Boot time.
    """
    candidates: set[int] = set()
    last = tree.last_pid()
    for attempt in ended:
        span = (last or 0) - attempt.pid
        is_short = (
            last is not None and 0 <= span <= MANY_PIDS and now_ms - attempt.started_ms <= SHORT_LIFE_MS
        )
        if not is_short:
            candidates = {int(name) for name in os.listdir("/proc") if name.isdecimal()}
            break
        candidates.update(range(attempt.pid + 1, attempt.pid + 1 + span))
    return {pid for pid in candidates if pid not in known and tree.is_child(pid)}


def owner(stray: tree.Process, attempts: Collection[Attempt]) -> Attempt | None:
    """Return the attempt that a stray process comes from, or None while that cannot be told.

    Its tag tells, or its session or group. For one that has shed all of them only the time is left: it comes
    from an attempt that ran when it was started. If several did, the last of them to end takes it along.
    """
    tag = tree.tag_of(stray.pid)
    for attempt in attempts:
        if attempt.tag == tag or attempt.pid in (stray.session, stray.group):
            return attempt
    possible = [a for a in attempts if a.started_ms - 30 <= stray.start_ms <= a.ended_ms + 30]
    possible = possible or list(attempts)
    if len(possible) == 1 or (possible and all(a.is_over for a in possible)):
        return possible[0]
    return None
