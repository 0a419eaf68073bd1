"""Large JSON, and large text, is sent compressed to those who take it so."""

from __future__ import annotations

import asyncio
import gzip

from starlette.responses import Response

from petit.api.responses import TextResponse

SMALLEST = 4096
"""Bytes from which it is worth the while: 25 KB of jobs take 0.1 ms and become 2 KB."""

_LARGE = 256 * 1024
"""Bytes from which compressing would keep everybody else waiting: that is done beside."""

_OF_THE_BODY = frozenset({"content-length", "content-type", "content-encoding"})

_LEVEL = 1  # half the time of level 6, and a fifth more bytes, with answers like these


async def fitting(response: Response, accepted: bytes | None) -> Response:
    """Return a response in the form that suits its reader.

    Args:
        response: What is to be sent. Only JSON and text that is there as a whole are touched, never a stream.
        accepted: The Accept-Encoding header.
    """
    if not isinstance(response, TextResponse) or not is_large(response):
        return response
    response.headers["vary"] = "Accept-Encoding"
    if accepted is None or not takes_gzip(accepted):
        return response
    if response.compressed is None:
        body = bytes(response.body)
        packed = await asyncio.to_thread(_pack, body) if len(body) >= _LARGE else _pack(body)
        response.compressed = _packed(response, packed)
    return response.compressed


def is_large(response: TextResponse) -> bool:
    """Say whether it has two forms."""
    return len(response.body) >= SMALLEST


def unchanged(response: Response, accepted: bytes | None) -> Response:
    """Say that what the client has is still true: the headers of the form that suits it, without a body."""
    headers = {name: value for name, value in response.headers.items() if name not in _OF_THE_BODY}
    if isinstance(response, TextResponse) and is_large(response):
        headers["vary"] = "Accept-Encoding"
        if accepted is not None and takes_gzip(accepted):
            headers["etag"] = "W/" + headers["etag"]
    return Response(b"", 304, headers)


def takes_gzip(accepted: bytes) -> bool:
    """Say whether an Accept-Encoding header names gzip, and does not rule it out."""
    for part in accepted.decode("latin-1").lower().split(","):
        coding, _, quality = part.partition(";")
        if coding.strip() in {"gzip", "x-gzip"}:
            return quality.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False


def _pack(body: bytes) -> bytes:
    return gzip.compress(body, _LEVEL, mtime=0)


def _packed(response: TextResponse, body: bytes) -> Response:
    """Return the compressed form. Its tag is weak: it stands for the same state, not for the same bytes."""
    packed = Response(body, response.status_code, dict(response.headers))
    packed.headers["content-length"] = str(len(body))
    packed.headers["content-encoding"] = "gzip"
    if "etag" in packed.headers:
        packed.headers["etag"] = "W/" + packed.headers["etag"]
    return packed
