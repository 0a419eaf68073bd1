"""The API's own document, and the page that shows it."""

from __future__ import annotations

import asyncio
import hashlib
from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from petit.api.responses import not_modified

_PAGES = Path(__file__).parents[1] / "pages"
_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


async def openapi(request: Request) -> Response:
    """Answer with this document: OpenAPI 3.1."""
    made = _document.cache_info().currsize > 0
    body = (
        _document() if made else await asyncio.to_thread(_document)
    )  # the first time takes a tenth of a second
    return _kept(request, body, "application/json")


async def page(request: Request) -> Response:
    """Show this document to people."""
    return _file(request, "docs.html", "text/html; charset=utf-8")


async def script(request: Request) -> Response:
    """Send the script of the page."""
    return _file(request, "docs.js", "text/javascript; charset=utf-8")


async def style(request: Request) -> Response:
    """Send the style of the page."""
    return _file(request, "docs.css", "text/css; charset=utf-8")


@cache
def _document() -> bytes:
    from petit.api.openapi.document import write_document  # noqa: PLC0415 - costs memory that few ever need
    from petit.api.routes import ROUTES  # noqa: PLC0415 - the routes name this handler

    return write_document(ROUTES)


@cache
def _read(name: str) -> bytes:
    return (_PAGES / name).read_bytes()


def _file(request: Request, name: str, media_type: str) -> Response:
    return _kept(request, _read(name), media_type)


def _kept(request: Request, body: bytes, media_type: str) -> Response:
    """Answer with what stays the same as long as this version runs."""
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    named = request.headers.get("if-none-match", "").split(",")
    if any(each.strip().removeprefix("W/") == tag for each in named):
        return not_modified(tag)
    headers = {
        "etag": tag,
        "cache-control": "no-cache",
        "content-security-policy": _CSP,
        "referrer-policy": "no-referrer",
    }
    return Response(body, 200, headers, media_type=media_type)
