from __future__ import annotations

import pytest
from tests.support.site import Site

from petit.testing.executor import FAILS, HOLDS, Outcome

MORNING = 1_767_225_600_000
NOBODY = "019b76da-a800-7290-80ca-000000000000"


async def test_a_run_that_went_well(api: Site) -> None:
    run_id = await api.trigger("hello")
    await api.world.clock.advance(100)
    run = (await api.get(f"/api/runs/{run_id}")).json()
    assert (run["id"], run["job_id"], run["status"], run["trigger"]) == (
        run_id,
        "hello",
        "completed",
        "manual",
    )
    assert (run["created_at"], run["started_at"], run["ended_at"]) == (MORNING, MORNING, MORNING + 10)
    assert (run["duration_ms"], run["error"], run["scheduled_for"], run["lag_ms"]) == (10, None, None, None)
    assert (run["params"], run["rerun_of"], run["executor"]) == ({}, None, "local")
    assert run["definition"] == (await api.get("/api/jobs/hello")).json()["definition"]


async def test_a_run_has_no_duration_before_its_end(api: Site) -> None:
    api.world.executor.default = HOLDS
    run = (await api.get(f"/api/runs/{await api.trigger('hello')}")).json()
    assert (run["status"], run["ended_at"], run["duration_ms"]) == ("running", None, None)


async def test_a_run_that_failed_says_why(api: Site) -> None:
    api.world.executor.default = FAILS
    run_id = await api.trigger("hello")
    await api.world.clock.advance(100)
    run = (await api.get(f"/api/runs/{run_id}")).json()
    assert (run["status"], "main" in run["error"]) == ("failed", True)


async def test_a_scheduled_run_has_due_time_and_lag(api: Site) -> None:
    await api.world.clock.advance(300_500)
    (run,) = (await api.get("/api/jobs/ticking/runs")).json()["runs"]
    assert (run["trigger"], run["scheduled_for"], run["lag_ms"]) == ("schedule", MORNING + 300_000, 0)
    assert (run["schedule"], run["caller"]) == ("*/5 * * * * [UTC]", run["caller"])


async def test_an_id_may_be_written_in_capitals(api: Site) -> None:
    run_id = await api.trigger("hello")
    assert (await api.get(f"/api/runs/{run_id.upper()}")).json()["id"] == run_id


@pytest.mark.parametrize(
    "run_id", [NOBODY, "7", "x" * 300, "%00", NOBODY[:-1], f"{{{NOBODY}}}", "%F0%9F%98%80"]
)
@pytest.mark.parametrize(
    "rest", ["", "/tasks", "/attempts", "/plan", "/tasks/main/attempts", "/tasks/main/logs"]
)
async def test_an_unknown_run_is_not_found(api: Site, run_id: str, rest: str) -> None:
    answer = await api.get(f"/api/runs/{run_id}{rest}")
    assert (answer.status, answer.json()["code"]) == (404, "NOT_FOUND")


# --- cancel


async def test_a_running_run_is_cancelled(api: Site) -> None:
    api.world.executor.default = HOLDS
    run_id = await api.trigger("hello")
    await api.until(lambda: api.world.executor.running)
    answer = await api.post(f"/api/runs/{run_id}/cancel", {"reason": "wrong day"})
    assert (answer.status, answer.json()["run_id"]) == (202, run_id)
    await api.world.clock.advance(1_000)
    run = (await api.get(answer.headers["location"])).json()
    assert (run["status"], run["reason"], run["cancel_requested_at"]) == ("cancelled", "wrong day", MORNING)


async def test_a_queued_run_is_cancelled(api: Site) -> None:
    api.world.executor.default = HOLDS
    await api.trigger("single")
    run_id = (await api.post("/api/jobs/single/trigger", {"queue": True})).json()["run_id"]
    assert (await api.post(f"/api/runs/{run_id}/cancel")).status == 202
    await api.world.clock.advance(1_000)
    run = (await api.get(f"/api/runs/{run_id}")).json()
    assert (run["status"], run["started_at"], run["duration_ms"]) == ("cancelled", None, None)


async def test_cancelling_twice_is_harmless(api: Site) -> None:
    api.world.executor.default = Outcome(duration_ms=None, ignores_term=True)
    run_id = await api.trigger("hello")
    for _ in range(2):
        assert (await api.post(f"/api/runs/{run_id}/cancel")).status == 202


async def test_a_run_that_is_over_cannot_be_cancelled(api: Site) -> None:
    run_id = await api.trigger("hello")
    await api.world.clock.advance(100)
    answer = await api.post(f"/api/runs/{run_id}/cancel")
    assert (answer.status, answer.json()["code"], answer.json()["status"]) == (409, "CONFLICT", 409)
    assert answer.json()["run_status"] == "completed"


async def test_cancel_refuses_what_it_does_not_know(api: Site) -> None:
    run_id = await api.trigger("hello")
    assert (await api.post(f"/api/runs/{NOBODY}/cancel")).status == 404
    answer = await api.post(f"/api/runs/{run_id}/cancel", {"force": True})
    assert (answer.status, answer.json()["errors"][0]["pointer"]) == (422, "/force")
