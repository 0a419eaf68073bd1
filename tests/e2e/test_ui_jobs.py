"""The pages of jobs and the overview: they say what the API says, change with it, and do what is asked."""

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

WITHIN_MS = 3_000
"""Far above the 500 ms in which a fact is to be on the page: a loaded machine must not fail the test."""


async def requests_of(page: Page, path: str) -> int:
    """Count what the page asked for at an address."""
    names: list[str] = await page.evaluate("performance.getEntriesByType('resource').map(each => each.name)")
    return sum(path in name for name in names)


@pytest.fixture
def petit(tmp_path: Path) -> Iterator[Daemon]:
    with daemon(tmp_path) as made:
        yield made


async def test_a_newcomer_finds_the_first_job_on_the_page_that_told_how_to_make_it(
    chromium: Chromium, petit: Daemon
) -> None:
    petit.start()
    async with chromium.visit(petit.url) as visit:
        page = visit.page
        await opened(page, "/")
        lines = await page.locator("pre").inner_text()
        (petit.jobs_dir / "hello.yaml").write_text(lines)
        await expect(page.get_by_text("No jobs yet")).to_have_count(0)  # by itself, without a reload
        await page.goto("/jobs")
        await page.get_by_role("link", name="hello", exact=True).click()
        await page.get_by_role("button", name="Trigger…").click()
        await page.keyboard.press("Enter")
        await page.wait_for_url(re.compile("/runs/"))
        await expect(page.get_by_text("hello from Petit").first).to_be_visible()


async def test_the_failing_line_is_on_the_first_page_and_one_click_from_its_log(
    chromium: Chromium, petit: Daemon
) -> None:
    petit.write(
        "etl", "tasks:\n  - {id: load, run: 'echo fine; echo \"ValueError: no such shop\" >&2; exit 3'}\n"
    )
    petit.start()
    petit.over(petit.trigger("etl"))
    async with chromium.visit(petit.url) as visit:
        page = visit.page
        await opened(page, "/")
        assert await page.title() == "✕ etl failed · Petit"
        await page.get_by_text("ValueError: no such shop").click()
        await page.wait_for_url(re.compile(r"/runs/.*task=load"))
        await expect(page.get_by_text("exited 3", exact=False).first).to_be_visible()
        await expect(page.locator("[role=log]").get_by_text("ValueError: no such shop")).to_be_visible()


async def test_what_happens_is_on_the_page_at_once(chromium: Chromium, petit: Daemon) -> None:
    petit.write(
        "gate", f"tasks:\n  - {{id: main, run: 'until test -e {petit.home}/open; do sleep 0.05; done'}}\n"
    )
    petit.start()
    async with chromium.visit(petit.url) as visit:
        page = visit.page
        await opened(page, "/jobs")
        row = page.get_by_role("row").filter(has_text="gate")
        await expect(row.get_by_text("never ran")).to_be_visible()
        petit.trigger("gate")
        await expect(row.get_by_text("running")).to_be_visible(timeout=WITHIN_MS)
        (petit.home / "open").touch()
        await expect(row.get_by_text("completed")).to_be_visible(timeout=WITHIN_MS)
        asked = await requests_of(page, "/api/events")
        assert asked <= 1, "one stream, and no polling"


async def test_jobs_are_paused_and_go_on_by_keyboard(chromium: Chromium, petit: Daemon) -> None:
    for name in ("alpha", "beta"):
        petit.write(name, "schedule: '@every 1h'\ntasks:\n  - {id: main, run: echo a}\n")
    petit.start()
    async with chromium.visit(petit.url) as visit:
        page = visit.page
        await opened(page, "/jobs")
        await page.keyboard.press("j")
        await page.keyboard.press("x")
        await page.keyboard.press("p")
        await page.get_by_label("Reason").fill("moving house")
        await page.keyboard.press("Enter")
        await expect(
            page.get_by_role("row").filter(has_text="alpha").get_by_text("paused").first
        ).to_be_visible()
        job = petit.get("/api/jobs/alpha")
        assert (job["paused"], job["pause"]["reason"]) == (True, "moving house")
        assert petit.get("/api/jobs/beta")["paused"] is False
        await opened(page, "/jobs/alpha")
        await page.keyboard.press("p")
        await expect(page.get_by_role("button", name="Pause…")).to_be_visible()
        assert petit.get("/api/jobs/alpha")["paused"] is False


async def test_a_trigger_that_is_refused_says_what_is_in_the_way_and_may_wait(
    chromium: Chromium, petit: Daemon
) -> None:
    petit.write("one", "max_concurrency: 1\ntasks:\n  - {id: main, run: sleep 600}\n")
    petit.start()
    first = petit.trigger("one")
    async with chromium.visit(petit.url) as visit:
        page = visit.page
        await opened(page, "/jobs/one")
        await page.keyboard.press("t")
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("one already runs (1 of 1).")).to_be_visible()
        assert await page.locator(f"dialog a[href='/runs/{first}']").count() == 1
        await page.get_by_role("button", name="Queue it").click()
        await page.wait_for_url(re.compile("/runs/"))
        assert petit.get("/api/scheduler/state")["queued_runs"] == 1
        visit.expect("429")


async def test_a_list_of_five_thousand_jobs_is_as_light_as_one_of_ten(
    chromium: Chromium, petit: Daemon
) -> None:
    for number in range(5_000):
        path = petit.jobs_dir / f"{number // 500}"
        path.mkdir(exist_ok=True)
        (path / f"job-{number:04d}.yaml").write_text(
            f"id: job-{number:04d}\ntags: [t{number % 7}]\ntasks: [{{id: a, run: echo a}}]\n"
        )
    petit.start()
    async with chromium.visit(petit.url) as visit:
        page = visit.page
        await opened(page, "/jobs")
        rows = page.locator("[role=row]")
        await expect(rows.filter(has_text="job-0000")).to_be_visible()
        assert await rows.count() < 80
        await page.keyboard.press("/")
        await page.keyboard.type("job-4321")
        await expect(rows.filter(has_text="job-4321")).to_be_visible()
        assert await rows.count() == 2  # the head, and the one
        assert page.url.endswith("q=job-4321")
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("grid", name="Jobs")).to_have_attribute("aria-rowcount", "5001")
        await page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
        await expect(rows.filter(has_text="job-4999")).to_be_visible()
        assert await rows.count() < 80
        histories = await requests_of(page, "/api/history")
        assert histories <= 12, "one request for a window of rows, not for each"
