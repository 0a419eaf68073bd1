from __future__ import annotations

import logging
import os

import pytest
from tests.support.http import request
from tests.support.site import Site

TAGGED = [
    "/api/jobs",
    "/api/jobs/hello",
    "/api/jobs/hello/runs",
    "/api/jobs/ticking/occurrences",
    "/api/occurrences",
]


async def test_every_answer_has_a_request_id_of_its_own(api: Site) -> None:
    ids = {
        (await api.get(path)).headers["x-request-id"] for path in ("/", "/api/jobs", "/nothing", "/api/jobs")
    }
    assert len(ids) == 4


@pytest.mark.parametrize(
    ("given", "is_kept"),
    [
        ("abc-123_X.y", True),
        ("x" * 64, True),
        ("x" * 65, False),
        ("a b", False),
        ("", False),
        ("\xe9", False),
    ],
)
async def test_a_plain_request_id_is_kept(api: Site, given: str, is_kept: bool) -> None:
    answer = await api.get("/api/health", **{"X-Request-Id": given})
    assert (answer.headers["x-request-id"] == given) is is_kept
    assert answer.headers["x-request-id"]


@pytest.mark.parametrize("path", TAGGED)
async def test_what_has_not_changed_is_not_sent_again(api: Site, path: str) -> None:
    first = await api.get(path)
    tag = first.headers["etag"]
    assert first.headers["cache-control"] == "no-cache"
    for condition in (tag, f"W/{tag}", f'"other", {tag}'):
        again = await api.get(path, **{"If-None-Match": condition})
        assert (again.status, again.body, again.headers["etag"]) == (304, b"", tag)
    for condition in ("*", '"other"', tag.strip('"'), ""):
        assert (await api.get(path, **{"If-None-Match": condition})).body == first.body


@pytest.mark.parametrize("path", TAGGED)
async def test_every_change_is_a_new_tag(api: Site, path: str) -> None:
    tags = [(await api.get(path)).headers["etag"]]
    for change in ("/api/jobs/hello/trigger", "/api/scheduler/pause", "/api/scheduler/resume"):
        await api.post(change)
        tags.append((await api.get(path)).headers["etag"])
    assert len(set(tags)) == len(tags)


async def test_a_run_keeps_its_tag_while_nothing_happens(api: Site) -> None:
    run_id = await api.trigger("hello")
    await api.world.clock.advance(100)
    paths = [f"/api/runs/{run_id}{rest}" for rest in ("", "/tasks", "/tasks/main/attempts")]
    tags = [(await api.get(path)).headers["etag"] for path in paths]
    await api.world.clock.advance(60_000)
    for path, tag in zip(paths, tags, strict=True):
        assert (await api.get(path, **{"If-None-Match": tag})).status == 304


async def test_what_is_kept_of_the_jobs_follows_every_change(api: Site) -> None:
    assert (await api.get("/api/jobs")).body == (await api.get("/api/jobs")).body
    seen = set()
    for _ in range(3):
        run_id = await api.trigger("hello")
        await api.world.clock.advance(100)
        jobs = {job["id"]: job for job in (await api.get("/api/jobs")).json()["jobs"]}
        assert jobs["hello"]["last_run"]["id"] == run_id
        seen.add(run_id)
    assert len(seen) == 3


@pytest.mark.parametrize("path", ["/", "/api/health", "/api/jobs", "/api/jobs/hello", "/api/jobs/hello/runs"])
async def test_a_head_is_a_get_without_its_body(api: Site, path: str) -> None:
    get, head = await api.get(path), await api.ask("HEAD", path)
    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-length"] == get.headers["content-length"] == str(len(get.body))


async def test_json_is_json(api: Site) -> None:
    for path in ("/api/health", "/api/jobs", "/api/scheduler/state"):
        assert (await api.get(path)).headers["content-type"] == "application/json"


async def test_a_connection_serves_many_requests(api: Site) -> None:
    connection = await api.connect()
    headers = {"Host": f"localhost:{api.port}"}
    for path in ("/api/health", "/api/nothing", "/api/jobs", "/"):
        await connection.send(request("GET", path, headers))
        assert (await connection.answer()).status in {200, 404}
    await connection.send(request("GET", "/api/health", headers) * 3)
    for _ in range(3):
        assert (await connection.answer()).status == 200


async def test_an_upgrade_is_answered_as_if_it_were_not_asked_for(api: Site) -> None:
    connection = await api.connect()
    headers = {"Host": f"localhost:{api.port}", "Connection": "Upgrade", "Upgrade": "websocket"}
    await connection.send(request("GET", "/api/health", headers))
    assert (await connection.answer()).status == 200


async def test_who_only_looks_fills_no_log(api: Site, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="petit.api"):
        await api.get("/api/jobs")
        await api.get("/api/nothing")
        await api.post("/api/scheduler/pause")
    lines = [record.getMessage() for record in caplog.records if record.name.startswith("petit.api")]
    assert lines == ["GET -", "POST /api/scheduler/pause"]


async def test_a_tag_does_not_hide_what_is_not_there(api: Site) -> None:
    tag = (await api.get("/api/jobs")).headers["etag"]
    assert (await api.get("/api/jobs/nobody", **{"If-None-Match": tag})).status == 404
    assert (await api.get("/api/occurrences?limit=x", **{"If-None-Match": tag})).status == 400


async def test_each_request_has_one_line(api: Site, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, logger="petit.api"):
        await api.get("/api/jobs/hello?x=secret", **{"X-Request-Id": "r-1"})
        await api.get("/api/nothing")
    first, second = (record for record in caplog.records if record.name.startswith("petit.api"))
    facts = vars(first)
    assert (first.getMessage(), facts["status"], facts["request_id"]) == (
        "GET /api/jobs/{job_id}",
        200,
        "r-1",
    )
    assert (facts["caller"], facts["ms"] >= 0) == (f"uid {os.getuid()}", True)
    assert (second.getMessage(), vars(second)["status"]) == ("GET -", 404)
