"""Telling the service manager how far we are: systemd's sd_notify protocol, by hand."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Mapping

from petit.core.clock import Millis

_log = logging.getLogger(__name__)


class ServiceManager:
    """Sends states to the socket in NOTIFY_SOCKET; does nothing where there is none."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        address = environ.get("NOTIFY_SOCKET", "")
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self.watchdog_ms = _watchdog_ms(environ) if address else None
        """How often at least it wants to hear that all turns (sd_watchdog_enabled(3)); None: never."""

    def ready(self, status: str) -> None:
        """Say that everything runs, for the first time or after a reload."""
        self._send(f"READY=1\nSTATUS={status}")

    def reloading(self) -> None:
        """Say that the job files are being read again."""
        self._send("RELOADING=1")

    def stopping(self, status: str) -> None:
        """Say that the process is about to end."""
        self._send(f"STOPPING=1\nSTATUS={status}")

    def alive(self) -> None:
        """Say that all turns."""
        self._send("WATCHDOG=1")

    def status(self, status: str) -> None:
        """Say in a line how things are."""
        self._send(f"STATUS={status}")

    def _send(self, message: str) -> None:
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
                sender.connect(self._address)
                sender.send(message.encode())
        except OSError as error:
            _log.warning("cannot tell the service manager: %s", error.strerror)


def _watchdog_ms(environ: Mapping[str, str]) -> Millis | None:
    usec, pid = environ.get("WATCHDOG_USEC", ""), environ.get("WATCHDOG_PID")
    is_ours = pid is None or pid == str(os.getpid())
    return int(usec) // 1000 if is_ours and usec.isascii() and usec.isdigit() and int(usec) > 0 else None
