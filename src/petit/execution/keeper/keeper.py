"""What the keeper does, apart from talking: it starts attempts, watches over them, remembers their ends."""

from __future__ import annotations

import os

from petit.execution import process, tree
from petit.execution.keeper import bounds
from petit.execution.keeper.attempts import NEVER, Attempt
from petit.execution.keeper.clock import boot_ms, boot_ns, wall_ms
from petit.execution.keeper.endings import Endings
from petit.execution.keeper.journal import Journal, Past, read_past
from petit.execution.lean import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

LONG_AGO_MS = 0  # an end that nobody saw: since then its number may have come to lead another session
STARTS_A_TURN = 8  # then ends are looked for and what happened is told


class Keeper:
    """The attempts in the keeper's care. All calls come from its one thread.

    Attributes:
        out: Messages for the engine, in the order they happened.
        attempts: Attempts whose end is not told, by id.
        ends: Messages of ends that no engine has acknowledged, by attempt id.
        watched: Processes that an earlier keeper started, by pidfd.
        is_closing: Nothing more is started.
    """

    def __init__(self, directory_fd: int) -> None:
        self.out: list[list[Any]] = []
        self.attempts: dict[str, Attempt] = {}
        self.ends: dict[str, list[Any]] = {}
        self.watched: dict[int, Attempt] = {}
        self.is_closing = False
        self._home_fd = directory_fd
        self._waiting: dict[str, list[Any]] = {}
        self._children: dict[int, Attempt] = {}
        self._next_due_ms = NEVER
        self._endings = Endings(self.attempts, self._children, self._tell_end, self._note)
        self.boot_id = tree.boot_id()
        self._journal = Journal(directory_fd, self.boot_id)
        self._adopt(read_past(directory_fd))
        self._endings.settle(boot_ms())  # so that the first hello knows what is gone
        self._journal.begin(self._records())

    def leave(self) -> None:
        """Tidy up: only ends that nobody has acknowledged stay behind, in the journal."""
        self._journal.begin(self._records())

    # From the engine.

    def submit(self, message: list[Any]) -> None:
        """Take a spawn message; one for an attempt that is known is ignored."""
        id_ = message[1]
        if id_ in self.attempts or id_ in self.ends or id_ in self._waiting:
            return
        self._waiting[id_] = message

    def cancel(self, id_: str) -> None:
        """End an attempt; one that has ended by itself keeps its own end."""
        self.reap()
        if self._waiting.pop(id_, None) is not None:
            self._end(id_, ["ended", id_, None, None, wall_ms(), "cancelled", []])
        elif id_ in self.attempts:
            self._endings.begin(self.attempts[id_], "cancelled", boot_ms())
            self._next_due_ms = 0

    def acknowledge(self, ids: list[str]) -> None:
        """The engine has stored these ends: forget them."""
        for id_ in ids:
            self.ends.pop(id_, None)
        self._note(["ack", ids])

    def end_all(self) -> None:
        """Start nothing more and end what runs."""
        self.is_closing = True
        for id_ in [*self._waiting, *self.attempts]:
            self.cancel(id_)

    def running(self) -> list[list[Any]]:
        """What a hello tells of the attempts that run."""
        return [attempt.running() for attempt in self.attempts.values()]

    # By itself.

    @property
    def is_busy(self) -> bool:
        """Whether something runs or waits to be started."""
        return bool(self.attempts or self._waiting)

    def due_in_ms(self) -> int:
        """How long nothing has to be done unless something happens."""
        if self._waiting:
            return 0
        return max(0, self._next_due_ms - boot_ms()) if self._next_due_ms != NEVER else NEVER

    def turn(self, *, is_connected: bool) -> None:
        """Do what there is to do and write down what came of it."""
        if self._waiting:
            self._start_some()
        now_ms = boot_ms()
        if now_ms >= self._next_due_ms:
            self._attend_due(now_ms)
        self._next_due_ms = min(self._next_due_ms, self._endings.settle(now_ms))
        self._write_journal(is_synced=not is_connected)

    def reap(self) -> None:
        """Collect the children that have ended."""
        now_ms = boot_ms()
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            attempt = self._children.pop(pid, None)
            if attempt is None:
                self._endings.reaped(pid)
            else:
                self._endings.over(attempt, status, now_ms)

    def foreign_ended(self, pidfd: int) -> None:
        """A process that an earlier keeper started is over."""
        attempt = self.watched.pop(pidfd)
        self._endings.look_for_status(attempt, boot_ms())
        self._next_due_ms = 0

    def _start_some(self) -> None:
        batch: list[list[Any]] = []
        while self._waiting and len(batch) < STARTS_A_TURN:
            id_ = next(iter(self._waiting))
            batch.append(self._waiting.pop(id_))
        for message in batch:
            _, id_, _, _, _, log_dir, *limits = message
            message.append(boot_ns())  # its tag
            self._note(["intent", id_, log_dir, *limits, message[-1]])
        if (error := self._journal.write()) is not None:
            for message in batch:
                self._journal.forget_last()
                self._fail(
                    message[1], f"the keeper cannot write its journal: {os.strerror(error.errno or 0)}", error
                )
            return
        for message in batch:
            self._start(message)

    def _start(self, message: list[Any]) -> None:
        _, id_, argv, env, cwd, log_dir, *limits = message
        started_ms, started_at = boot_ms(), wall_ms()
        try:
            pid = process.spawn(argv, env, cwd, log_dir, tag=limits[3], home_fd=self._home_fd)
        except process.StartError as e:
            self._fail(id_, e.error, e)
            return
        attempt = Attempt(id_, pid, started_at, started_ms, log_dir, limits)
        self.attempts[id_] = self._children[pid] = attempt
        self._next_due_ms = min(self._next_due_ms, attempt.due_ms)
        self._note(["started", id_, pid, started_at, started_ms])
        self.out.append(["started", id_, pid, started_at])

    def _attend_due(self, now_ms: int) -> None:
        for attempt in list(self.attempts.values()):
            if attempt.due_ms <= now_ms:
                self._attend(attempt, now_ms)
        self._next_due_ms = min((attempt.due_ms for attempt in self.attempts.values()), default=NEVER)

    def _attend(self, attempt: Attempt, now_ms: int) -> None:
        if attempt.is_over:
            return  # settle looks after it
        if attempt.gone_at_ms != NEVER:
            self._endings.look_for_status(attempt, now_ms)
            return
        if attempt.timeout_at_ms <= now_ms:
            attempt.timeout_at_ms = NEVER
            self._endings.begin(attempt, "timeout", now_ms)
        if attempt.kill_at_ms <= now_ms:
            self._endings.kill(attempt, now_ms)
        if attempt.sample_at_ms <= now_ms:
            bounds.sample(attempt, now_ms)

    # Remembering and telling.

    def _write_journal(self, *, is_synced: bool) -> None:
        """Write what was noted. A full or broken disk stops nothing that runs: it is tried again."""
        try:
            self._journal.write()
            if is_synced:
                self._journal.sync()
            if self._journal.is_long:
                self._journal.begin(self._records())
        except OSError:
            return

    def _note(self, record: list[Any]) -> None:
        self._journal.note(record)

    def _fail(self, id_: str, error: str, reason: process.StartError | OSError) -> None:
        self._end(id_, ["failed", id_, error, reason.errno or 0, wall_ms()])

    def _tell_end(self, attempt: Attempt) -> None:
        bounds.finish(attempt)
        to_reap = [] if attempt.is_ours else [attempt.pid, *(pid for pid, _ in attempt.told)]
        if attempt.pidfd is not None and attempt.pidfd >= 0:
            os.close(attempt.pidfd)
        del self.attempts[attempt.id]
        self._end(attempt.id, attempt.ended(to_reap))

    def _end(self, id_: str, message: list[Any]) -> None:
        self._note(message)
        self.ends[id_] = message
        self.out.append(message)

    def _records(self) -> list[list[Any]]:
        records = [record for attempt in self.attempts.values() for record in attempt.records()]
        return [*records, *self.ends.values()]

    # After an earlier keeper's death.

    def _adopt(self, past: Past) -> None:
        self.ends.update(past.ends)
        is_same_boot = past.boot_id == self.boot_id
        for id_, (_, _, log_dir, *limits) in past.intents.items():
            started = past.started.get(id_) or (_search(id_, limits[3]) if is_same_boot else None)
            over = past.overs.get(id_)
            if is_same_boot and started is not None:
                _, _, pid, started_at, started_ms = started
                attempt = Attempt(id_, pid, started_at, started_ms, log_dir, limits)
                self._resume(attempt, over, past.endings.get(id_))
            else:
                outcome = over[2:5] if over else [None, None, wall_ms()]
                self.ends[id_] = ["ended", id_, *outcome, None if over else "lost", []]

    def _resume(self, attempt: Attempt, over: list[Any] | None, ending: list[Any] | None) -> None:
        """Watch over an attempt that an earlier keeper started."""
        now_ms = boot_ms()
        self._next_due_ms = 0
        self.attempts[attempt.id] = attempt
        attempt.pidfd = -1
        if over is not None:
            attempt.cause = ending[2] if ending else None
            self._endings.was_over(attempt, (over[2], over[3], over[4]), LONG_AGO_MS)
            return
        attempt.pidfd = _open(attempt)
        if attempt.pidfd < 0:
            self._endings.over(attempt, None, LONG_AGO_MS)
            return
        self.watched[attempt.pidfd] = attempt
        if ending is not None:
            self._endings.begin(attempt, ending[2], now_ms)


def _open(attempt: Attempt) -> int:
    """Return a pidfd of an attempt's main process, or -1 if it is gone."""
    try:
        pidfd = os.pidfd_open(attempt.pid)
    except OSError:
        return -1
    if tree.is_same(attempt.pid, attempt.started_ms):
        return pidfd
    os.close(pidfd)
    return -1


def _search(id_: str, tag: int) -> list[Any] | None:
    """Look for the process of an attempt whose start the journal announces but does not confirm."""
    for candidate in tree.tagged(tree.snapshot().values(), tag):
        if candidate.session == candidate.pid:
            started_at = wall_ms() - (boot_ms() - candidate.start_ms)
            return ["started", id_, candidate.pid, started_at, candidate.start_ms]
    return None
