"""What a trigger may ask for beside a run of everything, now: some tasks, later, or only to be told."""

from __future__ import annotations

import pytest
from tests.support.http import Answer
from tests.support.site import Site

from petit.testing.executor import HOLDS


async def test_only_some_tasks(api: Site) -> None:
    answer = await api.post("/api/jobs/chain/trigger", {"tasks": ["last", "middle"]})
    await api.world.clock.advance(1_000)
    run = (await api.get(answer.headers["location"])).json()
    assert (run["status"], run["selected"]) == ("completed", ["last", "middle"])
    tasks = (await api.get(f"{answer.headers['location']}/tasks")).json()["tasks"]
    assert [(each["task_id"], each["status"], each["reason"], each["log"] is None) for each in tasks] == [
        ("first", "skipped", "not selected", True),
        ("middle", "completed", None, False),
        ("last", "completed", None, False),
    ]


async def test_later(api: Site) -> None:
    at = api.world.clock.now() + 3_600_000
    answer = await api.post("/api/jobs/single/trigger", {"run_at": at})
    told, location = answer.json(), answer.headers["location"]
    assert (answer.status, told["status"], "position" in told) == (200, "pending", False)
    run = (await api.get(location)).json()
    assert (run["status"], run["run_at"], run["started_at"]) == ("pending", at, None)
    (row,) = (await api.get(f"/api/upcoming?until={at + 1}&job=single")).json()["upcoming"]
    assert row == {
        "due_at": at,
        "job_id": "single",
        "name": "single",
        "schedule": None,
        "will": "run",
        "run_id": told["run_id"],
        "reason": None,
        "evidence": None,
        "expected_ms": None,
        "p90_ms": None,
    }
    await api.world.clock.advance(3_600_000)
    run = (await api.get(location)).json()
    assert (run["status"], run["started_at"]) == ("running", at)
    assert (await api.get(f"/api/upcoming?until={at + 1}&job=single")).json()["count"] == 0


async def test_later_is_not_refused_for_what_holds_now(api: Site) -> None:
    api.world.executor.default = HOLDS
    await api.trigger("single")
    at = api.world.clock.now() + 3_600_000
    for job_id in ("single", "after"):
        assert (await api.post(f"/api/jobs/{job_id}/trigger", {"run_at": at})).status == 200
    rows = (await api.get("/api/upcoming?job=single")).json()["upcoming"]
    assert [(row["will"], row["reason"]) for row in rows] == [("wait", "overlap")]
    await api.world.clock.advance(3_600_000)
    run = (await api.get("/api/jobs/after/runs")).json()["runs"][0]
    assert (run["status"], run["reason"]) == (
        "cancelled",
        "job 'after' waits for: hello (no run of it has ended)",
    )


async def unchanged(api: Site, path: str, body: dict[str, object], **headers: str) -> Answer:
    """Ask for a dry run, and see that nothing comes of it."""
    await api.world.clock.advance(100)  # what went before has settled
    before = api.world.storage.change, len(api.world.facts), (await api.get("/api/audit")).json()["count"]
    answer = await api.post(path, {**body, "dry_run": True}, **headers)
    await api.world.clock.advance(100)
    after = api.world.storage.change, len(api.world.facts), (await api.get("/api/audit")).json()["count"]
    assert after == before
    assert "location" not in answer.headers
    return answer


async def test_a_dry_run_tells_what_would_be(api: Site) -> None:
    key = {"Idempotency-Key": "k"}
    answer = await unchanged(api, "/api/jobs/chain/trigger", {"tasks": ["first", "last"]}, **key)
    assert answer.status == 200
    assert answer.json() == {
        "dry_run": True,
        "job_id": "chain",
        "status": "running",
        "definition": (await api.get("/api/jobs/chain")).json()["definition"],
        "tasks": [
            {"task_id": "first", "will": "run", "reason": None, "reused_from": None},
            {"task_id": "middle", "will": "skip", "reason": "not selected", "reused_from": None},
            {"task_id": "last", "will": "run", "reason": None, "reused_from": None},
        ],
    }
    made = await api.post("/api/jobs/chain/trigger", **key)
    assert (made.status, "idempotency-replayed" in made.headers) == (200, False)


async def test_a_dry_run_tells_where_it_would_wait(api: Site) -> None:
    api.world.executor.default = HOLDS
    await api.trigger("single")
    told = (await unchanged(api, "/api/jobs/single/trigger", {"queue": True})).json()
    assert (told["status"], told["position"]) == ("pending", 1)
    await api.post("/api/jobs/single/trigger", {"queue": True})
    told = (await unchanged(api, "/api/jobs/single/trigger", {"queue": True})).json()
    assert (told["status"], told["position"]) == ("pending", 2)
    at = api.world.clock.now() + 1_000
    told = (await unchanged(api, "/api/jobs/single/trigger", {"run_at": at})).json()
    assert (told["status"], told["run_at"], "position" in told) == ("pending", at, False)


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        pytest.param("/api/jobs/nobody/trigger", {}, 404, id="no such job"),
        pytest.param("/api/jobs/single/trigger", {}, 429, id="a full job"),
        pytest.param("/api/jobs/after/trigger", {}, 409, id="a dependency"),
        pytest.param("/api/jobs/chain/trigger", {"tasks": ["x"]}, 422, id="an unknown task"),
        pytest.param("/api/jobs/chain/trigger", {"run_at": 1}, 422, id="the past"),
    ],
)
async def test_a_dry_run_is_refused_as_a_real_one(
    api: Site, path: str, body: dict[str, object], status: int
) -> None:
    api.world.executor.default = HOLDS
    await api.trigger("single")
    dry = await unchanged(api, path, body)
    real = await api.post(path, body)
    assert dry.status == real.status == status
    ours = {"request_id"}
    assert {k: v for k, v in dry.json().items() if k not in ours} == {
        k: v for k, v in real.json().items() if k not in ours
    }
