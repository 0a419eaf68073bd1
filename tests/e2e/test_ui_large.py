"""Pages of a run whose output, or whose plan, is larger than anybody can look at."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from tests.support.browser import Chromium
from tests.support.daemon import Daemon, daemon
from tests.support.dashboard import needs_dashboard

if TYPE_CHECKING:
    from playwright.async_api import Page

pytestmark = needs_dashboard

PER_S = 10_000
FAST_LINES = 5 * PER_S
MOST_FRAME_MS = 2_000
"""That the page does not answer for. On a quiet machine it is a few tens."""
MOST_GROWTH = 64 * 1024 * 1024
TASKS = 1_000
BAD = 900

FAST = f"""
tasks:
  - id: pour
    type: python
    inline: true
    script: |
      import pathlib, sys, time
      while not pathlib.Path("gate").exists():
          time.sleep(0.02)
      began = time.monotonic()
      for first in range(1, {FAST_LINES} + 1, 100):
          for number in range(first, first + 100):
              sys.stdout.write(f"line {{number}} of a task that has a lot to say\\n")
          sys.stdout.flush()
          time.sleep(max(0, began + first / {PER_S} - time.monotonic()))
"""
SKIPPED = "depends_on: [begin], condition: on_failure, run: 'true'"
FOLLOWS = f"depends_on: [t{BAD}], run: 'true'"
FAILS = "depends_on: [begin], run: 'echo it is this one >&2; exit 3'"
WIDE = "tasks:\n  - {id: begin, run: 'true'}\n" + "".join(
    f"  - {{id: t{number}, {FAILS if number == BAD else SKIPPED if number < BAD else FOLLOWS}}}\n"
    for number in range(1, TASKS)
)

WATCH = """
() => {
    const seen = {frame: 0, rows: 0, heap: performance.memory.usedJSHeapSize, most: 0};
    let before = performance.now();
    const look = now => {
        seen.frame = Math.max(seen.frame, now - before);
        before = now;
        seen.rows = Math.max(seen.rows, document.querySelectorAll('[role=log] [data-from]').length);
        seen.most = Math.max(seen.most, performance.memory.usedJSHeapSize);
        requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
    window.seen = seen;
}
"""
"""Notes in each frame how long it took, how many rows of a log there are, and how much is held."""


@pytest.fixture(scope="module")
def petit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    with daemon(tmp_path_factory.mktemp("petit")) as made:
        made.write("fast", FAST)
        made.write("wide", WIDE)
        made.start()
        yield made


async def test_ten_thousand_lines_a_second_are_followed(chromium: Chromium, petit: Daemon) -> None:
    run_id = petit.trigger("fast")
    async with chromium.visit(petit.url) as visit:
        page = visit.page
        await page.goto(f"/runs/{run_id}")
        await page.get_by_text("Following", exact=True).wait_for()
        await page.evaluate(WATCH)
        (petit.home / "gate").touch()
        log = page.get_by_role("log")
        await log.get_by_text(re.compile("^line [1-9]")).first.wait_for()
        await page.keyboard.press("W")  # it answers while lines pour in
        assert await log.get_attribute("data-wrap") is None
        await log.get_by_text(f"line {FAST_LINES} of a task").wait_for(timeout=60_000)
        await page.get_by_text(re.compile("^exit 0")).first.wait_for()
        seen = await page.evaluate("seen")
    growth = seen["most"] - seen["heap"]
    print(f"longest frame {seen['frame']:.0f} ms, {seen['rows']} rows, {growth / 2**20:.0f} MiB held")
    assert seen["frame"] <= MOST_FRAME_MS
    assert seen["rows"] <= 400
    assert growth <= MOST_GROWTH


async def test_a_thousand_tasks_open_at_the_first_failure(chromium: Chromium, petit: Daemon) -> None:
    run_id = petit.trigger("wide")
    assert petit.over(run_id)["status"] == "failed"
    async with chromium.visit(petit.url) as visit:
        page = visit.page
        await page.goto(f"/runs/{run_id}")
        await verdict(page, f"Failed: t{BAD} exited 3; {TASKS - 1 - BAD} tasks skipped because of it.")
        row = page.get_by_role("row", name=re.compile(f"^t{BAD}, failed"))
        await row.wait_for()
        assert await row.get_attribute("aria-selected") == "true"
        assert await row.evaluate(
            """row => {
                const own = row.getBoundingClientRect();
                const box = row.closest('[role=grid]').parentElement.getBoundingClientRect();
                return own.top >= box.top && own.bottom <= box.bottom;
            }"""
        )
        assert await page.get_by_role("row").count() <= 100
        await page.get_by_role("log").get_by_text("it is this one").wait_for()
        await page.get_by_role("grid").focus()
        await page.keyboard.press("Home")
        await page.get_by_role("row", name=re.compile("^begin, completed")).wait_for()
        assert "task=begin" in page.url


async def verdict(page: Page, text: str) -> None:
    await page.locator("main [role=status]").get_by_text(text, exact=True).wait_for()
