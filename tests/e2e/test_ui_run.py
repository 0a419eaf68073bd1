"""The page of a run: what happened at a glance, as it happens, and what can be done about it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from tests.support.browser import Chromium, Screen, Theme
from tests.support.daemon import Daemon, daemon
from tests.support.dashboard import barriers, needs_dashboard

if TYPE_CHECKING:
    from playwright.async_api import Page

pytestmark = needs_dashboard

LOOKS: list[tuple[Theme, Screen]] = [
    ("light", "desktop"),
    ("dark", "desktop"),
    ("light", "phone"),
    ("dark", "small phone"),
]
LATE_MS = 500
TRIES = 5

FAILS = """
tasks:
  - {id: extract, run: echo extracted}
  - id: load
    depends_on: [extract]
    retry: {max_attempts: 1, delay: 100ms}
    run: |
      for i in $(seq 1 200); do echo "row $i"; done
      echo "Traceback (most recent call last):" >&2
      echo '  File "load.py", line 41, in <module>' >&2
      echo "psycopg.OperationalError: connection refused" >&2
      for i in $(seq 1 200); do echo "cleaning up $i" >&2; done
      exit 1
  - {id: report, depends_on: [load], run: echo report}
  - {id: mail, depends_on: [report], run: echo mail}
"""
WAITS = "tasks: [{id: wait, run: 'until [ -e %s ]; do sleep 0.02; done'}]\n"


@pytest.fixture(scope="module")
def petit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    with daemon(tmp_path_factory.mktemp("petit")) as made:
        made.write("fails", FAILS)
        made.write("gated", WAITS % (made.home / "gate"))
        made.write("endless", "grace: 10s\ntasks: [{id: nap, run: 'echo asleep; sleep 1000'}]\n")
        made.write("once", f"max_concurrency: 1\n{WAITS % (made.home / 'once')}")
        made.write("single", f"max_concurrency: 1\n{WAITS % (made.home / 'single')}")
        made.start()
        yield made


@pytest.fixture(scope="module")
def failed(petit: Daemon) -> str:
    run_id = petit.trigger("fails")
    assert petit.over(run_id)["status"] == "failed"
    return run_id


@asynccontextmanager
async def open_run(
    chromium: Chromium, petit: Daemon, run_id: str, theme: Theme = "light", screen: Screen = "desktop"
) -> AsyncIterator[Page]:
    async with chromium.visit(petit.url, theme=theme, screen=screen) as visit:
        await visit.page.goto(f"/runs/{run_id}")
        await verdict(visit.page, "")
        yield visit.page


async def verdict(page: Page, begin: str) -> str:
    """Wait until the sentence of the run begins with this; return it."""
    sentence = page.locator("main [role=status]").filter(has_text=re.compile(f"^{begin}")).first
    await sentence.wait_for()
    return await sentence.inner_text()


@pytest.mark.parametrize(("theme", "screen"), LOOKS)
async def test_it_opens_at_the_failing_line_of_the_task_that_failed_first(
    chromium: Chromium, petit: Daemon, failed: str, theme: Theme, screen: Screen
) -> None:
    async with open_run(chromium, petit, failed, theme, screen) as page:
        said = await verdict(page, "Failed")
        assert said == "Failed: load exited 1 after 2 tries; 2 tasks skipped because of it."
        log = page.get_by_role("region", name="Log of load").get_by_role("log")
        line = log.locator("[data-chosen]")
        await line.wait_for()
        assert "OperationalError: connection refused" in await line.inner_text()
        inside = await line.evaluate(
            """line => {
                const own = line.getBoundingClientRect();
                const box = line.closest('[role=log]').getBoundingClientRect();
                return own.top >= box.top && own.bottom <= box.bottom;
            }"""
        )
        assert inside
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert await barriers(page) == []


async def test_what_happens_is_seen_within_half_a_second_without_a_reload(
    chromium: Chromium, petit: Daemon
) -> None:
    gate = petit.home / "gate"
    late = []
    for _ in range(TRIES):  # the machine may have been busy with something else once
        gate.unlink(missing_ok=True)
        run_id = petit.trigger("gated")
        async with open_run(chromium, petit, run_id) as page:
            await verdict(page, "Running")
            seen = page.evaluate(
                """() => new Promise(resolve => {
                    const look = () => {
                        const said = document.querySelector('main [role=status]').textContent;
                        if (!said.startsWith('Completed')) return;
                        watch.disconnect();
                        resolve(Date.now());
                    };
                    const watch = new MutationObserver(look);
                    watch.observe(document.body, {subtree: true, childList: true, characterData: true});
                    look();
                })"""
            )
            gate.touch()
            at = await seen
            late.append(at - petit.get(f"/api/runs/{run_id}")["ended_at"])
        if late[-1] <= LATE_MS:
            break
    assert min(late) <= LATE_MS


async def test_a_run_is_cancelled_by_key_once_the_effect_was_named(chromium: Chromium, petit: Daemon) -> None:
    run_id = petit.trigger("endless")
    async with open_run(chromium, petit, run_id) as page:
        await verdict(page, "Running")
        await page.keyboard.press("c")
        dialog = page.get_by_role("dialog", name="Cancel run?")
        await dialog.get_by_text("TERM now, KILL after 10 s. 1 task is running.").wait_for()
        assert await barriers(page) == []
        assert petit.get(f"/api/runs/{run_id}")["cancel_requested_at"] is None
        await page.keyboard.press("Enter")
        await verdict(page, "Cancelled")
        assert petit.over(run_id)["status"] == "cancelled"
        await page.get_by_role("button", name="Rerun", exact=True).wait_for()


async def test_keys_lead_to_the_runs_beside_it_and_change_the_picture(
    chromium: Chromium, petit: Daemon, failed: str
) -> None:
    later = petit.trigger("fails")
    petit.over(later)
    async with open_run(chromium, petit, failed) as page:
        await page.keyboard.press("]")
        await page.wait_for_url(f"**/runs/{later}*")
        await verdict(page, "Failed")
        await page.keyboard.press("[")
        await page.wait_for_url(f"**/runs/{failed}*")
        await verdict(page, "Failed")
        await page.keyboard.press(".")
        await page.get_by_text("extract → load").wait_for()
        assert await page.get_by_role("grid").locator(":scope > svg path[d]").count() == 1
        await page.keyboard.press("v")
        await page.get_by_role("application", name="4 tasks by dependency").wait_for()
        await page.wait_for_url("**view=graph*")
        assert await barriers(page) == []


async def test_a_failed_run_is_done_again_from_where_it_failed(
    chromium: Chromium, petit: Daemon, failed: str
) -> None:
    async with open_run(chromium, petit, failed) as page:
        await page.keyboard.press("r")
        await page.get_by_role("dialog", name="Rerun?").wait_for()
        await page.keyboard.press("Enter")
        await page.wait_for_url(lambda url: "/runs/" in url and failed not in url)
        run_id = page.url.partition("/runs/")[2].partition("?")[0]
        assert petit.over(run_id)["rerun_of"] == failed
        assert await verdict(page, "Failed") == (
            "Failed: load exited 1 after 2 tries; 2 tasks skipped because of it."
        )
        await page.locator("main dl").get_by_role("link").first.wait_for()
        extract = next(
            task for task in petit.get(f"/api/runs/{run_id}/tasks")["tasks"] if task["task_id"] == "extract"
        )
        await page.get_by_role("row", name=re.compile("^extract, completed")).click()
        assert extract["reused_from"] == failed
        await page.get_by_text("Not run again").wait_for()


async def test_why_a_rerun_is_refused_is_said_in_words(chromium: Chromium, petit: Daemon) -> None:
    gate = petit.home / "once"
    gate.touch()
    over = petit.trigger("once")
    petit.over(over)
    gate.unlink()
    petit.trigger("once")
    async with chromium.visit(petit.url) as visit:
        await visit.page.goto(f"/runs/{over}")
        await visit.page.get_by_role("button", name="Rerun", exact=True).click()
        refusal = visit.page.get_by_role("alert")
        await refusal.wait_for()
        assert "max_concurrency" in await refusal.inner_text()
        visit.expect("429|409")
    gate.touch()


async def test_a_queued_run_says_which_limit_and_which_run_it_waits_for(
    chromium: Chromium, petit: Daemon
) -> None:
    holder = petit.trigger("single")
    queued = petit.trigger("single", queue=True)
    async with open_run(chromium, petit, queued) as page:
        said = await verdict(page, "Queued for .* held by run")
        assert said.endswith(f"it waits for max_concurrency, 1 of 1 held by run {holder[-8:]}.")
        assert await barriers(page) == []
        (petit.home / "single").touch()
        await verdict(page, "Completed")
        assert await page.get_by_role("link", name=holder[-8:]).count() == 0


async def test_a_run_that_is_not_there_is_said_to_be_missing(chromium: Chromium, petit: Daemon) -> None:
    async with chromium.visit(petit.url) as visit:
        await visit.page.goto("/runs/01a210c7-0000-7000-8000-000000000000")
        await visit.page.get_by_text("It may have been deleted by retention.").wait_for()
        visit.expect("404")
