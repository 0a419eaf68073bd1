"""What needs somebody."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from petit.api import query
from petit.api.context import handle_of
from petit.api.responses import json_response


async def list_attention(request: Request) -> Response:
    """List the jobs that need somebody, with the line of output that tells why.

    A job is `failing` while its last finished run failed or was interrupted; it has `missed` something while
    no run was made after that. Jobs that recovered within 24 hours come apart. Removed jobs are left out.
    """
    from petit.api.views_attention import AttentionItem, AttentionList, RecoveredItem  # noqa: PLC0415 - only here

    sight = await handle_of(request).attention(limit=query.limit_of(request))
    items = tuple(AttentionItem.of(each) for each in sight.troubles)
    recovered = tuple(RecoveredItem.of(each, name) for each, name in sight.recovered)
    return json_response(
        AttentionList(attention=items, recovered=recovered, count=len(items), total=sight.total)
    )
