"""Whose process is at the other end of a connection (decision 24)."""

from __future__ import annotations

import errno
import ipaddress
import os
import socket
import struct
from typing import Any, Literal

import msgspec

from petit.api.sockets import is_loopback

_SOCK_DIAG = 4  # NETLINK_SOCK_DIAG
_BY_FAMILY = 20  # SOCK_DIAG_BY_FAMILY
_REQUEST = 1  # NLM_F_REQUEST
_ERROR = 2  # NLMSG_ERROR
_ESTABLISHED = 1
_NO_COOKIE = 0xFFFFFFFF
_HEAD = struct.Struct("=IHHII")  # nlmsghdr: length, type, flags, sequence, port
_ASKED = struct.Struct("=BBBBI")  # inet_diag_req_v2 up to its socket id
_PORTS = struct.Struct("!HH")
_REST_OF_ID = struct.Struct("=III")
_TOLD = struct.Struct("=BBBB48xIIIII")  # inet_diag_msg
_ERRNO = struct.Struct("=i")  # nlmsgerr up to the message that it answers
_UCRED = struct.Struct("=iii")  # of SO_PEERCRED: pid, uid, gid
_ANSWER_WITHIN_S = 0.2  # the kernel answers within the call; nothing else may block the loop

Address = tuple[str, int]


class Peer(msgspec.Struct, frozen=True):
    """The other end of a connection.

    Attributes:
        uid: The user; None where it could not be found out, or says nothing.
        is_proxy: It passes on what others ask.
        is_gone: Its socket is no more: nobody would get an answer.
    """

    kind: Literal["tcp", "unix"]
    uid: int | None = None
    is_proxy: bool = False
    is_gone: bool = False

    def __str__(self) -> str:
        """Name it as callers are named in runs and logs."""
        return "unknown" if self.uid is None else f"uid {self.uid}"


NOBODY = Peer("tcp")
PROXY = Peer("tcp", is_proxy=True)
GONE = Peer("tcp", is_gone=True)


def unix_peer(sock: Any) -> Peer:
    """Return who connected to a Unix socket; `sock` needs `getsockopt` only."""
    option = getattr(socket, "SO_PEERCRED", None)
    if option is None:
        return Peer("unix")
    try:
        _, uid, _ = _UCRED.unpack(sock.getsockopt(socket.SOL_SOCKET, option, _UCRED.size))
    except OSError:
        return Peer("unix")
    return Peer("unix", uid)


class SocketTable:
    """The kernel's table of TCP sockets, asked by netlink (6 us), else read from /proc."""

    def __init__(self) -> None:
        self._netlink = _open_netlink()
        self._sequence = 0

    def close(self) -> None:
        """Let go of the netlink socket."""
        if self._netlink is not None:
            self._netlink.close()
            self._netlink = None

    def owner(self, remote: Address, local: Address) -> Peer:
        """Return who holds the socket whose own address is `remote` and whose peer is `local`.

        The socket must be in this network namespace. A socket that is not ESTABLISHED, or has no inode, is
        owned by nobody any more: the kernel would say uid 0 of it. One that was closed lingers in the table;
        one that is not there was reset.
        """
        if self._netlink is not None:
            try:
                return self._ask(self._netlink, remote, local)
            except OSError:
                self.close()
        try:
            return Peer("tcp", proc_owner(remote, local))
        except OSError:
            return NOBODY

    def _ask(self, netlink: socket.socket, remote: Address, local: Address) -> Peer:
        self._sequence = (self._sequence + 1) & 0xFFFFFFFF
        family = socket.AF_INET6 if ":" in remote[0] else socket.AF_INET
        body = (
            _ASKED.pack(family, socket.IPPROTO_TCP, 0, 0, _NO_COOKIE)
            + _PORTS.pack(remote[1], local[1])
            + socket.inet_pton(family, remote[0]).ljust(16, b"\0")
            + socket.inet_pton(family, local[0]).ljust(16, b"\0")
            + _REST_OF_ID.pack(0, _NO_COOKIE, _NO_COOKIE)
        )
        netlink.send(_HEAD.pack(_HEAD.size + len(body), _BY_FAMILY, _REQUEST, self._sequence, 0) + body)
        while True:
            answer = netlink.recv(1024)
            _, kind, _, sequence, _ = _HEAD.unpack_from(answer)
            if sequence != self._sequence:
                continue
            if kind == _BY_FAMILY:
                return Peer("tcp", _uid_of(answer))
            is_absent = kind == _ERROR and _ERRNO.unpack_from(answer, _HEAD.size) == (-errno.ENOENT,)
            return GONE if is_absent and is_loopback(remote[0]) else NOBODY


def _uid_of(answer: bytes) -> int | None:
    _, state, _, _, _, _, _, uid, inode = _TOLD.unpack_from(answer, _HEAD.size)
    return uid if state == _ESTABLISHED and inode != 0 else None


def _open_netlink() -> socket.socket | None:
    family = getattr(socket, "AF_NETLINK", None)
    if family is None:
        return None
    try:
        netlink = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC, _SOCK_DIAG)
        netlink.settimeout(_ANSWER_WITHIN_S)
        netlink.connect((0, 0))
    except OSError:
        return None
    return netlink


def proc_owner(remote: Address, local: Address, *, proc: str = "/proc/net") -> int | None:
    """Look the socket's owner up in /proc/net/tcp or tcp6; raises OSError where there is no such file."""
    name = "tcp6" if ":" in remote[0] else "tcp"
    wanted = [_hexadecimal(remote), _hexadecimal(local)]
    with open(os.path.join(proc, name), encoding="ascii") as table:  # noqa: PTH118, PTH123 - no pathlib in an idle engine
        next(table, None)
        for line in table:
            columns = line.split()
            if columns[1:3] == wanted:
                is_held = int(columns[3], 16) == _ESTABLISHED and columns[9] != "0"
                return int(columns[7]) if is_held else None
    return None


def _hexadecimal(address: Address) -> str:
    """Write an address as /proc/net does: 32-bit words in the machine's byte order."""
    packed = ipaddress.ip_address(address[0]).packed
    words = struct.iter_unpack("=I", packed)
    return "".join(f"{word:08X}" for (word,) in words) + f":{address[1]:04X}"
