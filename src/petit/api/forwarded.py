"""Requests that a proxy passes on: what can be seen of that, and whose they are."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

_TRACES = frozenset({b"forwarded", b"via", b"x-forwarded-for", b"x-forwarded-host", b"x-real-ip"})

Headers = Iterable[tuple[bytes, bytes]]


def is_forwarded(headers: Headers) -> bool:
    """Say whether a request says of itself that a proxy passed it on."""
    return any(name in _TRACES for name, _ in headers)


def origin_address(headers: Headers) -> str | None:
    """Return the address that a proxy was called from; None where it does not say.

    It adds the address to the end of X-Forwarded-For: what stands before that came from the caller.
    """
    told = [value for name, value in headers if name == b"x-forwarded-for"]
    last = told[-1].decode("latin-1").rpartition(",")[2].strip() if told else ""
    try:
        return str(ipaddress.ip_address(last))
    except ValueError:
        return None
