from __future__ import annotations

from pathlib import Path

from tests.support.http import linked
from tests.support.site import JOBS, Site, site

from petit.testing.executor import Outcome

MORNING = 1_767_225_600_000
FIVE_MINUTES = 300_000


async def test_all_jobs_are_listed_by_id(api: Site) -> None:
    listed = (await api.get("/api/jobs")).json()
    assert [job["id"] for job in listed["jobs"]] == sorted(JOBS)
    assert listed["count"] == len(JOBS)


async def test_a_job_in_the_list(api: Site) -> None:
    jobs = {job["id"]: job for job in (await api.get("/api/jobs")).json()["jobs"]}
    assert jobs["hello"] == {
        "id": "hello",
        "name": "Hello",
        "enabled": True,
        "scheduled": False,
        "task_count": 1,
        "description": "Says it.",
        "tags": ["demo"],
        "schedules": [],
        "next_run_at": None,
        "last_run": None,
        "running_runs": 0,
        "queued_runs": 0,
        "paused": False,
        "pause": None,
        "max_concurrency": None,
        "removed": False,
        "stale": False,
        "success_rate": None,
        "recent_runs": 0,
        "recent_completed": 0,
        "median_ms": None,
        "p90_ms": None,
    }
    assert jobs["ticking"]["scheduled"] is True
    assert jobs["ticking"]["next_run_at"] == MORNING + FIVE_MINUTES
    assert jobs["ticking"]["schedules"] == [
        {"text": "*/5 * * * *", "timezone": "UTC", "key": "*/5 * * * * [UTC]", "words": "every 5 minutes"}
    ]
    assert (jobs["off"]["enabled"], jobs["off"]["scheduled"]) == (False, True)
    assert (jobs["single"]["max_concurrency"], jobs["chain"]["task_count"]) == (1, 3)


async def test_the_list_shows_what_runs(api: Site) -> None:
    run_id = await api.trigger("hello")
    job = (await api.get("/api/jobs/hello")).json()
    assert (job["running_runs"], job["last_run"]["id"], job["last_run"]["status"]) == (1, run_id, "running")
    await api.world.clock.advance(100)
    listed = {each["id"]: each for each in (await api.get("/api/jobs")).json()["jobs"]}
    assert (listed["hello"]["running_runs"], listed["hello"]["last_run"]["status"]) == (0, "completed")


async def test_figures_are_those_of_the_last_runs(api: Site) -> None:
    script = api.world.executor.script
    for duration_ms, exit_code in ((40, 0), (10, 0), (5, 1), (30, 0)):
        script["main"] = Outcome(duration_ms=duration_ms, exit_code=exit_code)
        await api.trigger("hello")
        await api.world.clock.advance(100)
    told = {
        "success_rate": 0.75,
        "recent_runs": 4,
        "recent_completed": 3,
        "median_ms": 30,
        "p90_ms": 40,
    }
    listed = {each["id"]: each for each in (await api.get("/api/jobs")).json()["jobs"]}
    assert {name: listed["hello"][name] for name in told} == told
    job = (await api.get("/api/jobs/hello")).json()
    assert {name: job[name] for name in told} == told
    assert listed["single"]["success_rate"] is None


async def test_the_next_due_time_moves_on(api: Site) -> None:
    before = await api.get("/api/jobs")
    await api.world.clock.advance(FIVE_MINUTES + 1_000)
    after = await api.get("/api/jobs", **{"If-None-Match": before.headers["etag"]})
    assert after.status == 200
    jobs = {job["id"]: job for job in after.json()["jobs"]}
    assert jobs["ticking"]["next_run_at"] == MORNING + 2 * FIVE_MINUTES


async def test_one_job_is_shown_with_all_that_its_file_says(api: Site) -> None:
    job = (await api.get("/api/jobs/chain")).json()
    assert [task["id"] for task in job["tasks"]] == ["last", "first", "middle"]
    assert job["tasks"][0]["depends_on"] == ["middle"]
    assert job["tasks"][0]["retry"]["max_attempts"] == 0
    assert (job["config"], job["params"], job["file"]) == ({"size": 3}, {}, "chain.yaml")
    assert len(job["definition"]) == 64
    after = (await api.get("/api/jobs/after")).json()
    assert after["depends_on"] == [{"job": "hello", "condition": "last_success", "window_ms": None}]


async def test_a_tasks_environment_is_not_shown(tmp_path: Path) -> None:
    text = "environment: {A: s3cret}\ntasks:\n  - {id: main, command: work, environment: {B: s3cret}}\n"
    async with site(tmp_path, jobs={"kept": text}) as api:
        for path in ("/api/jobs", "/api/jobs/kept"):
            assert b"s3cret" not in (await api.get(path)).body


async def test_an_unknown_job_is_told_with_the_nearest(api: Site) -> None:
    answer = await api.get("/api/jobs/helo")
    assert (answer.status, answer.json()["code"], answer.json()["nearest"]) == (404, "NOT_FOUND", ["hello"])


async def test_a_page_of_jobs(api: Site) -> None:
    first = (await api.get("/api/jobs?limit=4")).json()
    assert (first["count"], [job["id"] for job in first["jobs"]]) == (4, sorted(JOBS)[:4])
    rest = (await api.get(f"/api/jobs?limit=4&cursor={first['next_cursor']}")).json()
    assert ([job["id"] for job in rest["jobs"]], rest["next_cursor"]) == (sorted(JOBS)[4:], None)
    assert (await api.get("/api/jobs?limit=0")).json() == {"jobs": [], "count": 0, "next_cursor": None}


async def test_runs_of_a_job_come_newest_first_and_page_by_page(api: Site) -> None:
    ids = [await api.trigger("hello") for _ in range(5)][::-1]
    assert [run["id"] for run in (await api.get("/api/jobs/hello/runs")).json()["runs"]] == ids
    seen: list[str] = []
    path: str | None = "/api/jobs/hello/runs?limit=2"
    while path is not None:
        answer = await api.get(path)
        page = answer.json()
        seen.extend(run["id"] for run in page["runs"])
        path = linked(answer, "next")
        assert (page["next_cursor"] is None) == (path is None)
    assert seen == ids


async def test_limits_of_a_list(api: Site) -> None:
    for _ in range(22):
        await api.trigger("hello")
    for limit, count in (
        ("", 20),
        ("?limit=0", 0),
        ("?limit=21", 21),
        ("?limit=5000", 22),
        ("?limit=007", 7),
    ):
        assert (await api.get(f"/api/jobs/hello/runs{limit}")).json()["count"] == count, limit


async def test_a_removed_job_keeps_its_history(api: Site) -> None:
    run_id = await api.trigger("hello")
    await api.world.clock.advance(100)
    (api.world.jobs_dir / "hello.yaml").unlink()
    (api.world.jobs_dir / "after.yaml").unlink()
    reloaded = (await api.post("/api/reload")).json()
    assert reloaded["removed"] == ["after", "hello"]
    assert "hello" not in [job["id"] for job in (await api.get("/api/jobs")).json()["jobs"]]
    job = (await api.get("/api/jobs/hello")).json()
    assert (job["removed"], job["removed_at"], job["next_run_at"]) == (True, api.world.clock.now(), None)
    assert [run["id"] for run in (await api.get("/api/jobs/hello/runs")).json()["runs"]] == [run_id]
    assert (await api.post("/api/jobs/hello/trigger")).status == 404
