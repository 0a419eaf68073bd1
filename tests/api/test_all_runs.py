from __future__ import annotations

import pytest
from tests.support.http import linked
from tests.support.site import Site


async def ids(api: Site, query: str) -> list[str]:
    answer = await api.get(f"/api/runs{query}")
    assert answer.status == 200, answer
    return [run["id"] for run in answer.json()["runs"]]


async def test_runs_of_all_jobs_come_newest_first_and_page_by_page(api: Site) -> None:
    made = [await api.trigger(job) for job in ("hello", "chain", "hello", "off", "chain")][::-1]
    assert await ids(api, "") == made
    seen: list[str] = []
    path: str | None = "/api/runs?limit=2"
    while path is not None:
        answer = await api.get(path)
        seen.extend(run["id"] for run in answer.json()["runs"])
        path = linked(answer, "next")
        assert (answer.json()["next_cursor"] is None) == (path is None)
    assert seen == made
    assert await ids(api, "?limit=0") == []


@pytest.mark.parametrize(
    "path", ["/api/runs?limit=2", "/api/jobs/hello/runs?limit=2", "/api/runs?job=hello&limit=2"]
)
async def test_the_pages_lead_back_as_they_led_on(api: Site, path: str) -> None:
    for _ in range(5):
        await api.trigger("hello")
    pages = [await api.get(path)]
    while (older := linked(pages[-1], "next")) is not None:
        pages.append(await api.get(older))
    assert [page.json()["count"] for page in pages] == [2, 2, 1]
    assert [page.json()["prev_cursor"] is None for page in pages] == [True, False, False]
    for newer, older_page in zip(pages[-2::-1], pages[::-1], strict=False):
        back = await api.get(linked(older_page, "prev") or "")
        assert back.json()["runs"] == newer.json()["runs"]
        assert back.json()["next_cursor"] == newer.json()["next_cursor"]
        assert (back.json()["prev_cursor"] is None) == (newer is pages[0])


async def test_runs_that_came_since_are_found_on_the_way_back(api: Site) -> None:
    made = [await api.trigger("hello") for _ in range(3)]
    first = await api.get("/api/runs?limit=2")
    last = await api.get(linked(first, "next") or "")
    made += [await api.trigger("hello") for _ in range(2)]
    back = await api.get(linked(last, "prev") or "")
    assert [run["id"] for run in back.json()["runs"]] == [made[2], made[1]]
    newest = await api.get(linked(back, "prev") or "")
    assert [run["id"] for run in newest.json()["runs"]] == [made[4], made[3]]
    assert linked(newest, "prev") is None


async def test_filters(api: Site) -> None:
    begin = api.world.clock.now()
    first = await api.trigger("hello")
    await api.world.clock.advance(1_000)
    later = api.world.clock.now()
    second, third = await api.trigger("chain"), await api.trigger("hello")
    assert await ids(api, "?job=hello") == [third, first]
    assert await ids(api, "?status=completed") == [first]
    both = [third, second, first]
    assert await ids(api, "?status=completed&status=running") == both
    assert await ids(api, "?status=running,completed,running") == both
    assert await ids(api, "?trigger=schedule") == []
    assert await ids(api, "?trigger=manual&job=chain") == [second]
    assert await ids(api, f"?since={later}") == [third, second]
    assert await ids(api, f"?since={begin}&until={later}") == [first]
    assert await ids(api, "?until=0") == []


async def test_the_beginning_of_a_run_id_finds_it(api: Site) -> None:
    first = await api.trigger("hello")
    await api.world.clock.advance(100)
    second = await api.trigger("hello")
    assert await ids(api, f"?q={first}") == [first]
    assert await ids(api, f"?q={second[:30].upper()}") == [second]
    assert await ids(api, f"?q={first[:4]}&limit=1") == [second]
    for nothing in ("hello", "g", "%25", "z" * 5000, f"{first}0"):
        assert await ids(api, f"?q={nothing}") == [], nothing


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        pytest.param("status=done", "status", id="no such status"),
        pytest.param("status=", "status", id="an empty status"),
        pytest.param("status=failed,,running", "status", id="an empty one among others"),
        pytest.param("trigger=me", "trigger", id="no such trigger"),
        pytest.param("since=-1", "since", id="before all times"),
        pytest.param("until=now", "until", id="no number"),
        pytest.param("limit=1.5", "limit", id="no whole number"),
        pytest.param("job=a&job=b", "job", id="two jobs"),
        pytest.param("q=a&q=b", "q", id="two beginnings"),
        pytest.param("cursor=!", "cursor", id="a cursor that is none"),
        pytest.param("cursor=Inh4Ig", "cursor", id="a cursor that names no run"),
        pytest.param("cursor=eyJhZnRlciI6IngifQ", "cursor", id="a cursor back to no run"),
        pytest.param("cursor=eyJhZnRlciI6MX0", "cursor", id="a cursor back to a number"),
    ],
)
async def test_wrong_parameters(api: Site, query: str, parameter: str) -> None:
    answer = await api.get(f"/api/runs?{query}")
    assert (answer.status, answer.json()["parameter"]) == (400, parameter)


async def test_a_job_that_never_was_is_not_found(api: Site) -> None:
    answer = await api.get("/api/runs?job=helo")
    assert (answer.status, answer.json()["nearest"]) == (404, ["hello"])


async def test_the_list_is_tagged(api: Site) -> None:
    tag = (await api.get("/api/runs")).headers["etag"]
    assert (await api.get("/api/runs", **{"If-None-Match": tag})).status == 304
    await api.trigger("hello")
    assert (await api.get("/api/runs", **{"If-None-Match": tag})).status == 200
