"""Chance that repeats itself."""

from __future__ import annotations

import hashlib


class SequenceEntropy:
    """Implements `petit.core.clock.Entropy`: a seed gives the same bits in the same order."""

    def __init__(self, seed: int | str = 0) -> None:
        self._seed = str(seed).encode()
        self._count = 0

    def bits(self, count: int) -> int:
        """Return the next `count` bits as a non-negative integer."""
        value = 0
        for _ in range(-(-count // 256)):
            self._count += 1
            digest = hashlib.sha256(self._seed + b"/" + str(self._count).encode()).digest()
            value = value << 256 | int.from_bytes(digest, "big")
        return value & ((1 << count) - 1)
