from __future__ import annotations

import os
import socket
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from petit.api.peers import GONE, NOBODY, Peer, SocketTable, proc_owner, unix_peer

FAMILIES = [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")]
HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"


@pytest.fixture(params=FAMILIES, ids=["IPv4", "IPv6"])
def pair(request: pytest.FixtureRequest) -> Iterator[tuple[socket.socket, socket.socket]]:
    """A connected client and the server's end of it."""
    family, host = request.param
    with socket.socket(family) as listener:
        try:
            listener.bind((host, 0))
        except OSError:
            pytest.skip(f"this machine has no {host}")
        listener.listen()
        client = socket.create_connection(listener.getsockname()[:2])
        server, _ = listener.accept()
    with client, server:
        yield client, server


def owner(server: socket.socket) -> Peer:
    table = SocketTable()
    try:
        return table.owner(server.getpeername()[:2], server.getsockname()[:2])
    finally:
        table.close()


def test_the_kernel_tells_whose_a_connection_is(pair: tuple[socket.socket, socket.socket]) -> None:
    assert owner(pair[1]) == Peer("tcp", os.getuid())


def test_the_files_in_proc_tell_the_same(pair: tuple[socket.socket, socket.socket]) -> None:
    server = pair[1]
    assert proc_owner(server.getpeername()[:2], server.getsockname()[:2]) == os.getuid()


def test_a_table_without_netlink_reads_the_files(pair: tuple[socket.socket, socket.socket]) -> None:
    table = SocketTable()
    table.close()
    server = pair[1]
    assert table.owner(server.getpeername()[:2], server.getsockname()[:2]) == Peer("tcp", os.getuid())


def test_who_has_closed_is_nobody(pair: tuple[socket.socket, socket.socket]) -> None:
    client, server = pair
    remote, local = server.getpeername()[:2], server.getsockname()[:2]
    client.close()
    table = SocketTable()
    assert table.owner(remote, local) == NOBODY
    table.close()
    assert proc_owner(remote, local) is None


def test_who_never_was_is_gone(pair: tuple[socket.socket, socket.socket]) -> None:
    local = pair[1].getsockname()[:2]
    table = SocketTable()
    for port in (1, 65535):
        assert table.owner((local[0], port), local) == GONE
    table.close()


def test_who_has_reset_is_gone(pair: tuple[socket.socket, socket.socket]) -> None:
    client, server = pair
    remote, local = server.getpeername()[:2], server.getsockname()[:2]
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()
    table = SocketTable()
    assert table.owner(remote, local) == GONE
    table.close()


def test_of_who_is_elsewhere_nothing_is_known(pair: tuple[socket.socket, socket.socket]) -> None:
    table = SocketTable()
    assert table.owner(("192.0.2.1", 4711), pair[1].getsockname()[:2]) == NOBODY
    table.close()


def test_a_listening_socket_is_not_a_peer(pair: tuple[socket.socket, socket.socket]) -> None:
    family, host = pair[1].family, pair[1].getsockname()[0]
    with socket.socket(family) as listener:
        listener.bind((host, 0))
        listener.listen()
        table = SocketTable()
        assert table.owner(listener.getsockname()[:2], pair[1].getsockname()[:2]) == NOBODY
        table.close()


@pytest.mark.parametrize(
    ("line", "uid"),
    [
        pytest.param("0: 0100007F:1F90 0100007F:2175 01 0:0 00:0 0 1000 0 77 1 0", 1000, id="established"),
        pytest.param("0: 0100007F:1F90 0100007F:2175 06 0:0 00:0 0 0 0 0 1 0", None, id="TIME_WAIT"),
        pytest.param("0: 0100007F:1F90 0100007F:2175 01 0:0 00:0 0 0 0 0 1 0", None, id="no inode"),
        pytest.param("0: 0100007F:1F90 0100007F:2175 04 0:0 00:0 0 1000 0 77 1 0", None, id="FIN_WAIT1"),
        pytest.param("0: 0100007F:1F90 00000000:0000 0A 0:0 00:0 0 1000 0 77 1 0", None, id="another socket"),
    ],
)
@pytest.mark.skipif(sys.byteorder != "little", reason="the table is written in the machine's byte order")
def test_rows_of_the_table(tmp_path: Path, line: str, uid: int | None) -> None:
    (tmp_path / "tcp").write_text(f"{HEAD}   {line}\n")
    assert proc_owner(("127.0.0.1", 0x1F90), ("127.0.0.1", 0x2175), proc=str(tmp_path)) == uid


def test_a_machine_without_the_table_knows_nobody(
    pair: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    def absent(*_: object) -> int:
        raise FileNotFoundError("/proc/net/tcp")

    monkeypatch.setattr("petit.api.peers.proc_owner", absent)
    table = SocketTable()
    table.close()
    assert table.owner(pair[1].getpeername()[:2], pair[1].getsockname()[:2]) == NOBODY


def test_a_unix_peer() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        assert unix_peer(ours) == Peer("unix", os.getuid())


def test_peers_are_named_as_callers() -> None:
    assert [str(Peer("tcp", 1000)), str(Peer("unix", 0)), str(NOBODY)] == ["uid 1000", "uid 0", "unknown"]
