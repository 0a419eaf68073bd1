"""The viewer of logs: any length, as it grows, found in, and linked to the byte."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from tests.support.browser import Chromium
from tests.support.daemon import Daemon, daemon
from tests.support.dashboard import barriers, needs_dashboard

if TYPE_CHECKING:
    from playwright.async_api import Locator, Page, Request

pytestmark = needs_dashboard

LINES = 12_345
LONG_LINES = 4_000_000
LONG_BYTES = 50 * LONG_LINES
MOST_BYTES = 2 * 1024 * 1024
"""Of a log of 200 MB that are sent for its first screen."""
MOST_REQUESTS = 8

ROWS = f"""
tasks:
  - id: rows
    run: |
      seq -f 'row %.0f' {LINES}
      echo 'error: the first'
      seq -f 'more %.0f' 1000
      echo 'error: the second'
      echo '<img src=x onerror="document.title=1">'
"""
TRIES = """
tasks:
  - {id: t, retry: {max_attempts: 1, delay: 100ms}, run: 'echo try $PETIT_ATTEMPT; exit 1'}
"""
GROWS = """
tasks:
  - {id: t, run: 'i=0; while :; do i=$((i+1)); echo line $i; sleep 0.02; done'}
"""
LONG = f"""
log_limit: 300MiB
tasks:
  - id: dump
    type: python
    inline: true
    script: |
      import sys
      for begin in range(0, {LONG_LINES}, 10_000):
          sys.stdout.write("".join(f"{{n:>49}}\\n" for n in range(begin, begin + 10_000)))
      sys.exit("it broke at the end")
