"""TLS, with real sockets: what is private, what is dropped, what changes while it runs."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.certificates import trusting, write_certificate
from tests.support.http import Connection, request
from tests.support.site import ONE_TASK, Site, site

from petit.api.settings import ApiSettings

QUICK = ApiSettings(head_timeout_s=0.5, max_connections=4)


@pytest.fixture
async def private(tmp_path: Path) -> AsyncIterator[Site]:
    async with site(tmp_path, is_tls=True) as made:
        yield made


def is_empty(api: Site) -> bool:
    return not api.server._state.connections


async def test_the_whole_api_is_there(private: Site) -> None:
    run_id = await private.trigger("hello")
    run = (await private.get(f"/api/runs/{run_id}")).json()
    assert run["caller"].startswith("uid "), "the peer is known under TLS too"
    assert (await private.get("/api/events")).status == 200


async def test_the_control_socket_is_as_it_was(private: Site) -> None:
    connection = await private.connect_unix()
    await connection.send(request("GET", "/api/jobs", {"Host": "petit"}))
    assert (await connection.answer()).status == 200


async def test_a_page_that_came_without_tls_changes_nothing(private: Site) -> None:
    host = f"localhost:{private.port}"
    for origin, status in ((f"https://{host}", 200), (f"http://{host}", 403)):
        assert (await private.post("/api/scheduler/pause", {}, Origin=origin)).status == status


async def test_without_tls_nothing_is_answered(private: Site) -> None:
    connection = Connection(*await asyncio.open_connection("127.0.0.1", private.port))
    await connection.send(request("GET", "/api/health/live", {"Host": "localhost"}))
    assert b"HTTP/1.1" not in await connection.closed()
    await connection.close()
    await private.until(lambda: is_empty(private))


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_modern_tls_is_spoken(private: Site, version: ssl.TLSVersion) -> None:
    context = trusting()
    context.minimum_version = context.maximum_version = version
    connection = Connection(*await asyncio.open_connection("127.0.0.1", private.port, ssl=context))
    await connection.send(request("GET", "/api/health/live", {"Host": "localhost", "Connection": "close"}))
    assert (await connection.answer()).status == 200
    await connection.close()


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1:DeprecationWarning")
async def test_old_tls_is_not_spoken(private: Site) -> None:
    context = trusting()
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.raises((ssl.SSLError, ConnectionError)):
        await asyncio.open_connection("127.0.0.1", private.port, ssl=context)


@pytest.mark.parametrize("begun", [b"", b"\x16\x03\x01\x02\x00\x01", b"\x16\x03\x01\x40\x00" + b"x" * 64])
async def test_a_handshake_that_is_not_finished_is_dropped(tmp_path: Path, begun: bytes) -> None:
    async with site(tmp_path, QUICK, is_tls=True) as api:
        connection = Connection(*await asyncio.open_connection("127.0.0.1", api.port))
        await connection.send(begun)
        await api.until(lambda: not is_empty(api))
        assert b"HTTP" not in await connection.closed()
        await connection.close()
        await api.until(lambda: is_empty(api))


async def test_unfinished_handshakes_count_as_connections(tmp_path: Path) -> None:
    settings = ApiSettings(head_timeout_s=5, max_connections=4)
    async with site(tmp_path, settings, is_tls=True) as api:
        held = [socket.create_connection(("127.0.0.1", api.port)) for _ in range(10)]
        await api.until(lambda: len(api.server._state.connections) == 4)
        with pytest.raises(ConnectionError):
            await api.connect()
        for each in held:
            each.close()
        await api.until(lambda: is_empty(api))
        assert (await api.get("/api/health")).status == 200


async def test_closing_breaks_handshakes_off(tmp_path: Path) -> None:
    async with site(tmp_path, is_tls=True) as api:
        with socket.create_connection(("127.0.0.1", api.port)):
            await api.until(lambda: not is_empty(api))
            async with asyncio.timeout(2):
                await api.server.close()
        with pytest.raises(ConnectionError):
            await api.connect()


async def test_closing_lets_private_requests_finish(private: Site) -> None:
    asking = asyncio.create_task(private.post("/api/jobs/hello/trigger?wait=60s"))
    await private.until(lambda: private.server._state.tasks)
    await private.server.close()
    assert (await asking).status == 200


async def test_a_certificate_is_renewed_for_connections_to_come(private: Site) -> None:
    old = await private.connect()
    shown = old.writer.get_extra_info("ssl_object").getpeercert()["serialNumber"]
    assert private.files is not None
    assert private.certificate is not None
    write_certificate(private.files.cert.parent)
    private.certificate.renew()
    new = await private.connect()
    assert new.writer.get_extra_info("ssl_object").getpeercert()["serialNumber"] != shown
    for connection in (old, new):
        await connection.send(request("GET", "/api/health", {"Host": "localhost"}))
        assert (await connection.answer()).status == 200


async def test_who_says_goodbye_and_takes_nothing_is_left(tmp_path: Path) -> None:
    """What lies below TLS is not seen above it: an answer that nobody takes must not hold the connection."""
    many = {f"job{number}": f"description: {'x' * 20_000}\n{ONE_TASK}" for number in range(400)}
    async with site(tmp_path, ApiSettings(keep_alive_s=1), jobs=many, is_tls=True) as api:
        connection = await api.connect()
        (served,) = api.server._state.connections
        await api.until(lambda: served.transport is not None)
        below(served.transport).set_write_buffer_limits(high=1 << 30)
        await connection.send(request("GET", "/api/jobs", {"Host": "localhost"}))
        await connection.head()
        below(connection.writer.transport).pause_reading()
        connection.writer.transport.close()  # says goodbye within TLS
        await api.until(lambda: is_empty(api))
        below(connection.writer.transport).abort()


def below(transport: Any) -> Any:
    """Return what TLS is done over."""
    return transport._ssl_protocol._transport
