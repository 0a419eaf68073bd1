from __future__ import annotations

import os

import pytest

from petit.api.errors import BadRequest, ForeignRequest, NotAllowed
from petit.api.peers import Peer
from petit.api.walls import (
    HostList,
    allowed_uids,
    binds_to_tls,
    check_caller,
    check_origin,
    check_reader,
)

PORT = 8565
HERE = ("127.0.0.1", PORT)


def headers(*hosts: str) -> list[tuple[bytes, bytes]]:
    return [(b"accept", b"*/*"), *((b"host", host.encode("latin-1")) for host in hosts)]


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "localhost:8565",
        "LocalHost:8565",
        "127.0.0.1",
        "127.0.0.1:8565",
        "[::1]",
        "[::1]:8565",
        "pi.local",
        "pi.local:8565",
        "proxy:443",
        "127.0.0.9:8565",
    ],
)
def test_names_in_the_list_pass(host: str) -> None:
    allowed = HostList("127.0.0.9", ("pi.local", "proxy:443"))
    for _ in range(2):
        allowed.check(headers(host), HERE)


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "localhost:8566",
        "localhost:",
        "localhost:8565:8565",
        "localhost.evil.example",
        "evil.localhost",
        "localhost.",
        "localhost@evil.example",
        "127.0.0.1.nip.example:8565",
        "127.0.0.2",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0",
        "0.0.0.0:8565",
        "::1",
        "[::1",
        "[::]:8565",
        "[::ffff:127.0.0.1]:8565",
        "proxy",
        "proxy:8565",
        "",
        " localhost",
        "localhost:08565",
        "localhost:٨٥٦٥".encode().decode("latin-1"),
        "localhos\u0142".encode().decode("latin-1"),
    ],
)
def test_all_other_names_are_foreign(host: str) -> None:
    allowed = HostList("127.0.0.9", ("pi.local", "proxy:443"))
    with pytest.raises(ForeignRequest):
        allowed.check(headers(host), HERE)


@pytest.mark.parametrize("hosts", [(), ("localhost", "localhost"), ("localhost", "evil.example")])
def test_there_is_exactly_one_host(hosts: tuple[str, ...]) -> None:
    with pytest.raises(BadRequest):
        HostList("127.0.0.1").check(headers(*hosts), HERE)


def test_an_ipv6_bind_address_is_known_without_brackets() -> None:
    HostList("fd00::1").check(headers("[fd00::1]:8565"), HERE)


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("192.0.2.7:8565", "192.0.2.7"),
        ("192.0.2.7", "192.0.2.7"),
        ("[2001:db8::7]:8565", "2001:db8::7"),
        ("[fe80::7]:8565", "fe80::7%eth0"),
    ],
)
def test_where_all_addresses_are_bound_the_one_that_was_called_passes(host: str, address: str) -> None:
    allowed = HostList("*")
    allowed.check(headers(host), (address, PORT))
    with pytest.raises(ForeignRequest):
        allowed.check(headers(host), ("192.0.2.8", PORT))
    with pytest.raises(ForeignRequest):
        allowed.check(headers("pi.local"), (address, PORT))


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param({}, id="a program"),
        pytest.param({"origin": "http://localhost:8565"}, id="a page of ours"),
        pytest.param({"origin": "HTTP://LOCALHOST:8565"}, id="a page of ours, aloud"),
        pytest.param({"origin": "https://localhost:8565"}, id="a page of ours behind TLS"),
        pytest.param({"sec-fetch-site": "same-origin"}, id="a fetch of ours"),
        pytest.param({"sec-fetch-site": "none"}, id="a person"),
    ],
)
def test_our_own_pages_may_change_things(sent: dict[str, str]) -> None:
    check_origin({"host": "localhost:8565", **sent}, "http")


