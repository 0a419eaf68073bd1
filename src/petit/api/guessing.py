"""A limit on tokens that are not right, for each address, in bounded memory."""

from __future__ import annotations

import ipaddress
from collections import OrderedDict

MOST_ADDRESSES = 1024
WINDOW_S = 60.0


class Guesses:
    """Counts what failed in the last minute.

    A right token is let in whatever was tried before it: with 256 bits nobody guesses one, and a limit that
    shut others out would be a weapon for whoever shares an address with them.

    Args:
        most: Failures that an address may have within a minute before it is told to wait.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._windows: OrderedDict[str, tuple[float, int]] = OrderedDict()  # by address: begin, failures

    def failed(self, address: str, now_s: float) -> float | None:
        """Count a failure at `now_s`, seconds of a clock that never jumps.

        Returns:
            None while the address has some left, else the seconds until its minute is over.
        """
        key = network_of(address)
        begun, count = self._windows.pop(key, (now_s, 0))
        if now_s - begun >= WINDOW_S:
            begun, count = now_s, 0
        self._windows[key] = (begun, min(count + 1, self._most + 1))
        if len(self._windows) > MOST_ADDRESSES:
            self._windows.popitem(last=False)
        return None if count < self._most else begun + WINDOW_S - now_s


def network_of(address: str) -> str:
    """Return what counts as one address: of IPv6 the first 64 bits, which one client has all to itself."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if parsed.version == 4:
        return address
    mapped = parsed.ipv4_mapped
    return str(mapped) if mapped is not None else str(ipaddress.ip_network((int(parsed), 64), strict=False))
