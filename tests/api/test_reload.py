from __future__ import annotations

from tests.support.site import ONE_TASK, Site


async def test_what_changed_is_told(api: Site) -> None:
    api.world.write(fresh=ONE_TASK, hello=f"name: Other\n{ONE_TASK}")
    answer = await api.post("/api/reload")
    assert answer.status == 200
    told = answer.json()
    assert (told["message"], told["added"], told["changed"]) == ("job files reloaded", ["fresh"], ["hello"])
    assert (told["removed"], told["stale"], told["problems"]) == ([], [], [])
    assert (await api.get("/api/jobs/hello")).json()["name"] == "Other"


async def test_a_broken_file_is_told_and_its_job_stays(api: Site) -> None:
    before = await api.get("/api/jobs")
    api.world.write(hello="taks: []\n")
    told = (await api.post("/api/reload")).json()
    assert told["stale"] == ["hello"]
    (problem,) = (each for each in told["problems"] if "taks" in each["message"])
    assert (problem["file"], problem["line"], problem["column"]) == ("hello.yaml", 2, 1)
    after = await api.get("/api/jobs", **{"If-None-Match": before.headers["etag"]})
    jobs = {job["id"]: job for job in after.json()["jobs"]}
    assert (jobs["hello"]["stale"], jobs["hello"]["name"]) == (True, "Hello")
    assert (await api.get("/api/scheduler/state")).json()["problems"] == told["problems"]


async def test_an_empty_directory_is_refused(api: Site) -> None:
    for file in api.world.jobs_dir.iterdir():
        file.unlink()
    answer = await api.post("/api/reload")
    assert (answer.status, answer.json()["code"], answer.json()["jobs"]) == (409, "CONFLICT", 6)
    assert (await api.get("/api/jobs")).json()["count"] == 6
