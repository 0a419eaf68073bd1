"""Every page of the dashboard, light and dark, on a desk and on phones: whole, quiet, open to everybody."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.async_api import expect
from tests.support.browser import Chromium, Screen
from tests.support.daemon import Daemon, daemon
from tests.support.dashboard import barriers, needs_dashboard, opened

pytestmark = needs_dashboard

FAILING = """\
tags: [etl, nightly]
schedule: {cron: "0 2 * * *", timezone: Europe/Berlin}
tasks:
  - {id: extract, run: echo rows}
  - id: load
    depends_on: [extract]
    run: |
      echo "Traceback (most recent call last):" >&2
      echo "OperationalError: connection refused" >&2
      exit 1
  - {id: report, depends_on: [load], run: echo never}
"""
PAGES = {
    "/": "Overview",
    "/jobs": "Jobs",
    "/jobs/etl": "etl",
    "/jobs/etl?tab=graph": "etl",
    "/jobs/etl?tab=calendar": "etl",
    "/jobs/etl?tab=definition": "etl",
    "/runs": "Runs",
    "/runs/{run}": "etl",
    "/schedule": "Schedule",
    "/ledger": "Ledger",
    "/scheduler": "Scheduler",
    "/login": "Log in",
}


@pytest.fixture(scope="module")
def petit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Daemon, str]]:
    with daemon(tmp_path_factory.mktemp("petit")) as made:
        made.write("etl", FAILING)
        made.write("hello", "schedule: '@every 1s'\ntasks:\n  - {id: main, run: echo hello}\n")
        made.write("long", "tasks:\n  - {id: main, run: sleep 600}\n")
        (made.jobs_dir / "bad.yaml").write_text("id: bad\ntimout: 5\ntasks: [{id: a, run: echo a}]\n")
        made.start()
        run_id = made.trigger("etl")
        made.trigger("long")
        made.over(run_id)
        made.until(lambda: made.get("/api/jobs/hello/runs")["count"] > 2)
        yield made, run_id


@pytest.mark.parametrize("screen", ["desktop", "phone", "small phone"])
async def test_every_page_is_whole_and_open_to_everybody(
    chromium: Chromium, petit: tuple[Daemon, str], screen: Screen
) -> None:
    made, run_id = petit
    found: dict[str, list[str]] = {}
    async with chromium.visit(made.url, screen=screen) as visit:
        page = visit.page
        for path, heading in PAGES.items():
            await page.emulate_media(color_scheme="light")
            await opened(page, path.format(run=run_id))
            await expect(page.locator("h1")).to_have_text([heading])
            found[path] = await page.locator("[role=alert]").all_inner_texts()
            width = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
            if width > 0:
                found[path].append(f"scrolls sideways by {width} px")
            if screen != "small phone":  # which has what the phone has, only narrower
                found[path] += await barriers(page)
                await page.emulate_media(color_scheme="dark")
                found[path] += await barriers(page, "color-contrast")
    assert {path: lines for path, lines in found.items() if lines} == {}


async def test_an_address_that_nothing_is_at_says_so(chromium: Chromium, petit: tuple[Daemon, str]) -> None:
    async with chromium.visit(petit[0].url) as visit:
        answer = await visit.page.goto("/nowhere/at/all")
        assert answer is not None
        assert answer.status == 404
        await visit.page.get_by_text("nothing", exact=False).first.wait_for()
        visit.expect("404")
