from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.support.http import linked
from tests.support.site import Site, site

from petit.testing.executor import FAILS, HOLDS, SUCCEEDS, Outcome

FIRST = """
tasks:
  - {id: load, name: Load it, command: work, depends_on: [fetch]}
  - {id: fetch, command: work}
  - {id: check, name: Check it, command: work, depends_on: [load]}
"""
SECOND = """
tasks:
  - {id: load, name: Load all, command: work, depends_on: [fetch]}
  - {id: fetch, command: work, retry: {max_attempts: 12}}
  - {id: report, command: work, depends_on: [load], condition: on_failure}
"""


async def grid(api: Site, query: str = "", job: str = "etl") -> dict[str, Any]:
    answer = await api.get(f"/api/jobs/{job}/grid{query}")
    assert answer.status == 200, answer
    told: dict[str, Any] = answer.json()
    assert told["count"] == len(told["runs"])
    assert all(len(text) == told["count"] for part in ("cells", "attempts") for text in told[part].values())
    assert set(told["cells"]) == set(told["attempts"]) == {task["id"] for task in told["tasks"]}
    return told


async def test_tasks_and_runs_of_two_versions(tmp_path: Path) -> None:
    async with site(tmp_path, jobs={"etl": FIRST}) as api:
        script = api.world.executor.script
        made = [await api.trigger("etl")]
        await api.world.clock.advance(100)
        script["load"] = FAILS
        made.append(await api.trigger("etl"))
        await api.world.clock.advance(100)
        api.world.write(etl=SECOND)
        await api.post("/api/reload")
        script.update(load=SUCCEEDS, fetch=[*[FAILS] * 11, Outcome()])
        made.append(await api.trigger("etl"))
        await api.world.clock.advance(60_000)
        script.update(load=HOLDS, fetch=SUCCEEDS)
        made.append(await api.trigger("etl"))
        await api.world.clock.advance(100)
        told = await grid(api)
        assert [run["id"] for run in told["runs"]] == made[::-1]
        assert told["tasks"] == [
            {"id": "fetch", "name": "fetch", "gone": False},
            {"id": "load", "name": "Load all", "gone": False},
            {"id": "report", "name": "report", "gone": False},
            {"id": "check", "name": "Check it", "gone": True},
        ]
        assert told["cells"] == {"fetch": "cccc", "load": "rcfc", "report": "ps--", "check": "--sc"}
        assert told["attempts"] == {"fetch": "1+11", "load": "1111", "report": "00..", "check": "..01"}
        assert (told["job_id"], told["next_cursor"], told["prev_cursor"]) == ("etl", None, None)


async def test_the_pages_lead_on_and_back(api: Site) -> None:
    made = [await api.trigger("chain") for _ in range(5)][::-1]
    first = await api.get("/api/jobs/chain/grid?runs=3")
    second = await api.get(linked(first, "next") or "")
    assert [run["id"] for run in first.json()["runs"] + second.json()["runs"]] == made
    assert second.json()["next_cursor"] is None
    back = await api.get(linked(second, "prev") or "")
    assert back.json()["runs"] == first.json()["runs"]
    assert back.json()["cells"] == first.json()["cells"]


async def test_a_job_that_never_ran_has_its_tasks(api: Site) -> None:
    told = await grid(api, job="chain")
    assert [task["id"] for task in told["tasks"]] == ["first", "middle", "last"]
    assert (told["cells"], told["runs"]) == ({"first": "", "middle": "", "last": ""}, [])


async def test_limits(api: Site) -> None:
    for _ in range(3):
        await api.trigger("hello")
    for query, count in (("", 3), ("?runs=0", 0), ("?runs=2", 2), ("?runs=99999", 3)):
        assert (await grid(api, query, "hello"))["count"] == count


async def test_a_removed_job_has_a_grid(api: Site) -> None:
    await api.trigger("chain")
    await api.world.clock.advance(100)
    (api.world.jobs_dir / "chain.yaml").unlink()
    await api.post("/api/reload")
    assert (await grid(api, job="chain"))["cells"] == {"first": "c", "middle": "c", "last": "c"}


@pytest.mark.parametrize("query", ["runs=x", "runs=-1", "cursor=!", "cursor=Inh4Ig"])
async def test_wrong_parameters(api: Site, query: str) -> None:
    answer = await api.get(f"/api/jobs/chain/grid?{query}")
    assert (answer.status, answer.json()["parameter"]) == (400, query.partition("=")[0])


async def test_a_job_that_never_was(api: Site) -> None:
    assert (await api.get("/api/jobs/chian/grid")).json()["nearest"] == ["chain"]


async def test_the_answer_is_tagged(api: Site) -> None:
    await api.trigger("chain")
    tag = (await api.get("/api/jobs/chain/grid")).headers["etag"]
    assert (await api.get("/api/jobs/chain/grid", **{"If-None-Match": tag})).status == 304
    await api.world.clock.advance(100)
    assert (await api.get("/api/jobs/chain/grid", **{"If-None-Match": tag})).status == 200
