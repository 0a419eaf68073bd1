"""Pages of other origins that may call: those that were named, with a token and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from starlette.responses import Response

Header = tuple[bytes, bytes]

_METHODS = "GET, HEAD, POST, DELETE"
_HEADERS = "Authorization, Content-Type, Idempotency-Key, If-None-Match, Last-Event-ID, Range, X-Request-Id"
_EXPOSED = b"X-Request-Id, ETag, Location, Link, Retry-After, Idempotency-Replayed"
_KEPT_S = "600"
_VARY: Header = (b"vary", b"Origin")


class Cors:
    """Knows the origins (the fetch standard, CORS protocol).

    Cookies and the like are never asked for: `Access-Control-Allow-Credentials` is not sent.
    """

    def __init__(self, origins: Iterable[str]) -> None:
        self._origins = frozenset(origin.encode("ascii") for origin in origins)
        self.usual: tuple[Header, ...] = (_VARY,) if self._origins else ()
        """What every answer has, whoever asked."""

    def origin_of(self, heads: Mapping[bytes, bytes]) -> bytes | None:
        """Return the origin of the page that asks, where it is one of those that were named."""
        if not self._origins:
            return None
        origin = heads.get(b"origin")
        return origin if origin in self._origins else None

    def headers(self, origin: bytes | None) -> tuple[Header, ...]:
        """Return what an answer to this origin has beside; None for all others."""
        if origin is None:
            return ()
        return (
            (b"access-control-allow-origin", origin),
            (b"access-control-expose-headers", _EXPOSED),
        )


def is_preflight(method: str, heads: Mapping[bytes, bytes]) -> bool:
    """Say whether a browser asks what a page may ask."""
    return method == "OPTIONS" and b"access-control-request-method" in heads


def preflight() -> Response:
    """Say what it may: the same for every path, since what is served where is told to those with a token."""
    return Response(
        b"",
        204,
        {
            "access-control-allow-methods": _METHODS,
            "access-control-allow-headers": _HEADERS,
            "access-control-max-age": _KEPT_S,
            "cache-control": "no-store",
        },
    )
