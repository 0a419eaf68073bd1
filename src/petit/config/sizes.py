"""Numbers of bytes, as people write them."""

from __future__ import annotations

import re

MIN_LOG_BYTES = 1024
"""Smallest limit of a log: half for its head, half for its tail."""
MAX_BYTES = 2**50

_UNITS = {
    "": 1, "b": 1, "k": 1024, "kb": 1000, "kib": 1024, "m": 1024**2, "mb": 1000**2, "mib": 1024**2,
    "g": 1024**3, "gb": 1000**3, "gib": 1024**3,
}  # fmt: skip
_SIZE = re.compile(r"([0-9]{1,16}) ?([A-Za-z]*)")
SIZE_PATTERN = "[0-9]{1,16} ?([kKmMgG]([iI]?[bB])?|[bB])?"


def parse_size(text: str) -> int | None:
    """Return the bytes that a text such as `10MiB` or `500k` means; None if it means none or over 1 PiB.

    k, M and G without B, and KiB, MiB, GiB count in steps of 1024; KB, MB and GB in steps of 1000.
    """
    found = _SIZE.fullmatch(text)
    unit = None if found is None else _UNITS.get(found[2].lower())
    if found is None or unit is None:
        return None
    size = int(found[1]) * unit
    return size if size <= MAX_BYTES else None