@pytest.mark.parametrize(
    "sent",
    [
        {"origin": "null"},
        {"origin": ""},
        {"origin": "http://evil.example"},
        {"origin": "http://localhost"},
        {"origin": "http://localhost:3000"},
        {"origin": "http://127.0.0.1:8565"},
        {"origin": "http://localhost:8565.evil.example"},
        {"origin": "http://evil.example#http://localhost:8565"},
        {"origin": "http://localhost:8565/"},
        {"origin": "file://"},
        {"origin": "chrome-extension://abc"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": ""},
        {"origin": "http://localhost:8565", "sec-fetch-site": "cross-site"},
        {"origin": "http://evil.example", "sec-fetch-site": "same-origin"},
    ],
)
def test_other_pages_may_not(sent: dict[str, str]) -> None:
    with pytest.raises(ForeignRequest):
        check_origin({"host": "localhost:8565", **sent}, "http")


def test_an_origin_without_a_host_is_foreign() -> None:
    with pytest.raises(ForeignRequest):
        check_origin({"origin": "http://"}, "http")


def test_under_tls_a_page_that_came_without_is_not_ours() -> None:
    check_origin({"host": "pi.local:8565", "origin": "https://pi.local:8565"}, "https")
    with pytest.raises(ForeignRequest):
        check_origin({"host": "pi.local:8565", "origin": "http://pi.local:8565"}, "https")


@pytest.mark.parametrize(
    ("host", "port", "binds"),
    [
        ("petit.example", 443, True),
        ("petit.example:443", 443, True),
        ("petit.example:8565", 8565, False),
        ("localhost", 443, False),
        ("localhost:443", 443, False),
        ("127.0.0.1", 443, False),
        ("[::1]:443", 443, False),
        ("", 443, False),
    ],
)
def test_a_browser_is_bound_to_tls_where_the_name_is_ours_alone(host: str, port: int, binds: bool) -> None:
    assert binds_to_tls(host, ("192.0.2.1", port)) == binds


@pytest.mark.parametrize(
    ("sent", "may"),
    [
        pytest.param({}, True, id="no browser"),
        pytest.param({"site": "same-origin", "dest": "empty"}, True, id="our own page"),
        pytest.param({"site": "none", "dest": "document"}, True, id="an address that was typed"),
        pytest.param({"site": "cross-site", "dest": "document"}, True, id="a link on another site"),
        pytest.param({"site": "same-site", "dest": "document"}, True, id="a link on another port"),
        pytest.param({"site": "cross-site", "dest": "empty"}, False, id="a script of another site"),
        pytest.param({"site": "same-site", "dest": "empty"}, False, id="a script of another port"),
        pytest.param({"site": "cross-site", "dest": "object"}, False, id="an object in another page"),
        pytest.param({"site": "cross-site", "dest": "iframe"}, False, id="a frame in another page"),
        pytest.param({"site": "cross-site"}, False, id="a browser that does not say for what"),
        pytest.param({"origin": "http://localhost:8565", "site": "same-origin"}, True, id="our own script"),
        pytest.param({"origin": "http://evil.example"}, False, id="a socket of another site"),
        pytest.param(
            {"origin": "null", "site": "none", "dest": "document"}, False, id="a page without origin"
        ),
        pytest.param({"site": "", "dest": "image"}, False, id="a site that has no name"),
    ],
)
def test_other_pages_may_link_and_not_load(sent: dict[str, str], may: bool) -> None:
    headers = {
        b"host": b"localhost:8565",
        **{
            (name if name == "origin" else f"sec-fetch-{name}").encode(): value.encode()
            for name, value in sent.items()
        },
    }
    if may:
        check_reader(headers, "http")
    else:
        with pytest.raises(ForeignRequest):
            check_reader(headers, "http")


def test_the_user_that_runs_petit_and_root_need_no_token() -> None:
    assert allowed_uids() == {os.getuid(), 0}
    for peer in (Peer("tcp", 1000), Peer("tcp", 0), Peer("unix", 1000)):
        check_caller(peer, frozenset({1000, 0}))


@pytest.mark.parametrize("peer", [Peer("tcp", 1001), Peer("unix", 65534), Peer("tcp"), Peer("unix")])
def test_nobody_else_may_call(peer: Peer) -> None:
    with pytest.raises(NotAllowed):
        check_caller(peer, frozenset({1000, 0}))
