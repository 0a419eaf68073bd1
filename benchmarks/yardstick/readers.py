"""Readers of event streams, as a process of their own beside what is measured.

    python readers.py PORT COUNT

All but the last one read what comes. It says "ready" once all are connected. When its standard input ends it
writes, as JSON, how many events each reader got and how many resets, and what the last reader, who took
nothing until then, finds when it looks: some events, then a reset.
"""

from __future__ import annotations

import json
import selectors
import socket
import sys
import time

REQUEST = "GET /api/events HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n"
EVENT, RESET = b"\nevent: ", b"\nevent: reset"
LOOK_S = 10.0


class Reader:
    """One connection."""

    def __init__(self, port: int) -> None:
        self.socket = socket.socket()
        # By itself the kernel would keep megabytes for who does not read.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 128 * 1024)
        self.socket.connect(("127.0.0.1", port))
        self.socket.sendall(REQUEST.format(port=port).encode())
        self.events = 0
        self.resets = 0
        self._tail = b""

    def read(self) -> bool:
        """Take what is there; False: the server has left."""
        data = self.socket.recv(1 << 18)
        text = self._tail + data
        self.events += text.count(EVENT) - self._tail.count(EVENT)
        self.resets += text.count(RESET) - self._tail.count(RESET)
        self._tail = text[-(len(RESET) - 1) :]
        return bool(data)


def look(sleeper: Reader) -> None:
    """Let the one who took nothing read until it hears of a reset, or nothing comes."""
    end = time.monotonic() + LOOK_S
    sleeper.socket.settimeout(1.0)
    while not sleeper.resets and time.monotonic() < end:
        try:
            if not sleeper.read():
                return
        except TimeoutError:
            return


def main() -> None:
    port, count = int(sys.argv[1]), int(sys.argv[2])
    readers = [Reader(port) for _ in range(count)]
    *awake, sleeper = readers
    selector = selectors.DefaultSelector()
    for reader in awake:
        selector.register(reader.socket, selectors.EVENT_READ, reader)
    selector.register(sys.stdin, selectors.EVENT_READ, None)
    print("ready", flush=True)
    is_over = False
    while not is_over:
        for key, _ in selector.select():
            if key.data is None:
                is_over = True
            elif not key.data.read():
                selector.unregister(key.fileobj)
    look(sleeper)
    told = {
        "events": [reader.events for reader in awake],
        "resets": sum(reader.resets for reader in awake),
        "sleeper": {"events": sleeper.events, "resets": sleeper.resets},
    }
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
