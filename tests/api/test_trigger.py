from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest
from tests.support.site import JOBS, ONE_TASK, Site, site

from petit.testing.executor import HOLDS

PATH = "/api/jobs/hello/trigger"


@pytest.mark.parametrize(
    ("body", "raw", "headers"),
    [
        pytest.param(None, None, {}, id="no body"),
        pytest.param({}, None, {}, id="an empty object"),
        pytest.param({"params": {}}, None, {}, id="no params, said aloud"),
        pytest.param({"reason": None, "params": None, "run_at": None, "tasks": None}, None, {}, id="nulls"),
        pytest.param({"queue": False, "dry_run": False}, None, {}, id="falsehoods"),
        pytest.param(None, b"{}", {"Content-Type": "application/x+json; charset=utf-8"}, id="a kind of JSON"),
        pytest.param(None, None, {"Content-Type": "text/plain"}, id="a type without a body"),
    ],
)
async def test_a_run_is_started(api: Site, body: object, raw: bytes | None, headers: dict[str, str]) -> None:
    answer = await api.ask("POST", PATH, body, raw=raw, headers=headers)
    assert answer.status == 200
    told = answer.json()
    assert (told["job_id"], told["message"]) == ("hello", "job 'hello' triggered")
    assert answer.headers["location"] == f"/api/runs/{told['run_id']}"
    run = (await api.get(answer.headers["location"])).json()
    assert (run["job_id"], run["trigger"], run["caller"], run["status"]) == (
        "hello",
        "manual",
        f"uid {os.getuid()}",
        "running",
    )


async def test_the_reason_is_kept(api: Site) -> None:
    run_id = (await api.post(PATH, {"reason": "to see"})).json()["run_id"]
    assert (await api.get(f"/api/runs/{run_id}")).json()["reason"] == "to see"


async def test_an_unknown_job_comes_before_all_else(api: Site) -> None:
    for body in (None, {"unknown": 1}, {"params": {"a": 1}}):
        answer = await api.post("/api/jobs/helo/trigger", body)
        assert (answer.status, answer.json()["nearest"]) == (404, ["hello"])


async def test_a_stopping_scheduler_refuses(api: Site) -> None:
    api.world.engine.request_stop("leave")
    for body in (None, {"unknown": 1}):
        answer = await api.post(PATH, body)
        assert (answer.status, answer.json()["code"]) == (503, "SERVICE_UNAVAILABLE")
        assert answer.json()["state"] in {"stopping", "stopped"}
        assert int(answer.headers["retry-after"]) > 0


async def test_a_full_job_refuses_and_names_the_holders(api: Site) -> None:
    api.world.executor.default = HOLDS
    holder = await api.trigger("single")
    answer = await api.post("/api/jobs/single/trigger")
    assert (answer.status, answer.json()["code"]) == (429, "TOO_MANY_REQUESTS")
    assert (answer.json()["holders"], answer.json()["scope"], answer.json()["limit"]) == ([holder], "job", 1)
    assert int(answer.headers["retry-after"]) > 0


async def test_a_full_scheduler_refuses(tmp_path: Path) -> None:
    async with site(tmp_path, world={"max_jobs": 1}) as api:
        api.world.executor.default = HOLDS
        holder = await api.trigger("hello")
        answer = await api.post("/api/jobs/chain/trigger")
        assert (answer.status, answer.json()["scope"], answer.json()["holders"]) == (429, "total", [holder])


async def test_an_unmet_dependency_is_told_with_its_condition(api: Site) -> None:
    answer = await api.post("/api/jobs/after/trigger")
    assert (answer.status, answer.json()["code"]) == (409, "CONFLICT")
    (unmet,) = answer.json()["dependencies"]
    assert (unmet["job"], unmet["condition"], unmet["last_run"]) == ("hello", "last_success", None)


async def test_a_limit_comes_before_a_dependency(tmp_path: Path) -> None:
    jobs = {**JOBS, "both": f"max_concurrency: 1\ndepends_on: [hello]\n{ONE_TASK}"}
    async with site(tmp_path, jobs=jobs) as api:
        await api.trigger("hello")
        await api.world.clock.advance(100)
        api.world.executor.default = HOLDS
        await api.trigger("both")
        api.world.executor.script["main"] = HOLDS
        assert (await api.post("/api/jobs/both/trigger")).status == 429


async def test_a_full_job_queues_where_that_is_asked_for(api: Site) -> None:
    api.world.executor.default = HOLDS
    await api.trigger("single")
    for position in (1, 2):
        answer = await api.post("/api/jobs/single/trigger", {"queue": True})
        told = answer.json()
        assert (answer.status, told["status"], told["position"]) == (200, "pending", position)
        assert (await api.get(f"/api/runs/{told['run_id']}")).json()["started_at"] is None


