"""A real scheduler that does TLS: its own process and event loop, a client that checks the certificate."""

from __future__ import annotations

import http.client
import signal
import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.certificates import trusting, write_certificate
from tests.support.daemon import Daemon, daemon
from tests.support.program import petit

HELLO = "tasks:\n  - {id: main, run: echo hello}\n"


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    home = tmp_path_factory.mktemp("tls")
    write_certificate(home)
    settings = home / "petit.toml"
    settings.write_text("[api]\nheader_timeout = '1s'\n")
    given = ("--api-cert", "cert.pem", "--api-key", "key.pem", "--config", str(settings))
    with daemon(home, *given) as made:
        made.write("hello", HELLO)
        made.tls = trusting()
        made.start()
        yield made


def serial(port: int) -> str:
    context = trusting()
    with (
        socket.create_connection(("127.0.0.1", port)) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as private,
    ):
        shown = private.getpeercert()
    assert shown is not None
    number: str = str(shown["serialNumber"])
    return number


def test_it_says_so_and_does_so(secured: Daemon) -> None:
    assert f"https://127.0.0.1:{secured.port}" in (secured.home / "stdout.txt").read_text()
    assert secured.over(secured.trigger("hello"))["status"] == "completed"
    assert secured.get("/api/runs?limit=1")["runs"][0]["caller"].startswith("uid ")
    assert "strict-transport-security" not in secured.ask("GET", "/api/jobs").headers


def test_the_command_line_needs_no_tls(secured: Daemon) -> None:
    done = petit("--db", "petit.db", "trigger", "jobs", "hello", cwd=secured.home)
    assert (done.returncode, "asking the scheduler" in done.stderr) == (0, True)


def test_a_stream_comes_through(secured: Daemon) -> None:
    assert secured.tls is not None
    connection = http.client.HTTPSConnection("127.0.0.1", secured.port, timeout=20, context=secured.tls)
    connection.request("GET", "/api/events")
    answer = connection.getresponse()
    answer.readline()
    run_id = secured.trigger("hello")
    while run_id.encode() not in answer.readline():
        pass
    connection.close()


@pytest.mark.parametrize("begun", [b"", b"\x16\x03\x01", b"GET / HTTP/1.1\r\n\r\n"])
def test_a_handshake_that_is_not_finished_is_dropped(secured: Daemon, begun: bytes) -> None:
    with socket.create_connection(("127.0.0.1", secured.port), timeout=10) as connection:
        connection.sendall(begun)
        began = time.monotonic()
        assert b"HTTP/1.1" not in connection.recv(1000)
        assert time.monotonic() - began < 5
    assert secured.ask("GET", "/api/health").status == 200


@pytest.mark.parametrize("begun", [b"", b"GET /api/jobs HT"])
def test_who_is_private_and_slow_is_dropped(secured: Daemon, begun: bytes) -> None:
    assert secured.tls is not None
    with (
        socket.create_connection(("127.0.0.1", secured.port), timeout=10) as plain,
        secured.tls.wrap_socket(plain, server_hostname="localhost") as connection,
    ):
        connection.sendall(begun)
        said = b""
        while part := connection.recv(1000):
            said += part
    assert said.startswith(b"HTTP/1.1 408" if begun else b"")


def test_many_unfinished_handshakes_keep_nobody_out_for_long(secured: Daemon) -> None:
    held = [socket.create_connection(("127.0.0.1", secured.port)) for _ in range(600)]
    try:
        secured.until(lambda: is_healthy(secured))
    finally:
        for each in held:
            each.close()


def is_healthy(petit: Daemon) -> bool:
    try:
        return petit.ask("GET", "/api/health").status == 200
    except OSError:
        return False


def test_sighup_reads_the_certificate_again_and_keeps_a_good_one(secured: Daemon) -> None:
    first = serial(secured.port)
    files = write_certificate(secured.home)
    secured.send(signal.SIGHUP)
    secured.until(lambda: serial(secured.port) != first)
    second = serial(secured.port)
    files.key.write_text("spoilt")
    secured.send(signal.SIGHUP)
    secured.until(lambda: "the certificate was not renewed: " in secured.errors.read_text())
    assert serial(secured.port) == second


REFUSED = {
    "a key without its certificate": (["--api-key", "key.pem"], "api.cert is missing"),
    "a certificate without its key": (["--api-cert", "cert.pem"], "api.key is missing"),
    "a file that is not there": (
        ["--api-cert", "cert.pem", "--api-key", "none.pem"], "cannot read the key '",
    ),
    "the key of another one": (["--api-cert", "cert.pem", "--api-key", "other/key.pem"], "is not that of"),
    "a key that everybody reads": (["--api-cert", "cert.pem", "--api-key", "open.pem"], "chmod o= "),
}  # fmt: skip


@pytest.mark.parametrize(("args", "words"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_used_is_an_error_before_any_job_starts(
    args: list[str], words: str, tmp_path: Path
) -> None:
    files = write_certificate(tmp_path)
    (tmp_path / "other").mkdir()
    write_certificate(tmp_path / "other")
    (tmp_path / "open.pem").write_bytes(files.key.read_bytes())
    (tmp_path / "jobs").mkdir()
    (tmp_path / "jobs" / "eager.yaml").write_text(
        "id: eager\nschedule: '@reboot'\ntasks: [{id: main, run: touch ran}]\n"
    )
    done = petit("run", "jobs", "--api-port", "0", *args, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert words in done.stderr
    assert not (tmp_path / "ran").exists()


def test_tls_and_a_token_open_other_addresses(tmp_path: Path) -> None:
    write_certificate(tmp_path)
    given = ("--api-cert", "cert.pem", "--api-key", "key.pem", "--api-host", "*")
    with daemon(tmp_path, *given) as made:
        made.write("hello", HELLO)
        made.launch()
        assert made.wait() == 2
        assert "petit --db " in made.errors.read_text()
        assert "--api-cert" not in made.errors.read_text()
        petit("--db", "petit.db", "token", "create", "laptop", cwd=tmp_path)
        made.tls = trusting()
        made.start()
        assert made.trigger("hello"), "who runs Petit still needs no token"
        with pytest.raises(ssl.SSLCertVerificationError):
            serial_by_strangers(made.port)


def serial_by_strangers(port: int) -> None:
    context = ssl.create_default_context()
    with socket.create_connection(("127.0.0.1", port)) as plain:
        context.wrap_socket(plain, server_hostname="localhost")
