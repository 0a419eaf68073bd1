"""A real browser: pages of an origin that was named, and the session of our own page."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from tests.support.browser import Chromium
from tests.support.daemon import Daemon, daemon
from tests.support.stranger import Stranger, stranger

HELLO = "tasks:\n  - {id: main, run: echo hello}\n"
ASK = """async ([url, options]) => {
  try {
    const answer = await fetch(url, options);
    return [answer.status, answer.headers.get("x-request-id") !== null];
  } catch (error) {
    return [0, false];
  }
}"""


@pytest.fixture(scope="module")
def dash(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stranger]:
    with stranger(tmp_path_factory.mktemp("dash")) as made:
        yield made


@pytest.fixture(scope="module")
def petit(tmp_path_factory: pytest.TempPathFactory, dash: Stranger) -> Iterator[Daemon]:
    home = tmp_path_factory.mktemp("petit")
    with daemon(home, "--api-cors-origin", f"http://dash.example:{dash.port}") as made:
        made.write("hello", HELLO)
        made.start()
        yield made


@pytest.fixture(scope="module")
def secret(petit: Daemon) -> str:
    made: str = petit.ask("POST", "/api/tokens", {"name": "dash", "scopes": ["trigger"]}).body["secret"]
    return made


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def browser(chromium: Chromium) -> AsyncIterator[Chromium]:
    rules = "MAP dash.example 127.0.0.1,MAP other.example 127.0.0.1"
    async with chromium.another(f"--host-resolver-rules={rules}") as other:
        yield other


@pytest.mark.parametrize(
    ("name", "answered"),
    [("dash.example", [200, True]), ("other.example", [0, False])],
)
async def test_a_page_with_a_token_calls_where_its_origin_was_named(
    browser: Chromium, petit: Daemon, dash: Stranger, secret: str, name: str, answered: list[Any]
) -> None:
    async with browser.visit(f"http://{name}:{dash.port}", is_checked=False) as visit:
        await visit.page.goto("/redirect?code=200&to=/")
        headers = {"Authorization": f"Bearer {secret}"}
        for path, method in (("/api/jobs", "GET"), ("/api/jobs/hello/trigger", "POST")):
            options = {"method": method, "headers": headers}
            assert await visit.page.evaluate(ASK, [petit.url + path, options]) == answered
        alone = await visit.page.evaluate(ASK, [petit.url + "/api/jobs", {}])
        # The browser runs as the user that runs Petit: that must be worth nothing to the page.
        assert alone == ([401, True] if answered[0] else [0, False])
    assert len(petit.get("/api/jobs/hello/runs")["runs"]) <= 1


async def test_our_own_page_logs_in_and_no_other_has_the_session(
    browser: Chromium, petit: Daemon, dash: Stranger, secret: str
) -> None:
    async with browser.visit(petit.url, is_checked=False) as visit:
        page = visit.page
        await page.goto("/api/docs")
        begun = await page.evaluate(
            """async (token) => (await fetch("/api/session", {method: "POST", body: JSON.stringify({token}),
               headers: {"Content-Type": "application/json"}})).json()""",
            secret,
        )
        assert begun["caller"] == "token dash"
        assert await page.evaluate("document.cookie") == ""
        shown = await page.evaluate("async () => (await fetch('/api/session')).json()")
        assert (shown["kind"], shown["scope"]) == ("token", "trigger")
        heard = await page.evaluate(
            """() => new Promise((told) => { const s = new EventSource("/api/events");
               s.onopen = () => { s.close(); told("open"); }; s.onerror = () => told("error"); })"""
        )
        assert heard == "open"
        assert await page.evaluate(ASK, ["/api/jobs/hello/trigger", {"method": "POST"}]) == [200, True]
        assert await page.evaluate(ASK, ["/api/reload", {"method": "POST"}]) == [403, True]

        other = await visit.context.new_page()
        await other.goto(f"http://dash.example:{dash.port}/redirect?code=200&to=/")
        for path, method in (("/api/session", "GET"), ("/api/jobs/hello/trigger", "POST")):
            options = {"method": method, "credentials": "include"}
            assert (await other.evaluate(ASK, [petit.url + path, options]))[0] == 0

        assert await page.evaluate(ASK, ["/api/session", {"method": "DELETE"}]) == [204, True]
        shown = await page.evaluate("async () => (await fetch('/api/session')).json()")
        assert shown["kind"] == "local"


def test_every_origin_cannot_be_named(tmp_path: Path) -> None:
    with daemon(tmp_path, "--api-cors-origin", "*") as made:
        made.write("hello", HELLO)
        made.launch()
        assert made.wait() == 2
        assert "any page could call then: name those that may" in made.errors.read_text()