"""


@pytest.fixture(scope="module")
def petit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    with daemon(tmp_path_factory.mktemp("petit")) as made:
        made.write("rows", ROWS)
        made.write("tries", TRIES)
        made.write("grows", GROWS)
        made.write("long", LONG)
        made.write("mute", "tasks: [{id: t, run: 'true'}]\n")
        made.start()
        yield made


def over(petit: Daemon, job_id: str) -> str:
    run_id = petit.trigger(job_id)
    petit.over(run_id, within_s=60)
    return run_id


def log_of(page: Page) -> Locator:
    return page.get_by_role("log")


async def test_it_follows_until_somebody_looks_back(chromium: Chromium, petit: Daemon) -> None:
    run_id = petit.trigger("grows")
    async with chromium.visit(petit.url) as visit:
        page = visit.page
        await page.goto(f"/runs/{run_id}")
        await page.get_by_text("Following", exact=True).wait_for()
        await log_of(page).get_by_text("line 60", exact=True).wait_for()  # more than fit in
        await log_of(page).hover()
        await page.mouse.wheel(0, -200)
        resume = page.get_by_role("button", name=re.compile(r"^Follow · \d+ new lines"))
        await resume.wait_for()
        first = await seen(page)
        await page.get_by_role("button", name=re.compile(r"· [2-9]\d new lines")).wait_for()
        assert await seen(page) == first  # nothing moved under who reads
        await page.keyboard.press("f")
        await page.get_by_text("Following", exact=True).wait_for()
        assert await seen(page) != first
        petit.cancel(run_id)
        await page.get_by_text(re.compile("^killed by TERM")).first.wait_for()


async def seen(page: Page) -> str:
    """Return the first line that is seen."""
    text: str = await log_of(page).evaluate(
        """box => {
            const top = box.getBoundingClientRect().top;
            const isSeen = row => row.getBoundingClientRect().bottom > top;
            return [...box.querySelectorAll('[data-from]')].find(isSeen).textContent;
        }"""
    )
    return text


async def test_all_hits_are_counted_and_walked(chromium: Chromium, petit: Daemon) -> None:
    run_id = over(petit, "rows")
    count = sum("row 1" in f"row {number}" for number in range(1, LINES + 1))
    async with chromium.visit(petit.url) as visit:
        page = visit.page
        await page.goto(f"/runs/{run_id}?stream=stdout")
        await log_of(page).locator("[data-from]").first.wait_for()
        await page.keyboard.press("/")
        search = page.get_by_role("searchbox", name="Find")
        await search.fill("row 1")
        bar = page.get_by_role("search", name="Find in the log")
        await bar.get_by_text(re.compile(f"^{count} hits")).wait_for()
        await page.keyboard.press("Enter")
        await bar.get_by_text(re.compile(r"^1 of ")).wait_for()
        await log_of(page).locator("[data-chosen]").get_by_text("row 1", exact=True).wait_for()
        await page.keyboard.press("Enter")
        await log_of(page).locator("[data-chosen]").get_by_text("row 10", exact=True).wait_for()
        await search.fill("row 12345")
        await bar.get_by_text("1 hit", exact=True).wait_for()
        await bar.get_by_role("button", name="Only hits").click()
        await log_of(page).get_by_text("row 12342", exact=True).wait_for()
        assert await log_of(page).locator("[data-from]").count() == 7
        assert await barriers(page) == []
        await bar.get_by_text(".*").click()
        await search.fill("row (")
        await bar.get_by_text(re.compile("is no pattern")).wait_for()
        visit.expect("400")


async def test_keys_walk_the_errors_and_output_is_text(chromium: Chromium, petit: Daemon) -> None:
    run_id = over(petit, "rows")
    async with chromium.visit(petit.url) as visit:
        page = visit.page
        await page.goto(f"/runs/{run_id}")
        await log_of(page).get_by_text('<img src=x onerror="document.title=1">').wait_for()
        chosen = log_of(page).locator("[data-chosen]")
        await page.keyboard.press("E")
        await chosen.get_by_text("error: the second").wait_for()
        await page.keyboard.press("E")
        await chosen.get_by_text("error: the first").wait_for()
        await page.keyboard.press("e")
        await chosen.get_by_text("error: the second").wait_for()
        assert await page.title() != "1"


async def test_a_link_leads_to_its_line(chromium: Chromium, petit: Daemon) -> None:
    run_id = over(petit, "rows")
    async with chromium.visit(petit.url) as visit:
        page = visit.page
        await page.goto(f"/runs/{run_id}?stream=stdout")
        await log_of(page).locator("[data-from]").first.wait_for()
        await page.keyboard.press("E")
        await log_of(page).locator("[data-chosen] [data-number]").click()
        await page.wait_for_url(re.compile(r"at=\d+-\d+"))
        assert "attempt=1" in page.url
        await page.goto(page.url)
        await log_of(page).locator("[data-chosen]").get_by_text("error: the second").wait_for()
        written = await log_of(page).locator("[data-chosen] [data-number]").get_attribute("data-number")
        assert re.sub(r"\D", "", written or "") == str(LINES + 1 + 1000 + 1)


async def test_it_is_saved_as_it_was_written_and_packed(chromium: Chromium, petit: Daemon) -> None:
    run_id = over(petit, "tries")
    async with chromium.visit(petit.url) as visit:
        page = visit.page
        await page.goto(f"/runs/{run_id}")
        await page.get_by_text("Save", exact=False).first.click()
        async with page.expect_download() as plain:
            await page.get_by_role("link", name="stdout", exact=True).click()
        assert (await (await plain.value).path()).read_bytes() == b"try 2\n"
        async with page.expect_download() as packed:
            await page.get_by_role("button", name="stdout, packed by gzip").click()
        saved = await packed.value
        assert saved.suggested_filename == "t-2.stdout.log.gz"
        assert gzip.decompress((await saved.path()).read_bytes()) == b"try 2\n"


async def test_each_attempt_has_its_own_output(chromium: Chromium, petit: Daemon) -> None:
    run_id = over(petit, "tries")
    async with chromium.visit(petit.url) as visit:
        page = visit.page
        await page.goto(f"/runs/{run_id}")
        await log_of(page).get_by_text("try 2", exact=True).wait_for()
        await page.get_by_role("button", name="Attempt 1, failed").click()
        await log_of(page).get_by_text("try 1", exact=True).wait_for()
        assert "attempt=1" in page.url


async def test_no_output_is_said_and_nothing_is_complained_of(chromium: Chromium, petit: Daemon) -> None:
    run_id = over(petit, "mute")
    async with chromium.visit(petit.url) as visit:
        await visit.page.goto(f"/runs/{run_id}")
        await visit.page.get_by_text("No output.").wait_for()


async def test_of_200_mb_little_is_asked_for(chromium: Chromium, petit: Daemon) -> None:
    run_id = over(petit, "long")
    asked: list[Request] = []
    async with chromium.visit(petit.url) as visit:
        page = visit.page
        page.on(
            "requestfinished", lambda each: asked.append(each) if "/logs" in urlsplit(each.url).path else None
        )
        await page.goto(f"/runs/{run_id}?stream=stdout")
        last = str(LONG_LINES - 1)
        await log_of(page).get_by_text(last).wait_for()
        await log_of(page).locator("[data-number^='4']").last.wait_for()  # its lines have been counted
        assert petit.get(f"/api/runs/{run_id}/tasks/dump/logs/index?marks=false")["size"] == LONG_BYTES
        assert len(asked) <= MOST_REQUESTS, [each.url for each in asked]
        sizes = [await each.sizes() for each in asked]
        assert sum(size["responseBodySize"] for size in sizes) <= MOST_BYTES
        assert await log_of(page).locator("[data-from]").count() <= 400
        await log_of(page).focus()
        await page.keyboard.press("Home")
        await log_of(page).locator("[data-number='1']").wait_for()
        assert len(asked) <= MOST_REQUESTS + 2
        await log_of(page).evaluate("box => box.scrollTop = box.scrollHeight / 2")
        await log_of(page).get_by_text(re.compile(r"^\s*(199|200)\d{4}$")).first.wait_for()
        assert len(asked) <= MOST_REQUESTS + 5
        assert await log_of(page).locator("[data-from]").count() <= 400
        await page.keyboard.press("/")
        await page.get_by_role("searchbox", name="Find").fill("99999")
        count = sum("99999" in str(number) for number in range(LONG_LINES))
        bar = page.get_by_role("search", name="Find in the log")
        await bar.get_by_text(f"{count} hits", exact=True).wait_for(timeout=60_000)
