"""What the API counts of itself since its start, for /metrics."""

from __future__ import annotations

from collections import defaultdict

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
NO_ROUTE = "-"
"""Where a request is counted that nothing is served for: what strangers make up does not become labels."""


class Counts:
    """Numbers that only grow.

    Attributes:
        requests: Requests that were answered, by method, route and status.
        resets: Readers of events that were told to read anew what they show, by reason.
    """

    def __init__(self) -> None:
        self.requests: dict[tuple[str, str, int], int] = defaultdict(int)
        self.resets: dict[str, int] = {"too_slow": 0, "unknown_id": 0}

    def answered(self, method: str, route: str, status: int) -> None:
        """Count a request."""
        self.requests[method if method in METHODS else "other", route, status] += 1
