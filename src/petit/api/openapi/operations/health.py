"""Is it well, and how much does it do?"""

from __future__ import annotations

from petit.api.handlers.metrics import OPENMETRICS, PROMETHEUS
from petit.api.openapi.operation import Answer, Operation
from petit.api.openapi.shapes import Alive, Degraded, Health, Readiness

OPERATIONS = {
    "GET /api/health": Operation(
        "Check the health",
        "health",
        (
            Answer(Health, "All is well."),
            Answer(Degraded, "Something is not; `checks` says what.", status=503),
        ),
    ),
    "GET /api/health/ready": Operation(
        "Check the readiness",
        "health",
        (
            Answer(Readiness, "It takes triggers."),
            Answer(Readiness, "It takes none: `phase` and `checks` say why.", status=503),
        ),
    ),
    "GET /api/health/live": Operation(
        "Check that somebody answers",
        "health",
        (Answer(Alive, "The process answers, whatever else is wrong with it."),),
    ),
    "GET /metrics": Operation(
        "Get the metrics",
        "health",
        (
            Answer(None, "For Prometheus.", media_type=PROMETHEUS),
            Answer(None, "The same as OpenMetrics, for who likes that better.", media_type=OPENMETRICS),
        ),
    ),
}
