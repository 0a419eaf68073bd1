"""Requests made up from the API document, right and wrong: no 500, no answer that it does not tell of."""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path

from tests.support.scale import scale
from tests.support.site import Site, site

from petit.api.routes import ROUTES

FOR_EACH_ROUTE = {"gate": 3, "quick": 170, "soak": 5000}
"""Requests made up for each route, beside those that its examples and limits suggest."""

JOBS = {"backup": "schedule: '@hourly'\ntasks:\n  - {id: copy, command: work}\n"}
_ENDLESS = "events$"
_NOT_CHECKED = "positive_data_acceptance"
# A made-up cursor, a moment in the past and a job that is not there have the shape that is asked for, and are
# refused all the same.


async def test_no_request_finds_a_gap_in_the_document(tmp_path: Path) -> None:
    async with site(tmp_path, jobs=JOBS) as api:
        time_passes = asyncio.create_task(_pass_time(api))
        code, said = await _attack(api, tmp_path)
        time_passes.cancel()
    assert code == 0, said[-6000:]
    count = re.search(r"(\d+) generated", said)
    assert count is not None
    print(f"schemathesis: {count[1]} requests to {len(ROUTES)} routes, 0 failures")
    assert int(count[1]) >= {"gate": 300, "quick": 5_000, "soak": 100_000}[scale()]


async def _pass_time(api: Site) -> None:
    while True:  # what is waited for comes, within seconds of real time
        await api.world.clock.advance(10_000)
        await asyncio.sleep(0.02)


async def _attack(api: Site, home: Path) -> tuple[int, str]:
    program = Path(sys.executable).with_name("schemathesis")
    process = await asyncio.create_subprocess_exec(
        program, "run", f"http://127.0.0.1:{api.port}/api/openapi.json",
        "--phases", "examples,coverage,fuzzing", "--max-examples", str(FOR_EACH_ROUTE[scale()]),
        "--seed", "1", "--generation-database", "none", "--continue-on-failure", "--no-color",
        "--exclude-path-regex", _ENDLESS, "--exclude-checks", _NOT_CHECKED,
        cwd=home, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode()
