"""What the API is told once, at its start."""

from __future__ import annotations

import msgspec

from petit.core.clock import Millis

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8565


class ApiSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Names and limits.

    Attributes:
        host: Name or address that the API is bound to; it is allowed in the Host header.
        allowed_hosts: Further names for the Host header (decision 25), with a port or without.
        cors_origins: Origins of pages that may call with a token: "https://dash.example".
        is_behind_proxy: Who connects over TCP is a proxy: whose process that is says nothing of the caller.
        max_body: Bytes of a request body.
        max_head: Bytes of a request line and its headers.
        head_timeout_s: Seconds for receiving request line and headers.
        body_timeout_s: Seconds for receiving a body.
        keep_alive_s: Seconds that an idle connection is kept.
        stall_s: Seconds that a reader of a stream may take none of it.
        max_connections: Connections at a time, TCP and Unix socket together. At most half of them are guests:
            connections of whom nobody knows that they may call, and who have shown no token yet.
        max_guests: Guests from one address.
        max_streams: Streams at a time.
        max_wait_ms: Longest `?wait=`.
        max_wrong_tokens: Wrong tokens that an address may show within a minute.
    """

    host: str = DEFAULT_HOST
    allowed_hosts: tuple[str, ...] = ()
    cors_origins: tuple[str, ...] = ()
    is_behind_proxy: bool = False
    max_body: int = 1024 * 1024
    max_head: int = 64 * 1024
    head_timeout_s: float = 10.0
    body_timeout_s: float = 30.0
    keep_alive_s: int = 30
    stall_s: float = 60.0
    max_connections: int = 512
    max_guests: int = 32
    max_streams: int = 64
    max_wait_ms: Millis = 600_000
    max_wrong_tokens: int = 10
