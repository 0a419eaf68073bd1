from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.support.site import ONE_TASK, Site, site

from petit.testing.executor import Outcome

MORNING = 1_767_225_600_000
MINUTE = 60_000


async def listed(api: Site, query: str = "") -> list[dict[str, Any]]:
    answer = await api.get(f"/api/upcoming{query}")
    assert answer.status == 200, answer
    assert answer.json()["count"] == len(answer.json()["upcoming"])
    told: list[dict[str, Any]] = answer.json()["upcoming"]
    return told


async def test_schedules_are_merged(api: Site) -> None:
    told = await listed(api, f"?until={MORNING + 61 * MINUTE}")
    assert [(each["due_at"] - MORNING) // MINUTE for each in told] == [*range(5, 61, 5), 60]
    assert {(each["job_id"], each["will"], each["reason"]) for each in told} == {
        ("ticking", "run", None),
        ("off", "skip", "disabled"),
    }
    assert [each["due_at"] for each in told] == sorted(each["due_at"] for each in told)


async def test_limits(api: Site) -> None:
    assert len(await listed(api)) == 20
    assert await listed(api, "?limit=0") == []
    assert len(await listed(api, "?limit=3")) == 3
    assert len(await listed(api, "?limit=100000")) == 1000
    assert await listed(api, f"?until={MORNING}") == []
    assert {each["job_id"] for each in await listed(api, "?job=off")} == {"off"}
    assert await listed(api, "?job=hello") == []


async def test_pauses_are_seen_as_far_as_they_go(api: Site) -> None:
    await api.post("/api/jobs/ticking/pause", {"until": MORNING + 11 * MINUTE, "reason": "rest"})
    told = await listed(api, "?job=ticking&limit=3")
    assert [(each["will"], each["reason"]) for each in told] == [
        ("skip", "job_paused"),
        ("skip", "job_paused"),
        ("run", None),
    ]
    assert told[0]["evidence"]["reason"] == "rest"
    await api.post("/api/scheduler/pause")
    assert {each["reason"] for each in await listed(api, "?job=ticking")} == {"paused"}


async def test_what_runs_now_may_be_in_the_way_of_the_next(tmp_path: Path) -> None:
    jobs = {
        name: f"schedule: '@every 10m'\noverlap: {name}\n{ONE_TASK}"
        for name in ("skip", "queue", "cancel_running")
    }
    async with site(tmp_path, jobs=jobs) as api:
        for name in jobs:
            await api.trigger(name)
        told = {each: await listed(api, f"?job={each}&limit=2") for each in jobs}
        assert {name: (each[0]["will"], each[0]["reason"]) for name, each in told.items()} == {
            "skip": ("skip", "overlap"),
            "queue": ("wait", "overlap"),
            "cancel_running": ("wait", "overlap"),
        }
        assert all(each[1]["will"] == "run" for each in told.values())


async def test_what_a_run_takes_is_what_the_last_ones_took(api: Site) -> None:
    assert {
        (each["name"], each["expected_ms"], each["p90_ms"]) for each in await listed(api, "?job=ticking")
    } == {("ticking", None, None)}
    for duration_ms in (20, 10, 40):
        api.world.executor.script["main"] = Outcome(duration_ms=duration_ms)
        await api.world.clock.advance(5 * MINUTE)
    await api.world.clock.advance(100)
    assert {(each["expected_ms"], each["p90_ms"]) for each in await listed(api, "?job=ticking")} == {(20, 40)}


async def test_two_schedules_at_one_instant(tmp_path: Path) -> None:
    text = f"schedule: ['0 * * * *', '*/30 * * * *']\n{ONE_TASK}"
    async with site(tmp_path, jobs={"two": text}) as api:
        told = await listed(api, "?limit=3")
        assert [(each["due_at"] - MORNING) // MINUTE for each in told] == [30, 60, 60]
        assert [(each["will"], each["reason"]) for each in told] == [
            ("run", None),
            ("run", None),
            ("skip", "same_instant"),
        ]


@pytest.mark.parametrize("query", ["until=x", "limit=-1", "job=a&job=b", "until=1&until=2"])
async def test_wrong_parameters(api: Site, query: str) -> None:
    answer = await api.get(f"/api/upcoming?{query}")
    assert (answer.status, answer.json()["parameter"]) == (400, query.partition("=")[0])


async def test_a_job_that_never_was(api: Site) -> None:
    assert (await api.get("/api/upcoming?job=helo")).status == 404
