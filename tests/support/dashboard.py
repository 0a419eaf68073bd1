"""The dashboard as people have it: built, in a real browser, and looked over for what keeps people out."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.async_api import Page

ROOT = Path(__file__).parents[2]
BUILT = ROOT / "src/petit/api/ui/index.html"
_AXE = ROOT / "ui/node_modules/axe-core/axe.min.js"
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

needs_dashboard = pytest.mark.skipif(
    not BUILT.exists() or not _AXE.exists(),
    reason="the dashboard is not built: make ui (Node 20.19 or newer)",
)


@cache
def _axe() -> str:
    return _AXE.read_text()


async def barriers(page: Page, *rules: str) -> list[str]:
    """Return what axe finds on a page, one line for each place.

    Args:
        page: An open page.
        rules: Ids of the rules to try; without any, all of WCAG 2.2 AA and of axe's best practices.
    """
    await page.evaluate(_axe())  # not by a script element: the page's policy lets in its own alone
    found: dict[str, Any] = await page.evaluate(
        "runOnly => axe.run(document, {runOnly, resultTypes: ['violations']})",
        {"type": "rule", "values": rules} if rules else {"type": "tag", "values": _RULES},
    )
    return [
        f"{each['id']}: {node['html'][:160]} ({node['failureSummary'].splitlines()[-1].strip()[:160]})"
        for each in found["violations"]
        for node in each["nodes"]
    ]


async def opened(page: Page, path: str) -> None:
    """Open an address of the dashboard, and wait until its page is there and nothing is loading."""
    await page.goto(path, wait_until="load")
    await page.locator("h1").first.wait_for()
    await page.locator("main [aria-busy=true]").first.wait_for(state="detached")