@pytest.mark.parametrize("job_id", ["off", "ticking"])
async def test_what_does_not_fire_can_be_triggered_by_hand(api: Site, job_id: str) -> None:
    await api.post("/api/scheduler/pause")
    assert (await api.post(f"/api/jobs/{job_id}/trigger")).status == 200


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        pytest.param({"params": {"a": 1}}, ["/params"], id="params"),
        pytest.param({"run_at": 0}, ["/run_at"], id="a time in the past"),
        pytest.param({"run_at": -1}, ["/run_at"], id="a time before all time"),
        pytest.param({"run_at": 253_402_300_800_000}, ["/run_at"], id="a time that no calendar has"),
        pytest.param({"run_at": 2**70}, ["/run_at"], id="a time beyond all numbers"),
        pytest.param({"run_at": 1e300}, ["/run_at"], id="a time with an exponent"),
        pytest.param({"run_at": "2030-01-01T00:00:00Z"}, ["/run_at"], id="a time as text"),
        pytest.param({"tasks": []}, ["/tasks"], id="no tasks"),
        pytest.param({"tasks": ["mian"]}, ["/tasks/0"], id="an unknown task"),
        pytest.param({"tasks": ["main", "x", "main"]}, ["/tasks/1", "/tasks/2"], id="unknown and twice"),
        pytest.param({"tasks": ["x"] * 10_001}, ["/tasks"], id="more tasks than anybody has"),
        pytest.param({"tasks": ["x"], "run_at": 0}, ["/tasks/0", "/run_at"], id="several"),
        pytest.param({"tasks": ["x"], "dry_run": True}, ["/tasks/0"], id="in a dry run, too"),
        pytest.param({"dry_run": 1}, ["/dry_run"], id="a dry_run that is a number"),
        pytest.param({"when": 1, "a/b~c": 2}, ["/when", "/a~1b~0c"], id="unknown members, all of them"),
        pytest.param({"queue": "yes"}, ["/queue"], id="a queue that is no boolean"),
        pytest.param({"queue": 1}, ["/queue"], id="a queue that is a number"),
        pytest.param({"params": []}, ["/params"], id="params that are a list"),
        pytest.param({"tasks": ["a", 1]}, ["/tasks/1"], id="a wrong item of a list"),
        pytest.param("x", [""], id="no object"),
    ],
)
async def test_a_wrong_body_is_refused_with_pointers(api: Site, body: object, pointers: list[str]) -> None:
    answer = await api.post(PATH, body)
    assert (answer.status, answer.json()["code"]) == (422, "UNPROCESSABLE")
    assert [each["pointer"] for each in answer.json()["errors"]] == pointers
    assert (await api.get("/api/jobs/hello/runs")).json()["count"] == 0


async def test_an_unknown_task_is_told_with_the_nearest(api: Site) -> None:
    answer = await api.post("/api/jobs/chain/trigger", {"tasks": ["first", "mittle"]})
    (error,) = answer.json()["errors"]
    assert error == {"pointer": "/tasks/1", "message": "no task 'mittle'; did you mean 'middle'?"}


WRONG = [
    pytest.param({"unknown": 1}, id="an unknown member"),
    pytest.param({"params": {"a": 1}}, id="params"),
    pytest.param({"tasks": ["x"]}, id="an unknown task"),
    pytest.param({"tasks": "x"}, id="tasks that are no list"),
    pytest.param([], id="no object"),
]


@pytest.mark.parametrize("body", WRONG)
async def test_a_full_job_comes_before_what_is_wrong_with_the_body(api: Site, body: object) -> None:
    api.world.executor.default = HOLDS
    holder = await api.trigger("single")
    answer = await api.post("/api/jobs/single/trigger", body)
    assert (answer.status, answer.json()["holders"]) == (429, [holder])


@pytest.mark.parametrize("body", WRONG)
async def test_a_full_scheduler_comes_before_what_is_wrong_with_the_body(
    tmp_path: Path, body: object
) -> None:
    async with site(tmp_path, world={"max_jobs": 1}) as api:
        api.world.executor.default = HOLDS
        await api.trigger("hello")
        answer = await api.post("/api/jobs/after/trigger", body)
        assert (answer.status, answer.json()["scope"]) == (429, "total")


@pytest.mark.parametrize("body", WRONG)
async def test_a_dependency_comes_before_what_is_wrong_with_the_body(api: Site, body: object) -> None:
    assert (await api.post("/api/jobs/after/trigger", body)).status == 409


async def test_what_would_queue_is_told_what_is_wrong_with_its_body(api: Site) -> None:
    api.world.executor.default = HOLDS
    await api.trigger("single")
    for body in ({"queue": True, "unknown": 1}, {"run_at": 1, "unknown": 1}, {"queue": True, "tasks": ["x"]}):
        assert (await api.post("/api/jobs/single/trigger", body)).status == 422


# --- Idempotency-Key


