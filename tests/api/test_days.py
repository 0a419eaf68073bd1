from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.support.site import ONE_TASK, Site, site

from petit.scheduler.handle import SchedulerHandle
from petit.testing.executor import FAILS, Outcome

DAY = 86_400_000
HOUR = 3_600_000
MINUTE = 60_000
OFTEN = {"often": f'schedule: "*/10 * * * *"\n{ONE_TASK}'}


async def days(api: Site, query: str = "", job: str = "often") -> list[dict[str, Any]]:
    answer = await api.get(f"/api/jobs/{job}/days{query}")
    assert answer.status == 200, answer
    told: list[dict[str, Any]] = answer.json()["days"]
    assert answer.json()["count"] == len(told)
    return told


async def test_days_begin_when_the_zone_says(tmp_path: Path) -> None:
    async with site(tmp_path, jobs=OFTEN) as api:  # it is 2026-01-01T00:00Z
        await api.world.clock.advance(2 * DAY + 100)
        assert [(day["day"], day["completed"]) for day in await days(api)] == [
            ("2026-01-01", 143),
            ("2026-01-02", 144),
            ("2026-01-03", 1),
        ]
        assert [(day["day"], day["completed"]) for day in await days(api, "?zone=Asia/Kolkata")] == [
            ("2026-01-01", 110),
            ("2026-01-02", 144),
            ("2026-01-03", 34),
        ]


async def test_all_that_can_happen_to_a_job_is_counted(tmp_path: Path) -> None:
    async with site(tmp_path, jobs=OFTEN) as api:
        script = api.world.executor.script
        for duration_ms in (30, 10, 20):
            script["main"] = Outcome(duration_ms=duration_ms)
            await api.world.clock.advance(10 * MINUTE)
        script["main"] = FAILS
        await api.world.clock.advance(20 * MINUTE)
        script["main"] = Outcome(duration_ms=None)
        await api.world.clock.advance(10 * MINUTE)
        run_id = (await api.get("/api/jobs/often/runs?limit=1")).json()["runs"][0]["id"]
        await api.post(f"/api/runs/{run_id}/cancel")
        await api.world.clock.advance(1000)
        await api.post("/api/jobs/often/pause")
        await api.world.clock.advance(40 * MINUTE)
        assert await days(api) == [
            {
                "day": "2026-01-01",
                "completed": 3,
                "failed": 2,
                "interrupted": 0,
                "cancelled": 1,
                "skipped": 4,
                "missed": 0,
                "median_ms": 20,
            }
        ]


async def test_what_was_missed_while_petit_was_away_is_counted(tmp_path: Path) -> None:
    async with site(tmp_path, jobs={"often": f"catchup: none\n{OFTEN['often']}"}) as api:
        await api.world.clock.advance(HOUR + 100)
        await api.world.stop()
        await api.world.clock.advance(3 * DAY)
        await api.world.start()
        handle = SchedulerHandle(api.world.engine, api.world.storage, api.world.bus, api.world.clock)
        told = await handle.past.days("often", "UTC", date(2026, 1, 1), date(2026, 1, 9))
        assert [(day.day, day.completed, day.missed) for day in told] == [
            ("2026-01-01", 6, 137),
            ("2026-01-02", 0, 144),
            ("2026-01-03", 0, 144),
            ("2026-01-04", 0, 7),
        ]


async def test_from_and_to(api: Site) -> None:
    await api.trigger("hello")
    await api.world.clock.advance(DAY)
    answer = (await api.get("/api/jobs/hello/days")).json()
    assert (answer["job_id"], answer["zone"], answer["from"], answer["to"]) == (
        "hello",
        "UTC",
        "2024-12-28",
        "2026-01-02",
    )
    assert len(await days(api, "?from=2026-01-01&to=2026-01-01", "hello")) == 1
    assert await days(api, "?from=2026-01-02&to=2026-01-02", "hello") == []
    assert await days(api, "?to=2025-12-31", "hello") == []
    assert len(await days(api, "?zone=America/New_York&to=2025-12-31", "hello")) == 1


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        pytest.param("zone=Europe/Berln", "zone", id="no such zone"),
        pytest.param("zone=", "zone", id="an empty zone"),
        pytest.param("zone=../../etc/passwd", "zone", id="a path"),
        pytest.param("zone=UTC&zone=UTC", "zone", id="two zones"),
        pytest.param("from=2026-02-30", "from", id="no such day"),
        pytest.param("from=20260101", "from", id="another form"),
        pytest.param("from=2026-W01-1", "from", id="a week"),
        pytest.param("to=1969-12-31", "to", id="before all times"),
        pytest.param("to=9999-12-31", "to", id="after all times"),
        pytest.param("from=2026-01-02&to=2026-01-01", "from", id="backwards"),
        pytest.param("from=2020-01-01&to=2026-01-01", "from", id="too many"),
    ],
)
async def test_wrong_parameters(api: Site, query: str, parameter: str) -> None:
    answer = await api.get(f"/api/jobs/hello/days?{query}")
    assert (answer.status, answer.json()["parameter"]) == (400, parameter)


async def test_a_zone_that_is_misspelt_is_told_with_the_nearest(api: Site) -> None:
    answer = await api.get("/api/jobs/hello/days?zone=Europe/Berln")
    assert "did you mean Europe/Berlin" in answer.json()["detail"]


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Apia", "Africa/Casablanca"])
@pytest.mark.parametrize("span", ["from=1970-01-01&to=1970-01-02", "from=2999-12-30&to=2999-12-31"])
async def test_the_ends_of_time(api: Site, zone: str, span: str) -> None:
    assert await days(api, f"?zone={zone}&{span}", "hello") == []


async def test_a_job_that_never_was(api: Site) -> None:
    assert (await api.get("/api/jobs/helo/days")).status == 404


async def test_days_that_the_caller_chose_are_tagged(api: Site) -> None:
    path = "/api/jobs/single/days?to=2026-01-01"
    tag = (await api.get(path)).headers["etag"]
    assert (await api.get(path, **{"If-None-Match": tag})).status == 304
    await api.trigger("single")
    await api.world.clock.advance(100)
    assert (await api.get(path, **{"If-None-Match": tag})).status == 200


async def test_a_new_day_is_a_new_answer_though_nothing_happened(tmp_path: Path) -> None:
    async with site(tmp_path, jobs={"idle": ONE_TASK}) as api:
        first = await api.get("/api/jobs/idle/days")
        assert "etag" not in first.headers
        await api.world.clock.advance(DAY)
        assert (await api.get("/api/jobs/idle/days")).json()["to"] == "2026-01-02"
