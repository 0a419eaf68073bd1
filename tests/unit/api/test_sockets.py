from __future__ import annotations

import socket
import stat
from pathlib import Path

import pytest

from petit.api.sockets import CannotBind, Exposed, address_of, bind, bind_unix, close_all

BOTH = [
    (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("::1", 0, 0, 0)),
    (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 0)),
    (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 0)),
]
"""What a name like localhost may resolve to: each family, and one of them twice."""


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "[::1]", "127.0.0.5"])
def test_loopback_addresses_are_bound(host: str) -> None:
    sockets = bind(host, 0)
    try:
        ports = {sock.getsockname()[1] for sock in sockets}
        assert len(ports) == 1
        for sock in sockets:
            socket.create_connection(sock.getsockname()[:2]).close()
    finally:
        close_all(sockets)


def test_a_name_is_bound_on_all_its_families(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: BOTH)
    sockets = bind("both", 0)
    try:
        assert [sock.family for sock in sockets] == [socket.AF_INET, socket.AF_INET6]
        assert address_of(sockets[1]) == f"[::1]:{sockets[0].getsockname()[1]}"
    finally:
        close_all(sockets)


def test_a_busy_port_is_said_in_a_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(CannotBind, match=rf"^port {port} on 127\.0\.0\.1 is in use \(another Petit\?\)$"):
            bind("127.0.0.1", port)


def test_a_port_that_is_busy_on_one_family_is_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: BOTH)
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as other:
        port = other.getsockname()[1]
        with pytest.raises(CannotBind, match="in use"):
            bind("both", port)
        socket.create_server(("127.0.0.1", port)).close()


@pytest.mark.parametrize(
    ("host", "port", "words"),
    [
        ("127.0.0.1", -1, "is no port"),
        ("127.0.0.1", 65536, "is no port"),
        ("", 0, "needs a host"),
        ("[]", 0, "needs a host"),
        ("no such name", 0, "cannot be resolved"),
        ("x" * 300, 0, "cannot be resolved"),
        ("a..b", 0, "cannot be resolved"),
        ("192.0.2.1", 0, "is no address of this machine"),
    ],
)
def test_what_cannot_be_bound_is_said(host: str, port: int, words: str) -> None:
    with pytest.raises(CannotBind, match=words):
        bind(host, port, is_guarded=True)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "[::]", "*", "192.0.2.1", "::ffff:127.0.0.1"])
def test_what_others_reach_is_not_bound_unguarded(host: str) -> None:
    with pytest.raises(Exposed, match="other machines can reach"):
        bind(host, 0)


def test_a_name_is_exposed_if_one_of_its_addresses_is(monkeypatch: pytest.MonkeyPatch) -> None:
    outside = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.1", 0))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [*BOTH, outside])
    with pytest.raises(Exposed) as refused:
        bind("pi", 0)
    assert refused.value.evidence == {"host": "pi", "address": "192.0.2.1"}


@pytest.mark.parametrize(
    ("host", "families"),
    [
        ("0.0.0.0", [socket.AF_INET]),
        ("::", [socket.AF_INET6]),
        ("*", [socket.AF_INET, socket.AF_INET6]),
    ],
)
def test_all_addresses_of_a_family_or_of_both(host: str, families: list[int]) -> None:
    sockets = bind(host, 0, is_guarded=True)
    try:
        assert [sock.family for sock in sockets] == families
        assert len({sock.getsockname()[1] for sock in sockets}) == 1
    finally:
        close_all(sockets)


# --- the control socket


def test_a_control_socket_is_private_and_answers(tmp_path: Path) -> None:
    path = tmp_path / "api.sock"
    with bind_unix(path), socket.socket(socket.AF_UNIX) as client:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        client.connect(str(path))


def test_a_path_of_any_length_will_do(tmp_path: Path) -> None:
    directory = tmp_path / ("d" * 150) / ("e" * 100)
    directory.mkdir(parents=True)
    with bind_unix(directory / "api.sock"):
        assert stat.S_ISSOCK((directory / "api.sock").stat().st_mode)


def test_a_socket_that_nobody_serves_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "api.sock"
    bind_unix(path).close()
    assert path.exists()
    with bind_unix(path), socket.socket(socket.AF_UNIX) as client:
        client.connect(str(path))


def test_a_socket_that_is_served_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "api.sock"
    with bind_unix(path):
        with pytest.raises(CannotBind, match="another Petit"):
            bind_unix(path)
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(path))


def test_a_file_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "api.sock"
    path.write_text("precious")
    with pytest.raises(CannotBind):
        bind_unix(path)
    assert path.read_text() == "precious"


def test_a_missing_directory_is_said(tmp_path: Path) -> None:
    with pytest.raises(CannotBind, match="cannot use the directory"):
        bind_unix(tmp_path / "nowhere" / "api.sock")


def test_a_name_that_cannot_be_is_said(tmp_path: Path) -> None:
    with pytest.raises(CannotBind, match="cannot make the control socket"):
        bind_unix(tmp_path / ("x" * 200))
