from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.support.site import ONE_TASK, Site, site

from petit.testing.executor import FAILS, Outcome

MORNING = 1_767_225_600_000
HOUR = 3_600_000
MINUTE = 60_000


async def durations(api: Site, query: str = "", job: str = "hello") -> dict[str, Any]:
    answer = await api.get(f"/api/jobs/{job}/durations{query}")
    assert answer.status == 200, answer
    told: dict[str, Any] = answer.json()
    return told


async def test_few_runs_are_told_one_by_one_oldest_first(api: Site) -> None:
    made, begun = [], []
    for outcome in (Outcome(duration_ms=30), FAILS, Outcome(duration_ms=None)):
        api.world.executor.script["main"] = outcome
        begun.append(api.world.clock.now())
        made.append(await api.trigger("hello"))
        await api.world.clock.advance(MINUTE)
    assert await durations(api) == {
        "job_id": "hello",
        "kind": "runs",
        "runs": {"id": made[:2], "at": begun[:2], "duration_ms": [30, 10], "status": "cf"},
        "buckets": None,
        "count": 2,
    }
    assert (await durations(api, f"?since={begun[1]}"))["runs"]["id"] == [made[1]]
    assert (await durations(api, f"?until={begun[1]}"))["runs"]["id"] == [made[0]]
    assert (await durations(api, f"?since={begun[2]}"))["count"] == 0


async def test_a_job_that_never_ran_has_none(api: Site) -> None:
    told = await durations(api)
    assert (told["kind"], told["count"], told["runs"]["id"], told["runs"]["status"]) == ("runs", 0, [], "")


async def test_many_runs_are_told_in_buckets(tmp_path: Path) -> None:
    text = f'schedule: "* * * * *"\n{ONE_TASK}'
    async with site(tmp_path, jobs={"often": text}) as api:
        script = api.world.executor.script
        await api.world.clock.advance(30 * HOUR)
        script["main"] = Outcome(duration_ms=15)
        await api.world.clock.advance(3 * HOUR)
        script["main"] = FAILS
        await api.world.clock.advance(HOUR + MINUTE // 2)
        told = await durations(api, job="often")
        assert (told["kind"], told["runs"], told["count"]) == ("buckets", None, len(told["buckets"]))
        hours = told["buckets"]
        assert [bucket["from"] for bucket in hours] == [MORNING + number * HOUR for number in range(35)]
        assert all(bucket["to"] - bucket["from"] == HOUR for bucket in hours)
        assert [bucket["count"] for bucket in hours] == [59, *[60] * 33, 1]
        assert {bucket["median_ms"] for bucket in hours[1:30]} == {10}
        assert {bucket["max_ms"] for bucket in hours[31:33]} == {15}
        assert [bucket["failed"] for bucket in hours[32:]] == [0, 59, 1]
        few = (await durations(api, "?buckets=5", job="often"))["buckets"]
        assert [bucket["count"] for bucket in few] == [419, 420, 420, 420, 361]
        assert len((await durations(api, "?buckets=0", job="often"))["buckets"]) == 1
        part = await durations(api, f"?since={MORNING + 5 * HOUR}&until={MORNING + 6 * HOUR}", job="often")
        assert (part["kind"], part["count"]) == ("runs", 60)


@pytest.mark.parametrize("query", ["buckets=x", "since=-1", "until=now", "buckets=1&buckets=2"])
async def test_wrong_parameters(api: Site, query: str) -> None:
    answer = await api.get(f"/api/jobs/hello/durations?{query}")
    assert (answer.status, answer.json()["parameter"]) == (400, query.partition("=")[0])


async def test_a_job_that_never_was(api: Site) -> None:
    assert (await api.get("/api/jobs/helo/durations")).status == 404


async def test_the_answer_is_tagged(api: Site) -> None:
    tag = (await api.get("/api/jobs/hello/durations")).headers["etag"]
    assert (await api.get("/api/jobs/hello/durations", **{"If-None-Match": tag})).status == 304
