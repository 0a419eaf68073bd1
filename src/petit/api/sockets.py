"""Binding: everything that can be wrong with an address is found here, before any job starts."""

from __future__ import annotations

import errno
import os
import socket
import stat
from collections.abc import Sequence
from pathlib import Path

from petit.core.errors import PetitError

EVERYWHERE = "*"
"""Stands for all addresses of this machine, of both families."""

BACKLOG = 512
"""Connections that wait to be taken in; whoever comes after them is let wait a second by their own kernel."""
_PROC_FDS = "/proc/self/fd"


class CannotBind(PetitError):
    """The API cannot be served there; `str()` says why, and what to do where that is known."""


class Exposed(CannotBind):
    """Other machines can reach this address, and nothing keeps them out; see `evidence["address"]`."""

    def __init__(self, host: str, address: str) -> None:
        super().__init__(f"other machines can reach '{host}'", host=host, address=address)


def bind(host: str, port: int, *, is_guarded: bool = False) -> tuple[socket.socket, ...]:
    """Bind a name or address, and listen: `localhost` on both families where there are both.

    Args:
        host: A name, an IPv4 or an IPv6 address, in brackets or not. `0.0.0.0` is every IPv4 address of the
            machine, `::` every IPv6 one, `*` both.
        port: 0 takes a free one, the same for all addresses.
        is_guarded: Callers from other machines have to show who they are, and nobody on the way learns it.

    Raises:
        Exposed: Other machines can reach it, and that is not so.
        CannotBind: Bad name or port, an address that is not this machine's, a port in use.
    """
    if not 0 <= port <= 65_535:
        raise CannotBind(f"{port} is no port: use one from 1 to 65535", port=port)
    addresses = _resolve(host, port)
    for _, address, _ in addresses:
        if not (is_guarded or is_loopback(address)):
            raise Exposed(host, address)
    bound: list[socket.socket] = []
    absent: OSError | None = None
    try:
        for family, address, zone in addresses:
            wanted = bound[0].getsockname()[1] if bound else port
            try:
                bound.append(_listen(family, (address, wanted, *zone)))
            except OSError as error:
                if error.errno not in {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}:
                    raise _cannot(address, wanted, error) from error
                absent = error  # "localhost" has an address of a family that is switched off, say
        if not bound:
            assert absent is not None
            raise _cannot(host, port, absent)
    except CannotBind:
        for sock in bound:
            sock.close()
        raise
    return tuple(bound)


def is_loopback(address: str) -> bool:
    """Say whether an address can be reached from this machine only."""
    return address == "::1" or address.startswith("127.")


def _resolve(host: str, port: int) -> list[tuple[int, str, tuple[int, ...]]]:
    """Return family, address and, of IPv6, what the kernel wants to know beside: flow and zone."""
    name = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    if not name:
        raise CannotBind("the API needs a host to bind: 127.0.0.1, say", host=host)
    try:
        found = socket.getaddrinfo(
            None if name == EVERYWHERE else name, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no name"
        raise CannotBind(f"'{host}' cannot be resolved: {reason}", host=host) from error
    addresses = dict.fromkeys(
        (family.value, str(where[0]), tuple(map(int, where[2:]))) for family, _, _, _, where in found
    )
    # IPv4 first: a client that is told "localhost" without further care tries 127.0.0.1.
    return sorted(addresses, key=lambda each: each[0] != socket.AF_INET)


def _listen(family: int, address: tuple[str | int, ...]) -> socket.socket:
    kind = socket.SOCK_STREAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK
    # The protocol is named because asyncio looks for it before it switches Nagle's delay of 40 ms off.
    sock = socket.socket(family, kind, socket.IPPROTO_TCP)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind(address)
        sock.listen(BACKLOG)
    except OSError:
        sock.close()
        raise
    return sock


def _cannot(address: str, port: int, error: OSError) -> CannotBind:
    where = {"host": address, "port": port}
    if error.errno == errno.EADDRINUSE:
        return CannotBind(f"port {port} on {address} is in use (another Petit?)", **where)
    if error.errno in {errno.EACCES, errno.EPERM}:
        return CannotBind(f"port {port} on {address} is not for this user: take one above 1023", **where)
    if error.errno == errno.EADDRNOTAVAIL:
        return CannotBind(f"{address} is no address of this machine", **where)
    return CannotBind(f"cannot bind port {port} on {address}: {error.strerror}", **where)


def bind_unix(path: Path) -> socket.socket:
    """Bind the control socket, mode 0600, and listen. One that a dead scheduler left is replaced.

    The directory must be there, and nobody else's. A path of any length will do.

    Raises:
        CannotBind: Another process serves it, or it cannot be made.
    """
    try:
        directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise CannotBind(f"cannot use the directory '{path.parent}': {error.strerror}") from error
    try:
        short = _short(directory, path)
        _remove_stale(short, path)
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK)
        try:
            sock.bind(short)
            path.chmod(0o600)
            sock.listen(BACKLOG)
        except OSError:
            sock.close()
            raise
    except OSError as error:
        raise CannotBind(f"cannot make the control socket '{path}': {error.strerror or error}") from error
    finally:
        os.close(directory)
    return sock


def _short(directory: int, path: Path) -> str:
    """Name the socket by its open directory: the kernel takes 107 bytes at most."""
    return f"{_PROC_FDS}/{directory}/{path.name}" if Path(_PROC_FDS).is_dir() else str(path)


def _remove_stale(short: str, path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(short)
        except FileNotFoundError:
            return
        except ConnectionRefusedError:
            if stat.S_ISSOCK(path.lstat().st_mode):  # the kernel says the same of a plain file
                path.unlink()
            return
    raise CannotBind(f"another Petit serves '{path}'", path=str(path))


def address_of(sock: socket.socket) -> str:
    """Return where a TCP socket is bound, as part of a URL: "127.0.0.1:8565", "[::1]:8565"."""
    host, port = sock.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def close_all(sockets: Sequence[socket.socket]) -> None:
    """Close sockets that nobody serves after all, and remove the file of a Unix one."""
    for sock in sockets:
        sock.close()
