"""Compares answers with the API document: whatever a test gets, the document must have told of."""

from __future__ import annotations

import copy
import json
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # it publishes no types
from tests.support.http import Answer

from petit.api.errors import PROBLEM_JSON, MethodNotAllowed, NoSuchRoute
from petit.api.openapi.document import write_document
from petit.api.routes import ROUTES
from petit.api.routing import RouteTable

_BY_ALL = frozenset({"date", "x-request-id", "content-length", "content-type", "cache-control", "connection",
                     "transfer-encoding", "x-content-type-options", "cross-origin-resource-policy",
                     "referrer-policy", "content-security-policy", "vary", "content-encoding",
                     "access-control-allow-origin", "access-control-expose-headers",
                     "access-control-allow-methods", "access-control-allow-headers",
                     "access-control-max-age", "strict-transport-security"})  # fmt: skip
"""Headers that the document does not speak of, or that many answers have."""


@cache
def document() -> dict[str, Any]:
    """Return the document as it is served."""
    made: dict[str, Any] = json.loads(write_document(ROUTES))
    return made


@cache
def _strict() -> dict[str, Any]:
    """Return the document with closed objects: a member that it does not tell of is a mistake."""
    made = copy.deepcopy(document())
    for schema in made["components"]["schemas"].values():
        if "properties" in schema:
            schema["additionalProperties"] = False
    return made


@cache
def _validator(schema: str) -> Draft202012Validator:
    return Draft202012Validator({**json.loads(schema), "components": _strict()["components"]})


def problems_of(schema: dict[str, Any], value: Any) -> list[str]:
    """Return what is wrong with a value; members that the document does not tell of are."""
    errors = _validator(json.dumps(schema)).iter_errors(value)
    return [f"{error.json_path}: {error.message[:500]}" for error in errors]


def resolved(part: dict[str, Any]) -> dict[str, Any]:
    """Follow a reference within the document."""
    while "$ref" in part:
        found: Any = document()
        for step in part["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        part = found
    return part


def check(method: str, path: str, answer: Answer) -> None:
    """Raise AssertionError where an answer is not what the document says."""
    response = _response(method, path.partition("?")[0], answer)
    assert "x-request-id" in answer.headers
    if response is None:
        return
    undocumented = set(answer.headers) - _BY_ALL - {name.lower() for name in response.get("headers", {})}
    undocumented = {name for name in undocumented if not name.startswith("access-control-")}
    assert not undocumented, f"{method} {path} {answer.status}: headers {undocumented}"
    _check_body(f"{method} {path} {answer.status}", method, answer, response.get("content", {}))


def _response(method: str, path: str, answer: Answer) -> dict[str, Any] | None:
    try:
        route, _ = _table().find("GET" if method == "HEAD" else method, path)
    except (NoSuchRoute, MethodNotAllowed):
        is_page = answer.headers.get("content-type", "").startswith("text/html")  # people who are lost
        if answer.status >= 400 and not is_page:
            assert answer.headers["content-type"] == PROBLEM_JSON
            assert method == "HEAD" or not problems_of(
                {"$ref": "#/components/schemas/ErrorBody"}, _base(answer)
            )
        return None
    if method == "OPTIONS":
        return None
    responses = document()["paths"][route.path][route.method.lower()]["responses"]
    assert str(answer.status) in responses, (
        f"{method} {path} is not said to answer {answer.status}: {answer.body!r}"
    )
    return resolved(responses[str(answer.status)])


@cache
def _table() -> RouteTable:
    return RouteTable(ROUTES)


def _base(answer: Answer) -> dict[str, Any]:
    known = document()["components"]["schemas"]["ErrorBody"]["properties"]
    return {name: value for name, value in answer.json().items() if name in known}


def _check_body(what: str, method: str, answer: Answer, content: dict[str, Any]) -> None:
    if not content:
        assert not answer.body, what
        return
    media_type = answer.headers["content-type"]
    assert media_type in content, f"{what}: {media_type}"
    if method == "HEAD" or not media_type.endswith("json"):
        return
    if "content-encoding" in answer.headers:
        return
    schema = content[media_type]["schema"]
    is_lines = "contentSchema" in schema
    values = map(json.loads, answer.body.splitlines()) if is_lines else [answer.json()]
    if is_lines:
        schema = schema["contentSchema"]
    for value in values:
        wrong = problems_of(schema, value)
        assert not wrong, f"{what}: {wrong}"
