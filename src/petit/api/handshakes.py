"""Connections that become private: counted and known when they come, not when TLS is done."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable

from petit.api.protocol import Protocol
from petit.api.tls import Certificate
from petit.api.turns import Others

_log = logging.getLogger(__name__)

_GOODBYE_S = 2.0
"""What a client has for answering that a connection ends."""

_AGAIN_AFTER_S = 1.0
"""A machine without a free descriptor is asked again after this."""


class Handshakes:
    """Accepts connections on one socket.

    asyncio would tell of a connection when its handshake is done: until then nobody would have counted it, or
    asked the kernel whose it is.
    """

    def __init__(
        self,
        sock: socket.socket,
        certificate: Certificate,
        protocol: Callable[[], Protocol],
        timeout_s: float,
    ) -> None:
        """Make one.

        Args:
            sock: Is listening.
            certificate: What is shown; read for each connection, so that it can be renewed.
            protocol: Makes what serves a connection.
            timeout_s: Seconds for a handshake.
        """
        self._sock = sock
        self._certificate = certificate
        self._protocol = protocol
        self._timeout_s = timeout_s
        self._open: set[asyncio.Task[None]] = set()
        self._accepting: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Accept from now on."""
        self._accepting = asyncio.get_running_loop().create_task(self._accept(), name="petit-accept")

    async def close(self) -> None:
        """Accept no more, and break handshakes off. What is connected goes on."""
        tasks = [*self._open, *([] if self._accepting is None else [self._accepting])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._sock.close()

    async def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                connection, remote = await loop.sock_accept(self._sock)
            except OSError as error:
                _log.error("cannot accept connections: %s", error.strerror)
                await asyncio.wait({loop.create_future()}, timeout=_AGAIN_AFTER_S)
                continue
            protocol = self._protocol()
            if protocol.arrive(remote, connection.getsockname()):
                task = loop.create_task(self._shake_hands(connection, protocol))
                self._open.add(task)
                task.add_done_callback(self._open.discard)
            else:
                connection.close()
            await Others()  # where many come at once, accepting never waits

    async def _shake_hands(self, connection: socket.socket, protocol: Protocol) -> None:
        try:
            await asyncio.get_running_loop().connect_accepted_socket(
                lambda: protocol,
                connection,
                ssl=self._certificate.context,
                ssl_handshake_timeout=self._timeout_s,
                ssl_shutdown_timeout=_GOODBYE_S,
            )
        except OSError as error:  # of ssl too: no TLS, too slow, gone, or it does not like our certificate
            protocol.depart()
            _log.debug("a handshake failed: %s", error)
        except asyncio.CancelledError:
            protocol.depart()
            raise
