"""Byte ranges (RFC 9110, section 14): one range, or the whole."""

from __future__ import annotations

import re

from petit.api.errors import RangeNotSatisfiable

_ONE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})", re.ASCII)


def wanted_range(header: str | None, size: int) -> tuple[int, int] | None:
    """Return the range [start, end) that a Range header asks for.

    Args:
        header: The Range header. None, several ranges and what nobody understands stand for the whole.
        size: Bytes that there are.

    Returns:
        Start and end, or None for the whole.

    Raises:
        RangeNotSatisfiable: It begins behind the end.
    """
    found = _ONE.fullmatch(header.replace(" ", "")) if header is not None else None
    if found is None or (not found[1] and not found[2]):
        return None
    if not found[1]:
        start, end = max(size - int(found[2]), 0), size
    else:
        start, end = int(found[1]), min(int(found[2]) + 1 if found[2] else size, size)
        if found[2] and int(found[2]) < start:
            return None
    if start >= size or start >= end:
        raise RangeNotSatisfiable(f"there are {size} bytes", size=size)
    return start, end
