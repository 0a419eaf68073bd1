"""What is written down of a changing call: who, from where, what, and how it was answered."""

from __future__ import annotations

import re

from starlette.requests import Request
from starlette.responses import Response

from petit.api.context import CALLER, PEER, handle_of
from petit.api.door import address_of_peer
from petit.api.responses import path_of
from petit.core.tokens import without_secrets
from petit.storage.records import AuditRow

_LONGEST_PATH = 500
_RUN = re.compile(r"/api/runs/([0-9a-f-]{36})")


def row_of(request: Request, response: Response, request_id: str) -> AuditRow:
    """Describe a changing call that was answered. Secrets in its path, if any, are not written down."""
    scope = request.scope
    params = scope.get("path_params", {})
    made = _RUN.fullmatch(response.headers.get("location", ""))
    return AuditRow(
        at=handle_of(request).now(),
        caller=str(scope[CALLER]),
        address=address_of_peer(scope[PEER], scope),
        method=scope["method"],
        path=_plain(path_of(request)),
        status=response.status_code,
        job_id=_plain(params.get("job_id", "")) or None,
        run_id=_plain(params.get("run_id", "")) or (made[1] if made else None),
        request_id=request_id,
    )


def _plain(text: str) -> str:
    """Return what a caller put into the path, without tokens, and not too long."""
    return without_secrets(text)[:_LONGEST_PATH]
