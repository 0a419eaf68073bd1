"""How attempts end: their trees signalled, their leftovers hunted, their ends told last.

An attempt is over when its main process is; its end is told when nothing of it is left.
"""

from __future__ import annotations

import os

from petit.execution import tree
from petit.execution.keeper import leftovers
from petit.execution.keeper.attempts import NEVER, Attempt
from petit.execution.keeper.clock import wall_ms
from petit.execution.lean import TYPE_CHECKING, signal

if TYPE_CHECKING:
    from collections.abc import Callable

LEFTOVER_GRACE_MS = 2_000
FOREIGN_LOOK_MS = 50
STATUS_WAIT_MS = 2_000


class Endings:
    """Ends attempts and finds out when nothing is left of them.

    Args:
        attempts: All attempts whose end is not told, by id.
        children: Those whose main process is an unreaped child of ours, by pid.
        tell: Called with each attempt of which nothing is left.
        note: Called with journal records.
    """

    def __init__(
        self,
        attempts: dict[str, Attempt],
        children: dict[int, Attempt],
        tell: Callable[[Attempt], None],
        note: Callable[[list[object]], None],
    ) -> None:
        self._attempts = attempts
        self._children = children
        self._tell = tell
        self._note = note
        self._unsettled: list[Attempt] = []
        self._lingering: list[Attempt] = []
        self._strays: dict[int, Attempt | None] = {}

    def begin(self, attempt: Attempt, cause: str, now_ms: int) -> None:
        """End an attempt whose main process runs: TERM to its tree now, KILL after its grace."""
        if attempt.is_over or attempt.kill_at_ms != NEVER:
            return
        attempt.cause = attempt.cause or cause
        attempt.kill_at_ms = now_ms + attempt.grace_ms
        self._note(["ending", attempt.id, attempt.cause])
        self._signal(attempt, self._tree_now(attempt))

    def kill(self, attempt: Attempt, now_ms: int) -> None:
        """Its grace is over: KILL to what is left of it, again and again until nothing is."""
        attempt.is_killing = True
        attempt.kill_at_ms = now_ms + attempt.next_kill_ms()
        self._signal(attempt, self._tree_now(attempt))

    def reaped(self, pid: int) -> None:
        """A child that was not spawned is over and reaped: from now on its pid may be anyone's."""
        self._strays.pop(pid, None)

    def over(self, attempt: Attempt, status: int | None, now_ms: int) -> None:
        """The main process is over; `status` is its wait status, None if nobody knows."""
        code: int | None = None
        number: int | None = None
        if status is None:
            attempt.cause = attempt.cause or "lost"
        elif os.WIFSIGNALED(status):
            number = os.WTERMSIG(status)
        else:
            code = os.WEXITSTATUS(status)
        self.was_over(attempt, (code, number, wall_ms()), now_ms)

    def was_over(self, attempt: Attempt, outcome: tuple[int | None, int | None, int], now_ms: int) -> None:
        """The main process ended like this; leftovers are looked for at the next `settle`."""
        attempt.outcome = outcome
        attempt.ended_ms = now_ms
        self._unsettled.append(attempt)

    def look_for_status(self, attempt: Attempt, now_ms: int) -> None:
        """A process that is not our child is over: ask the kernel how, for a while."""
        assert attempt.pidfd is not None
        attempt.gone_at_ms = min(attempt.gone_at_ms, now_ms)
        status = tree.exit_status(attempt.pid, attempt.pidfd)
        if status is not None or now_ms - attempt.gone_at_ms > STATUS_WAIT_MS:
            self.over(attempt, status, now_ms)
        else:
            attempt.sample_at_ms = now_ms + FOREIGN_LOOK_MS

    def settle(self, now_ms: int) -> int:
        """Tell the ends of attempts of which nothing is left; hunt what is left of the others.

        Returns:
            When to come again at the latest (boot-time ms).
        """
        if not self._unsettled and not self._lingering:
            return NEVER
        ended = self._unsettled + self._lingering
        if all(attempt.is_ours for attempt in ended) and not self._new_strays(ended, now_ms):
            self._unsettled.clear()
            self._lingering.clear()
            for attempt in ended:
                self._tell(attempt)
            return NEVER
        return self._hunt(ended, now_ms)

    def _new_strays(self, ended: list[Attempt], now_ms: int) -> bool:
        """Look for strays; say whether there are some that do not belong to an attempt that still runs."""
        for pid in leftovers.strays(ended, self._children, now_ms):
            self._strays.setdefault(pid, None)
        return any(a is None or a.is_over for a in self._strays.values())

    def _hunt(self, ended: list[Attempt], now_ms: int) -> int:
        processes = tree.snapshot()
        self._find_owners(processes)
        news = self._unsettled
        self._unsettled, self._lingering = [], []
        due_ms = NEVER
        for attempt in ended:
            if attempt.kill_at_ms == NEVER:
                attempt.kill_at_ms = now_ms + LEFTOVER_GRACE_MS
            left = [p for p in self._tree_of(attempt, processes) if p.pid not in attempt.out_of_reach]
            if not left:
                self._tell(attempt)
                continue
            attempt.is_killing = attempt.is_killing or now_ms >= attempt.kill_at_ms
            self._signal(attempt, left)
            self._lingering.append(attempt)
            if attempt in news and attempt.outcome is not None:
                self._note(["over", attempt.id, *attempt.outcome])
            # Children of ours announce their end; for others, and for those that outrun a signal, we must
            # look.
            wait_ms = attempt.next_kill_ms() if attempt.is_killing else FOREIGN_LOOK_MS
            is_announced = attempt.is_ours and not attempt.is_killing
            due_ms = min(due_ms, attempt.kill_at_ms if is_announced else now_ms + wait_ms)
        return due_ms

    def _tree_now(self, attempt: Attempt) -> list[tree.Process]:
        processes = tree.snapshot()
        self._find_owners(processes)
        return self._tree_of(attempt, processes)

    def _tree_of(self, attempt: Attempt, processes: dict[int, tree.Process]) -> list[tree.Process]:
        """Return all processes of an attempt, and its dead ones that we have not reaped.

        The latter count as left: one that forked and died while the snapshot was taken may be all that is
        seen of a chain. Whatever it left is our child by now, so the look after its reaping finds it.
        """
        roots = set() if attempt.is_over or attempt.gone_at_ms != NEVER else {attempt.pid}
        if attempt.is_ours:
            roots.update(pid for pid, whose in self._strays.items() if whose is attempt)
        else:
            roots.update(p.pid for p in processes.values() if _is_of_session(attempt, p))
            roots.update(p.pid for p in tree.tagged(processes.values(), attempt.tag))
        me = os.getpid()
        return [p for p in tree.descendants(processes, roots) if not p.is_dead or p.parent == me]

    def _find_owners(self, processes: dict[int, tree.Process]) -> None:
        """Ask of each stray whose it is, once it can be told for good."""
        me = os.getpid()
        ours = [attempt for attempt in self._attempts.values() if attempt.is_ours]
        for process in processes.values():
            if process.parent == me and process.pid not in self._children:
                known = self._strays.get(process.pid)
                if known is None or known.id not in self._attempts:
                    self._strays[process.pid] = leftovers.owner(process, ours)

    def _signal(self, attempt: Attempt, processes: list[tree.Process]) -> None:
        """Send TERM once to each process, or KILL if it is time for that."""
        number = signal.SIGKILL if attempt.is_killing else signal.SIGTERM
        self._signal_groups(attempt, processes, number)
        for process in processes:
            identity = (process.pid, process.start_ms)
            if not attempt.is_killing and identity in attempt.told:
                continue
            attempt.told.add(identity)
            try:
                tree.send(process, number)
                if process.state == "T":
                    tree.send(process, signal.SIGCONT)  # a stopped process could not act on its TERM
            except PermissionError:
                attempt.out_of_reach.add(process.pid)

    def _signal_groups(self, attempt: Attempt, processes: list[tree.Process], number: int) -> None:
        """Signal whole groups, which nothing can fork away from, where a child proves whose they are.

        A child that is not reaped keeps its group's number from being given to another.
        """
        groups = set()
        if attempt.pid in self._children:
            groups.add(attempt.pid)
        if attempt.is_killing:
            me = os.getpid()
            groups.update(p.group for p in processes if p.parent == me and p.group not in self._children)
        groups.discard(os.getpgid(0))
        for group in groups:
            try:
                os.killpg(group, number)
            except (ProcessLookupError, PermissionError):
                continue
        if number == signal.SIGTERM:
            attempt.told.update(
                (p.pid, p.start_ms) for p in processes if p.group in groups and p.state != "T"
            )


def _is_of_session(attempt: Attempt, process: tree.Process) -> bool:
    """Whether a process is of the session that the main process led.

    Once the main process is reaped, its number may come to lead another session: only those that started
    before its end count then; later ones are found as their children or by their tag.
    """
    last = min(attempt.ended_ms, attempt.gone_at_ms)
    return process.session == attempt.pid and attempt.started_ms - 30 <= process.start_ms <= last
