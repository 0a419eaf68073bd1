"""The keeper's loop: one thread that waits for engines, for its children and for due times."""

from __future__ import annotations

import errno
import os
import select
import struct
import time

from petit.execution.keeper import wire
from petit.execution.keeper.attempts import NEVER
from petit.execution.keeper.clock import boot_ms
from petit.execution.lean import TYPE_CHECKING, loads, signal, socket

if TYPE_CHECKING:
    from typing import Any

    from petit.execution.keeper.keeper import Keeper

IDLE_LEAVE_MS = 10_000
LONGEST_WAIT_MS = 30_000  # epoll's clock stands still while the machine sleeps, due times do not
MAX_CLIENTS = 16
_READ = 64 * 1024  # more would be mapped anew for each call, which a machine short of memory refuses
SHORT_OF_MEMORY_S = 0.05
_CREDENTIALS = struct.Struct("3i")


def listen(name: str) -> socket.socket:
    """Return a listening socket in the working directory, replacing one that a dead keeper left."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    if os.path.lexists(name):
        os.unlink(name)
    listener.bind(name)
    os.chmod(name, 0o600)
    listener.listen(16)
    listener.setblocking(False)
    return listener


class Client:
    """One connection, with what arrived of a frame and what is still to be sent."""

    __slots__ = ("epoch", "frames", "is_dying_with_engine", "socket", "unsent")

    def __init__(self, connection: socket.socket) -> None:
        self.socket = connection
        self.frames = wire.Frames()
        self.unsent = b""
        self.epoch = -1
        self.is_dying_with_engine = False

    def send(self, data: bytes) -> bool:
        """Send what can be sent now; True if some is left for later."""
        self.unsent += data
        try:
            self.unsent = self.unsent[self.socket.send(self.unsent) :]
        except BlockingIOError:
            return True
        return bool(self.unsent)


class Server:
    """Serves the newest engine until there is nothing to keep and nobody to keep it for.

    Args:
        keeper: What is served.
        listener: Bound and listening.
        first: The connection of the engine that started this process, if one did.
        idle_leave_ms: How long to stay with nothing to do and no engine.
    """

    def __init__(
        self, keeper: Keeper, listener: socket.socket, first: socket.socket | None, idle_leave_ms: int
    ) -> None:
        self._keeper = keeper
        self._listener = listener
        self._idle_leave_ms = idle_leave_ms
        self._clients: dict[int, Client] = {}
        self._engine: Client | None = None
        self._idle_since_ms = boot_ms()
        self._is_told_empty = False
        self._is_reaping_due = True
        self._epoll = select.epoll()
        self._wakeup, self._waker = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._epoll.register(self._wakeup, select.EPOLLIN)
        self._epoll.register(listener.fileno(), select.EPOLLIN)
        for pidfd in keeper.watched:
            self._epoll.register(pidfd, select.EPOLLIN)
        if first is not None:
            self._welcome(first)
        self._catch_signals()

    def serve(self) -> None:
        """Run until it is time to leave."""
        while not self._is_time_to_leave():
            for fd, events in self._epoll.poll(self._wait_s()):
                self._happened(fd, events)
            if self._is_reaping_due:
                self._is_reaping_due = False
                self._keeper.reap()
            self._keeper.turn(is_connected=self._engine is not None)
            self._tell()

    # What wakes it.

    def _catch_signals(self) -> None:
        signal.set_wakeup_fd(self._waker, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, _nothing)
        # A terminal's Ctrl+C and hang-up are for the engine. TERM comes when the machine goes down: tasks get
        # theirs.
        for number in (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGPIPE):
            signal.signal(number, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, self._leave_soon)

    def _leave_soon(self, _number: int, _frame: object) -> None:
        self._idle_leave_ms = 0

    def _wait_s(self) -> float:
        wait_ms = self._keeper.due_in_ms()
        if self._engine is None and not self._keeper.is_busy:
            wait_ms = min(wait_ms, max(0, self._idle_since_ms + self._idle_leave_ms - boot_ms()))
        return -1 if wait_ms == NEVER else min(wait_ms, LONGEST_WAIT_MS) / 1000

    def _is_time_to_leave(self) -> bool:
        if self._keeper.is_busy:
            self._idle_since_ms = boot_ms()
            return False
        if self._engine is not None:
            self._idle_since_ms = boot_ms()
            return False
        return self._keeper.is_closing or boot_ms() - self._idle_since_ms >= self._idle_leave_ms

    def _happened(self, fd: int, events: int) -> None:
        if fd == self._wakeup:
            os.read(fd, 4096)
            self._is_reaping_due = True
        elif fd == self._listener.fileno():
            self._accept()
        elif fd in self._clients:
            self._serve_client(self._clients[fd], events)
        elif fd in self._keeper.watched:
            self._epoll.unregister(
                fd
            )  # before it is closed: a pidfd stays in epoll as long as its file is open
            self._keeper.foreign_ended(fd)

    # Clients.

    def _accept(self) -> None:
        try:
            fd, _ = self._listener._accept()  # type: ignore[attr-defined]  # socket.accept wraps it
        except OSError as e:
            if e.errno in (errno.EMFILE, errno.ENFILE):
                time.sleep(0.05)  # it waits in the queue and would wake us at once
            return
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, 0, fileno=fd)
        _, uid, _ = _CREDENTIALS.unpack(
            connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
        )
        if uid not in (0, os.geteuid()) or len(self._clients) >= MAX_CLIENTS:
            connection.close()
        else:
            self._welcome(connection)

    def _welcome(self, connection: socket.socket) -> None:
        connection.setblocking(False)
        self._clients[connection.fileno()] = Client(connection)
        self._epoll.register(connection.fileno(), select.EPOLLIN)

    def _serve_client(self, client: Client, events: int) -> None:
        if events & select.EPOLLOUT:
            self._send(client, b"")
        if not events & ~select.EPOLLOUT:
            return
        try:
            data = client.socket.recv(_READ)
        except BlockingIOError:
            return
        except MemoryError:  # before a byte was taken: they wait, and so do we
            time.sleep(SHORT_OF_MEMORY_S)
            return
        except OSError:
            data = b""
        if not data:
            self._drop(client)
            return
        try:
            for payload in client.frames.feed(data):
                for message in loads(payload.decode()):
                    self._obey(client, message)
        except (wire.MalformedFrame, ValueError, TypeError, IndexError, KeyError, RecursionError):
            self._drop(client)  # whatever it is, it does not speak the protocol; nobody else is harmed

    def _obey(self, client: Client, message: list[Any]) -> None:
        keeper = self._keeper
        name = message[0]
        if name == "hello":
            self._greet(client, *message[1:])
        elif client is not self._engine:
            raise wire.MalformedFrame("no hello first")
        elif name == "spawn":
            keeper.submit(_checked_spawn(message))
        elif name == "ack":
            keeper.acknowledge(_texts(message[1]))
        elif name == "cancel":
            keeper.cancel(message[1])
        elif name == "end":
            keeper.end_all()
        else:
            raise wire.MalformedFrame(f"no such message: {name}")

    def _greet(self, client: Client, protocol: int, epoch: int, is_dying_with_engine: bool) -> None:
        engine = self._engine
        if engine is not None and engine is not client and epoch < engine.epoch:
            self._send(client, wire.frame([["superseded"]]))
            self._drop(client)
            return
        if engine is not None and engine is not client:
            self._engine = None
            self._send(engine, wire.frame([["superseded"]]))
            self._drop(engine)
        keeper = self._keeper
        answer = [
            "hello",
            wire.PROTOCOL,
            keeper.boot_id,
            os.getpid(),
            keeper.running(),
            list(keeper.ends.values()),
        ]
        keeper.out.clear()  # all of it is in the answer
        if protocol == wire.PROTOCOL:
            client.epoch, client.is_dying_with_engine = int(epoch), bool(is_dying_with_engine)
            self._engine = client
            keeper.is_closing = self._is_told_empty = (
                False  # an end that an earlier engine asked for is its own
            )
        self._send(client, wire.frame([answer]))

    def _send(self, client: Client, data: bytes) -> None:
        try:
            is_blocked = client.send(data)
        except OSError:
            return  # reading will find the connection closed
        events = select.EPOLLIN | select.EPOLLOUT if is_blocked else select.EPOLLIN
        if is_blocked or not data:
            self._epoll.modify(client.socket.fileno(), events)

    def _drop(self, client: Client) -> None:
        fd = client.socket.fileno()
        if self._clients.pop(fd, None) is None:
            return
        self._epoll.unregister(fd)
        client.socket.close()
        if client is self._engine:
            self._engine = None
            if client.is_dying_with_engine:
                self._keeper.end_all()

    def _tell(self) -> None:
        keeper = self._keeper
        if keeper.is_closing and not keeper.is_busy and not self._is_told_empty:
            self._is_told_empty = True
            keeper.out.append(["empty"])
        if not keeper.out:
            return
        if self._engine is not None:
            self._send(self._engine, wire.frame(keeper.out))
        keeper.out.clear()  # without an engine: the next one learns all from the answer to its hello


def _nothing(_number: int, _frame: object) -> None:
    """Have Python write to the wake-up descriptor; the work is done in the loop."""


def _checked_spawn(message: list[Any]) -> list[Any]:
    """Return a spawn message that has the right shape.

    Raises:
        MalformedFrame: It has not.
    """
    _, id_, argv, env, cwd, log_dir, timeout_ms, grace_ms, log_limit = message
    if not isinstance(argv, list) or not isinstance(env, dict):
        raise wire.MalformedFrame("no list of arguments, no environment")
    _texts([id_, cwd, log_dir, *argv, *env.values()])
    if not all(isinstance(n, int) for n in (grace_ms, log_limit, timeout_ms or 0)):
        raise wire.MalformedFrame("not a number")
    return message


def _texts(values: list[Any]) -> list[str]:
    if not all(isinstance(value, str) for value in values):
        raise wire.MalformedFrame("not a text")
    return values
