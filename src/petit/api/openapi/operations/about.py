"""Pages for people, and the document itself."""

from __future__ import annotations

from petit.api.openapi.operation import Answer, Operation

_SHOWN = ("ETag", "Content-Security-Policy")


def _asset(summary: str, description: str, media_type: str) -> Operation:
    answers = (
        Answer(None, description, media_type=media_type, headers=_SHOWN),
        Answer(None, "What If-None-Match names is still true.", status=304, media_type="", headers=("ETag",)),
    )
    return Operation(summary, "about", answers)


OPERATIONS = {
    "GET /": _asset("Show the dashboard", "A page for people.", "text/html; charset=utf-8"),
    "GET /api/openapi.json": Operation(
        "Get this document",
        "about",
        (
            Answer(dict, "An OpenAPI 3.1 document.", headers=_SHOWN),
            Answer(None, "What If-None-Match names is still true.", 304, "", ("ETag",)),
        ),
    ),
    "GET /api/docs": _asset("Read this document", "A page for people.", "text/html; charset=utf-8"),
    "GET /api/docs/page.js": _asset(
        "Get the script of the page", "JavaScript.", "text/javascript; charset=utf-8"
    ),
    "GET /api/docs/page.css": _asset("Get the style of the page", "CSS.", "text/css; charset=utf-8"),
}
