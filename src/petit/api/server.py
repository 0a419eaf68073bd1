"""Serves the API within the scheduler's own event loop, over TCP and the control socket."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from uvicorn.server import ServerState

from petit.api.app import Api
from petit.api.peers import SocketTable
from petit.api.protocol import Protocol, server_config
from petit.api.sockets import BACKLOG

if TYPE_CHECKING:
    from petit.api.handshakes import Handshakes
    from petit.api.tls import Certificate

_log = logging.getLogger(__name__)
_LAST_WORDS_S = 0.5
"""What is cancelled at the end of its time has this long to say so."""


def _unix_options() -> dict[str, Any]:
    """Keep asyncio and uvloop on Python 3.13 from looking for the file by its short name."""
    return {"cleanup_socket": False} if sys.version_info >= (3, 13) else {}


class ApiServer:
    """Serves an application on sockets that are bound already; see `petit.api.sockets`.

    No signal is handled here, and nothing is started before `start`: until then clients wait in the backlog.
    """

    def __init__(
        self,
        app: Api,
        sockets: Sequence[socket.socket],
        *,
        control: tuple[socket.socket, Path] | None = None,
        certificate: Certificate | None = None,
    ) -> None:
        """Make a server.

        Args:
            app: The application.
            sockets: Of `petit.api.sockets.bind`; none with `--no-api`.
            control: Of `petit.api.sockets.bind_unix`, and the file that is removed when the server closes.
            certificate: Of `petit.api.tls`: TCP is TLS then.
        """
        self._app = app
        self._sockets = tuple(sockets) if control is None else (*sockets, control[0])
        self._control_path = None if control is None else control[1]
        self._state = ServerState()
        self._table = SocketTable()
        self._certificate = certificate
        self._servers: list[asyncio.Server] = []
        self._handshakes: list[Handshakes] = []

    async def start(self) -> None:
        """Answer from now on."""
        loop = asyncio.get_running_loop()
        config = server_config(self._app)

        def protocol() -> Protocol:
            return Protocol(config, self._state, self._app, self._table)

        for sock in self._sockets:
            if sock.family == socket.AF_UNIX:
                options = {"backlog": BACKLOG, **_unix_options()}
                self._servers.append(await loop.create_unix_server(protocol, sock=sock, **options))
            elif self._certificate is not None:
                self._handshakes.append(self._begin_handshakes(sock, self._certificate, protocol))
            else:
                self._servers.append(await loop.create_server(protocol, sock=sock, backlog=BACKLOG))

    def _begin_handshakes(
        self, sock: socket.socket, certificate: Certificate, protocol: Callable[[], Protocol]
    ) -> Handshakes:
        from petit.api.handshakes import Handshakes  # noqa: PLC0415 - most have no TLS

        made = Handshakes(sock, certificate, protocol, self._app.settings.head_timeout_s)
        made.start()
        return made

    async def close(self, grace_s: float = 5.0) -> None:
        """Accept no more, let requests finish for `grace_s` seconds, break off the rest.

        What is held (`?wait=`, followed logs) is answered at once. Closing twice is harmless.
        """
        self._remove_control()
        self._app.close_held()
        for server in self._servers:
            server.close()
        for handshakes in self._handshakes:
            await handshakes.close()
        if not (self._servers or self._handshakes):
            for sock in self._sockets:
                sock.close()
        for connection in tuple(self._state.connections):
            connection.shutdown()
        await self._finish(grace_s)
        await self._app.finish()
        for connection in tuple(self._state.connections):
            connection.transport.abort()
        self._table.close()
        self._servers.clear()
        self._handshakes.clear()

    def _remove_control(self) -> None:
        """Remove the control socket's file first: who looks for a scheduler then finds none."""
        if self._control_path is not None:
            with contextlib.suppress(OSError):
                os.unlink(self._control_path)  # noqa: PTH108 - suppress() as above, whatever is there
            self._control_path = None

    async def _finish(self, grace_s: float) -> None:
        tasks = set(self._state.tasks)
        if not tasks:
            return
        _, late = await asyncio.wait(tasks, timeout=grace_s)
        if late:
            _log.warning("%d requests were broken off: the API is closing", len(late))
            for task in late:
                task.cancel()
            await asyncio.wait(late, timeout=_LAST_WORDS_S)
