"""All metrics as one text: the format of Prometheus, or OpenMetrics."""

from __future__ import annotations

from prometheus_client.exposition import generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics

from petit.api.metrics.by_job import by_job
from petit.api.metrics.families import Told, families
from petit.api.metrics.seen import Seen
from petit.scheduler.handle import SchedulerHandle


async def exposition(handle: SchedulerHandle, seen: Seen, *, is_openmetrics: bool) -> bytes:
    """Write what was seen, and what is told of each job."""
    told = Told(families(seen))
    generate = generate_openmetrics if is_openmetrics else generate_latest
    whole = generate(told)  # it ends as OpenMetrics must, so it comes last
    return (await by_job(handle, is_openmetrics=is_openmetrics)).encode() + whole
