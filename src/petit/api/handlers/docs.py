"""The API's own document, and the page that shows it."""

from __future__ import annotations

import asyncio
import hashlib
from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from petit.api.compression import unchanged
from petit.api.responses import JSON, TextResponse, has_tag

_PAGES = Path(__file__).parents[1] / "pages"
_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


async def openapi(request: Request) -> Response:
    """Answer with this document: OpenAPI 3.1."""
    made = _document.cache_info().currsize > 0
    # The first time takes a tenth of a second.
    return _kept(request, _document() if made else await asyncio.to_thread(_document))


async def page(request: Request) -> Response:
    """Show this document to people."""
    return _kept(request, _page("docs.html", "text/html; charset=utf-8"))


async def script(request: Request) -> Response:
    """Send the script of the page."""
    return _kept(request, _page("docs.js", "text/javascript; charset=utf-8"))


async def style(request: Request) -> Response:
    """Send the style of the page."""
    return _kept(request, _page("docs.css", "text/css; charset=utf-8"))


@cache
def _document() -> TextResponse:
    from petit.api.openapi.document import write_document  # noqa: PLC0415 - costs memory that few ever need
    from petit.api.routes import ROUTES  # noqa: PLC0415 - the routes name this handler

    return _answer(write_document(ROUTES), JSON)


@cache
def _page(name: str, media_type: str) -> TextResponse:
    return _answer((_PAGES / name).read_bytes(), media_type)


def _answer(body: bytes, media_type: str) -> TextResponse:
    """Make what stays the same as long as this version runs."""
    headers = {
        "etag": f'"{hashlib.sha256(body).hexdigest()[:32]}"',
        "cache-control": "no-cache",
        "content-security-policy": _CSP,
        "referrer-policy": "no-referrer",
    }
    return TextResponse(body, 200, headers, media_type=media_type)


def _kept(request: Request, answer: TextResponse) -> Response:
    heads = dict(request.scope["headers"])
    if has_tag(heads.get(b"if-none-match"), answer.headers["etag"]):
        return unchanged(answer, heads.get(b"accept-encoding"))
    return answer
