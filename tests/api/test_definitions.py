from __future__ import annotations

from typing import Any

import jsonschema  # type: ignore[import-untyped]  # it publishes no types
import pytest
from tests.support.callers import as_owner, make
from tests.support.site import ONE_TASK, Site

GOOD = f"id: fresh\nname: Fresh\nschedule: '@hourly'\n{ONE_TASK}"


async def check(api: Site, text: str, **headers: str) -> Any:
    sent = {"Content-Type": "application/yaml", **headers}
    answer = await api.ask("POST", "/api/validate", raw=text.encode(), headers=sent)
    assert answer.status == 200, answer
    return answer.json()


async def test_a_definition_is_the_text_of_its_file(api: Site) -> None:
    told = (await api.get("/api/jobs/hello/definition")).json()
    assert told["source"] == (api.world.jobs_dir / "hello.yaml").read_text()
    assert (told["file"], told["current"], told["job_id"]) == ("hello.yaml", True, "hello")
    assert told["versions"] == [{"hash": told["hash"], "stored_at": told["stored_at"], "current": True}]


SECRET = f"environment: {{PASSWORD: hunter2}} # not hunter1\n{ONE_TASK}"


@pytest.mark.parametrize(("scope", "is_masked"), [("read", True), ("trigger", True), ("admin", False)])
async def test_below_admin_a_token_does_not_see_what_variables_hold(
    strange: Site, scope: str, is_masked: bool
) -> None:
    strange.world.write(hello=SECRET)
    await as_owner(strange, "POST", "/api/reload")
    whole = (await as_owner(strange, "GET", "/api/jobs/hello/definition")).json()
    assert (whole["masked"], "PASSWORD: hunter2" in whole["source"]) == (False, True)
    shown = await make(strange, "ci", scope)
    told = (await strange.get("/api/jobs/hello/definition", **shown)).json()
    assert told["masked"] is is_masked
    assert ("hunter" in told["source"]) is not is_masked
    assert ("PASSWORD: '***'" in told["source"]) is is_masked
    assert told["hash"] == whole["hash"]


async def test_below_admin_a_token_does_not_see_the_lines_of_broken_files(strange: Site) -> None:
    strange.world.write(broken=f"environment: {{PASSWORD: [hunter2]}}\n{ONE_TASK}")
    await as_owner(strange, "POST", "/api/reload")
    assert "hunter2" in (await as_owner(strange, "GET", "/api/scheduler/state")).body.decode()
    shown = await make(strange, "ci", "trigger")
    told = await strange.get("/api/scheduler/state", **shown)
    assert (len(told.json()["problems"]), "hunter2" in told.body.decode()) == (1, False)


async def test_older_versions_are_kept(api: Site) -> None:
    old = (await api.get("/api/jobs/hello/definition")).json()
    await api.world.clock.advance(1_000)
    api.world.write(hello=f"name: Changed\n{ONE_TASK}")
    await api.post("/api/reload")
    new = (await api.get("/api/jobs/hello/definition")).json()
    assert [each["current"] for each in new["versions"]] == [True, False]
    again = (await api.get(f"/api/jobs/hello/definition?hash={old['hash']}")).json()
    assert (again["source"], again["current"]) == (old["source"], False)
    assert again["versions"] == new["versions"]


async def test_a_removed_job_has_its_definition(api: Site) -> None:
    (api.world.jobs_dir / "single.yaml").unlink()
    await api.post("/api/reload")
    assert (await api.get("/api/jobs/single/definition")).status == 200


async def test_what_is_not_there(api: Site) -> None:
    other = (await api.get("/api/jobs/chain/definition")).json()["hash"]
    for path in ("hello/definition?hash=0", f"hello/definition?hash={other}", "helo/definition"):
        assert (await api.get(f"/api/jobs/{path}")).status == 404, path
    assert (await api.get("/api/jobs/hello/definition?hash=a&hash=b")).status == 400


async def test_the_schema_accepts_the_jobs_there_are(api: Site) -> None:
    schema = (await api.get("/api/schema/job.json")).json()
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate({"id": "x", "tasks": [{"id": "a", "command": "b"}]}, schema)


async def test_a_good_text(api: Site) -> None:
    told = await check(api, GOOD)
    assert told == {
        "valid": True,
        "problems": [],
        "job": {
            "id": "fresh",
            "name": "Fresh",
            "enabled": True,
            "schedules": ["@hourly [UTC]"],
            "task_count": 1,
            "exists": False,
        },
    }
    assert "fresh" not in [job["id"] for job in (await api.get("/api/jobs")).json()["jobs"]]
    assert (await check(api, f"id: hello\n{ONE_TASK}"))["job"]["exists"] is True


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        pytest.param("id: x\n", 1, "tasks", id="no tasks"),
        pytest.param("id: x\ntasks: [\n", 3, "", id="no YAML"),
        pytest.param(f"id: x\nnmae: y\n{ONE_TASK}", 2, "nmae", id="an unknown key"),
        pytest.param(f"id: x\ndepends_on: [helo]\n{ONE_TASK}", 2, "no job 'helo'", id="an unknown upstream"),
        pytest.param(f"id: hello\ndepends_on: [after]\n{ONE_TASK}", 2, "wait for each other", id="a circle"),
        pytest.param("", 1, "", id="nothing"),
        pytest.param("a: &a [*a]\n", 1, "", id="a knot"),
    ],
)
async def test_bad_texts(api: Site, text: str, line: int, words: str) -> None:
    told = await check(api, text)
    assert (told["valid"], told["job"]) == (False, None)
    problem = told["problems"][0]
    assert (problem["line"], problem["severity"], problem["file"]) == (line, "error", "job.yaml")
    assert words in problem["message"]
    assert problem["text"].startswith(f"job.yaml:{line}:")


async def test_a_text_in_json_has_a_name(api: Site) -> None:
    answer = await api.post("/api/validate", {"text": "id: x\n", "file": "a/b.yaml"})
    assert (answer.status, answer.json()["problems"][0]["file"]) == (200, "a/b.yaml")
    assert (await api.post("/api/validate", {"text": GOOD})).json()["valid"] is True


async def test_texts_that_are_no_texts(api: Site) -> None:
    for raw in (b"\xff\xfe", b"id: \x00", b"\xff"):
        answer = await api.ask(
            "POST", "/api/validate", raw=raw, headers={"Content-Type": "text/yaml; charset=utf-8"}
        )
        assert (answer.status, answer.json()["valid"]) == (200, False)
    assert (await api.post("/api/validate", {"text": "\ud800"})).status in {200, 400, 422}


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        pytest.param({}, "", id="no text"),
        pytest.param({"text": 1}, "/text", id="a text that is none"),
        pytest.param({"text": "", "file": ""}, "/file", id="an empty name"),
        pytest.param({"text": "", "path": "x"}, "/path", id="an unknown member"),
    ],
)
async def test_wrong_bodies(api: Site, body: object, pointer: str) -> None:
    answer = await api.post("/api/validate", body)
    assert (answer.status, answer.json()["errors"][0]["pointer"]) == (422, pointer)


async def test_another_type_is_told_what_to_send(api: Site) -> None:
    answer = await api.ask(
        "POST", "/api/validate", raw=b"id: x", headers={"Content-Type": "application/x-www-form-urlencoded"}
    )
    assert (answer.status, "application/yaml" in answer.json()["detail"]) == (415, True)


async def test_a_text_that_is_too_large(api: Site) -> None:
    assert (await api.ask("POST", "/api/validate", raw=b"#" * (1024 * 1024 + 1),
                          headers={"Content-Type": "text/yaml"})).status == 413  # fmt: skip
