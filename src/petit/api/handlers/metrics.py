"""Figures for Prometheus."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response

from petit.api.accept import preferred
from petit.api.context import Context, context_of
from petit.api.metrics.seen import Seen
from petit.api.responses import TextResponse

if TYPE_CHECKING:
    from types import ModuleType

PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"
OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"
_FORMS = {"text/plain": PROMETHEUS, "application/openmetrics-text": OPENMETRICS}


async def metrics(request: Request) -> Response:
    """Tell figures for Prometheus: counters since the start, and how things are now.

    As OpenMetrics where `Accept` likes that better. When a job ran last, and how that went, comes from the
    database, so a restart does not change it.
    """
    context = context_of(request)
    form = _FORMS[preferred(request.headers.get("accept"), list(_FORMS))]
    writer = await asyncio.to_thread(_writer)
    text = await writer.exposition(context.handle, await _look(context), is_openmetrics=form == OPENMETRICS)
    return TextResponse(text, 200, {"cache-control": "no-store"}, media_type=form)


def _writer() -> ModuleType:
    """Import prometheus-client, which takes 30 ms the first time and which nobody else needs."""
    from petit.api.metrics import exposition  # noqa: PLC0415 - as said

    return exposition


async def _look(context: Context) -> Seen:
    handle = context.handle
    return Seen(
        tally=handle.tally,
        counts=context.counts,
        state=handle.state(),
        checks=handle.checks(),
        figures=await handle.figures(),
        streams=context.held.streams,
        max_streams=context.settings.max_streams,
    )
