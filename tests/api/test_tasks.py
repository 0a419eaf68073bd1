from __future__ import annotations

from pathlib import Path

from tests.support.site import Site, site

from petit.testing.executor import FAILS, SUCCEEDS, Outcome

MORNING = 1_767_225_600_000


async def test_tasks_come_in_topological_order(api: Site) -> None:
    run_id = await api.trigger("chain")
    listed = (await api.get(f"/api/runs/{run_id}/tasks")).json()
    assert listed["count"] == 3
    assert [task["task_id"] for task in listed["tasks"]] == ["first", "middle", "last"]


async def test_a_task_that_went_well(api: Site) -> None:
    run_id = await api.trigger("hello")
    await api.world.clock.advance(100)
    (task,) = (await api.get(f"/api/runs/{run_id}/tasks")).json()["tasks"]
    assert task == {
        "task_id": "main",
        "run_id": run_id,
        "status": "completed",
        "attempts": 1,
        "started_at": MORNING,
        "ended_at": MORNING + 10,
        "duration_ms": 10,
        "error": None,
        "reason": None,
        "exit_code": 0,
        "signal": None,
        "executor": "local",
        "outputs": None,
        "reused_from": None,
        "log": f"/api/runs/{run_id}/tasks/main/logs",
    }


async def test_a_task_that_has_not_begun_has_no_log_and_no_executor(api: Site) -> None:
    run_id = await api.trigger("chain")
    last = (await api.get(f"/api/runs/{run_id}/tasks")).json()["tasks"][-1]
    assert (last["status"], last["attempts"], last["log"], last["executor"]) == ("pending", 0, None, None)


async def test_failed_and_skipped_tasks_say_why(api: Site) -> None:
    api.world.executor.script["first"] = Outcome(exit_code=3)
    run_id = await api.trigger("chain")
    await api.world.clock.advance(100)
    tasks = (await api.get(f"/api/runs/{run_id}/tasks")).json()["tasks"]
    assert [task["status"] for task in tasks] == ["failed", "skipped", "skipped"]
    assert (tasks[0]["exit_code"], "3" in tasks[0]["error"]) == (3, True)
    assert all(task["reason"] for task in tasks[1:])


async def test_attempts_are_numbered_and_kept(tmp_path: Path) -> None:
    text = "tasks:\n  - {id: main, command: work, retry: {max_attempts: 1, delay_secs: 5}}\n"
    async with site(tmp_path, jobs={"again": text}) as api:
        api.world.executor.script["main"] = [FAILS, SUCCEEDS]
        run_id = await api.trigger("again")
        await api.world.clock.advance(10_000)
        listed = (await api.get(f"/api/runs/{run_id}/tasks/main/attempts")).json()
        first, second = listed["attempts"]
        assert listed["count"] == 2
        assert (first["number"], first["status"], first["exit_code"]) == (1, "failed", 1)
        assert (second["number"], second["status"], second["id"]) == (2, "completed", f"{run_id}/main/2")
        assert second["started_at"] - first["ended_at"] == 5_000
        assert second["log"] == f"/api/runs/{run_id}/tasks/main/logs?attempt=2"
        assert [wait["kind"] for wait in second["waits"]] == ["retry"]
        (task,) = (await api.get(f"/api/runs/{run_id}/tasks")).json()["tasks"]
        assert (task["attempts"], task["status"]) == (2, "completed")


async def test_all_attempts_of_a_run_come_in_one_answer(api: Site) -> None:
    run_id = await api.trigger("chain")
    await api.world.clock.advance(1_000)
    listed = (await api.get(f"/api/runs/{run_id}/attempts")).json()
    each = [
        attempt
        for task in ("first", "middle", "last")
        for attempt in (await api.get(f"/api/runs/{run_id}/tasks/{task}/attempts")).json()["attempts"]
    ]
    assert (listed["attempts"], listed["count"]) == (each, 3)
    assert [attempt["task_id"] for attempt in each] == ["first", "middle", "last"]


async def test_a_plan_tells_what_was_to_be_done_and_how_long_it_usually_takes(tmp_path: Path) -> None:
    text = (
        "environment: {A: '1', SECRET: x}\ntasks:\n  - {id: one, command: work, environment: {B: '2'}}\n"
        "  - {id: two, command: work, depends_on: [one], condition: all_done}\n"
    )
    async with site(tmp_path, jobs={"pair": text}) as api:
        first = await api.trigger("pair")
        assert (await api.get(f"/api/runs/{first}/plan")).json()["usual_ms"] == {}
        await api.world.clock.advance(1_000)
        plan = (await api.get(f"/api/runs/{first}/plan")).json()
        assert [(task["id"], task["depends_on"]) for task in plan["tasks"]] == [("one", []), ("two", ["one"])]
        assert plan["environment"] == {"one": ["A", "B", "SECRET"], "two": ["A", "SECRET"]}
        assert plan["usual_ms"] == {"one": 10, "two": 10}
        assert plan["definition"] == (await api.get("/api/jobs/pair")).json()["definition"]


async def test_a_plan_stays_that_of_its_run_when_the_file_changes(tmp_path: Path) -> None:
    async with site(tmp_path, jobs={"job": "tasks:\n  - {id: old, command: work}\n"}) as api:
        run_id = await api.trigger("job")
        api.world.write(job="tasks:\n  - {id: new, command: work}\n")
        await api.post("/api/reload")
        assert [task["id"] for task in (await api.get("/api/jobs/job")).json()["tasks"]] == ["new"]
        assert [task["id"] for task in (await api.get(f"/api/runs/{run_id}/plan")).json()["tasks"]] == ["old"]


async def test_an_unknown_task_is_not_found(api: Site) -> None:
    run_id = await api.trigger("hello")
    for rest in ("attempts", "logs"):
        answer = await api.get(f"/api/runs/{run_id}/tasks/other/{rest}")
        assert (answer.status, answer.json()["task_id"]) == (404, "other")


async def test_a_task_without_attempts_has_none(api: Site) -> None:
    run_id = await api.trigger("chain")
    assert (await api.get(f"/api/runs/{run_id}/tasks/last/attempts")).json() == {"attempts": [], "count": 0}
