"""What is seen besides light and dark: on paper, with forced colours, before the scripts are there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect
from tests.support.browser import Chromium
from tests.support.daemon import Daemon, daemon
from tests.support.dashboard import needs_dashboard, opened

pytestmark = needs_dashboard


@pytest.fixture(scope="module")
def petit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    with daemon(tmp_path_factory.mktemp("petit")) as made:
        made.write("etl", "tasks:\n  - {id: load, run: exit 3}\n")
        made.write("good", "tasks:\n  - {id: main, run: 'true'}\n")
        made.start()
        for name in ("etl", "good"):
            made.over(made.trigger(name))
        yield made


async def style(place: Locator, name: str) -> str:
    value: str = await place.evaluate("(element, name) => getComputedStyle(element)[name]", name)
    return value


async def test_the_chosen_theme_is_there_before_any_other_script(chromium: Chromium, petit: Daemon) -> None:
    async with chromium.visit(petit.url, theme="dark", is_checked=False) as visit:
        page = visit.page
        await opened(page, "/login")
        await page.evaluate("localStorage.setItem('petit.theme', JSON.stringify('light'))")
        await page.route("**/assets/index-*.js", lambda route: route.abort())
        await page.goto("/")
        await expect(page.locator("html")).to_have_attribute("data-theme", "light")
        assert await page.evaluate("document.querySelector('h1')") is None


async def test_on_paper_it_is_light_without_controls_and_says_where_it_is_from(
    chromium: Chromium, petit: Daemon, tmp_path: Path
) -> None:
    async with chromium.visit(petit.url, theme="dark") as visit:
        page = visit.page
        for path in ("/", "/jobs", "/jobs/etl", "/runs", "/ledger"):
            await opened(page, path)
            await page.emulate_media(media="print")
            await expect(page.get_by_role("navigation", name="Pages")).to_be_hidden()
            await expect(page.get_by_role("button", name="Search")).to_be_hidden()
            await expect(page.get_by_text(f"{petit.url}{path} · times in")).to_be_visible()
            assert await style(page.locator("html"), "backgroundColor") == "rgb(255, 255, 255)"
            assert await page.pdf(path=tmp_path / "page.pdf") is not None
            await page.emulate_media(media="screen")


async def test_with_forced_colours_a_failure_still_looks_unlike_a_success(
    chromium: Chromium, petit: Daemon
) -> None:
    async with chromium.visit(petit.url) as visit:
        page = visit.page
        await page.emulate_media(forced_colors="active")
        await opened(page, "/runs")
        drawn = {}
        for word in ("failed", "completed"):
            status = page.get_by_role("row").filter(has_text=word).locator("svg").first
            await expect(status).to_be_visible()
            drawn[word] = await status.inner_html()
        assert drawn["failed"] != drawn["completed"], "shape, not colour, tells them apart"


async def commands(page: Page) -> dict[str, str]:
    """Return what the palette offers where nothing is typed: names, with keys and reasons."""
    await page.keyboard.press("Control+k")
    dialog = page.get_by_role("dialog", name="Search and commands")
    await expect(dialog.get_by_role("option").first).to_be_visible()
    texts = await dialog.get_by_role("option").all_inner_texts()
    await page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)
    return {text.splitlines()[0].strip(): " ".join(text.split()) for text in texts}


async def test_the_palette_has_what_a_page_can_do_with_its_key_and_why_not(
    chromium: Chromium, petit: Daemon
) -> None:
    run_id = petit.get("/api/jobs/etl/runs")["runs"][0]["id"]
    async with chromium.visit(petit.url) as visit:
        page = visit.page
        await opened(page, "/jobs/etl")
        found = " | ".join((await commands(page)).values())
        for words in (
            "Trigger etl… t",
            "Pause etl… p",
            "Why did it not run? w",
            "Jobs g j",
            "List of keys ?",
        ):
            assert words in found
        await opened(page, f"/runs/{run_id}")
        found = " | ".join((await commands(page)).values())
        for words in ("Cancel run… It is over c", "Rerun… r", "Previous run [", "Critical path ."):
            assert words in found


async def test_a_dialog_gives_the_focus_back_to_what_opened_it(chromium: Chromium, petit: Daemon) -> None:
    async with chromium.visit(petit.url) as visit:
        page = visit.page
        await opened(page, "/jobs/etl")
        for name in ("Trigger…", "Pause…"):
            button = page.get_by_role("button", name=name)
            await button.focus()
            await page.keyboard.press("Enter")
            await expect(page.get_by_role("dialog")).to_be_visible()
            assert await page.evaluate("document.activeElement.closest('dialog') !== null")
            await page.keyboard.press("Escape")
            await expect(page.get_by_role("dialog")).to_have_count(0)
            await expect(button).to_be_focused()
