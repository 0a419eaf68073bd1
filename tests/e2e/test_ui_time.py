"""Schedule, ledger, runs: what comes, what did not run and why, what ran."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.async_api import expect
from tests.support.browser import Chromium
from tests.support.daemon import Daemon, daemon
from tests.support.dashboard import needs_dashboard, opened

pytestmark = needs_dashboard


@pytest.fixture
def petit(tmp_path: Path) -> Iterator[Daemon]:
    with daemon(tmp_path) as made:
        yield made


async def test_the_ledger_says_why_it_did_not_run_and_runs_it_now(chromium: Chromium, petit: Daemon) -> None:
    petit.write("busy", "schedule: '@every 1s'\noverlap: skip\ntasks:\n  - {id: main, run: sleep 600}\n")
    petit.start()
    petit.until(lambda: petit.get("/api/occurrences?fate=skipped")["count"] > 1)
    run_id = petit.get("/api/jobs/busy/runs")["runs"][0]["id"]
    async with chromium.visit(petit.url) as visit:
        page = visit.page
        await opened(page, "/ledger?fate=skipped")
        row = page.get_by_role("row").filter(has_text="the run before was still going (1 of 1)").first
        await expect(row).to_be_visible()
        await expect(row.locator(f"a[href='/runs/{run_id}']")).to_have_count(1)
        said = await page.get_by_text(re.compile(r"due = .* ran \+ .* skipped \+ .* missed")).inner_text()
        due, ran, skipped, missed = (int(each) for each in re.findall(r"\d+", said))
        assert due == ran + skipped + missed
        await row.get_by_role("button", name="Run it now").click()
        await page.get_by_role("dialog").get_by_role("button", name="Trigger", exact=True).click()
        await expect(page.get_by_text("busy already runs (1 of 1).")).to_be_visible()
        visit.expect("429")


async def test_runs_are_filtered_by_what_stands_in_the_address(chromium: Chromium, petit: Daemon) -> None:
    petit.write("good", "tasks:\n  - {id: main, run: 'true'}\n")
    petit.write("bad", "tasks:\n  - {id: main, run: exit 4}\n")
    petit.start()
    for name in ("good", "bad", "good"):
        petit.over(petit.trigger(name))
    async with chromium.visit(petit.url) as visit:
        page = visit.page
        await opened(page, "/runs?status=failed")
        rows = page.get_by_role("row").filter(has=page.locator("a"))
        await expect(rows).to_have_count(1)
        await expect(rows.first).to_contain_text("exit code 4")
        await page.get_by_role("button", name="Clear filters").click()
        await expect(rows).to_have_count(3)
        assert page.url.endswith("/runs")
        run_id = petit.trigger("good")
        await page.get_by_role("button", name="Show newer runs").click()
        await expect(rows.filter(has=page.locator(f"a[href='/runs/{run_id}']"))).to_have_count(1)


async def test_the_schedule_shows_what_was_and_what_comes(chromium: Chromium, petit: Daemon) -> None:
    petit.write("often", "schedule: '@every 1s'\ntasks:\n  - {id: main, run: 'true'}\n")
    petit.write("daily", "schedule: '0 2 * * *'\ntasks:\n  - {id: main, run: 'true'}\n")
    petit.start()
    petit.until(lambda: petit.get("/api/jobs/often/runs")["count"] > 2)
    async with chromium.visit(petit.url) as visit:
        page = visit.page
        await opened(page, "/schedule")
        await expect(
            page.get_by_role("img", name=re.compile("^often: [1-9].* ran, 0 did not"))
        ).to_be_visible()
        await page.get_by_role("radio", name="14 d").check()
        await expect(page.get_by_role("img", name=re.compile("^often: "))).to_be_visible()
        await page.get_by_role("searchbox", name="Filter jobs").fill("nothing like it")
        await expect(page.get_by_text("No job that runs in this time matches", exact=False)).to_be_visible()


async def test_who_shows_a_token_is_let_in_and_a_wrong_one_is_told_so(
    chromium: Chromium, petit: Daemon
) -> None:
    petit.start()
    secret = petit.ask("POST", "/api/tokens", {"name": "browser", "scopes": ["read"]}).body["secret"]
    async with chromium.visit(petit.url) as visit:
        page = visit.page
        await opened(page, "/login?to=/jobs")
        await page.get_by_label("Token").fill("petit_wrong")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("alert")).to_contain_text("not a token of this Petit")
        visit.expect("401")
        await page.get_by_label("Token").fill(secret)
        await page.keyboard.press("Enter")
        await page.wait_for_url(lambda url: urlsplit(url).path == "/jobs")
        cookie = next(each for each in await visit.context.cookies() if each["name"] == "petit_session")
        assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
