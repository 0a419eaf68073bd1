from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.support.site import ONE_TASK, Site, site

from petit.testing.executor import FAILS, Outcome

MORNING = 1_767_225_600_000
MINUTE = 60_000


async def history(api: Site, query: str) -> list[dict[str, Any]]:
    answer = await api.get(f"/api/history?{query}")
    assert answer.status == 200, answer
    told: list[dict[str, Any]] = answer.json()["history"]
    assert answer.json()["count"] == len(told)
    return told


async def test_the_last_runs_of_the_jobs_that_are_named(api: Site) -> None:
    made = [await api.trigger("hello") for _ in range(3)]
    chain = await api.trigger("chain")
    await api.world.clock.advance(100)
    made.append(await api.trigger("hello"))
    told = await history(api, "jobs=chain,nobody,hello,single,hello&runs=3")
    assert [each["job_id"] for each in told] == ["chain", "hello", "single"]
    assert [[run["id"] for run in each["runs"]] for each in told] == [[chain], made[:0:-1], []]
    last, before = told[1]["runs"][:2]
    now = api.world.clock.now()
    assert last == {
        "id": made[3],
        "status": "running",
        "created_at": now,
        "started_at": now,
        "ended_at": None,
        "duration_ms": None,
        "scheduled_for": None,
    }
    assert (before["status"], before["duration_ms"]) == ("completed", 10)
    assert (told[2]["p5_ms"], told[2]["p95_ms"]) == (None, None)


async def test_a_run_by_schedule_tells_when_it_was_due(api: Site) -> None:
    await api.world.clock.advance(10 * MINUTE + 100)
    (told,) = await history(api, "jobs=ticking")
    assert [run["scheduled_for"] for run in told["runs"]] == [MORNING + 10 * MINUTE, MORNING + 5 * MINUTE]


async def test_the_span_of_usual_durations(api: Site) -> None:
    for duration_ms in range(40, 0, -1):
        api.world.executor.script["main"] = Outcome(duration_ms=duration_ms) if duration_ms % 7 else FAILS
        await api.trigger("hello")
        await api.world.clock.advance(100)
    (told,) = await history(api, "jobs=hello&runs=40")
    durations = sorted(run["duration_ms"] for run in told["runs"])
    assert (told["p5_ms"], told["p95_ms"]) == (durations[1], durations[37])


async def test_gaps_lie_between_the_runs(tmp_path: Path) -> None:
    text = f'schedule: "* * * * *"\n{ONE_TASK}'
    async with site(tmp_path, jobs={"often": text}) as api:
        await api.world.clock.advance(2 * MINUTE)
        await api.post("/api/jobs/often/pause")
        await api.world.clock.advance(3 * MINUTE)
        assert [gap["due_at"] for gap in (await history(api, "jobs=often"))[0]["gaps"]] == [
            MORNING + minute * MINUTE for minute in (5, 4, 3)
        ]
        await api.post("/api/jobs/often/resume")
        await api.world.clock.advance(2 * MINUTE)
        (told,) = await history(api, "jobs=often")
        assert len(told["runs"]) == 4
        assert told["gaps"] == [
            {"due_at": MORNING + minute * MINUTE, "fate": "skipped", "reason": "job_paused"}
            for minute in (5, 4, 3)
        ]
        assert [len((await history(api, f"jobs=often&runs={runs}"))[0]["gaps"]) for runs in (0, 2, 3)] == [
            0,
            0,
            3,
        ]
        assert [len((await history(api, f"jobs=often&runs={runs}"))[0]["runs"]) for runs in (0, 2, 500)] == [
            0,
            2,
            4,
        ]


async def test_a_job_that_never_ran_shows_what_it_missed(tmp_path: Path) -> None:
    text = f'enabled: false\nschedule: "* * * * *"\n{ONE_TASK}'
    async with site(tmp_path, jobs={"off": text}) as api:
        await api.world.clock.advance(50 * MINUTE)
        (told,) = await history(api, "jobs=off")
        assert (told["runs"], len(told["gaps"])) == ([], 30)
        assert {(gap["fate"], gap["reason"]) for gap in told["gaps"]} == {("skipped", "disabled")}


async def test_a_removed_job_has_a_history(api: Site) -> None:
    run_id = await api.trigger("hello")
    await api.world.clock.advance(100)
    for name in ("hello", "after"):
        (api.world.jobs_dir / f"{name}.yaml").unlink()
    await api.post("/api/reload")
    (told,) = await history(api, "jobs=hello")
    assert [run["id"] for run in told["runs"]] == [run_id]


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        pytest.param("", "jobs", id="no job is named"),
        pytest.param("jobs=", "jobs", id="nothing is named"),
        pytest.param("jobs=a&jobs=b", "jobs", id="named twice"),
        pytest.param("jobs=" + ",".join(map(str, range(101))), "jobs", id="more than a hundred"),
        pytest.param("jobs=a&runs=x", "runs", id="no number"),
        pytest.param("jobs=a&runs=-1", "runs", id="less than none"),
    ],
)
async def test_wrong_parameters(api: Site, query: str, parameter: str) -> None:
    answer = await api.get(f"/api/history?{query}")
    assert (answer.status, answer.json()["parameter"]) == (400, parameter)


async def test_the_answer_is_tagged(api: Site) -> None:
    tag = (await api.get("/api/history?jobs=hello")).headers["etag"]
    assert (await api.get("/api/history?jobs=hello", **{"If-None-Match": tag})).status == 304
    await api.trigger("hello")
    assert (await api.get("/api/history?jobs=hello", **{"If-None-Match": tag})).status == 200
