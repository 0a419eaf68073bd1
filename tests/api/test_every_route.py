"""The conventions, held against every route that they are about."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.api.test_methods import filled
from tests.support.http import request
from tests.support.site import JOBS, ONE_TASK, Site, site

from petit.api.errors import PROBLEM_JSON
from petit.api.openapi.operation import LIMIT
from petit.api.openapi.table import OPERATIONS
from petit.api.routes import ROUTES

TAGGED = [route.path for route in ROUTES if route.is_tagged]
PAGED = [
    route.path
    for route in ROUTES
    if route.method == "GET" and LIMIT in OPERATIONS[f"GET {route.path}"].parameters
]
STREAMS = ["/api/events", "/api/runs/{run_id}/events", "/api/runs/{run_id}/tasks/{task_id}/logs?follow=true"]
OF_THE_BODY = {"content-length", "content-type", "content-encoding"}
VOLATILE = {"date", "x-request-id"}


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Site]:
    many = {f"job{number:02}": ONE_TASK for number in range(20)}
    async with site(tmp_path, jobs=JOBS | many) as made:
        yield made


async def place(api: Site, path: str) -> str:
    """Return a path at which there is something."""
    run_id = await api.trigger("hello")
    await api.world.clock.advance(100)
    # What the clock decides has no tag: a last day is given.
    return filled(path, run_id) + ("?to=2026-03-12" if path.endswith("/days") else "")


@pytest.mark.parametrize("path", TAGGED)
async def test_304_has_the_headers_of_the_answer_that_it_stands_for(api: Site, path: str) -> None:
    where = await place(api, path)
    for accepted in ({}, {"Accept-Encoding": "gzip"}):
        whole = await api.get(where, **accepted)
        if whole.status != 200:
            assert whole.status == 400, "it needs something in its query"
            continue
        same = await api.get(where, **{"If-None-Match": whole.headers["etag"], **accepted})
        assert (same.status, same.body) == (304, b"")
        left_out = OF_THE_BODY | VOLATILE
        assert {name: value for name, value in same.headers.items() if name not in left_out} == {
            name: value for name, value in whole.headers.items() if name not in left_out
        }
        assert not OF_THE_BODY & set(same.headers)


@pytest.mark.parametrize("path", TAGGED)
async def test_what_the_query_says_and_nobody_knows_is_passed_over(api: Site, path: str) -> None:
    where = await place(api, path)
    more_of_it = f"{where}{'&' if '?' in where else '?'}nobody_knows_this=1&utm_source=x"
    plain, more = await api.get(where), await api.get(more_of_it)
    assert (more.status, more.body) == (plain.status, plain.body) or plain.status == 400


@pytest.mark.parametrize("path", PAGED)
async def test_limits_of_pages(api: Site, path: str) -> None:
    where = await place(api, path)
    none = (await api.get(f"{where}?limit=0")).json()
    assert none["count"] == 0
    assert not any(value for value in none.values() if isinstance(value, list))
    assert (await api.get(f"{where}?limit=99999999999999999999")).status == 200
    for wrong in ("-1", "1.5", "x", "", "1e3", "+1", "%20"):
        answer = await api.get(f"{where}?limit={wrong}")
        assert (answer.status, answer.json()["parameter"]) == (400, "limit"), wrong


@pytest.mark.parametrize("path", sorted({route.path for route in ROUTES}))
async def test_a_method_that_is_not_possible_is_told_which_are(api: Site, path: str) -> None:
    where = filled(path, "x")
    possible = (await api.ask("OPTIONS", where)).headers["allow"]
    wrong = next(each for each in ("PATCH", "PUT", "DELETE") if each not in possible)
    answer = await api.ask(wrong, where)
    assert (answer.status, answer.json()["code"]) == (405, "METHOD_NOT_ALLOWED")
    assert (answer.headers["allow"], answer.headers["content-type"]) == (possible, PROBLEM_JSON)


@pytest.mark.parametrize("path", STREAMS)
async def test_streams_are_never_compressed(api: Site, path: str) -> None:
    where = filled(path, await api.trigger("chain"))
    connection = await api.connect()
    heads = {"Host": f"localhost:{api.port}", "Accept-Encoding": "gzip"}
    await connection.send(request("GET", where.replace("/main/", "/first/"), heads))
    status, headers = await connection.head()
    assert (status, "content-encoding" in headers) == (200, False)
