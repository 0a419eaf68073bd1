"""Names, reasons, files and output that are made to run as scripts are shown by the dashboard as text.

Nothing runs, nothing is fetched, and no element or attribute is made that the dashboard does not make itself.
The CSP is the second wall: it must not even be touched. Each payload is tried on each page; at the gate, each
tenth is in all lists, and each third of those is tried on one further page.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from urllib.parse import quote

import pytest
from tests.support.browser import Chromium
from tests.support.daemon import Daemon, daemon
from tests.support.dashboard import needs_dashboard
from tests.support.inert import NAMES, OUTPUT, Reader, reader, some
from tests.support.scale import scale

pytestmark = needs_dashboard

LISTS = ("/", "/jobs", "/runs", "/schedule", "/ledger", "/scheduler")
OF_JOBS = (
    "/jobs/{job}", "/jobs/{job}?tab=graph", "/jobs/{job}?tab=calendar", "/jobs/{job}?tab=definition",
    "/runs?job={job}", "/ledger?job={job}",
)  # fmt: skip
OF_RUNS = (
    "/runs/{run}?stream=stdout", "/runs/{run}?stream=stderr", "/runs/{run}?stream=combined",
    "/runs/{run}?view=graph", "/runs/{run}?view=list", "/runs/{run}/compare/{run}",
)  # fmt: skip
ADDRESSES = (
    "/", "/?q=", "/#", "/jobs/", "/jobs?q=", "/jobs?tag=", "/jobs?state=", "/runs?job=", "/runs/",
    "/ledger?reason=", "/schedule?group=", "/schedule?from=", "/login?next=",
)  # fmt: skip

EACH = 3 if scale() == "gate" else 1

WATCH = """
window.made = [];
const strange = 'applet,audio,base,embed,form form,frame,iframe,img,marquee,math,object,plaintext,' +
    'template,video,xss,main noscript,body script,body link,body meta,body style,svg a,svg animate,' +
    'svg image,svg script,svg style,foreignObject script';
const targets = ['href', 'src', 'action', 'data', 'xlink:href'];
const isStrange = ({name, value}) => name.startsWith('on') || name === 'srcdoc'
    || targets.includes(name) && /^\\s*(javascript|data|vbscript):/i.test(value);
