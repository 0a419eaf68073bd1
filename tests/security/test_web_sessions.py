"""In a real browser: a session's cookie helps no other page, and a page that was named may call."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.security.test_web_attacks import SCRIPTS, Target, attack, check
from tests.support.browser import Chromium
from tests.support.daemon import Daemon, daemon
from tests.support.stranger import Stranger, stranger

ATTACKS = ("form_urlencoded", "fetch_no_cors", "xhr", "reading")
"""Those that send cookies where a browser lets them: another port of a name is of the same site."""


@pytest.fixture(scope="module")
def evil() -> Iterator[Stranger]:
    with stranger(SCRIPTS) as made:
        yield made


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory, evil: Stranger) -> Iterator[Target]:
    home = tmp_path_factory.mktemp("petit")
    named = f"http://127.0.0.1:{evil.port}"
    with daemon(home, "--log-level", "debug", "--api-cors-origin", named) as petit:
        petit.write("victim", f"tasks:\n{petit.witness.task()}")
        petit.write("sleeper", f"tasks:\n{petit.witness.task(sleep=1000)}")
        petit.start()
        yield Target(petit)


def token_of(petit: Daemon, name: str) -> str:
    made = petit.ask("POST", "/api/tokens", {"name": name, "scopes": ["read"]}).body
    secret: str = made["secret"]
    return secret


async def test_a_session_helps_no_page_of_another_port(
    chromium: Chromium, target: Target, evil: Stranger
) -> None:
    secret = token_of(target.petit, "session")
    async with chromium.visit(f"http://localhost:{evil.port}", is_checked=False) as visit:
        await visit.page.goto(f"{target.petit.url}/api/docs")
        begin = (
            "token => fetch('/api/session', {method: 'POST', body: JSON.stringify({token}),"
            " headers: {'Content-Type': 'application/json'}}).then(it => it.status)"
        )
        assert await visit.page.evaluate(begin, secret) in {200, 201}
        assert len(await visit.context.cookies()) == 1
        target.petit.until(lambda: len(target.petit.rows("SELECT 1 FROM audit")) == 5)
        target.before = target._state()
        target.reached()
        evil.facts = target.facts("localhost")
        for name in ATTACKS:
            await attack(visit, name)
            check(target, evil, f"{name} with a cookie")


async def test_a_page_that_was_named_reads_with_a_token_and_others_do_not(
    chromium: Chromium, target: Target, evil: Stranger
) -> None:
    secret = token_of(target.petit, "page")
    ask = (
        "([url, token]) => fetch(url, {headers: {Authorization: `Bearer ${token}`}})"
        ".then(it => it.json()).then(it => it.count, () => 'refused')"
    )
    evil.facts = target.facts("localhost")
    for home, told in (("127.0.0.1", 2), ("localhost", "refused")):
        async with chromium.visit(f"http://{home}:{evil.port}", is_checked=False) as visit:
            await visit.page.goto("/attack/beacon", wait_until="commit")
            asked = [f"{target.petit.url}/api/jobs", secret]
            assert await visit.page.evaluate(ask, asked) == told