async def test_the_same_key_and_body_is_the_same_run(api: Site) -> None:
    key = {"Idempotency-Key": "k-1"}
    first = await api.post(PATH, {"reason": "a"}, **key)
    await api.world.clock.advance(100)
    second = await api.post(PATH, {"queue": False, "reason": "a", "params": {}}, **key)
    assert second.json()["run_id"] == first.json()["run_id"]
    assert second.json()["status"] == "completed"
    assert "idempotency-replayed" not in first.headers
    assert second.headers["idempotency-replayed"] == "true"
    assert (await api.get("/api/jobs/hello/runs")).json()["count"] == 1


async def test_the_same_key_with_another_body_is_refused(api: Site) -> None:
    key = {"Idempotency-Key": "k-1"}
    first = await api.post(PATH, {"reason": "a"}, **key)
    second = await api.post(PATH, {"reason": "b"}, **key)
    assert (second.status, second.json()["run_id"]) == (422, first.json()["run_id"])


async def test_a_key_belongs_to_one_path(api: Site) -> None:
    key = {"Idempotency-Key": "k-1"}
    runs = {
        (await api.post(f"/api/jobs/{job}/trigger", **key)).json()["run_id"] for job in ("hello", "chain")
    }
    assert len(runs) == 2


async def test_a_key_is_forgotten_after_a_day(api: Site) -> None:
    key = {"Idempotency-Key": "k-1"}
    first = (await api.post(PATH, **key)).json()["run_id"]
    await api.world.clock.advance(24 * 3600 * 1000 - 1000)
    assert (await api.post(PATH, **key)).json()["run_id"] == first
    await api.world.clock.advance(2000)
    assert (await api.post(PATH, **key)).json()["run_id"] != first


async def test_a_refusal_is_not_kept(api: Site) -> None:
    key = {"Idempotency-Key": "k-1"}
    assert (await api.post("/api/jobs/after/trigger", **key)).status == 409
    await api.trigger("hello")
    await api.world.clock.advance(100)
    answer = await api.post("/api/jobs/after/trigger", **key)
    assert (answer.status, "idempotency-replayed" in answer.headers) == (200, False)


async def test_many_at_a_time_are_one_run(api: Site) -> None:
    answers = await asyncio.gather(*(api.post(PATH, **{"Idempotency-Key": "k"}) for _ in range(20)))
    assert {answer.status for answer in answers} == {200}
    assert len({answer.json()["run_id"] for answer in answers}) == 1


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 256, "\xe9", "tab\there"])
async def test_a_bad_key_is_refused(api: Site, key: str) -> None:
    answer = await api.post(PATH, **{"Idempotency-Key": key})
    assert (answer.status, answer.json()["code"]) == (400, "BAD_REQUEST")


async def test_the_longest_key_is_taken(api: Site) -> None:
    assert (await api.post(PATH, **{"Idempotency-Key": "~" * 255})).status == 200


# --- ?wait=


async def test_waiting_gives_the_run_as_it_ended(api: Site) -> None:
    waiting = asyncio.create_task(api.post(f"{PATH}?wait=30s"))
    await api.until(lambda: api.world.executor.running)
    assert not waiting.done()
    await api.world.clock.advance(100)
    told = (await waiting).json()
    assert (told["status"], told["run"]["status"], told["run"]["duration_ms"]) == (
        "completed",
        "completed",
        10,
    )
    assert told["run"]["id"] == told["run_id"]


async def test_waiting_ends_with_its_time(api: Site) -> None:
    api.world.executor.default = HOLDS
    waiting = asyncio.create_task(api.post(f"{PATH}?wait=1500ms"))
    await api.until(lambda: api.world.executor.running)
    await api.world.clock.advance(1_400)
    assert not waiting.done()
    await api.world.clock.advance(200)
    told = (await waiting).json()
    assert (told["status"], told["run"]["ended_at"]) == ("running", None)


async def test_waiting_for_nothing_answers_at_once(api: Site) -> None:
    assert (await api.post(f"{PATH}?wait=0")).json()["status"] == "running"


async def test_who_waits_and_goes_leaves_nothing_behind(api: Site) -> None:
    api.world.executor.default = HOLDS
    connection = await api.connect()
    await connection.send(f"POST {PATH}?wait=10m HTTP/1.1\r\nHost: localhost:{api.port}\r\n\r\n".encode())
    await api.until(lambda: api.world.executor.running)
    await connection.close()
    await api.until(lambda: not api.server._state.tasks)
    assert len(api.world.executor.running) == 1


@pytest.mark.parametrize("wait", ["x", "-1", "", "1h30", "1s&wait=2s"])
async def test_a_bad_wait_is_refused(api: Site, wait: str) -> None:
    answer = await api.post(f"{PATH}?wait={wait}")
    assert (answer.status, answer.json()["parameter"]) == (400, "wait")
    assert (await api.get("/api/jobs/hello/runs")).json()["count"] == 0
