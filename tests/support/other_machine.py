"""Another machine: a network of its own, with one wire to this one. Needs root and iproute2."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import pytest

needs_network = pytest.mark.skipif(
    os.getuid() != 0 or shutil.which("ip") is None, reason="only root can make a network, with iproute2"
)

CLIENT = """
import json, socket, sys
host, port, asked = sys.argv[1], int(sys.argv[2]), json.load(sys.stdin)
told = []
for method, path, headers in asked:
    with socket.create_connection((host, port), timeout=20) as connection:
        pairs = [f"{name}: {value}" for name, value in headers.items()]
        head = [f"{method} {path} HTTP/1.1", "Connection: close", *pairs, "", ""]
        connection.sendall("\\r\\n".join(head).encode())
        data = b""
        while part := connection.recv(65536):
            data += part
    head, _, body = data.partition(b"\\r\\n\\r\\n")
    told.append([int(head.split()[1]), body.decode()])
json.dump(told, sys.stdout)
"""


class OtherMachine(NamedTuple):
    """It is called by `name`; from there, this machine is `here`, and it is `there`."""

    name: str
    here: str
    there: str

    async def ask(
        self, port: int, *asked: tuple[str, str, dict[str, str]], host: str | None = None
    ) -> list[tuple[int, str]]:
        """Ask this machine some things, as root of the other one; return status and body of each answer."""
        process = await asyncio.create_subprocess_exec(
            *("ip", "netns", "exec", self.name, sys.executable, "-I", "-S", "-c", CLIENT),
            *(host or self.here, str(port)),
            stdin=-1,
            stdout=-1,
        )
        out, _ = await asyncio.wait_for(process.communicate(json.dumps(asked).encode()), 60)
        told: list[Any] = json.loads(out)
        return [(status, body) for status, body in told]


@contextmanager
def other_machine() -> Iterator[OtherMachine]:
    """Have one while the block lasts."""
    pid = os.getpid()
    name, wire = f"petit-{pid}", f"pt{pid % 1_000_000}"
    net = f"10.{pid // 64 % 256}.{pid % 64 * 4 // 256}.{pid % 64 * 4}"
    begin, _, last = net.rpartition(".")
    here, there = f"{begin}.{int(last) + 1}", f"{begin}.{int(last) + 2}"

    def ip(*words: str) -> None:
        subprocess.run(["ip", *words], check=True, capture_output=True, text=True)

    ip("netns", "add", name)
    try:
        ip("link", "add", f"{wire}a", "type", "veth", "peer", "name", f"{wire}b", "netns", name)
        ip("addr", "add", f"{here}/30", "dev", f"{wire}a")
        ip("link", "set", f"{wire}a", "up")
        ip("-n", name, "addr", "add", f"{there}/30", "dev", f"{wire}b")
        ip("-n", name, "link", "set", f"{wire}b", "up")
        yield OtherMachine(name, here, there)
    finally:
        ip("netns", "del", name)  # its end of the wire goes with it, and with that ours
