"""The OpenAPI 3.1 document."""

from __future__ import annotations

import inspect
import itertools
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from petit.api.cookies import COOKIE
from petit.api.errors import PROBLEM_JSON
from petit.api.log_forms import LINES
from petit.api.openapi.headers import HEADERS, PATH_PARAMETERS
from petit.api.openapi.operation import JSON, Answer, Operation, Parameter
from petit.api.openapi.problems import (
    ANYWHERE,
    EVIDENCE,
    GUARDED,
    ErrorBody,
    headers_of,
    meaning_of,
    shape_of,
)
from petit.api.openapi.schemas import Schema, Schemas, of_parameter, prose
from petit.api.openapi.words import CONVENTIONS, TAGS
from petit.api.routing import Route
from petit.version import VERSION

EXAMPLES = Path(__file__).with_name("examples.json")
_IN_PATH = re.compile(r"\{([a-z_]+)\}")
EVENTS = "x-event-data"
"""Where the document says what the data of events look like: OpenAPI 3.1 has no words for it."""

_SMALL_WORDS = frozenset({"a", "an", "the"})


def key_of(route: Route) -> str:
    """Return what a route is called in tables: method and path."""
    return f"{route.method} {route.path}"


def operation_id(operation: Operation) -> str:
    """Return the name of an operation in generated clients: its summary without articles."""
    words = re.findall(r"[a-z0-9]+", operation.summary.lower())
    return "_".join(word for word in words if word not in _SMALL_WORDS)


def make_document(
    routes: Iterable[Route], operations: Mapping[str, Operation], examples: Mapping[str, Any]
) -> Schema:
    """Make the document.

    Args:
        routes: What is served.
        operations: What is said of it, by `key_of`.
        examples: Recorded requests and answers, by `key_of`; see tests/support/examples.py.

    Raises:
        KeyError: Nothing is said of a route.
    """
    described = [(route, operations[key_of(route)]) for route in routes]
    return _Writer(described, examples).document()


def write_document(routes: Iterable[Route]) -> bytes:
    """Write the document of these routes as it is served and checked in."""
    from petit.api.openapi.table import OPERATIONS  # noqa: PLC0415 - it names the handlers, one of which is asking

    examples = json.loads(EXAMPLES.read_bytes())
    return (
        json.dumps(make_document(routes, OPERATIONS, examples), indent=1, ensure_ascii=False).encode() + b"\n"
    )


