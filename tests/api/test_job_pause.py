from __future__ import annotations

import pytest
from tests.support.site import Site

FIVE_MINUTES = 300_000


async def test_a_paused_job_skips_what_is_due_and_runs_by_hand(api: Site) -> None:
    since = api.world.clock.now()
    answer = await api.post("/api/jobs/ticking/pause", {"reason": "broken"})
    assert (answer.status, answer.json()) == (200, {"message": "job 'ticking' paused", "job_id": "ticking"})
    job = (await api.get("/api/jobs/ticking")).json()
    assert job["paused"] is True
    assert (job["pause"]["since"], job["pause"]["until"], job["pause"]["reason"]) == (since, None, "broken")
    await api.world.clock.advance(FIVE_MINUTES + 1_000)
    (fate,) = (await api.get("/api/jobs/ticking/occurrences")).json()["occurrences"]
    assert (fate["fate"], fate["reason"]) == ("skipped", "job_paused")
    await api.trigger("ticking")
    resumed = await api.post("/api/jobs/ticking/resume")
    assert (resumed.status, resumed.json()["message"]) == (200, "job 'ticking' resumed")
    await api.world.clock.advance(FIVE_MINUTES)
    newest = (await api.get("/api/jobs/ticking/occurrences")).json()["occurrences"][0]
    assert newest["fate"] == "ran"


async def test_a_pause_ends_by_itself(api: Site) -> None:
    until = api.world.clock.now() + 60_000
    await api.post("/api/jobs/ticking/pause", {"until": until})
    assert (await api.get("/api/jobs/ticking")).json()["pause"]["until"] == until
    await api.world.clock.advance(61_000)
    assert (await api.get("/api/jobs/ticking")).json()["paused"] is False


async def test_it_is_safe_to_ask_twice(api: Site) -> None:
    since = api.world.clock.now()
    await api.post("/api/jobs/hello/pause", {"reason": "one"})
    await api.world.clock.advance(1_000)
    await api.post("/api/jobs/hello/pause", {"reason": "two"})
    pause = (await api.get("/api/jobs/hello")).json()["pause"]
    assert (pause["since"], pause["reason"]) == (since, "two")
    for _ in range(2):
        assert (await api.post("/api/jobs/hello/resume")).status == 200
    assert (await api.get("/api/scheduler/state")).json()["is_paused"] is False


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        pytest.param({"until": 1}, "/until", id="an end that has passed"),
        pytest.param({"until": "noon"}, "/until", id="an end that is no number"),
        pytest.param({"reason": 7}, "/reason", id="a reason that is no text"),
        pytest.param({"why": "x"}, "/why", id="an unknown member"),
    ],
)
async def test_wrong_bodies(api: Site, body: object, pointer: str) -> None:
    answer = await api.post("/api/jobs/hello/pause", body)
    assert (answer.status, answer.json()["errors"][0]["pointer"]) == (422, pointer)
    assert (await api.get("/api/jobs/hello")).json()["paused"] is False


async def test_a_removed_job_cannot_be_paused(api: Site) -> None:
    (api.world.jobs_dir / "single.yaml").unlink()
    await api.post("/api/reload")
    assert (await api.post("/api/jobs/single/pause")).status == 404


@pytest.mark.parametrize("action", ["pause", "resume"])
async def test_an_unknown_job(api: Site, action: str) -> None:
    answer = await api.post(f"/api/jobs/helo/{action}")
    assert (answer.status, answer.json()["nearest"]) == (404, ["hello"])
