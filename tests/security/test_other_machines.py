"""What other machines reach, where the API listens on more than the loopback: nothing without a token."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from tests.security.test_other_users import LIVE, METHODS
from tests.support.callers import make
from tests.support.http import request
from tests.support.other_machine import OtherMachine, needs_network, other_machine
from tests.support.routes import OPEN, filled
from tests.support.site import Site, site

from petit.api.routes import ROUTES
from petit.api.settings import ApiSettings

pytestmark = needs_network


@pytest.fixture(scope="module")
def machine() -> Iterator[OtherMachine]:
    with other_machine() as made:
        yield made


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Site]:
    """A site on every address of this machine."""
    async with site(tmp_path, ApiSettings(host="*", max_guests=10)) as made:
        yield made


async def test_no_route_is_open_to_root_of_another_machine(api: Site, machine: OtherMachine) -> None:
    run_id = await api.trigger("hello")
    change = api.world.storage.change
    paths = [filled(path, run_id) for path in dict.fromkeys(route.path for route in ROUTES)]
    asked = [(method, path) for path in [*paths, "/api/nothing"] for method in METHODS]
    host = {"Host": f"{machine.here}:{api.port}"}
    told = await machine.ask(api.port, *((method, path, host) for method, path in asked))
    print(f"{len(told)} requests from another machine")
    reached = [each for each, (status, _) in zip(asked, told, strict=True) if status != 401]
    assert set(reached) == OPEN
    assert api.world.storage.change == change


async def test_a_token_opens_it_to_another_machine(api: Site, machine: OtherMachine) -> None:
    shown = await make(api, "laptop", "trigger")
    host = {"Host": f"{machine.here}:{api.port}", **shown}
    listed, triggered, refused = await machine.ask(
        api.port,
        ("GET", "/api/jobs", host),
        ("POST", "/api/jobs/hello/trigger", host),
        ("POST", "/api/scheduler/pause", host),
    )
    assert (listed[0], triggered[0], refused[0]) == (200, 200, 403)
    run = await api.world.run(json.loads(triggered[1])["run_id"])
    assert run.caller == "token laptop"
    calls = (await api.get("/api/audit")).json()["calls"]
    assert [(each["address"], each["status"]) for each in calls[:2]] == [
        (machine.there, 403),
        (machine.there, 200),
    ]


@pytest.mark.parametrize(
    ("name", "status"),
    [("evil.example", 403), ("10.255.255.254", 403), ("0.0.0.1", 403), ("{here}", 200), ("127.0.0.1", 200)],
)
async def test_the_address_that_was_called_is_a_name(
    api: Site, machine: OtherMachine, name: str, status: int
) -> None:
    shown = await make(api, "laptop", "read")
    host = f"{name.format(here=machine.here)}:{api.port}"
    ((answered, _),) = await machine.ask(api.port, ("GET", "/api/jobs", {"Host": host, **shown}))
    assert answered == status


async def test_the_user_that_runs_petit_needs_none_on_any_address(api: Site, machine: OtherMachine) -> None:
    for address in ("127.0.0.1", machine.here, "::1"):
        reader, writer = await asyncio.open_connection(address, api.port)
        writer.write(request("GET", "/api/jobs", {"Host": "localhost", "Connection": "close"}))
        assert (await reader.readline()).startswith(b"HTTP/1.1 200")
        writer.close()


async def test_strangers_of_one_address_leave_room_for_others(api: Site, machine: OtherMachine) -> None:
    """What another machine has open without a token ends at a limit, and what it may not have is closed."""
    many = [("GET", LIVE, {"Host": f"{machine.here}:{api.port}"})] * 40
    assert {status for status, _ in await machine.ask(api.port, *many)} == {200}, "one after the other"
    hold = (
        "import socket, sys\n"
        f"held = [socket.create_connection(({machine.here!r}, {api.port})) for _ in range(30)]\n"
        "sys.stdin.read()\n"
    )
    process = await asyncio.create_subprocess_exec(
        "ip", "netns", "exec", machine.name, sys.executable, "-I", "-S", "-c", hold, stdin=-1
    )
    try:
        await api.until(lambda: len(api.server._state.connections) == 10)
        assert (await api.get("/api/jobs")).status == 200
    finally:
        process.kill()
        await process.wait()
