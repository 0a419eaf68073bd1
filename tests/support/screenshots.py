"""Pictures of every page of the dashboard, for README and docs: `make screenshots`."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.browser import ARGS, PROGRAM
from tests.support.daemon import Daemon, daemon
from tests.support.dashboard import ROOT, opened

if TYPE_CHECKING:
    from playwright.async_api import Browser

PICTURES = ROOT / "docs/pictures"

JOBS = {
    "etl_nightly": """\
description: Extract, transform and load the shop's orders
tags: [etl, nightly]
schedule: {cron: "0 2 * * *", timezone: Europe/Berlin}
tasks:
  - {id: extract, run: "for page in 1 2 3; do echo extracted page $page; sleep 0.2; done"}
  - {id: transform, depends_on: [extract], run: "echo transforming; sleep 0.4"}
  - id: load
    depends_on: [transform]
    retry: {max_attempts: 2, delay: 1s}
    run: |
      echo "connecting to db.internal:5432"
      echo "Traceback (most recent call last):" >&2
      echo '  File "load.py", line 41, in <module>' >&2
      echo "OperationalError: connection refused" >&2
      exit 1
  - {id: report, depends_on: [load], run: echo report}
  - {id: alert, depends_on: [load], condition: on_failure, run: "echo alerting; sleep 0.1"}
""",
    "backup": """\
tags: [nightly]
schedule: "@every 3s"
tasks:
  - {id: dump, run: "sleep 0.$(( $$ % 9 ))"}
  - {id: copy, depends_on: [dump], run: echo copied}
""",
    "heartbeat": """\
tags: [ops]
schedule: "@every 1s"
tasks: [{id: beat, run: "test $(( $(date +%s) % 9 )) -ne 0 || { echo no answer from the pump >&2; exit 1; }"}]
""",
    "report": "tags: [finance]\nschedule: '@every 2s'\noverlap: skip\ntasks: [{id: crunch, run: sleep 7}]\n",
    "cleanup": "tags: [ops]\nschedule: 30 8 * * mon-fri\ntasks: [{id: main, run: echo clean}]\n",
    "by_hand": "description: Somebody starts it\ntasks: [{id: main, run: echo started}]\n",
}
PAGES = {
    "overview": "/",
    "jobs": "/jobs",
    "job": "/jobs/backup",
    "graph": "/jobs/etl_nightly?tab=graph",
    "definition": "/jobs/etl_nightly?tab=definition",
    "runs": "/runs",
    "run": "/runs/{run}",
    "schedule": "/schedule",
    "ledger": "/ledger?fate=skipped",
    "scheduler": "/scheduler",
}
PAST_S = 45
"""So long the jobs run before the first picture: there must be something to see."""


async def shoot(browser: Browser, petit: Daemon, run_id: str) -> None:
    """Take each page in light, and overview and run in dark and on a phone."""
    for suffix, theme, (width, height), names in (
        ("", "light", (1280, 800), tuple(PAGES)),
        ("-dark", "dark", (1280, 800), ("overview", "run")),
        ("-phone", "light", (390, 844), ("overview", "run")),
    ):
        context = await browser.new_context(
            base_url=petit.url,
            color_scheme="dark" if theme == "dark" else "light",
            viewport={"width": width, "height": height},
        )
        page = await context.new_page()
        for name in names:
            await opened(page, PAGES[name].format(run=run_id))
            await page.wait_for_timeout(800)
            await page.screenshot(path=PICTURES / f"{name}{suffix}.png")
            print(f"docs/pictures/{name}{suffix}.png")
        await context.close()


async def main() -> None:
    """Let jobs run for a while, then take the pictures."""
    from playwright.async_api import async_playwright

    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as home, daemon(Path(home)) as petit:
        for job_id, text in JOBS.items():
            petit.write(job_id, text)
        petit.start()
        run_id = petit.trigger("etl_nightly")
        print(f"the jobs run for {PAST_S} s")
        await asyncio.sleep(PAST_S)
        petit.over(run_id)
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=shutil.which(PROGRAM), args=[*ARGS])
            await shoot(browser, petit, run_id)
            await browser.close()


if __name__ == "__main__":
    asyncio.run(main())
