"""Who may do what: a token that may only read sees all, and every action says why it is off."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect
from tests.support.browser import Chromium
from tests.support.daemon import Daemon, daemon
from tests.support.dashboard import needs_dashboard, opened

pytestmark = needs_dashboard

WHY = "Your token may read, not trigger."
ACTIONS = {
    "/": [],
    "/jobs/etl": ["Trigger…", "Pause…"],
    "/jobs": [],
    "/ledger?fate=skipped": ["Run it now"],
    "/runs/{run}": ["Cancel"],
}
"""What can be done on a page, by the names of its buttons."""


@pytest.fixture
def petit(tmp_path: Path) -> Iterator[Daemon]:
    with daemon(tmp_path) as made:
        made.write("etl", "tasks:\n  - {id: main, run: exit 3}\n")
        made.write("busy", "schedule: '@every 1s'\noverlap: skip\ntasks:\n  - {id: main, run: sleep 600}\n")
        made.start()
        made.over(made.trigger("etl"))
        made.until(lambda: made.get("/api/occurrences?fate=skipped")["count"] > 1)
        yield made


async def log_in(page: Page, secret: str, to: str) -> None:
    await opened(page, f"/login?to={to}")
    await page.get_by_label("Token").fill(secret)
    await page.keyboard.press("Enter")
    await expect(page.locator("h1")).not_to_have_text("Log in")


async def palette(page: Page, typed: str, answer: str) -> str:
    """Return what the palette says of the answer to some words."""
    await page.keyboard.press("Control+k")
    await page.keyboard.type(typed)
    found = page.get_by_role("dialog", name="Search and commands")
    text = await found.get_by_role("option").filter(has_text=answer).inner_text()
    await page.keyboard.press("Escape")
    return text


async def test_who_may_only_read_finds_each_action_off_and_why(chromium: Chromium, petit: Daemon) -> None:
    secret = petit.ask("POST", "/api/tokens", {"name": "reader", "scopes": ["read"]}).body["secret"]
    run_id = petit.get("/api/jobs/busy/runs")["runs"][0]["id"]
    async with chromium.visit(petit.url) as visit:
        page = visit.page
        await log_in(page, secret, "/jobs")
        for path, names in ACTIONS.items():
            await opened(page, path.format(run=run_id))
            for name in names:
                button = page.get_by_role("button", name=re.compile(f"^{name}")).first
                await expect(button).to_have_attribute("aria-disabled", "true")
                await expect(button).to_have_accessible_name(f"{name} ({WHY})")
        await opened(page, "/jobs")
        await page.get_by_role("button", name="Actions for etl").click()
        for item in await page.get_by_role("menuitem").all():
            await expect(item).to_be_disabled()
            await expect(item).to_contain_text(WHY)
        await page.keyboard.press("Escape")
        await opened(page, "/jobs/etl")
        await page.keyboard.press("t")
        await expect(page.get_by_role("dialog")).to_have_count(0)
        assert WHY in await palette(page, "trigger etl", "Trigger etl…")
        assert "not administer" in await palette(page, "pause the", "Pause the scheduler…")
        assert petit.get("/api/jobs/etl/runs")["count"] == 1


async def test_a_session_sees_what_happens_at_once_too(chromium: Chromium, petit: Daemon) -> None:
    secret = petit.ask("POST", "/api/tokens", {"name": "reader", "scopes": ["read"]}).body["secret"]
    async with chromium.visit(petit.url) as visit:
        page = visit.page
        await log_in(page, secret, "/jobs/etl")
        run_id = petit.trigger("etl")
        await expect(page.locator(f"a[href^='/runs/{run_id}']").first).to_be_visible()
