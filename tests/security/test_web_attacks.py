"""A real browser shows pages of another origin that attack Petit: nothing changes, and they read nothing.

Each attack is a script in `attacks/`, and a page of its own; it says itself what it tries. What came of it is
counted from outside: in the database, by the witness of the jobs, in what the page could send home.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from itertools import product
from pathlib import Path

import pytest
import pytest_asyncio
from tests.support.browser import Chromium, Visit
from tests.support.daemon import Daemon, daemon
from tests.support.routes import CHANGING, READING, filled
from tests.support.scale import scale
from tests.support.stranger import Stranger, stranger

from petit.api.walls import SAFE_METHODS

SCRIPTS = Path(__file__).with_name("attacks")
ATTACKS = sorted({path.stem for path in SCRIPTS.glob("*.js")} - {"lib", "worker", "rebinding"})
CANARY = "canary-7f3a"
HOMES = ("evil.example", "localhost", "127.0.0.1")
"""Names of the stranger: another site, and (with another port) another origin of the same site."""
TARGETS = ("localhost", "127.0.0.1")
WAYS = list(product(HOMES, TARGETS))
GATE_STEP = 4
_LINE = re.compile(r" ([A-Z]+|-) \S+  status=(\d+) ")


class Target:
    """A Petit with something to start, something to stop and something to read."""

    def __init__(self, petit: Daemon) -> None:
        self.petit = petit
        self.run_id = petit.trigger("sleeper", reason=CANARY)
        petit.over(petit.trigger("victim"))
        assert petit.ask("POST", "/api/tokens", {"name": "ci", "scopes": ["admin"]}).status == 201
        petit.until(lambda: len(petit.witness.lines("start")) == 2)
        petit.until(lambda: len(petit.rows("SELECT 1 FROM audit")) == 3)  # it is written a moment later
        self.before = self._state()
        self._seen = petit.errors.stat().st_size

    def _state(self) -> list[str]:
        with closing(sqlite3.connect(self.petit.database)) as connection:
            return [*connection.iterdump(), *map(str, self.petit.witness.lines())]

    def effects(self) -> list[str]:
        """What is in the database or the witness that was not, or no more."""
        return sorted(set(self._state()) ^ set(self.before))

    def reached(self) -> Counter[str]:
        """Count the requests that came in since the last look, by method and status."""
        with self.petit.errors.open() as log:
            log.seek(self._seen)
            text = log.read()
            self._seen = log.tell()
        return Counter(f"{method} {status}" for method, status in _LINE.findall(text))

    def facts(self, name: str, number: int = 0) -> dict[str, object]:
        """What the attacking scripts know of it; at the gate each knows other routes."""
        step = GATE_STEP if scale() == "gate" else 1
        changing, reading = CHANGING[number % step :: step], READING[number % step :: step]
        paths = {route: filled(route.path, self.run_id, job_id="victim") for route in (*changing, *reading)}
        return {
            "TARGET": f"http://{name}:{self.petit.port}",
            "CHANGING": [{"method": route.method, "path": paths[route]} for route in changing],
            "READING": [paths[route] for route in reading],
            "VICTIM": "/api/jobs/victim/trigger",
        }


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    with daemon(tmp_path_factory.mktemp("petit"), "--log-level", "debug") as petit:
        petit.write("victim", f"description: {CANARY}\ntasks:\n{petit.witness.task(say=CANARY)}")
        petit.write("sleeper", f"tasks:\n{petit.witness.task(say=CANARY, sleep=1000)}")
        petit.start()
        made = Target(petit)
        yield made
        assert made.effects() == [], "something came late"


@pytest.fixture(scope="module")
def evil() -> Iterator[Stranger]:
    with stranger(SCRIPTS) as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def victim(chromium: Chromium, evil: Stranger) -> AsyncIterator[Chromium]:
    """A browser to which all foreign names are on this machine, as they are after a rebinding."""
    rules = "MAP evil.example 127.0.0.1,MAP rebind.example 127.0.0.2"
    secure = f"http://evil.example:{evil.port}"  # or it would have no service workers
    async with chromium.another(
        f"--host-resolver-rules={rules}", f"--unsafely-treat-insecure-origin-as-secure={secure}"
    ) as other:
        yield other


async def attack(visit: Visit, name: str) -> None:
    await visit.page.goto(f"/attack/{name}", wait_until="commit")
    await visit.page.wait_for_function("typeof over === 'string'", timeout=60_000)
    assert await visit.page.evaluate("over") == "", "the attack itself is broken"
    for frame in visit.page.frames[1:]:
        assert "Petit" not in await frame.title(), f"{frame.url} is shown in a frame"
    await visit.page.mouse.click(200, 200)
    await visit.page.wait_for_timeout(100)


def check(target: Target, evil: Stranger, what: str) -> None:
    reached = target.reached()
    print(f"{what}: {dict(sorted(reached.items()))}")
    assert target.effects() == [], what
    assert evil.stolen == [], what
    assert reached, f"{what} never came to Petit: it proves nothing"
    let_in = [each for each in reached if each.split()[0] not in SAFE_METHODS and each[-3:] < "400"]
    assert let_in == [], what


@pytest.mark.parametrize("name", ATTACKS)
async def test_no_attack_has_an_effect(victim: Chromium, target: Target, evil: Stranger, name: str) -> None:
    at = ATTACKS.index(name)
    for home, host in [WAYS[at % len(WAYS)]] if scale() == "gate" else WAYS:
        evil.facts = target.facts(host, at)
        evil.stolen.clear()
        async with victim.visit(f"http://{home}:{evil.port}", is_checked=False) as visit:
            await attack(visit, name)
        check(target, evil, f"{name} from {home} on {host}")


async def test_a_name_that_is_pointed_at_us_opens_nothing(
    victim: Chromium, target: Target, evil: Stranger
) -> None:
    with stranger(SCRIPTS, "127.0.0.2", target.petit.port) as rebound:
        rebound.facts = target.facts("localhost")
        async with victim.visit(f"http://rebind.example:{rebound.port}", is_checked=False) as visit:
            await attack(visit, "rebinding")
        check(target, rebound, "rebinding")


async def test_what_our_own_page_does_is_seen(victim: Chromium, target: Target, evil: Stranger) -> None:
    """The other tests rest on this: an effect, and what is read, would not go unseen."""
    evil.facts = target.facts("localhost")
    async with victim.visit(target.petit.url, is_checked=False) as visit:
        await visit.page.goto("/api/docs")
        said = await visit.page.evaluate(
            "fetch('/api/jobs/victim/trigger', {method: 'POST'}).then(it => it.text())"
        )
    async with victim.visit(f"http://localhost:{evil.port}", is_checked=False) as visit:
        await visit.page.goto("/attack/beacon")
        await visit.page.evaluate("steal('x')")
    target.petit.over(json.loads(said)["run_id"])
    target.petit.until(lambda: evil.stolen)
    assert {text.split('"')[1] for text in target.effects() if text.startswith("INSERT")} > {"runs", "audit"}
    assert {text for text in target.effects() if text.startswith("Line")}
    target.before = target._state()


def test_there_are_as_many_attacks_as_promised() -> None:
    assert len(ATTACKS) + 1 >= 20
