"""Names, reasons and output that are made to run as scripts are shown by a real browser: nothing runs.

Here is what one can open by its address: pages of the API, its answers, and logs in each of their forms. The
CSP is the second wall: it must not even be touched. Each payload is tried everywhere; at the gate, each tenth
in one place of each kind.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from tests.support.browser import Chromium
from tests.support.daemon import Daemon, daemon
from tests.support.inert import NAMES, OUTPUT, Reader, reader, some
from tests.support.payloads import TELLTALE, TEXTS

FORMS = ("text/html,*/*", "text/plain", "application/x-ndjson", "text/event-stream")
"""What the browser asks for of itself, and what pages, links and downloads may make it ask for."""

LISTS = ("/", "/api/docs", "/api/jobs", "/api/runs", "/api/scheduler/state", "/api/audit", "/metrics")
PLACES = (
    "/api/jobs/{job}", "/api/jobs/{job}/definition", "/api/jobs/{job}/runs", "/api/runs/{run}",
    "/api/runs/{run}/tasks", "/api/runs/{run}/tasks/main/attempts", "/api/runs/{run}/plan",
)  # fmt: skip
ADDRESSES = ("/api/docs#", "/api/docs?", "/#", "/?", "/", "/api/jobs/", "/api/jobs?limit=", "/api/runs/")


class Target:
    """A Petit whose every text is hostile: for each payload a job that is named so and has printed it."""

    def __init__(self, petit: Daemon) -> None:
        self.petit = petit
        for number, payload in enumerate(OUTPUT):
            (petit.home / f"payload{number}").write_bytes(payload)
            said = json.dumps(NAMES[number]) if number < len(NAMES) else "bytes"
            petit.write(
                f"job{number}",
                f"name: {said}\ndescription: {said}\ntags: [{said}]\n"
                "tasks:\n  - id: main\n"
                f"    name: {said}\n    run: cat payload{number}; cat payload{number} >&2\n",
            )
        petit.start()
        assert petit.get("/api/jobs")["count"] == len(OUTPUT)
        self.runs = [petit.trigger(f"job{number}") for number in range(len(OUTPUT))]
        for number, text in enumerate(NAMES):
            for path in (
                f"/api/jobs/job{number}/trigger",
                f"/api/jobs/job{number}/pause",
                "/api/scheduler/pause",
            ):
                assert petit.ask("POST", path, {"reason": text}).status == 200
        petit.idle()


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    with daemon(tmp_path_factory.mktemp("petit")) as petit:
        yield Target(petit)


async def test_no_output_runs(chromium: Chromium, target: Target) -> None:
    for form in FORMS:
        async with reader(chromium, target.petit.url) as it:
            await it.visit.page.set_extra_http_headers({"Accept": form})
            for number, run_id in enumerate(target.runs):
                if form in some(FORMS, number):
                    stream = ("stdout", "stderr", "combined")[number % 3]
                    await it.open(f"/api/runs/{run_id}/tasks/main/logs?stream={stream}")
        print(f"{it.opened} logs opened as {form}: nothing ran")


async def test_no_name_runs(chromium: Chromium, target: Target) -> None:
    async with reader(chromium, target.petit.url) as it:
        for path in LISTS:
            await it.open(path)
        for number, run_id in enumerate(target.runs):
            for path in some(PLACES, number):
                await it.open(path.format(job=f"job{number}", run=run_id))
    print(f"{it.opened} pages with hostile names opened: nothing ran")


async def test_nothing_runs_that_comes_back_from_the_address(chromium: Chromium, target: Target) -> None:
    async with reader(chromium, target.petit.url) as it:
        for number, text in enumerate(NAMES):
            for path in some(ADDRESSES, number):
                await it.open(path + quote(text, safe=""))
    print(f"{it.opened} hostile addresses opened: nothing ran")


async def test_the_payloads_run_where_text_becomes_markup(chromium: Chromium) -> None:
    """The other tests rest on this."""
    async with chromium.visit("http://localhost", is_checked=False) as visit:
        it = Reader(visit)
        for text in TEXTS[:56:4]:
            await it.open(f"data:text/html,{quote(text)}")
            await visit.page.wait_for_timeout(50)
        assert len(it.ran) + len(visit.strangers) >= 10
        assert all(url.startswith(TELLTALE) for url in visit.strangers)
