"""Asks for the health of a Petit again and again, and prints what each answer took.

Run as `python -I -S prober.py PORT SECONDS`: a process of its own, which nothing else in the tests delays.
"""

from __future__ import annotations

import socket
import sys
import time


def ask(port: int) -> str:
    """Return status and milliseconds of one question, with the connection that it takes."""
    begun = time.monotonic()
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(b"GET /api/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        head = connection.recv(65536)
        while connection.recv(65536):
            pass
    return f"{head.split()[1].decode()} {(time.monotonic() - begun) * 1000:.1f}"


def main() -> None:
    """Ask 20 times a second."""
    port, end = int(sys.argv[1]), time.monotonic() + float(sys.argv[2])
    while time.monotonic() < end:
        print(ask(port), flush=True)
        time.sleep(0.05)


main()
