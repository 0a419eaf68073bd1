"""The year of a job: a cell a day, which says what the API says, moves by keys, and has a table behind it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import expect
from tests.support.browser import Chromium, Screen, Theme
from tests.support.daemon import Daemon, daemon
from tests.support.dashboard import barriers, needs_dashboard, opened

pytestmark = needs_dashboard


@pytest.fixture
def petit(tmp_path: Path) -> Iterator[Daemon]:
    with daemon(tmp_path) as made:
        broken = tmp_path / "broken"
        made.write("good", f"tasks:\n  - {{id: main, run: test ! -e {broken}}}\n")
        made.start()
        made.over(made.trigger("good"))
        broken.touch()
        made.over(made.trigger("good"))
        yield made


def today(petit: Daemon) -> dict[str, Any]:
    """The last day on which something happened, as the API tells it."""
    days: list[dict[str, Any]] = petit.get("/api/jobs/good/days")["days"]
    return days[-1]


async def test_a_day_says_what_the_api_says_and_stays_true(chromium: Chromium, petit: Daemon) -> None:
    day = today(petit)
    assert (day["completed"], day["failed"]) == (1, 1)
    async with chromium.visit(petit.url) as visit:
        page = visit.page
        await opened(page, "/jobs/good?tab=calendar")
        await expect(page.get_by_role("gridcell")).to_have_count(371)
        cell = page.locator(f"[data-day='{day['day']}']")
        await expect(cell).to_have_accessible_name(
            f"{day['day']}: 2 runs, 1 of 2 completed, 1 failed, median {day['median_ms']} ms"
        )
        petit.over(petit.trigger("good"))
        await expect(cell).to_have_accessible_name(
            f"{day['day']}: 3 runs, 1 of 3 completed, 2 failed, median {day['median_ms']} ms"
        )
        await page.get_by_role("button", name="Show as table").first.click()
        row = page.get_by_role("row").filter(has_text=day["day"])
        await expect(row.get_by_role("cell")).to_have_text(
            [day["day"], "1", "2", "0", "0", "0", "0", f"{day['median_ms']} ms"]
        )


async def test_arrows_walk_the_days_and_enter_chooses_one(chromium: Chromium, petit: Daemon) -> None:
    day = today(petit)["day"]
    async with chromium.visit(petit.url) as visit:
        page = visit.page
        await opened(page, "/jobs/good?tab=calendar")
        cells = page.get_by_role("grid", name="Days, a column a week")
        await cells.locator("[tabindex='0']").focus()
        await expect(page.locator(f"[data-day='{day}']")).to_be_focused()
        await page.keyboard.press("Home")
        await expect(cells.locator("[data-day]").first).to_be_focused()
        await page.keyboard.press("Shift+ArrowRight")
        await expect(page.locator(f"[data-day='{day}']")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", name=f"Due times of {day}")).to_be_visible()
        assert page.url.endswith(f"day={day}")
        await page.get_by_role("link", name="Its runs").click()
        await expect(page.get_by_role("row").filter(has=page.locator("a[href^='/runs/']"))).to_have_count(2)


@pytest.mark.parametrize(("theme", "screen"), [("light", "desktop"), ("dark", "small phone")])
async def test_it_keeps_nobody_out(chromium: Chromium, petit: Daemon, theme: Theme, screen: Screen) -> None:
    async with chromium.visit(petit.url, theme=theme, screen=screen) as visit:
        page = visit.page
        await opened(page, "/jobs/good?tab=calendar")
        await expect(page.get_by_role("gridcell")).to_have_count(371)
        assert await barriers(page) == []
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
