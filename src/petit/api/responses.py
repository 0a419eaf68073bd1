"""Answers: JSON with and without a tag, pages of lists, problems."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from petit.api.context import TAG
from petit.api.errors import PROBLEM_JSON, problem, problem_headers

JSON = "application/json"
_ENCODER = msgspec.json.Encoder()


class TextResponse(Response):
    """Text that is sent compressed where it is large: see `petit.api.compression`.

    Where it is kept, its compressed form is kept with it.
    """

    compressed: Response | None = None


class JsonResponse(TextResponse):
    """JSON."""

    media_type = JSON


def encode(value: Any) -> bytes:
    """Write a value as JSON."""
    return _ENCODER.encode(value)


def json_response(value: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Answer with JSON that nobody keeps."""
    return JsonResponse(encode(value), status, {"cache-control": "no-store", **(headers or {})})


def tagged(request: Request, body: bytes, headers: Mapping[str, str] | None = None) -> Response:
    """Answer a GET with JSON that may be kept as long as the tag is the same."""
    kept = {"etag": request.scope[TAG], "cache-control": "no-cache", **(headers or {})}
    return JsonResponse(body, 200, kept)


def has_tag(header: bytes | None, tag: str) -> bool:
    """Say whether If-None-Match names this tag, weakly or strongly."""
    if header is None:
        return False
    named = header.decode("latin-1").split(",")
    return any(each.strip().removeprefix("W/") == tag for each in named)


def page(request: Request, name: str, items: list[Any], next_cursor: str | None) -> Response:
    """Answer with one page of a list: `{"<name>": [...], "count": n, "next_cursor": ...}` and its Link."""
    body = encode({name: items, "count": len(items), "next_cursor": next_cursor})
    return tagged(request, body, links(request, next=next_cursor))


def links(request: Request, **cursors: str | None) -> dict[str, str]:
    """Return the Link header to the pages beside this one, with all that this page was asked with.

    Args:
        request: That of this page.
        cursors: By relation (`next`, `prev`); None where there is no such page.
    """
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
    found = [
        f'<{path_of(request)}?{urlencode([*kept, ("cursor", cursor)])}>; rel="{relation}"'
        for relation, cursor in cursors.items()
        if cursor is not None
    ]
    return {"link": ", ".join(found)} if found else {}


def problem_response(request: Request, error: BaseException, request_id: str) -> Response:
    """Answer with an error."""
    status, body = problem(error, instance=path_of(request), request_id=request_id)
    headers = {"cache-control": "no-store", **problem_headers(error)}
    return Response(body, status, headers, media_type=PROBLEM_JSON)


def target_of(scope: Scope) -> bytes:
    """Return path and query as they were asked for."""
    query: bytes = scope["query_string"]
    path: bytes = scope["raw_path"]
    return b"%b?%b" % (path, query) if query else path


def path_of(request: Request) -> str:
    """Return the path as it was asked for, percent-encoded."""
    raw: bytes = request.scope["raw_path"]
    return raw.decode("ascii", "replace")
