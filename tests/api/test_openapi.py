"""The API document: complete, true, current."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # it publishes no types
from tests.support import examples
from tests.support.documented import document, problems_of, resolved
from tests.support.site import Site

from petit.api.errors import MEANINGS, PROBLEM_JSON
from petit.api.openapi.document import key_of, make_document, operation_id
from petit.api.openapi.operation import Operation
from petit.api.openapi.problems import EVIDENCE, meaning_of
from petit.api.openapi.table import OPERATIONS
from petit.api.openapi.words import TAGS
from petit.api.routes import ROUTES
from petit.api.routing import Route
from petit.version import VERSION

KEYS = [key_of(route) for route in ROUTES]
UPDATE = "run `make openapi`"


def operation(key: str) -> dict[str, Any]:
    method, path = key.split(" ")
    found: dict[str, Any] = document()["paths"][path][method.lower()]
    return found


def parts(value: Any) -> Iterator[Any]:
    """Yield all that is in the document, but what is in examples."""
    yield value
    if isinstance(value, dict):
        for name, each in value.items():
            if name != "example":
                yield from parts(each)
    elif isinstance(value, list):
        for each in value:
            yield from parts(each)


# --- complete


def test_nothing_is_said_of_what_is_not_served() -> None:
    assert set(OPERATIONS) == set(KEYS)
    assert len(KEYS) == len(set(KEYS))


def test_every_route_is_in_the_document() -> None:
    told = {
        f"{method.upper()} {path}"
        for path, item in document()["paths"].items()
        for method in item
        if method != "parameters"
    }
    assert told == set(KEYS)


@pytest.mark.parametrize("key", KEYS)
def test_a_route_has_all_that_a_reader_needs(key: str) -> None:
    said = operation(key)
    assert re.fullmatch(r"[A-Z][^.]*[^.]", said["summary"])
    assert said["description"].endswith((".", ":")) or "\n" in said["description"]
    assert said["tags"][0] in TAGS
    assert re.fullmatch(r"[a-z][a-z0-9_]*", said["operationId"])
    assert any(status < "300" for status in said["responses"])
    assert said["responses"]["500"]
    for response in map(resolved, said["responses"].values()):
        assert response["description"]
        assert "X-Request-Id" in response["headers"]
    for parameter in map(resolved, said["parameters"]):
        assert parameter["description"].endswith(".") or parameter["description"].endswith("...")


@pytest.mark.parametrize("key", sorted(set(KEYS) - examples.WITHOUT))
def test_a_route_has_an_example(key: str) -> None:
    media = [
        media
        for response in operation(key)["responses"].values()
        for kind, media in resolved(response).get("content", {}).items()
        if kind != PROBLEM_JSON
    ]
    is_empty = operation(key)["responses"].keys() & {"204"} and not media
    assert is_empty or any("example" in each for each in media), (
        f"ask for it in tests/support/examples.py, then {UPDATE}"
    )
    body = operation(key).get("requestBody")
    if body is not None and body["required"]:
        assert "example" in body["content"]["application/json"]


def test_each_parameter_of_a_path_is_said_to_be_one() -> None:
    for path, item in document()["paths"].items():
        named = [
            each["name"] for each in item.get("parameters", ()) if each["in"] == "path" and each["required"]
        ]
        assert named == re.findall(r"\{([a-z_]+)\}", path)


@pytest.mark.parametrize("error", [error for error in MEANINGS if error.__name__ != "NotFoundError"])
def test_the_evidence_of_every_error_is_told(error: type[BaseException]) -> None:
    assert error in EVIDENCE
    assert error.__name__ in document()["components"]["schemas"]


def test_an_error_has_one_status_and_code() -> None:
    for error in EVIDENCE:
        told = document()["components"]["schemas"][error.__name__]["properties"]
        assert (told["status"]["enum"], told["code"]["enum"]) == (
            [meaning_of(error)[0]],
            [meaning_of(error)[1]],
        )


# --- well made


def test_the_document_is_openapi_3_1() -> None:
    made = document()
    assert made["openapi"] == "3.1.0"
    assert (made["info"]["title"], made["info"]["version"]) == ("Petit", VERSION)
    assert made["info"]["license"]["identifier"] == "MIT"
    known = {"openapi", "info", "servers", "tags", "paths", "components"}
    assert set(made) == known
    assert {tag["name"] for tag in made["tags"]} == {operation(key)["tags"][0] for key in KEYS}


def test_every_reference_leads_somewhere() -> None:
    references = [part for part in parts(document()) if isinstance(part, dict) and "$ref" in part]
    assert len(references) > 100
    for reference in references:
        assert resolved(reference)


def test_no_two_operations_have_one_name() -> None:
    names = [operation(key)["operationId"] for key in KEYS]
    assert sorted(names) == sorted(set(names))


def test_every_schema_is_one() -> None:
    for schema in document()["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    for part in parts(document()):
        if isinstance(part, dict) and isinstance(part.get("schema"), dict):
            Draft202012Validator.check_schema(part["schema"])


def test_names_of_components_are_names() -> None:
    for group in document()["components"].values():
        for name in group:
            assert re.fullmatch(r"[a-zA-Z0-9._-]+", name)


def test_what_an_answer_has_is_always_there() -> None:
    run = document()["components"]["schemas"]["Run"]
    assert run["required"] == list(run["properties"])
    made = document()["components"]["schemas"]["TriggerResult"]
    assert set(made["properties"]) - set(made["required"]) == {"position", "run"}


def test_what_the_code_says_of_a_member_is_told() -> None:
    schemas = document()["components"]["schemas"]
    told = schemas["ErrorBody"]["properties"]
    assert told["type"]["description"] == "Always `about:blank`: `code` tells errors apart."
    members = [each for schema in schemas.values() for each in schema.get("properties", {}).values()]
    assert sum("description" in each for each in members) > 30


def test_a_member_that_is_unknown_is_said_to_be_refused() -> None:
    bodies = [operation(key)["requestBody"]["content"]["application/json"]["schema"] for key in KEYS
              if "requestBody" in operation(key)]  # fmt: skip
    assert len(bodies) > 4
    for body in bodies:
        assert resolved(body)["additionalProperties"] is False


async def test_a_route_of_which_nothing_is_said_makes_no_document() -> None:
    with pytest.raises(KeyError, match="GET /api/new"):
        make_document([Route("GET", "/api/new", ROUTES[0].handler)], OPERATIONS, {})


@pytest.mark.parametrize(
    ("summary", "name"),
    [("Start a run", "start_run"), ("List the runs of a job", "list_runs_of_job"), ("Reload", "reload")],
)
def test_an_operation_is_named_after_its_summary(summary: str, name: str) -> None:
    assert operation_id(Operation(summary, "jobs", ())) == name


# --- true


@pytest.mark.parametrize("key", sorted(set(KEYS) - examples.WITHOUT))
def test_an_example_has_the_shape_that_is_told(key: str) -> None:
    checked = 0
    for content in contents(key):
        for media_type, media in content.items():
            if "example" in media and media_type.endswith("json"):
                assert not problems_of(media["schema"], media["example"])
                checked += 1
    assert checked or not any("application/json" in content for content in contents(key))


def contents(key: str) -> list[dict[str, Any]]:
    responses = [resolved(each) for each in operation(key)["responses"].values()]
    return [each.get("content", {}) for each in [*responses, operation(key).get("requestBody", {})]]


async def test_the_examples_are_what_is_answered_today(tmp_path: Path) -> None:
    recorded = await examples.record(tmp_path)
    assert recorded == json.loads(examples.EXAMPLES.read_text()), UPDATE


async def test_the_document_in_the_repository_is_what_is_served(api: Site) -> None:
    answer = await api.get("/api/openapi.json")
    assert answer.status == 200
    assert answer.body == examples.DOCUMENT.read_bytes(), UPDATE


# --- served


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("/api/openapi.json", "application/json"),
        ("/api/docs", "text/html; charset=utf-8"),
        ("/api/docs/page.js", "text/javascript; charset=utf-8"),
        ("/api/docs/page.css", "text/css; charset=utf-8"),
    ],
)
async def test_what_does_not_change_is_not_sent_again(api: Site, path: str, media_type: str) -> None:
    first = await api.get(path)
    assert (first.status, first.headers["content-type"]) == (200, media_type)
    again = await api.get(path, **{"If-None-Match": f'W/{first.headers["etag"]}, "other"'})
    assert (again.status, again.body) == (304, b"")
    assert (await api.get(path, **{"If-None-Match": '"other"'})).body == first.body


async def test_the_page_loads_nothing_from_anywhere_else(api: Site) -> None:
    page = (await api.get("/api/docs")).body.decode()
    loaded = re.findall(r'(?:href|src)="([^"]*)"', page)
    assert {"/api/docs/page.css", "/api/docs/page.js", "/api/openapi.json"} == set(loaded)
    for path in loaded:
        assert b"://" not in (await api.get(path)).body or path == "/api/openapi.json"
    assert "<style" not in page
    assert not re.search(r"<script(?![^>]* src=)", page)
    assert not re.search(r"\s(?:style|on[a-z]+)=", page)


async def test_the_page_may_run_its_own_script_and_nothing_else(api: Site) -> None:
    policy = (await api.get("/api/docs")).headers["content-security-policy"]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "connect-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }


def test_the_script_makes_no_markup_of_what_it_shows() -> None:
    script = (examples.ROOT / "src/petit/api/pages/docs.js").read_text()
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function", script
    )