class _Writer:
    """Holds what the parts refer to."""

    def __init__(self, described: list[tuple[Route, Operation]], examples: Mapping[str, Any]) -> None:
        self._described = described
        self._examples = examples
        self._responses: dict[str, Schema] = {}
        operations = [operation for _, operation in described]
        errors = itertools.chain(*(_errors_of(*each) for each in described))
        shapes = (shape for each in operations for answer in each.answers for shape in _shapes(answer))
        self._schemas = Schemas(
            bodies=[each.body for each in operations if each.body is not None],
            answers=[*shapes, ErrorBody, *(shape_of(each) for each in (*EVIDENCE, *errors))],
        )

    def document(self) -> Schema:
        """Return it all."""
        paths: dict[str, Schema] = {}
        for route, operation in self._described:
            at = paths.setdefault(route.path, _path_item(route.path))
            at[route.method.lower()] = self._operation(route, operation)
        used = {operation.tag for _, operation in self._described}
        return {
            "openapi": "3.1.0",
            "info": {
                "title": "Petit",
                "version": VERSION,
                "summary": "Cron jobs and task graphs on one small machine",
                "description": CONVENTIONS,
                "license": {"name": "MIT", "identifier": "MIT"},
            },
            "servers": [{"url": "/", "description": "The scheduler that this document came from"}],
            "tags": [{"name": name, "description": words} for name, words in TAGS.items() if name in used],
            "paths": paths,
            "components": {
                "schemas": self._schemas.components,
                "responses": dict(sorted(self._responses.items())),
                "parameters": _SHARED_PARAMETERS,
                "headers": {
                    name: {"description": words, "schema": schema}
                    for name, (words, schema) in HEADERS.items()
                },
                "securitySchemes": {
                    "token": {"type": "http", "scheme": "bearer", "description": _TOKEN},
                    "session": {"type": "apiKey", "in": "cookie", "name": COOKIE, "description": _SESSION},
                },
            },
        }

    def _operation(self, route: Route, operation: Operation) -> Schema:
        shared = ["RequestId"] + (["IfNoneMatch"] if route.is_tagged else [])
        said: Schema = {
            "operationId": operation_id(operation),
            "summary": operation.summary,
            "description": prose(inspect.getdoc(route.handler) or ""),
            "tags": [operation.tag],
            "security": [] if route.is_open else [{}, {"token": [route.needs]}, {"session": []}],
            "parameters": [
                *(_parameter(each) for each in operation.parameters),
                *({"$ref": f"#/components/parameters/{name}"} for name in shared),
            ],
        }
        if operation.body is not None:
            said["requestBody"] = self._body(route, operation)
        said["responses"] = self._all_responses(route, operation)
        return said

    def _body(self, route: Route, operation: Operation) -> Schema:
        content: Schema = {JSON: {"schema": self._schemas.ref(operation.body)}}
        example = self._examples.get(key_of(route), {})
        if "body" in example:
            content[JSON]["example"] = example["body"]
        for media_type in operation.other_bodies:
            # A text of its own, that no JSON Schema describes; clients send it as it is.
            content[media_type] = {"schema": {"type": "string", "format": "binary"}}
        return {"required": _is_required(operation), "content": content}

    def _all_responses(self, route: Route, operation: Operation) -> Schema:
        responses: dict[int, Schema] = {}
        for answer in operation.answers:
            self._merge(responses, answer.status, self._response(route, answer))
        if route.is_tagged:
            not_modified = {
                "description": "What If-None-Match names is still true.",
                "headers": _headers(("ETag",)),
            }
            self._merge(responses, 304, not_modified)
        by_status: dict[int, list[type[BaseException]]] = {}
        for error in _errors_of(route, operation):
            by_status.setdefault(meaning_of(error)[0], []).append(error)
        for status, errors in by_status.items():
            if status in responses:
                responses[status]["content"].update(self._error(status, errors)["content"])
            else:
                responses[status] = self._shared_error(status, errors)
        return {str(status): responses[status] for status in sorted(responses)}

    def _merge(self, responses: dict[int, Schema], status: int, response: Schema) -> None:
        """Add a way to answer; one of the same status in another media type or shape adds to it."""
        known = responses.setdefault(status, response)
        if known is response:
            return
        known["description"] += " " + response["description"]
        for media_type, content in response["content"].items():
            before = known["content"].setdefault(media_type, content)
            if before is not content:
                before["schema"] = {"anyOf": [before["schema"], content["schema"]]}

    def _response(self, route: Route, answer: Answer) -> Schema:
        tag = ("ETag",) if route.is_tagged else ()
        response: Schema = {"description": answer.description, "headers": _headers((*answer.headers, *tag))}
        if not answer.media_type:
            return response
        content: Schema = {"schema": self._content(answer)}
        if answer.events:
            content[EVENTS] = {name: self._schemas.ref(shape) for name, shape in answer.events}
        example = self._examples.get(key_of(route), {})
        if (example.get("status"), example.get("media_type")) == (answer.status, answer.media_type):
            content["example"] = example["answer"]
        response["content"] = {answer.media_type: content}
        return response

    def _content(self, answer: Answer) -> Schema:
        """Return the schema of a body. JSON in lines is a text, each line of which has a schema."""
        if answer.shape is None:
            return {"type": "string"}
        shape = self._schemas.ref(answer.shape)
        if answer.media_type != LINES:
            return shape
        return {"type": "string", "contentMediaType": LINES, "contentSchema": shape}

    def _shared_error(self, status: int, errors: list[type[BaseException]]) -> Schema:
        name = ".".join([str(status), *sorted(error.__name__ for error in errors)])
        self._responses.setdefault(name, self._error(status, errors))
        return {"$ref": f"#/components/responses/{name}"}

    def _error(self, status: int, errors: list[type[BaseException]]) -> Schema:
        schemas = [self._schemas.ref(shape_of(error)) for error in errors]
        return {
            "description": " Or: ".join(prose(inspect.getdoc(error) or "") for error in errors),
            "headers": _headers(headers_of(status)),
            "content": {PROBLEM_JSON: {"schema": schemas[0] if len(schemas) == 1 else {"anyOf": schemas}}},
        }


def _shapes(answer: Answer) -> Iterable[Any]:
    shapes = (answer.shape, *(shape for _, shape in answer.events))
    return (shape for shape in shapes if shape is not None)


def _errors_of(route: Route, operation: Operation) -> list[type[BaseException]]:
    guarded = () if route.is_open else GUARDED
    return list(dict.fromkeys((*operation.all_errors, *guarded, *ANYWHERE)))


def _is_required(operation: Operation) -> bool:
    assert operation.body is not None
    return any(field.required for field in msgspec.structs.fields(operation.body))


def _path_item(path: str) -> Schema:
    named = [(name, *PATH_PARAMETERS[name]) for name in _IN_PATH.findall(path)]
    parameters = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": words,
            "schema": {"type": "string"},
            "example": example,
        }
        for name, words, example in named
    ]
    return {"parameters": parameters} if parameters else {}


def _parameter(parameter: Parameter) -> Schema:
    schema = of_parameter(parameter.shape)
    if parameter.is_repeatable:
        schema = {"type": "array", "items": schema}
    told = {
        "name": parameter.name,
        "in": parameter.place,
        "description": parameter.description,
        "schema": schema,
    }
    return told | {"required": True} if parameter.is_required else told


def _headers(names: Iterable[str]) -> Schema:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in (*names, "X-Request-Id")}


_TOKEN = "Callers other than the user who runs Petit, and root on the same machine, show a token."  # noqa: S105 - words
_SESSION = "Stands for a token that was shown at `POST /api/session`; for pages of this API's own origin."
_SHARED_PARAMETERS: Schema = {
    "RequestId": {
        "name": "X-Request-Id",
        "in": "header",
        "description": "An id of your own for this request: 1 to 64 letters, digits, `.`, `_` and `-`.",
        "schema": {"type": "string"},
    },
    "IfNoneMatch": {
        "name": "If-None-Match",
        "in": "header",
        "description": "ETag of the answer that you have: 304 says that it is still true.",
        "schema": {"type": "string"},
    },
}