const look = element => {
    if (element.matches('head > link[rel=icon]')) return; // its state is a picture in its address
    if (element.matches(strange) || [...element.attributes].some(isStrange))
        window.made.push(element.outerHTML.slice(0, 200));
};
new MutationObserver(changes => {
    for (const change of changes) {
        if (change.type === 'attributes') look(change.target);
        for (const node of change.addedNodes)
            if (node.nodeType === 1) [node, ...node.querySelectorAll('*')].forEach(look);
    }
}).observe(document, {subtree: true, childList: true, attributes: true});
"""
"""Notes in `made` each element, from the first one on, that the dashboard itself would not make."""


class Target:
    """A Petit whose every text is hostile: for each payload a job that is named so, printed it and failed."""

    def __init__(self, petit: Daemon) -> None:
        self.petit = petit
        for number, payload in enumerate(OUTPUT):
            (petit.home / f"payload{number}").write_bytes(payload)
            said = json.dumps(NAMES[number]) if number < len(NAMES) else "bytes"
            petit.write(
                f"job{number}",
                f"name: {said}\ndescription: {said}\ntags: [{said}]\nschedule: '0 3 * * *'\n"
                f"tasks:\n  - id: main\n    name: {said}\n    run: |\n"
                f"      printf 'error: '; cat payload{number}\n"
                f"      echo error: $(cat payload{number}) >&2; exit 1\n"
                f"  - {{id: after, name: {said}, depends_on: [main], run: 'true'}}\n",
            )
        for number, text in enumerate(NAMES):
            (petit.jobs_dir / f"bad{number}.yaml").write_text(f"id: bad{number}\n{json.dumps(text)}: 1\n")
        petit.start()
        assert petit.get("/api/jobs")["count"] == len(OUTPUT)
        reasons = [*NAMES, *[None] * (len(OUTPUT) - len(NAMES))]
        self.runs = [petit.trigger(f"job{number}", reason=text) for number, text in enumerate(reasons)]
        petit.idle()
        for number, text in enumerate(NAMES):
            assert petit.ask("POST", f"/api/jobs/job{number}/pause", {"reason": text}).status == 200
        assert petit.ask("POST", "/api/scheduler/pause", {"reason": NAMES[0]}).status == 200


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    with daemon(tmp_path_factory.mktemp("petit")) as petit:
        yield Target(petit)


@asynccontextmanager
async def onlooker(chromium: Chromium, base: str) -> AsyncIterator[Reader]:
    """Have a reader whose pages note what is made in them."""
    async with reader(chromium, base) as made:
        await made.visit.page.add_init_script(WATCH)
        yield made


async def look_at(it: Reader, path: str) -> None:
    """Open a page of the dashboard, and wait until it is whole."""
    await it.open(path)
    page = it.visit.page
    await page.locator("h1").first.wait_for()
    await page.locator("main [aria-busy=true]").first.wait_for(state="detached")
    assert await page.evaluate("made") == [], path


async def test_no_page_of_a_job_runs_its_texts(chromium: Chromium, target: Target) -> None:
    async with onlooker(chromium, target.petit.url) as it:
        for path in LISTS:
            await look_at(it, path)
        for turn, number in enumerate(range(0, len(NAMES), EACH)):
            for path in some(OF_JOBS, turn):
                await look_at(it, path.format(job=f"job{number}"))
    print(f"{it.opened} pages with hostile names opened: nothing ran, nothing was made")


async def test_no_page_of_a_run_runs_its_output(chromium: Chromium, target: Target) -> None:
    async with onlooker(chromium, target.petit.url) as it:
        for turn, run_id in enumerate(target.runs[::EACH]):
            for path in some(OF_RUNS, turn):
                await look_at(it, path.format(run=run_id))
                await it.visit.page.get_by_role("log").locator("[data-from]").first.wait_for()
                assert await it.visit.page.evaluate("made") == []
    print(f"{it.opened} runs with hostile output opened: nothing ran, nothing was made")


async def test_nothing_runs_that_comes_back_from_the_address(chromium: Chromium, target: Target) -> None:
    async with onlooker(chromium, target.petit.url) as it:
        for turn, text in enumerate(NAMES[::EACH]):
            for path in some(ADDRESSES, turn):
                await look_at(it, path + quote(text, safe=""))
    print(f"{it.opened} hostile addresses opened: nothing ran, nothing was made")


async def test_texts_are_shown_as_they_were_written(chromium: Chromium, target: Target) -> None:
    async with onlooker(chromium, target.petit.url) as it:
        for path in ("/", "/jobs", "/jobs/job0", "/jobs/job0?tab=definition", f"/runs/{target.runs[0]}"):
            await look_at(it, path)
            await it.visit.page.get_by_text(NAMES[0]).first.wait_for(state="attached")


async def test_what_is_made_is_noted(chromium: Chromium, target: Target) -> None:
    """The other tests rest on this."""
    async with onlooker(chromium, target.petit.url) as it:
        await look_at(it, "/jobs")
        for markup in (
            "<img alt=x>",
            "<b onclick=x>x</b>",
            "<iframe></iframe>",
            "<a href='javascript:x'>x</a>",
        ):
            noted = it.visit.page.evaluate(
                """markup => {
                    made.length = 0;
                    document.querySelector('main').insertAdjacentHTML('beforeend', markup);
                    return new Promise(resolve => setTimeout(() => resolve(made.length)));
                }""",
                markup,
            )
            assert await noted == 1
        it.visit.complaints.clear()  # the policy told of them
