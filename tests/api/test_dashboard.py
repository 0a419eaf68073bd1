from __future__ import annotations

import gzip
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.site import Site

from petit.api import built
from petit.api.routes import PAGES
from petit.version import VERSION

INDEX = b'<!doctype html><title>Petit</title><script type="module" src="/assets/index-1a2b.js"></script>'
SCRIPT = b"export const a = 1;\n" * 100


@pytest.fixture
def dashboard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Have a small dashboard in the place of the real one."""
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_bytes(INDEX)
    (tmp_path / "assets/index-1a2b.js").write_bytes(SCRIPT)
    (tmp_path / "assets/index-1a2b.js.gz").write_bytes(gzip.compress(SCRIPT))
    (tmp_path / "favicon.svg").write_bytes(b"<svg/>")
    (tmp_path / ".vite").mkdir()
    (tmp_path / ".vite/manifest.json").write_text("{}")
    monkeypatch.setattr(built, "BUILT", tmp_path)
    built.forget()
    yield tmp_path
    built.forget()


@pytest.fixture
def nothing_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(built, "BUILT", tmp_path / "nowhere")
    built.forget()
    yield
    built.forget()


@pytest.mark.usefixtures("nothing_built")
async def test_without_a_build_the_page_says_how_to_get_one_and_where_to_go_on(api: Site) -> None:
    page = await api.get("/")
    assert (page.status, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    text = page.body.decode()
    assert f"Petit {VERSION}" in text
    assert "make ui" in text
    links = re.findall(r'href="([^"]*)"', text)
    assert "/api/jobs" in links
    for link in links:
        assert (await api.get(link)).status == 200


@pytest.mark.usefixtures("dashboard")
@pytest.mark.parametrize(
    "path", ["/", *(route.path for route in PAGES if "name" not in route.path and "svg" not in route.path)]
)
async def test_every_address_of_the_dashboard_is_its_one_page(api: Site, path: str) -> None:
    page = await api.get(
        path.replace("{job_id}", "a%20b").replace("{run_id}", "1").replace("{other_id}", "2")
    )
    assert (page.status, page.body, page.headers["content-type"]) == (200, INDEX, "text/html; charset=utf-8")
    assert page.headers["cache-control"] == "no-cache"


@pytest.mark.usefixtures("dashboard")
async def test_the_page_runs_its_own_scripts_only(api: Site) -> None:
    policy = (await api.get("/")).headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'; ")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy


@pytest.mark.usefixtures("dashboard")
async def test_a_file_whose_name_changes_with_it_is_kept_for_ever(api: Site) -> None:
    plain = await api.get("/assets/index-1a2b.js")
    assert (plain.status, plain.body) == (200, SCRIPT)
    assert plain.headers["content-type"] == "text/javascript; charset=utf-8"
    assert plain.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert plain.headers["vary"] == "Accept-Encoding"
    again = await api.get("/assets/index-1a2b.js", **{"if-none-match": plain.headers["etag"]})
    assert (again.status, again.body) == (304, b"")


@pytest.mark.usefixtures("dashboard")
async def test_what_was_packed_when_it_was_built_is_sent_so_to_those_who_take_it(api: Site) -> None:
    packed = await api.get("/assets/index-1a2b.js", **{"accept-encoding": "br, gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed.body) == SCRIPT


@pytest.mark.parametrize(
    "path",
    [
        "/assets/nothing.js",
        "/assets/index-1a2b.js.gz",
        "/assets/..%2findex.html",
        "/assets/%2e%2e%2f.vite%2fmanifest.json",
        "/assets/.vite",
    ],
)
async def test_what_is_not_one_of_its_files_is_not_served(api: Site, dashboard: Path, path: str) -> None:
    (dashboard.parent / "secret.js").write_text("secret")
    for asked in (path, "/assets/..%2f..%2fsecret.js"):
        answer = await api.get(asked, accept="text/html")
        assert (answer.status, answer.json()["code"]) == (404, "NOT_FOUND")


@pytest.mark.usefixtures("dashboard")
async def test_people_who_are_lost_see_the_dashboard_and_programs_a_problem(api: Site) -> None:
    person = await api.get("/nowhere", accept="text/html,*/*")
    assert (person.status, person.body) == (404, INDEX)
    program = await api.get("/nowhere")
    assert (program.status, program.json()["code"]) == (404, "NOT_FOUND")
    api_path = await api.get("/api/nowhere", accept="text/html")
    assert (api_path.status, api_path.json()["code"]) == (404, "NOT_FOUND")


async def test_a_dashboard_that_is_built_anew_is_served_from_then_on(api: Site, dashboard: Path) -> None:
    assert (await api.get("/")).body == INDEX
    (dashboard / "assets/index-1a2b.js").unlink()
    (dashboard / "assets/index-3c4d.js").write_bytes(b"2")
    (dashboard / "index.html").write_bytes(b"new")
    os.utime(dashboard / "index.html", (1, 1))
    assert (await api.get("/")).body == b"new"
    assert (await api.get("/assets/index-3c4d.js")).body == b"2"
    assert (await api.get("/assets/index-1a2b.js")).status == 404
