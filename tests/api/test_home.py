from __future__ import annotations

import re

from tests.support.site import Site

from petit.version import VERSION


async def test_the_page_says_what_this_is_and_where_to_go_on(api: Site) -> None:
    page = await api.get("/")
    assert (page.status, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    text = page.body.decode()
    assert f"Petit {VERSION}" in text
    links = re.findall(r'href="([^"]*)"', text)
    assert "/api/jobs" in links
    for link in links:
        assert (await api.get(link)).status == 200


async def test_the_page_may_load_and_run_nothing(api: Site) -> None:
    policy = (await api.get("/")).headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
