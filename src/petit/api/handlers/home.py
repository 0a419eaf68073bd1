"""The page at `/`, until there is a dashboard."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from petit.version import VERSION

_CSP = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_LINKS = (
    ("/api/docs", "all that one can ask"),
    ("/api/health", "is it well?"),
    ("/api/scheduler/state", "what the scheduler does"),
    ("/api/jobs", "jobs"),
    ("/api/occurrences", "the ledger: every due time and what became of it"),
)
_PAGE = (
    '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>Petit</title>\n'
    f"<h1>Petit {VERSION}</h1>\n<ul>\n"
    + "".join(f'<li><a href="{path}">{path}</a>: {words}\n' for path, words in _LINKS)
    + "</ul>\n</html>\n"
).encode()


async def home(_request: Request) -> Response:
    """Show name, version and where to go on."""
    headers = {
        "content-security-policy": _CSP,
        "etag": f'"{VERSION}"',
        "cache-control": "no-cache",
        "referrer-policy": "no-referrer",
    }
    return Response(_PAGE, 200, headers, media_type="text/html; charset=utf-8")
