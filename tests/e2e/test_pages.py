"""The pages that people open in a browser: whole, quiet, and without anything from another host."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.support.browser import Chromium, Screen, Theme
from tests.support.daemon import Daemon, daemon

LOOKS: list[tuple[Theme, Screen]] = [
    ("light", "desktop"),
    ("dark", "desktop"),
    ("light", "phone"),
    ("dark", "small phone"),
]


@pytest.fixture(scope="module")
def petit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    with daemon(tmp_path_factory.mktemp("petit")) as made:
        made.write("hello", "tasks:\n  - {id: main, run: echo hello}\n")
        made.start()
        yield made


@pytest.mark.parametrize(("theme", "screen"), LOOKS)
@pytest.mark.parametrize("path", ["/api/docs"])  # those of the dashboard: test_ui_pages.py
async def test_a_page_is_quiet_and_asks_nobody_else(
    chromium: Chromium, petit: Daemon, path: str, theme: Theme, screen: Screen
) -> None:
    async with chromium.visit(petit.url, theme=theme, screen=screen) as visit:
        answer = await visit.page.goto(path, wait_until="networkidle")
        assert answer is not None
        assert answer.status == 200
        assert "Petit" in await visit.page.title()
        assert await visit.page.locator("h1").count() == 1


def first_bytes(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read(4)


async def go_wrong(chromium: Chromium, base: str) -> None:
    async with chromium.visit(base) as visit:
        await visit.page.goto("/api/health")
        await visit.page.evaluate("console.error('a cry'); setTimeout(() => { throw Error('a fall') })")
        await visit.page.evaluate("fetch('http://127.0.0.2:1/').catch(() => {})")
        await visit.page.evaluate("new WebSocket('ws://127.0.0.2:1/').onerror = () => {}")
        await visit.page.wait_for_timeout(100)
        visit.expect("a cry", "a fall")
        assert visit.strangers == ["http://127.0.0.2:1/", "ws://127.0.0.2:1/"]


async def test_what_goes_wrong_in_a_page_is_seen(chromium: Chromium, petit: Daemon) -> None:
    """The tests of pages rest on this: each kind of mistake is noted, and a picture is kept."""
    with pytest.raises(AssertionError) as caught:
        await go_wrong(chromium, petit.url)
    (note,) = caught.value.__notes__
    assert first_bytes(note.rpartition(" ")[2]) == b"\x89PNG"
