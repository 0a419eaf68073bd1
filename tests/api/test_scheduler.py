from __future__ import annotations

import os
from typing import Any

import pytest
from tests.support.site import Site


async def state(api: Site) -> dict[str, Any]:
    answer = await api.get("/api/scheduler/state")
    assert answer.status == 200
    found: dict[str, Any] = answer.json()
    return found


async def test_a_running_scheduler(api: Site) -> None:
    now = await state(api)
    assert (now["state"], now["is_running"], now["is_paused"]) == ("running", True, False)
    assert now["jobs"] == 6
    assert now["started_at"] == api.world.clock.now()
    assert now["pause"] is None


async def test_a_pause_has_reason_author_and_end(api: Site) -> None:
    until = api.world.clock.now() + 60_000
    answer = await api.post("/api/scheduler/pause", {"reason": "maintenance", "until": until})
    assert (answer.status, answer.json()) == (200, {"message": "scheduler paused"})
    now = await state(api)
    assert (now["state"], now["is_running"], now["is_paused"]) == ("paused", False, True)
    since = api.world.clock.now()
    assert now["pause"] == {
        "since": since,
        "until": until,
        "reason": "maintenance",
        "by": f"uid {os.getuid()}",
    }


async def test_pausing_and_resuming_twice_is_harmless(api: Site) -> None:
    for path, message in (("pause", "scheduler paused"), ("resume", "scheduler resumed")):
        for _ in range(2):
            answer = await api.post(f"/api/scheduler/{path}")
            assert (answer.status, answer.json()) == (200, {"message": message})
    assert (await state(api))["state"] == "running"


async def test_a_paused_scheduler_fires_nothing_and_takes_triggers(api: Site) -> None:
    await api.post("/api/scheduler/pause")
    await api.world.clock.advance(600_000)
    assert (await api.get("/api/jobs/ticking/runs")).json()["count"] == 0
    assert (await api.post("/api/jobs/hello/trigger")).status == 200
    await api.post("/api/scheduler/resume")
    fates = (await api.get("/api/jobs/ticking/occurrences")).json()["occurrences"]
    assert [(each["fate"], each["reason"]) for each in fates] == [("skipped", "paused")] * 2


async def test_a_stopping_scheduler_is_shown_as_stopped(api: Site) -> None:
    api.world.engine.request_stop("leave")
    now = await state(api)
    assert (now["state"], now["is_running"], now["phase"]) == ("stopped", False, "stopping")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        pytest.param({"until": 1}, "/until", id="an end in the past"),
        pytest.param({"until": True}, "/until", id="an end that is no number"),
        pytest.param({"until": 2**60}, "/until", id="an end beyond what JSON numbers hold"),
        pytest.param({"reason": 7}, "/reason", id="a reason that is no text"),
        pytest.param({"reason": "x" * 1001}, "/reason", id="a reason that is a book"),
        pytest.param({"why": "x"}, "/why", id="an unknown member"),
        pytest.param([], "", id="no object"),
    ],
)
async def test_a_wrong_pause_is_refused_with_a_pointer(api: Site, body: object, pointer: str) -> None:
    answer = await api.post("/api/scheduler/pause", body)
    assert answer.status == 422
    assert [each["pointer"] for each in answer.json()["errors"]] == [pointer]
    assert (await state(api))["state"] == "running"
