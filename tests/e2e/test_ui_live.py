"""What happens is on the page at once, in every tab, and after the scheduler was gone."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import BrowserContext, Request, expect
from tests.support.browser import Chromium
from tests.support.daemon import Daemon, daemon
from tests.support.dashboard import needs_dashboard, opened

pytestmark = needs_dashboard

WITHIN_MS = 3_000
"""A loaded machine must not fail the test; what is promised is 500 ms, and the figure is printed."""

GATE = "tasks:\n  - {{id: main, run: 'until test -e {home}/open-{name}; do sleep 0.01; done'}}\n"

# Notes the wall clock when a text stands in the row of a job for the first time.
WATCH = """([job, text]) => {
  const seen = () => [...document.querySelectorAll('[role=row]')]
    .some(row => row.textContent.includes(job) && row.textContent.includes(text));
  window.at = new Promise(done => {
    const look = () => seen() && (done(performance.timeOrigin + performance.now()), watcher.disconnect());
    const watcher = new MutationObserver(look);
    watcher.observe(document.body, {subtree: true, childList: true, characterData: true, attributes: true});
    look();
  });
}"""


@pytest.fixture
def petit(tmp_path: Path) -> Iterator[Daemon]:
    with daemon(tmp_path) as made:
        for name in ("one", "two", "three", "four"):
            made.write(name, GATE.format(home=made.home, name=name))
        made.start()
        yield made


def streams_of(context: BrowserContext) -> list[Request]:
    """Collect the event streams that a browser opens from now on, in all of its tabs."""
    streams: list[Request] = []

    def begun(request: Request) -> None:
        if request.url.endswith("/api/events"):
            streams.append(request)

    context.on("request", begun)
    return streams


async def test_a_fact_is_on_the_page_within_half_a_second(
    chromium: Chromium, petit: Daemon, capsys: pytest.CaptureFixture[str]
) -> None:
    took: list[float] = []
    async with chromium.visit(petit.url) as visit:
        page = visit.page
        await opened(page, "/jobs")
        await expect(page.get_by_role("row").filter(has_text="never ran")).to_have_count(4)
        for job in ("one", "two", "three", "four"):
            await page.evaluate(WATCH, [job, "running"])
            run_id = await asyncio.to_thread(petit.trigger, job)
            seen = await page.evaluate("window.at")
            took.append(seen - petit.get(f"/api/runs/{run_id}")["started_at"])
            await page.evaluate(WATCH, [job, "completed"])
            (petit.home / f"open-{job}").touch()
            seen = await page.evaluate("window.at")
            took.append(seen - petit.get(f"/api/runs/{run_id}")["ended_at"])
    took.sort()
    with capsys.disabled():
        print(f"\nfact to page: median {took[len(took) // 2]:.0f} ms, at worst {took[-1]:.0f} ms")
    assert took[len(took) // 2] < 500
    assert took[-1] < WITHIN_MS


async def test_all_tabs_share_one_stream_and_the_next_one_goes_on_where_it_ended(
    chromium: Chromium, petit: Daemon
) -> None:
    async with chromium.visit(petit.url) as visit:
        streams = streams_of(visit.context)
        first = visit.page
        await opened(first, "/jobs")
        second = await visit.context.new_page()
        await opened(second, "/jobs")
        third = await visit.context.new_page()
        await opened(third, "/jobs")
        petit.trigger("one")
        for page in (first, second, third):
            await expect(page.get_by_role("row").filter(has_text="running")).to_have_count(1)
        assert len(streams) == 1, "six connections to a host are all that a browser has"
        await first.close()
        # Before the next tab has the stream: what happens now is told by nobody yet.
        (petit.home / "open-one").touch()
        petit.trigger("two")
        for page in (second, third):
            await expect(page.get_by_role("row").filter(has_text="completed")).to_have_count(1)
            await expect(page.get_by_role("row").filter(has_text="running")).to_have_count(1)
        petit.trigger("three")
        await expect(third.get_by_role("row").filter(has_text="running")).to_have_count(2)
        assert len(streams) == 2
        assert "last-event-id" in await streams[1].all_headers()


async def test_a_page_says_that_the_scheduler_is_gone_and_goes_on_when_it_is_back(
    chromium: Chromium, petit: Daemon
) -> None:
    run_id = petit.trigger("one")
    async with chromium.visit(petit.url) as visit:
        page = visit.page
        await page.clock.install()
        await opened(page, "/jobs/one")
        await expect(page.get_by_text("running").first).to_be_visible()
        petit.kill()
        lost = page.get_by_role("status").filter(has_text="Connection lost")
        await page.clock.run_for(3_000)
        await expect(lost).to_contain_text("What you see is from")
        await expect(page.locator(f"a[href^='/runs/{run_id}']").first).to_be_visible()  # it is still shown
        await page.clock.run_for(65_000)
        gone = page.get_by_role("status").filter(has_text="The scheduler does not answer.")
        await expect(gone).to_contain_text("Running tasks go on without it.")
        trigger = page.get_by_role("button", name=re.compile("^Trigger…"))
        await expect(trigger).to_have_accessible_name("Trigger… (The scheduler does not answer.)")
        await expect(page.get_by_role("button", name=re.compile("^Scheduler: "))).to_contain_text("No answer")
        (petit.home / "open-one").touch()
        petit.start("--api-port", str(petit.port))
        await page.clock.run_for(15_000)
        await expect(gone).to_have_count(0)
        await expect(lost).to_have_count(0)
        await expect(page.get_by_text("completed").first).to_be_visible()
        await expect(trigger).to_have_accessible_name("Trigger…")
        visit.expect("ERR_")  # each call while nobody was there
