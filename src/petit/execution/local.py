"""The local executor: attempts run on this machine, as children of a keeper that outlives the engine."""

from __future__ import annotations

import asyncio
import errno
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from petit.core.ids import AttemptId
from petit.execution import launch
from petit.execution.base import Adopted, AttemptSpec, CouldNotStart, Ended, Report, Started
from petit.execution.keeper import main, wire
from petit.execution.keeper.clock import boot_ms, wall_ms
from petit.execution.link import KeeperLink

HELLO_TIMEOUT_S = 10.0
START_TRIES = 5
LONGEST_SPEC = 16 * 1024 * 1024
_RETRY_S = (0.05, 0.2, 1.0, 5.0)
_PASSING = (errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE)  # what may be over in a moment
_encode = msgspec.json.Encoder().encode


class KeeperError(Exception):
    """No keeper could be started or reached; the message says why."""


class LocalExecutor:
    """Runs attempts through a keeper, started when there is none.

    Args:
        directory: Directory of this database for the keeper's socket and journal; made if missing.
        tasks_end_with_engine: Tasks are ended when this process goes, instead of being left to the next
            engine.
        umask: Of the tasks; None means that of this process now.
        python: Interpreter for the keeper.
        idle_leave_ms: How long an idle keeper waits for the next engine.
        is_subreaper: Whether this process inherits the tasks if the keeper dies, to keep their exit status
            readable.
            None: where the kernel keeps no status by itself (before Linux 6.15).
        on_superseded: Called when a newer engine has taken the keeper over. This executor then does nothing
            more.
    """

    name = "local"
    keeper_pid: int | None = None

    def __init__(
        self,
        directory: Path,
        *,
        tasks_end_with_engine: bool = False,
        umask: int | None = None,
        python: str = sys.executable,
        idle_leave_ms: int = launch.IDLE_LEAVE_MS,
        is_subreaper: bool | None = None,
        on_superseded: Callable[[], None] | None = None,
    ) -> None:
        self._directory = directory
        self._tasks_end_with_engine = tasks_end_with_engine
        self._umask = _current_umask() if umask is None else umask
        self._python = python
        self._idle_leave_ms = idle_leave_ms
        self._is_subreaper = _kernel_forgets_status() if is_subreaper is None else is_subreaper
        self._on_superseded = on_superseded
        self._cwd = str(Path.cwd())
        self._epoch = boot_ms()
        self._on_reports: Callable[[list[Report]], None] = _ignore
        self._link: KeeperLink | None = None
        self._hello: asyncio.Future[list[Any]] | None = None
        self._reviving: asyncio.Task[None] | None = None
        self._specs: dict[AttemptId, bytes] = {}  # submitted, neither started nor failed
        self._alive: set[AttemptId] = set()  # started, not ended
        self._cancelled: set[AttemptId] = set()
        self._unacknowledged: set[AttemptId] = set()
        self._keepers: list[int] = []  # pids that we started and have to reap
        self._early: list[list[Any]] | None = None  # what a keeper said before its hello was worked in
        self._empty: asyncio.Future[None] | None = None
        self._is_closed = False

    async def start(self, on_reports: Callable[[list[Report]], None]) -> Adopted:
        """Connect to the keeper or start one; return what it holds of an earlier engine's attempts.

        Raises:
            KeeperError: There is none and none can be started.
        """
        self._on_reports = on_reports
        if self._is_subreaper:
            main.become_subreaper()
        running, ends = await self._meet_keeper()
        adopted = Adopted(
            tuple(Started(*started) for started in running), tuple(_end(message) for message in ends)
        )
        self._alive.update(started.attempt for started in adopted.running)
        self._unacknowledged.update(end.attempt for end in adopted.ended)
        self._listen()
        return adopted

    def submit(self, specs: list[AttemptSpec]) -> None:
        """Start attempts; one that was submitted before is not started again."""
        refused: list[Report] = []
        for spec in specs:
            if spec.id in self._specs or spec.id in self._alive or spec.id in self._unacknowledged:
                continue
            try:
                message = self._spawn_message(spec)
            except (ValueError, TypeError) as e:
                error = f"argument or environment cannot be passed to a program: {e}"
                refused.append(CouldNotStart(spec.id, error, 0, wall_ms()))
                continue
            if len(message) > LONGEST_SPEC:
                error = f"argument list too long ({len(message)} bytes)"
                refused.append(CouldNotStart(spec.id, error, 7, wall_ms()))
                continue
            self._specs[spec.id] = message
            self._send(message)
        if refused:
            asyncio.get_running_loop().call_soon(self._on_reports, refused)

    def cancel(self, attempt: AttemptId) -> None:
        """End an attempt: TERM to its tree, its grace, KILL. Unknown or ended attempts are left alone."""
        if attempt in self._alive or attempt in self._specs:
            self._cancelled.add(attempt)
            self._send(_encode(["cancel", attempt]))

    def acknowledge(self, attempts: list[AttemptId]) -> None:
        """Say that the ends of these attempts are stored; the keeper forgets them."""
        self._unacknowledged.difference_update(attempts)
        if attempts:
            self._send(_encode(["ack", attempts]))

    async def close(self, *, leave_running: bool) -> None:
        """Let go of the keeper. Without `leave_running`, first end all attempts and report their ends."""
        if not leave_running and (self._link is not None or self._reviving is not None):
            self._empty = asyncio.get_running_loop().create_future()
            self._send(_encode(["end"]))
            await self._empty
        self._is_closed = True
        if self._reviving is not None:
            self._reviving.cancel()
        if self._link is not None:
            await self._link.sent()
            self._link.close()
            self._link = None
        self._reap_keepers()

    # Meeting a keeper.

    async def _meet_keeper(self) -> tuple[list[list[Any]], list[list[Any]]]:
        """Say hello to a keeper; return the running and the ended attempts that it tells of.

        One that was found may be about to leave, or the start may fail for a moment: so there are several
        tries.
        """
        problem: Exception | None = None
        for attempt in range(START_TRIES):
            try:
                connection = launch.connect(self._directory)
                if connection is None:
                    pid, connection = launch.start(
                        self._directory,
                        umask=self._umask,
                        python=self._python,
                        idle_leave_ms=self._idle_leave_ms,
                    )
                    self._keepers.append(pid)
            except OSError as e:
                problem = e
                if e.errno not in _PASSING:
                    break
            else:
                answer = await self._greet(KeeperLink(connection, self._on_messages, self._lost))
                if answer is not None:
                    return answer
            await asyncio.sleep(_RETRY_S[min(attempt, 2)])
        self._reap_keepers()
        raise KeeperError(self._why_no_keeper(problem))

    async def _greet(self, link: KeeperLink) -> tuple[list[list[Any]], list[list[Any]]] | None:
        self._hello = asyncio.get_running_loop().create_future()
        self._early = []
        self._link = link
        link.send(_encode(["hello", wire.PROTOCOL, self._epoch, self._tasks_end_with_engine]))
        try:
            async with asyncio.timeout(HELLO_TIMEOUT_S):
                _, protocol, _, pid, running, ends = await self._hello
        except (ConnectionError, TimeoutError):
            link.close()
            self._link = None
            return None
        finally:
            self._hello = None
        if protocol != wire.PROTOCOL:
            link.close()
            self._link = None
            raise KeeperError(
                f"the keeper of {self._directory} speaks protocol {protocol}, this Petit {wire.PROTOCOL}: its"
                " tasks go on, and it leaves ten seconds after the last of them; start again then"
            )
        self.keeper_pid = pid
        return running, ends

    def _why_no_keeper(self, problem: Exception | None) -> str:
        if problem is not None:
            return f"cannot start the keeper of local tasks in {self._directory}: {problem}"
        return f"the keeper of local tasks does not stay up; see {self._directory / wire.LOG}"

    # What the keeper says.

    def _listen(self) -> None:
        """From the next turn of the loop on, take what the keeper says as it comes."""
        asyncio.get_running_loop().call_soon(self._work_early_in)

    def _work_early_in(self) -> None:
        early, self._early = self._early, None
        self._on_messages(early or [])

    def _on_messages(self, messages: list[list[Any]]) -> None:
        reports: list[Report] = []
        for message in messages:
            if self._early is not None and message[0] in ("started", "failed", "ended"):
                self._early.append(message)
            elif message[0] == "hello":
                if self._hello is not None and not self._hello.done():
                    self._hello.set_result(message)
            elif message[0] == "superseded":
                self._superseded()
            elif message[0] == "empty":
                if self._empty is not None and not self._empty.done():
                    self._empty.set_result(None)
            else:
                self._take(message, reports)
        if reports:
            self._on_reports(reports)

    def _take(self, message: list[Any], reports: list[Report]) -> None:
        """Turn a message into a report, unless that was reported before."""
        attempt = message[1]
        if message[0] == "started":
            if self._specs.pop(attempt, None) is None:
                return
            self._alive.add(attempt)
        else:
            if attempt not in self._alive and attempt not in self._specs:
                return
            self._specs.pop(attempt, None)
            self._alive.discard(attempt)
            self._cancelled.discard(attempt)
            self._unacknowledged.add(attempt)
            if message[0] == "ended":
                _reap(message[6])
        reports.append(_report(message))

    def _superseded(self) -> None:
        self._is_closed = True
        if self._link is not None:
            self._link.close()
            self._link = None
        if self._empty is not None and not self._empty.done():
            self._empty.set_result(None)
        if self._hello is not None and not self._hello.done():
            self._hello.set_exception(
                KeeperError(f"a newer scheduler has taken over the tasks of {self._directory}")
            )
        if self._on_superseded is not None:
            self._on_superseded()

    # When the keeper dies.

    def _lost(self) -> None:
        self._link = self.keeper_pid = None
        if self._hello is not None:
            if not self._hello.done():
                self._hello.set_exception(ConnectionResetError("the keeper has closed the connection"))
        elif not self._is_closed and self._reviving is None:
            self._reviving = asyncio.get_running_loop().create_task(self._revive())

    async def _revive(self) -> None:
        """Get another keeper, trying for ever: the tasks go on meanwhile, and their ends are to be known."""
        pause = 0
        while True:
            self._reap_keepers()
            try:
                running, ends = await self._meet_keeper()
                break
            except KeeperError as e:
                if self._is_closed:
                    return
                self._fail_unstarted(str(e))
            await asyncio.sleep(_RETRY_S[min(pause, 3)])
            pause += 1
        self._reviving = None
        self._reconcile(running, ends)

    def _fail_unstarted(self, error: str) -> None:
        failed = list(self._specs)
        self._specs.clear()
        self._unacknowledged.update(failed)
        if failed:
            self._on_reports([CouldNotStart(attempt, error, 0, wall_ms()) for attempt in failed])

    def _reconcile(self, running: list[list[Any]], ends: list[list[Any]]) -> None:
        """Bring what we believed and what the new keeper knows into one."""
        reports: list[Report] = []
        for started in running:
            self._take(["started", *started], reports)
        stale = [end[1] for end in ends if end[1] not in self._unacknowledged]
        for end in ends:
            self._take(end, reports)
        known = {started[0] for started in running}
        for attempt in self._alive - known:
            self._take(["ended", attempt, None, None, wall_ms(), "lost", []], reports)
        for message in self._specs.values():
            self._send(message)
        for attempt in self._cancelled:
            self._send(_encode(["cancel", attempt]))
        stale = [attempt for attempt in stale if attempt not in self._unacknowledged]
        if stale:
            self._send(_encode(["ack", stale]))
        if self._empty is not None:
            self._send(_encode(["end"]))
        if reports:
            self._on_reports(reports)
        self._listen()

    def _reap_keepers(self) -> None:
        self._keepers = [pid for pid in self._keepers if not _is_reaped(pid)]

    # Saying it.

    def _send(self, message: bytes) -> None:
        if self._link is not None and self._hello is None:
            self._link.send(message)

    def _spawn_message(self, spec: AttemptSpec) -> bytes:
        return _encode(
            [
                "spawn",
                spec.id,
                spec.argv,
                spec.env,
                self._cwd if spec.cwd is None else spec.cwd,
                os.path.abspath(spec.log_dir),
                spec.timeout_ms,
                spec.grace_ms,
                spec.log_limit,
            ]
        )


def _report(message: list[Any]) -> Report:
    kind, *values = message
    return Started(*values) if kind == "started" else _end(message)


def _end(message: list[Any]) -> Ended | CouldNotStart:
    kind, *values = message
    return CouldNotStart(*values) if kind == "failed" else Ended(*values[:5])


def _ignore(_reports: list[Report]) -> None:
    """Before `start`, nobody listens."""


def _reap(pids: list[int]) -> None:
    """Let go of processes that we inherited from a dead keeper and that its successor has reported."""
    for pid in pids:
        _is_reaped(pid)


def _is_reaped(pid: int) -> bool:
    try:
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    except ChildProcessError:
        return True


def _current_umask() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("Umask:"):
            return int(line.split()[1], 8)
    return 0o022


def _kernel_forgets_status() -> bool:
    major, minor = os.uname().release.split(".")[:2]
    return (int(major), int("".join(c for c in minor if c.isdigit()) or 0)) < (6, 15)
