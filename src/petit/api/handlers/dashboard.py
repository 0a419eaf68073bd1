"""The dashboard: one page for all of its addresses, and the files that it loads. They hold no data."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from petit.api import built
from petit.api.compression import takes_gzip, unchanged
from petit.api.errors import NoSuchRoute
from petit.api.responses import has_tag
from petit.version import VERSION

_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
_LASTING = "public, max-age=31536000, immutable"
_LINKS = (
    ("/api/docs", "all that one can ask"),
    ("/api/health", "is it well?"),
    ("/api/scheduler/state", "what the scheduler does"),
    ("/api/jobs", "jobs"),
    ("/api/occurrences", "the ledger: every due time and what became of it"),
)
_UNBUILT = (
    '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>Petit</title>\n'
    f"<h1>Petit {VERSION}</h1>\n"
    "<p>The dashboard is not part of this installation. It is built where Node 20.19 or newer is: "
    "<code>make ui</code> in a checkout, or <code>pip install .</code> again.\n<ul>\n"
    + "".join(f'<li><a href="{path}">{path}</a>: {words}\n' for path, words in _LINKS)
    + "</ul>\n</html>\n"
).encode()


async def page(request: Request) -> Response:
    """Show the dashboard. Where it was not built, a page that says how."""
    return await _page(request, 200)


async def missing(request: Request) -> Response | None:
    """Answer who came to where nothing is: people with the dashboard, which says so; others with None."""
    path: str = request.scope["path"]
    is_person = "text/html" in request.headers.get("accept", "") and request.method in {"GET", "HEAD"}
    if not is_person or path.startswith(("/api/", "/assets/")) or built.INDEX not in await _files():
        return None
    return await _page(request, 404)


async def asset(request: Request) -> Response:
    """Send one of the files that the dashboard loads."""
    path: str = request.scope["path"]
    file = (await _files()).get(path)
    if file is None:
        raise NoSuchRoute(f"nothing is served at {path[:255]}")
    return await _send(request, file)


async def _page(request: Request, status: int) -> Response:
    if not built.is_current():
        built.forget()
    index = (await _files()).get(built.INDEX)
    if index is None:
        return Response(
            _UNBUILT, status, {**_headers(f'"{VERSION}"'), "vary": "Accept"}, "text/html; charset=utf-8"
        )
    return await _send(request, index, status)


async def _files() -> dict[str, built.File]:
    is_known = built.files.cache_info().currsize > 0
    return built.files() if is_known else await asyncio.to_thread(built.files)


async def _send(request: Request, file: built.File, status: int = 200) -> Response:
    is_packed = file.packed is not None and takes_gzip(
        request.headers.get("accept-encoding", "").encode("latin-1")
    )
    path = file.packed if is_packed and file.packed is not None else file.path
    try:
        body, tag = await asyncio.to_thread(built.read, path)
    except FileNotFoundError:  # it was built anew, or installed anew, under a running scheduler
        built.files.cache_clear()
        raise NoSuchRoute(f"nothing is served at {request.scope['path'][:255]} any more") from None
    headers = _headers(tag)
    if file.packed is not None:
        headers["vary"] = "Accept-Encoding"
    if is_packed:
        headers["content-encoding"] = "gzip"
    if file.is_lasting:
        headers["cache-control"] = _LASTING
    answer = Response(body, status, headers, media_type=file.media_type)
    known = request.headers.get("if-none-match", "").encode("latin-1")
    return unchanged(answer, None) if status == 200 and has_tag(known, tag) else answer


def _headers(tag: str) -> dict[str, str]:
    return {
        "etag": tag,
        "cache-control": "no-cache",
        "content-security-policy": _CSP,
        "referrer-policy": "no-referrer",
    }
